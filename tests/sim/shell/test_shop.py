"""The demo's shop in real time, heard by bleak."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus

from nearcart_sim.core.radio import RadioModel
from nearcart_sim.shell.shop import SimulatedShop, demo_scenario

from ..layouts import small_store
from .conftest import Ear, until


@contextlib.asynccontextmanager
async def playing(shop: SimulatedShop) -> AsyncIterator[None]:
    task = asyncio.create_task(shop.play())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_edges_hear_all_that_the_shop_counts_as_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """One bus an edge: the front has two adapters, of which bleak scans both."""
    store = small_store()
    async with SimulatedShop(store, demo_scenario(store), seed=1, radio=RadioModel(loss=0)) as shop:
        assert set(shop.bus_addresses) == {"front", "cheese"}
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", shop.bus_addresses["front"])
        door, wine = Ear("hci0"), Ear("hci1")
        async with door.scanner, wine.scanner:
            assert not shop.scanning()
            async with playing(shop):
                await until(lambda: len(door.heard) > 10 and len(wine.heard) > 10)
                people = {where.shopper: where for where in shop.people()}
            await until(lambda: len(door.heard) + len(wine.heard) == shop.radios["front"].adverts_sent)
        assert shop.adverts_sent == shop.radios["front"].adverts_sent
        assert people["anna"].zone == "entrance"
        assert (people["otto"].kind, people["anna"].kind) == ("staff", "shopper")


async def test_when_the_play_ends_nobody_is_on_air_and_everybody_has_left() -> None:
    store = small_store()
    async with SimulatedShop(store, demo_scenario(store), seed=1) as shop:
        assert (shop.people(), shop.visits()) == ([], [])
        began = time.time()
        async with playing(shop):
            await until(lambda: shop.radios["front"].counts("hci0").received > 3)
            assert [visit.left_at for visit in shop.visits()] == [None] * len(shop.visits())
        received = shop.radios["front"].counts("hci0").received
        await asyncio.sleep(0.3)
        assert shop.radios["front"].counts("hci0").received == received
        visits = shop.visits()
    assert visits[0].shopper == "anna"
    assert all(began - 0.1 <= visit.entered_at <= (visit.left_at or 0) <= time.time() for visit in visits)


async def test_it_tells_when_all_radios_are_scanned_with() -> None:
    store = small_store()
    async with SimulatedShop(store, demo_scenario(store)) as shop, contextlib.AsyncExitStack() as stack:
        for edge, address in shop.bus_addresses.items():
            bus = await MessageBus(bus_address=address).connect()
            stack.callback(bus.disconnect)
            for adapter in ("hci0", "hci1") if edge == "front" else ("hci0",):
                path = f"/org/bluez/{adapter}"
                call = Message("org.bluez", path, "org.bluez.Adapter1", "StartDiscovery")
                assert not shop.scanning()
                await bus.call(call)
        assert shop.scanning()


async def test_a_shop_is_played_once() -> None:
    store = small_store()
    async with SimulatedShop(store, demo_scenario(store)) as shop:
        async with playing(shop):
            await until(lambda: shop.people())
        with pytest.raises(RuntimeError, match="played already"):
            await shop.play()
