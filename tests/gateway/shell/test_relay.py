"""The relay: signed webhooks kept on disk until the gateway has them, whatever is killed when."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from nearcart_contract.relay_file import RelayFile
from nearcart_gateway.shell.relay.outbox import KEPT_S, Outbox, OutboxFullError

from .shop_api import Reply, ShopApi

Wait = Callable[..., Any]
KEY = "a-key-of-thirty-two-random-signs"
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="
RELAY_FILE = """\
key: a-key-of-thirty-two-random-signs
port: 0
most_payloads: 500
sources:
  web: {platform: standard, secret: whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==}
  s: {platform: shopify, secret: shopify-test-secret}
"""


ODD = [
    {"number": 1, "source": "web", "received_at": time.time(), "headers": {}, "body": "not base64!"},
    {"number": 2, "source": "nobody", "received_at": time.time(), "headers": {}, "body": "e30="},
    {"number": 3, "source": "web", "received_at": 5.0, "headers": {}, "body": "e30="},
    {"number": 4, "source": "web", "received_at": 9e18, "headers": {}, "body": "e30="},
    {"number": 5, "source": "web", "received_at": time.time(), "headers": {"webhook-id": "x"}, "body": "e30="},
]


class RelayProcess:
    """``nearcart relay run`` as an operator runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "relay.log"
        self.process: asyncio.subprocess.Process | None = None
        (folder / "relay.yaml").write_text(RELAY_FILE)

    async def start(self) -> None:
        before = self.started()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nearcart", "relay", "run", "--config", str(self.folder / "relay.yaml"),
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + 20
        while len(self.started()) == len(before):
            assert time.monotonic() < deadline, self.log.read_text()
            await asyncio.sleep(0.02)

    def started(self) -> list[str]:
        text = self.log.read_text() if self.log.exists() else ""
        return [line for line in text.splitlines() if '"relay_started"' in line]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{json.loads(self.started()[-1])['port']}"

    async def end(self, number: int = signal.SIGKILL) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)


@pytest.fixture
async def relay(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RelayProcess]:
    process = RelayProcess(tmp_path_factory.mktemp("relay"))
    await process.start()
    yield process
    await process.end()


def event(number: int, customer: str = "1001") -> tuple[str, dict[str, str]]:
    """A signed cart, each of another id."""
    at = datetime.now(UTC)
    cart = {
        "id": f"c-{number}",
        "customer": customer,
        "currency": "EUR",
        "updated_at": at.isoformat(),
        "items": [{"sku": "W-1", "quantity": 1, "unit_price": "12.50"}],
    }
    body = json.dumps({"type": "cart.updated", "timestamp": at.isoformat(), "data": cart})
    headers = {
        "webhook-id": f"evt-{number}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(f"evt-{number}", at, body),
    }
    return body, headers


async def outbox_of(url: str, after: int = 0) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http:
        answer = await http.get(f"{url}/outbox?after={after}")
        answer.raise_for_status()
        return list(answer.json()["payloads"])


async def everything(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := await outbox_of(url, found[-1]["number"] if found else 0):
        found += page
    return found


async def test_a_signed_webhook_is_kept_with_what_proves_it(relay: RelayProcess) -> None:
    body, headers = event(1)
    more = {"cookie": "session=1", "x-forwarded-for": "203.0.113.9", "authorization": "Basic x"}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{relay.url}/hooks/web", content=body, headers={**headers, **more})
        assert (answer.status_code, answer.json()) == (200, {"kept": True})
        again = await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)
        assert again.status_code == 200
    (kept,) = await outbox_of(relay.url)
    assert base64.b64decode(kept["body"]) == body.encode()
    assert kept["headers"] == headers
    assert kept["received_at"] == pytest.approx(time.time(), abs=30)


async def test_what_no_shop_signed_is_refused_and_kept_nowhere(relay: RelayProcess) -> None:
    body, headers = event(1)
    async with httpx.AsyncClient() as http:
        for changed in ({"webhook-signature": "v1,bm8="}, {"webhook-timestamp": "1"}, {"webhook-id": "other"}):
            answer = await http.post(f"{relay.url}/hooks/web", content=body, headers={**headers, **changed})
            assert answer.status_code == 401
        assert (await http.post(f"{relay.url}/hooks/nobody", content=body, headers=headers)).status_code == 404
        assert (await http.post(f"{relay.url}/hooks/web", content=b"x" * 1_000_001, headers=headers)).status_code == 413
    assert await outbox_of(relay.url) == []
    assert SECRET not in relay.log.read_text()


async def test_the_outbox_opens_with_its_key_alone(relay: RelayProcess) -> None:
    async with httpx.AsyncClient() as http:
        for key in ("x", "wrong", KEY[:-1], KEY + "x"):
            headers = {"Authorization": f"Bearer {key}"}
            assert (await http.get(f"{relay.url}/outbox", headers=headers)).status_code == 401
            assert (await http.get(f"{relay.url}/state", headers=headers)).status_code == 401
            taken = await http.post(f"{relay.url}/outbox/taken", json={"numbers": [1]}, headers=headers)
            assert taken.status_code == 401
        assert (await http.get(f"{relay.url}/outbox")).status_code == 401
        assert (await http.get(f"{relay.url}/healthz")).json() == {"state": "ok"}


async def test_a_full_outbox_says_so_and_has_room_again_when_drained(relay: RelayProcess) -> None:
    await relay.end(signal.SIGTERM)
    (relay.folder / "relay.yaml").write_text(RELAY_FILE.replace("most_payloads: 500", "most_payloads: 2"))
    await relay.start()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http:

        async def post(number: int) -> int:
            body, headers = event(number)
            return (await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)).status_code

        assert [await post(number) for number in (1, 2, 3)] == [200, 200, 503]
        first = (await outbox_of(relay.url))[0]["number"]
        assert (await http.post(f"{relay.url}/outbox/taken", json={"numbers": [first]})).json() == {"gone": 1}
        assert await post(3) == 200
        assert (await http.get(f"{relay.url}/state")).json()["counted"]["full"] == 1


async def test_what_a_shop_was_told_is_kept_survives_kill_9(relay: RelayProcess) -> None:
    """Five kills amid posts: whatever got a 200 is in the outbox afterwards, exactly once."""
    told: set[str] = set()
    for turn in range(5):
        url = relay.url

        async def post(number: int, url: str = url) -> None:
            body, headers = event(number)
            async with httpx.AsyncClient() as http:
                with contextlib.suppress(httpx.HTTPError):
                    while (await http.post(f"{url}/hooks/web", content=body, headers=headers)).status_code == 503:
                        await asyncio.sleep(0.02)  # sixteen are read at one time; shops send again
                    told.add(body)

        posts = [asyncio.create_task(post(turn * 40 + number)) for number in range(40)]
        while len(told) < turn * 15 + 15:
            await asyncio.sleep(0.002)
        await relay.end(signal.SIGKILL)
        await asyncio.gather(*posts)
        await relay.start()
    kept = [base64.b64decode(each["body"]).decode() for each in await everything(relay.url)]
    assert len(told) >= 75
    assert told <= set(kept)
    assert len(kept) == len(set(kept))


def drained_by(shop: Any, relay: RelayProcess, key: str = KEY) -> None:
    text = shop.config.read_text()
    text = text.replace("sources:\n", "sources:\n  s: {platform: shopify, secret: shopify-test-secret}\n")
    shop.config.write_text(text + f"relay: {{url: '{relay.url}', key: {key}, every: 1s}}\n")


async def test_the_gateway_drains_it_and_a_cart_arrives_once(shop: Any, relay: RelayProcess, wait_until: Wait) -> None:
    broken = b'{"id": "t1"'
    signature = base64.b64encode(hmac.new(b"shopify-test-secret", broken, hashlib.sha256).digest()).decode()
    shopify = {"x-shopify-topic": "carts/update", "x-shopify-event-id": "e-1", "x-shopify-hmac-sha256": signature}
    body, headers = event(1)
    async with httpx.AsyncClient() as http:
        await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)
        await http.post(f"{relay.url}/hooks/s", content=broken, headers=shopify)
    drained_by(shop, relay)
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT 1 FROM carts WHERE id = 'c-1'"))
    await wait_until(lambda: shop.rows("SELECT source, body FROM set_aside") == [("s", broken)])
    deadline = time.monotonic() + 10
    while await outbox_of(relay.url):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert "hmac" not in shop.rows("SELECT headers FROM set_aside")[0][0]
    async with httpx.AsyncClient() as http:  # and again, straight to the gateway: its sender's id is known
        assert (await http.post(f"{shop.url}/hooks/web", content=body, headers=headers)).json() == {"repeated": True}


async def test_with_both_killed_at_random_nothing_is_lost_and_nothing_comes_twice(
    shop: Any, relay: RelayProcess, wait_until: Wait
) -> None:
    port = relay.url.rpartition(":")[2]
    (relay.folder / "relay.yaml").write_text(RELAY_FILE.replace("port: 0", f"port: {port}"))
    drained_by(shop, relay)
    told: set[str] = set()
    for turn in range(3):
        await shop.start()
        for number in range(turn * 30, turn * 30 + 30):
            body, headers = event(number, customer=str(number))
            async with httpx.AsyncClient() as http:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)
                    if answer.status_code == 200:
                        told.add(f"c-{number}")
            if number % 30 == 14:
                await relay.end(signal.SIGKILL)
                await relay.start()
        await shop.kill()
    await shop.start()
    await wait_until(lambda: told <= {row[0] for row in shop.rows("SELECT id FROM carts")})
    versions = {json.loads(row[0])["version"] for row in shop.rows("SELECT record FROM carts")}
    assert versions == {1}, "each was taken once"
    assert len(told) >= 80


async def test_what_the_gateway_can_not_verify_stays_in_the_relay_and_is_said(
    shop: Any, relay: RelayProcess, wait_until: Wait
) -> None:
    body, headers = event(1)
    async with httpx.AsyncClient() as http:
        await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)
    good = shop.config.read_text()
    drained_by(shop, relay)
    wrong = shop.config.read_text().replace(SECRET, "whsec_b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0LXJ1biE=")
    shop.config.write_text(wrong)
    await shop.start()
    await wait_until(lambda: "relayed_hook_refused" in shop.log.read_text())

    def problems() -> list[str]:
        return [each for each in httpx.get(f"{shop.url}/api/health").json()["problems"] if "relay" in each]

    await wait_until(problems)
    assert "can't be verified" in problems()[0]
    assert len(await outbox_of(relay.url)) == 1
    shop.config.write_text(good)
    drained_by(shop, relay)
    await wait_until(lambda: shop.rows("SELECT 1 FROM carts WHERE id = 'c-1'"))
    await wait_until(lambda: not problems())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(b"<html>"), "not what a relay answers"),
        (Reply({"epoch": "e", "payloads": [{"number": 1}]}), "not what a relay answers"),
        (Reply({"epoch": "e", "payloads": ODD}), "can't be verified"),
        (Reply(b"x" * 20_000_001), "larger than a page can be"),
        (Reply({"error": "no"}, 401), "the relay refused the key (401)"),
    ],
)
async def test_whatever_a_relay_answers_the_store_goes_on(
    shop: Any, wait_until: Wait, answer: Reply, said: str
) -> None:
    """A relay is a machine on the internet: it may be anybody's by now."""
    odd = ShopApi(lambda asked: answer if asked.query.get("after") == "0" else Reply({"epoch": "e", "payloads": []}))
    shop.config.write_text(shop.config.read_text() + f"relay: {{url: '{odd.url}', key: {KEY}, every: 1s}}\n")
    tag = shop.enrol()
    await shop.start()

    def problems() -> list[str]:
        return [each for each in httpx.get(f"{shop.url}/api/health").json()["problems"] if said in each]

    await wait_until(problems)
    door = shop.edges["door"]
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.rows("SELECT (SELECT count(*) FROM carts), (SELECT count(*) FROM set_aside)") == [(0, 0)]
    assert KEY not in shop.log.read_text()
    odd.close()


async def test_a_signatures_age_is_judged_by_when_the_relay_had_it(
    shop: Any, relay: RelayProcess, wait_until: Wait
) -> None:
    """Signed an hour ago and received then: good now. Signed an hour ago and received now: refused there."""
    at = datetime.fromtimestamp(time.time() - 3600, UTC)
    body, _headers = event(1)
    headers = {
        "webhook-id": "evt-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("evt-1", at, body),
    }
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{relay.url}/hooks/web", content=body, headers=headers)).status_code == 401
    await relay.end(signal.SIGTERM)
    box = Outbox(relay.folder / "relay.sqlite", 10, 10_000)
    box.keep("web", "event", at.timestamp() + 1, headers, body.encode())
    box.close()
    await relay.start()
    drained_by(shop, relay)
    await shop.start()
    await wait_until(lambda: shop.rows("SELECT 1 FROM carts WHERE id = 'c-1'"))


def test_a_port_that_is_taken_is_said_with_the_relays_own_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = tmp_path / "relay.yaml"
        file.write_text(RELAY_FILE.replace("port: 0", f"port: {taken.getsockname()[1]}"))
        command = [sys.executable, "-m", "nearcart", "relay", "run", "--config", str(file)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert f"choose others in {file} (host, port)" in ended.stderr


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        RelayFile.model_validate({"key": "short", "sources": {"web": {"platform": "standard", "secret": "s"}}})


STEPS = st.lists(
    st.tuples(st.just("keep"), st.integers(0, 12), st.integers(1, 40))
    | st.tuples(st.just("taken"), st.integers(0, 30), st.just(0))
    | st.tuples(st.just("reopen"), st.just(0), st.just(0)),
    max_size=40,
)


@settings(deadline=None, max_examples=40)
@given(steps=STEPS)
def test_the_outbox_is_bounded_and_loses_and_doubles_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("outbox") / "relay.sqlite"
    box, model = Outbox(path, 6, 120), dict[bytes, int]()
    for step, number, size in steps:
        if step == "keep":
            body = b"%d" % number + b"x" * size
            try:
                assert box.keep("web", "k", 1.0, {}, body) == (body not in model)
            except OutboxFullError:
                assert len(model) >= 6 or sum(map(len, model)) + len(body) > 120
                continue
            model.setdefault(body, 0)
        elif step == "taken":
            waiting = box.after(0, 100, 10**9)
            gone = [kept for kept in waiting if kept.number == number]
            assert box.taken([number]) == len(gone)
            for kept in gone:
                del model[kept.body]
        else:
            box.close()
            box = Outbox(path, 6, 120)
        assert [kept.body for kept in box.after(0, 100, 10**9)] == list(model)
        assert box.payloads == len(model)
    assert box.prune(1.0 + KEPT_S + 1) == len(model)
    box.close()
