"""Where the console listens, and how it stops."""

import asyncio
import signal
import socket
import time

import httpx
import pytest
from prometheus_client import CollectorRegistry

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.listen import Address, ListenError, serve
from nearcart_gateway.shell.web.loopback import OpenConsoleError

from .fake_store import FakeHooks, FakeStore


def app_of(console: Console) -> object:
    return create_app(FakeStore(), FakeHooks(), console, CollectorRegistry())


async def test_a_taken_port_moves_to_a_free_one_and_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        console = Console(port=taken)
        async with serve(app_of(console), console) as address:
            assert address.moved
            assert address.wanted == taken != address.port
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{address.url}/healthz")).status_code == 200


async def test_any_free_port_is_not_a_move() -> None:
    console = Console(port=0)
    async with serve(app_of(console), console) as address:
        assert address.port != 0
        assert not address.moved


async def test_a_host_that_is_not_this_machines_says_what_to_change() -> None:
    console = Console.model_construct(host="127.0.0.1", port=0, password=None)
    app = app_of(console)
    elsewhere = Console.model_validate({"host": "192.0.2.1", "port": 0, "password": "a password long enough"})
    with pytest.raises(ListenError, match=r"192\.0\.2\.1.* can't be listened on .*console\.host"):
        async with serve(app, elsewhere):
            pass


async def test_it_never_listens_open_to_others() -> None:
    console = Console(port=0)
    with pytest.raises(OpenConsoleError):
        async with serve(app_of(console), Console.model_construct(host="0.0.0.0", port=0, password=None)):
            pass


async def test_it_stops_within_two_seconds_with_a_page_open_and_frees_its_port() -> None:
    console = Console(port=0)
    async with httpx.AsyncClient() as client:
        async with serve(app_of(console), console) as address:
            stream = client.stream("GET", f"{address.url}/events")
            await stream.__aenter__()
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 2
        with socket.create_server(("127.0.0.1", address.port)):
            pass


async def test_signals_stay_with_the_process() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    console = Console(port=0)
    async with serve(app_of(console), console):
        await asyncio.sleep(0.05)
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("localhost", "http://localhost:8080"),
    ],
)
def test_the_address_is_one_that_a_browser_takes(host: str, url: str) -> None:
    assert Address(host, 8080, 8080).url == url
