"""``/me/…``: the link is the key; it shows what was said to her while it is good, and takes her two choices."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from nearcart_gateway.core.push_message import offer_name
from nearcart_gateway.shell.channels.base import NotDeliveredError, SkippedError
from nearcart_gateway.shell.channels.page import PageDelivery
from nearcart_gateway.shell.own_pages import MOST_OF_ONE
from nearcart_gateway.shell.storage import own_pages
from nearcart_gateway.shell.web.login_limit import ATTEMPTS

from .own_page_shop import OwnPageShop, own_page_shop

NOBODYS = "/me/" + "x" * 32
BROWSER = {
    "endpoint": "http://127.0.0.1:9999/push/1",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
"""The keys of RFC 8291, section 5."""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[OwnPageShop]:
    async with own_page_shop(tmp_path, password="correct horse battery") as shop:
        await shop.enrol("anna")
        yield shop


@pytest.fixture
async def client(shop: OwnPageShop) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=shop.url, timeout=5) as client:
        yield client


@pytest.fixture
def page(shop: OwnPageShop) -> str:
    return shop.paths["anna"]


async def offers(client: httpx.AsyncClient, page: str) -> list[str]:
    return [offer["text"] for offer in (await client.get(f"{page}/offers")).json()["offers"]]


class TestTheLink:
    async def test_it_needs_no_password_and_any_name_will_do(self, client: httpx.AsyncClient, page: str) -> None:
        answer = await client.get(page, headers={"Host": "shop.lan"})
        assert answer.status_code == 200
        assert "Corner &lt;shop&gt;" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"

    async def test_so_do_its_files(self, client: httpx.AsyncClient, page: str) -> None:
        text = (await client.get(page)).text
        files = [word.split('"')[1] for word in text.split() if word.startswith(("href=", "src="))]
        for path in [*files, "/static/text.js", "/static/me/push.js", "/me/worker.js"]:
            assert (await client.get(path)).status_code == 200, path

    async def test_it_opens_nothing_else(self, client: httpx.AsyncClient, page: str) -> None:
        for path in ("/", "/api/people", "/events", "/static/page.js"):
            assert (await client.get(path)).status_code == 401

    @pytest.mark.parametrize("path", [NOBODYS, "/me/short", "/me/%00", "/me/" + "ş" * 32, "/me/..%2f..%2fapi"])
    async def test_a_wrong_one_says_what_to_do(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404

    async def test_who_tries_many_waits_and_she_does_not(self, client: httpx.AsyncClient, page: str) -> None:
        for _ in range(ATTEMPTS):
            assert (await client.get(NOBODYS)).status_code == 404
        assert (await client.get(NOBODYS)).status_code == 429
        assert (await client.get(page)).status_code == 200

    async def test_a_new_one_closes_the_old_one(self, shop: OwnPageShop, client: httpx.AsyncClient, page: str) -> None:
        latest = await shop.link("anna")
        assert (await client.get(page)).status_code == 404
        assert (await client.get(latest)).status_code == 200

    async def test_it_goes_with_her(self, shop: OwnPageShop, client: httpx.AsyncClient, page: str) -> None:
        await shop.pages.ask(lambda connection: connection.execute("DELETE FROM visitors WHERE id = 'anna'"))
        assert (await client.get(page)).status_code == 404

    async def test_only_its_hash_is_kept(self, shop: OwnPageShop, page: str, tmp_path: Path) -> None:
        secret = page.removeprefix("/me/").encode()
        assert all(secret not in path.read_bytes() for path in tmp_path.iterdir())


class TestWhatItShows:
    async def test_what_was_said_to_her_alone_newest_first(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        await shop.enrol("berta")
        await shop.say("anna", "first")
        await shop.say("berta", "to somebody else")
        await shop.say("anna", "on a screen", channel="screen")
        await shop.say("anna", "pushed", channel="push")
        assert await offers(client, page) == ["pushed", "first"]

    async def test_not_what_is_over_failed_or_withdrawn(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        await shop.say("anna", "over", good_for=-1)
        await shop.say("anna", "failed", state="failed")
        await shop.say("anna", "on its way to a phone", state="waiting")
        taken_back = await shop.say("anna", "taken back")
        insert = "INSERT INTO withdrawals (key, visitor, reason, at, expires_at) VALUES (?, 'anna', 'bought', 0, 0)"
        await shop.pages.ask(lambda connection: connection.execute(insert, (taken_back.key,)))
        assert await offers(client, page) == []

    async def test_neither_her_id_nor_the_key_that_holds_it(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        await shop.say("anna", "hello", benefit={"kind": "percent", "percent": 10, "code": "TEN"})
        answers = [(await client.get(f"{page}{path}")).text for path in ("", "/offers", "/manifest.webmanifest")]
        assert "TEN" in answers[1]
        assert "anna" not in "".join(answers)

    async def test_the_manifest_opens_her_page(self, client: httpx.AsyncClient, page: str) -> None:
        assert (await client.get(f"{page}/manifest.webmanifest")).json()["start_url"] == page


class Reader:
    """A page's stream, as a browser reads it."""

    def __init__(self, client: httpx.AsyncClient, page: str) -> None:
        self.client = client
        self.page = page
        self.shown: list[list[dict[str, Any]]] = []
        self.seen = True

    async def read(self) -> None:
        async with self.client.stream("GET", f"{self.page}/events") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self.shown.append(json.loads(line.removeprefix("data: "))["offers"])
                    if self.seen:
                        names = [offer["name"] for offer in self.shown[-1]]
                        await self.client.post(f"{self.page}/seen", json={"names": names})


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


class TestTheChannel:
    @pytest.fixture
    async def reader(self, client: httpx.AsyncClient, page: str) -> AsyncIterator[Reader]:
        reader = Reader(client, page)
        reading = asyncio.create_task(reader.read())
        await until(lambda: reader.shown)
        yield reader
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    async def test_delivered_is_what_her_page_says_it_shows(self, shop: OwnPageShop, reader: Reader) -> None:
        waiting = await shop.say("anna", "hello", channel="page", state="waiting")
        await PageDelivery(shop.pages).deliver(waiting)
        assert [offer["name"] for offer in reader.shown[-1]] == [offer_name(waiting.key)]

    async def test_it_stays_there_once_delivered_and_goes_when_withdrawn(
        self, shop: OwnPageShop, reader: Reader
    ) -> None:
        waiting = await shop.say("anna", "hello", channel="page", state="waiting")
        await PageDelivery(shop.pages).deliver(waiting)
        await shop.keep(replace(waiting, state="delivered"))
        await shop.say("anna", "and another")
        await until(lambda: len(reader.shown[-1]) == 2)
        await shop.keep(replace(waiting, state="withdrawn"))
        await until(lambda: [offer["text"] for offer in reader.shown[-1]] == ["and another"])

    async def test_a_page_that_says_nothing_may_have_shown_it(
        self, shop: OwnPageShop, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("nearcart_gateway.shell.channels.page.WITHIN_S", 0.2)
        reader.seen = False
        waiting = await shop.say("anna", "hello", channel="page", state="waiting")
        with pytest.raises(NotDeliveredError, match="did not say") as raised:
            await PageDelivery(shop.pages).deliver(waiting)
        assert (raised.value.maybe, raised.value.final) == (True, False)

    async def test_a_page_that_is_closed_is_skipped_at_once(self, shop: OwnPageShop) -> None:
        waiting = await shop.say("anna", "hello", channel="page", state="waiting")
        with pytest.raises(SkippedError, match="does not look"):
            await PageDelivery(shop.pages).deliver(waiting)

    async def test_receipts_are_taken_down_once_and_only_of_what_this_page_speaks_for(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        await shop.enrol("berta")
        pushed = await shop.say("anna", "pushed", channel="push", state="sent")
        over = await shop.say("anna", "over", channel="push", state="sent", good_for=-1)
        others = [await shop.say("anna", "by her app"), await shop.say("berta", "another's", channel="push"), over]
        names = [offer_name(delivery.key) for delivery in (pushed, *others)]
        for state in ("delivered", "delivered", "seen", "seen", "delivered"):
            body = {"names": names, "state": state}
            assert (await client.post(f"{page}/seen", json=body)).status_code == 204
        assert shop.receipts == [(pushed.key, "delivered"), (pushed.key, "seen")]

    async def test_one_visitor_can_not_hold_every_connection(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        readers = [asyncio.create_task(Reader(client, page).read()) for _ in range(MOST_OF_ONE)]
        await until(lambda: not shop.pages.has_room("anna"))
        assert (await client.get(f"{page}/events")).status_code == 503
        for reading in readers:
            reading.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await until(lambda: not shop.pages.is_open("anna"))


class TestHerChoices:
    async def test_pushes_are_sent_from_then_on_and_her_yes_is_taken_down(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        assert (await client.put(f"{page}/subscription", json=BROWSER)).status_code == 204
        (browser,) = await shop.pages.ask(lambda connection: own_pages.browsers_of(connection, "anna"))
        assert browser.endpoint == BROWSER["endpoint"]
        said = await shop.row("SELECT purpose, channel, given, source FROM consents ORDER BY number DESC LIMIT 1")
        assert said == ("offers", "push", 1, "her page")
        end = await client.request("DELETE", f"{page}/subscription", json={"endpoint": BROWSER["endpoint"]})
        assert end.status_code == 204
        assert await shop.pages.ask(lambda connection: own_pages.browsers_of(connection, "anna")) == []

    @pytest.mark.parametrize(
        "change",
        [
            {"endpoint": "http://169.254.169.254/latest/meta-data"},
            {"endpoint": "https://fcm.googleapis.com/x"},
            {"keys": {**BROWSER["keys"], "p256dh": "B" * 87}},  # type: ignore[dict-item]
            {"keys": {**BROWSER["keys"], "auth": "short"}},  # type: ignore[dict-item]
            {"keys": None},
        ],
    )
    async def test_a_browser_that_is_none_or_asks_elsewhere_is_refused(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str, change: dict[str, Any]
    ) -> None:
        assert (await client.put(f"{page}/subscription", json={**BROWSER, **change})).status_code == 422
        assert await shop.row("SELECT count(*) FROM push_subscriptions") == (0,)

    async def test_a_browser_that_changes_hands_tells_its_new_owner_alone(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        bertas = await shop.enrol("berta")
        await client.put(f"{page}/subscription", json=BROWSER)
        await client.put(f"{bertas}/subscription", json=BROWSER)
        assert await shop.row("SELECT visitor FROM push_subscriptions") == ("berta",)
        await client.request("DELETE", f"{page}/subscription", json={"endpoint": BROWSER["endpoint"]})
        assert await shop.row("SELECT count(*) FROM push_subscriptions") == (1,)

    async def test_no_more_offers_means_none_anywhere(
        self, shop: OwnPageShop, client: httpx.AsyncClient, page: str
    ) -> None:
        await shop.say("anna", "hello")
        assert (await client.post(f"{page}/stop")).status_code == 204
        assert (await client.get(f"{page}/offers")).json()["offers"] == []
        assert await shop.row("SELECT consents FROM visitors WHERE id = 'anna'") == ("[]",)
        assert "You get no offers" in (await client.get(page)).text
        assert (await client.put(f"{page}/subscription", json=BROWSER)).status_code == 409

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"names": ["<script>"]}', b"\xff", b"x" * 1_100_000])
    async def test_what_her_page_would_not_send_is_refused(
        self, client: httpx.AsyncClient, page: str, body: bytes
    ) -> None:
        assert (await client.post(f"{page}/seen", content=body)).status_code in (413, 422)


class TestHerLanguage:
    async def test_the_page_speaks_it_whatever_the_browser_asks_for(
        self, shop: OwnPageShop, client: httpx.AsyncClient
    ) -> None:
        hers = await shop.enrol("grete", "de-AT")
        text = (await client.get(hers, headers={"Accept-Language": "fr"})).text
        assert '<html lang="de">' in text
        assert "Keine Angebote mehr" in text
        assert "von Corner &lt;shop&gt; mehr" in text
        assert "offer" not in text.partition("<main>")[2].replace('id="offers"', "").replace("push-offer", "")
        refused = await client.put(
            f"{hers}/subscription", content=json.dumps(BROWSER | {"endpoint": "https://x.example/1"})
        )
        assert refused.json()["detail"].startswith("An den Benachrichtigungsdienst")

    async def test_what_opens_nothing_speaks_as_the_browser_asks(self, client: httpx.AsyncClient) -> None:
        asked = {"Accept": "text/html", "Accept-Language": "nl-BE, en;q=0.5"}
        answer = await client.get(NOBODYS, headers=asked)
        assert "Deze link opent niets meer." in answer.text
        assert '<html lang="nl">' in answer.text

    async def test_what_she_agrees_to_is_kept_with_the_language_it_was_said_in(
        self, shop: OwnPageShop, client: httpx.AsyncClient
    ) -> None:
        hers = await shop.enrol("grete", "de")
        assert (await client.post(f"{hers}/stop")).status_code == 204
        row = await shop.row("SELECT text_version FROM consents WHERE visitor = 'grete' ORDER BY number DESC LIMIT 1")
        assert row == ("own-page-1-de",)
