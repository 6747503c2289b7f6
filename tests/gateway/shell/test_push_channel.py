"""Web push against a push service that checks the signature, and a browser that decrypts."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from nearcart_contract.channel_file import PushChannel
from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.push_message import offer_name
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.channels.base import NotDeliveredError
from nearcart_gateway.shell.channels.push import PushDelivery
from nearcart_gateway.shell.channels.push_encryption import public_text
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.own_pages import OwnPages
from nearcart_gateway.shell.storage import own_pages, visitors
from nearcart_gateway.shell.storage.own_pages import PushSubscription

from .push_service import BREAKS_OFF, BrowserKeys, PushService, bytes_of, check_signature, push_service

CONTACT = "mailto:shop@example.com"
KEY = "test/anna/1"


def test_the_stand_in_browser_reads_the_message_of_rfc_8291() -> None:
    """Section 5 and appendix A of the RFC."""
    scalar = int.from_bytes(bytes_of("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    browser = BrowserKeys(ec.derive_private_key(scalar, ec.SECP256R1()), bytes_of("BTBZMqHH6r4Tts7J_aSIgg"))
    body = bytes_of(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
        "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(body) == b"When I grow up, I want to be a watermelon"


class Anna:
    """A visitor, her browsers, and the push service they use."""

    def __init__(self, pages: OwnPages, service: PushService) -> None:
        self.pages = pages
        self.service = service
        self.browsers: dict[str, BrowserKeys] = {}
        self.kept: list[Delivery] = []

    async def subscribes(self, path: str) -> None:
        keys = self.browsers[path] = BrowserKeys()
        said = keys.subscription(f"{self.service.origin}{path}")
        browser = PushSubscription(said["endpoint"], said["keys"]["p256dh"], said["keys"]["auth"])
        await self.pages.ask(lambda connection: own_pages.subscribe(connection, "anna", browser, time.time()))

    async def paths(self) -> list[str]:
        found = await self.pages.ask(lambda connection: own_pages.browsers_of(connection, "anna"))
        return [browser.endpoint.removeprefix(self.service.origin) for browser in found]

    async def is_offered(self, text: str = "Ten % off.", good_for: float = 60.0) -> Delivery:
        """One offer through the channel; how it ended."""
        settled: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()

        async def save(apply: Callable[[Any, Changes], None]) -> None:
            changes = Changes()
            apply(None, changes)
            self.kept.extend(changes.deliveries)

        channel = PushChannel(kind="push", contact=CONTACT, services=(self.service.origin,))
        deliverer = Deliverer(
            {"push": PushDelivery(STORE, channel, self.pages)}, StoreClock(), save, settled.set_result
        )
        now = time.time()
        deliverer.add([Delivery(KEY, "push", "anna", None, _body(text, now + good_for), now, now, now + good_for)])
        running = asyncio.create_task(deliverer.run())
        try:
            return await asyncio.wait_for(settled, 15)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _body(text: str, expires_at: float) -> str:
    fields = {"key": KEY, "store": "test", "offer": "hello", "visitor": "anna", "text": text}
    return json.dumps({**fields, "decided_at": "2026-11-01T10:00:00Z", "expires_at": expires_at})


STORE = Store.model_validate(
    {
        "store": "test",
        "name": "Test shop",
        "time_zone": "UTC",
        "currency": "EUR",
        "scanners": {"door": {"x": 0, "y": 0, "zone": "door"}},
    }
)


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Anna]:
    pages = OwnPages(tmp_path / "nearcart.sqlite", time.time)
    visitor = Visitor("anna", "visitor", None, "en", frozenset({"offers"}))
    await pages.ask(lambda connection: visitors.add(connection, visitor, (), time.time()))
    async with push_service() as service:
        yield Anna(pages, service)
    pages.close()


async def test_her_browser_reads_the_offer_and_the_push_service_knows_the_store(anna: Anna) -> None:
    await anna.subscribes("/a")
    outcome = await anna.is_offered("Zehn % auf Käse.", good_for=60)
    ((path, headers, body),) = anna.service.received
    claims, key = check_signature(headers["authorization"], anna.service.origin)
    assert claims["sub"] == CONTACT
    assert key == public_text(await anna.pages.ask(own_pages.push_key))
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["topic"] == offer_name(KEY)
    assert 55 <= int(headers["ttl"]) <= 60
    said = json.loads(anna.browsers[path].decrypt(body))
    assert (said["title"], said["text"], said["name"]) == ("Test shop", "Zehn % auf Käse.", offer_name(KEY))
    assert outcome.state == "sent"


async def test_the_longest_offer_fits_what_a_push_service_must_take(anna: Anna) -> None:
    await anna.subscribes("/a")
    await anna.is_offered("ş" * 2000)
    ((path, _, body),) = anna.service.received
    assert len(body) <= 4096
    assert json.loads(anna.browsers[path].decrypt(body))["text"].endswith("ş…")


async def test_a_repeat_takes_the_place_of_the_first(anna: Anna) -> None:
    await anna.subscribes("/a")
    anna.service.statuses["/a"] = [503, 429]
    outcome = await anna.is_offered()
    assert (outcome.state, outcome.attempts) == ("sent", 3)
    assert {headers["topic"] for _, headers, _ in anna.service.received} == {offer_name(KEY)}
    assert len({body for _, _, body in anna.service.received}) == 3  # each with keys of its own


async def test_one_taken_back_takes_its_place_and_says_that_it_is_over(anna: Anna) -> None:
    await anna.subscribes("/a")
    channel = PushDelivery(
        STORE, PushChannel(kind="push", contact=CONTACT, services=(anna.service.origin,)), anna.pages
    )
    now = time.time()
    delivery = Delivery(KEY, "push", "anna", None, _body("Hello.", now + 60), now, now, now + 60)
    await channel.deliver(delivery)
    over = OfferWithdrawn(key=KEY, store="test", reason="the cart was bought", withdrawn_at="2026-11-01T10:02:00Z")  # type: ignore[arg-type]
    assert await channel.withdraw(delivery, over)
    await channel.close()
    (_, first, _), (path, second, body) = anna.service.received
    assert first["topic"] == second["topic"] == offer_name(KEY)
    said = json.loads(anna.browsers[path].decrypt(body))
    assert (said["name"], said["text"], said["expires_at"]) == (offer_name(KEY), "", 0.0)


async def test_a_browser_that_is_gone_is_forgotten_and_the_other_one_told(anna: Anna) -> None:
    await anna.subscribes("/gone")
    await anna.subscribes("/here")
    anna.service.statuses["/gone"] = [410]
    assert (await anna.is_offered()).state == "sent"
    assert await anna.paths() == ["/here"]


async def test_without_a_browser_it_is_skipped_and_not_failed(anna: Anna) -> None:
    outcome = await anna.is_offered()
    assert (outcome.state, outcome.error) == ("skipped", "no browser of hers takes pushes")
    await anna.subscribes("/gone")
    anna.service.statuses["/gone"] = [404]
    assert (await anna.is_offered()).state == "skipped"


@pytest.mark.parametrize(("status", "maybe"), [(BREAKS_OFF, True), (503, False)])
async def test_only_what_was_read_and_not_answered_may_have_arrived(anna: Anna, status: int, maybe: bool) -> None:
    await anna.subscribes("/a")
    anna.service.statuses["/a"] = [status]
    anna.service.more = "Retry-After: 7\r\n"
    channel = PushDelivery(
        STORE, PushChannel(kind="push", contact=CONTACT, services=(anna.service.origin,)), anna.pages
    )
    now = time.time()
    with pytest.raises(NotDeliveredError) as raised:
        await channel.deliver(Delivery(KEY, "push", "anna", None, _body("Hello.", now + 60), now, now, now + 60))
    assert (raised.value.maybe, raised.value.final, raised.value.wait_s) == (maybe, False, 0 if maybe else 7)
    await channel.close()


async def test_a_refusal_is_final_and_names_no_address(anna: Anna) -> None:
    await anna.subscribes("/secret-of-hers")
    anna.service.statuses["/secret-of-hers"] = [403]
    outcome = await anna.is_offered()
    assert (outcome.state, outcome.attempts) == ("failed", 1)
    assert "secret-of-hers" not in (outcome.error or "")
    assert await anna.paths() == ["/secret-of-hers"]


async def test_a_service_that_is_not_allowed_any_more_is_never_asked(anna: Anna) -> None:
    await anna.subscribes("/a")
    elsewhere = PushSubscription("http://127.0.0.1:1/x", *_keys())
    await anna.pages.ask(lambda connection: own_pages.subscribe(connection, "anna", elsewhere, time.time()))
    assert (await anna.is_offered()).state == "sent"
    assert await anna.paths() == ["/a"]


async def test_she_has_ten_browsers_at_most(anna: Anna) -> None:
    for number in range(own_pages.MOST_BROWSERS + 2):
        await anna.subscribes(f"/{number}")
    assert await anna.paths() == [f"/{number}" for number in range(2, own_pages.MOST_BROWSERS + 2)]


async def test_the_stores_key_stays_the_same(anna: Anna) -> None:
    first, again = [public_text(await anna.pages.ask(own_pages.push_key)) for _ in range(2)]
    assert first == again


def _keys() -> tuple[str, str]:
    said = BrowserKeys().subscription("")["keys"]
    return said["p256dh"], said["auth"]
