"""What stands before the API: keys, rates, sizes, times; and that the console's own rules stay."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from nearcart_contract.store_file import Console
from nearcart_gateway.core.rate_limit import Rate
from nearcart_gateway.shell.key_files import make_key, revoke_key
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.web.listen import serve
from nearcart_gateway.shell.web.rest.guard import ApiLimits

from .conftest import CONSOLE_PASSWORD, NO_LIMITS, Shop, opened


@contextmanager
def limited(folder: Path, **limits: object) -> Iterator[Shop]:
    with opened(folder, ApiLimits(**limits)) as shop:  # type: ignore[arg-type]
        yield shop


class TestKeys:
    async def test_a_revoked_key_opens_nothing_from_then_on(self, shop: Shop) -> None:
        async with shop.client("admin") as client:
            assert (await client.get("/visitors")).status_code == 200
            revoke_key(shop.config, "admin-key", shop.now)
            answer = await client.get("/visitors")
        assert answer.status_code == 401
        assert "This key is revoked" in answer.json()["detail"]
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_an_expired_key_says_so(self, shop: Shop) -> None:
        from datetime import timedelta

        _, text = make_key(shop.config, "agency", "marketer", timedelta(seconds=1), shop.now - 5)
        async with shop.client(Authorization=f"Bearer {text}") as client:
            assert "This key is expired" in (await client.get("/key")).json()["detail"]

    @pytest.mark.parametrize("offered", ["Bearer nck_x", "Bearer", "Token abc", "Digest x", "bearer ä"])
    async def test_no_other_header_is_a_key(self, shop: Shop, offered: str) -> None:
        async with shop.client() as client:
            answer = await client.get("/key", headers={"Authorization": offered.encode()})
        assert answer.status_code == 401

    async def test_last_use_is_remembered(self, shop: Shop) -> None:
        from nearcart_gateway.shell.key_files import listed_keys

        async with shop.client("staff") as client:
            await client.get("/key")
            await client.put("/visitors/anna/consents", json={"consents": []})
        used = {row["name"]: row["last_used_at"] for row in listed_keys(shop.config, shop.now)}
        assert used["staff-key"] is not None
        assert used["admin-key"] is None

    async def test_a_key_says_what_it_may_do(self, shop: Shop) -> None:
        async with shop.client("marketer") as client:
            told = (await client.get("/key")).json()
        assert (told["role"], told["name"]) == ("marketer", "marketer-key")
        assert "check" in told["permissions"]
        assert "visitors" not in told["permissions"]


class TestConsole:
    async def test_on_this_machine_one_sees_what_the_page_shows_without_a_key(self, shop: Shop) -> None:
        async with shop.client() as client:
            assert (await client.get("/people")).status_code == 200
            refused = await client.get("/visitors")
        assert refused.status_code == 401
        assert "nck_" in refused.json()["detail"]

    async def test_another_name_is_dns_rebinding_unless_there_is_a_key(self, shop: Shop) -> None:
        async with shop.client(Host="evil.example") as client:
            assert (await client.get("/people")).status_code == 401
        async with shop.client("marketer", Host="shop.example") as client:
            assert (await client.get("/people")).status_code == 200

    async def test_with_a_password_nobody_sees_anything_without_it_or_a_key(self, tmp_path: Path) -> None:
        with opened(tmp_path, NO_LIMITS, f"console: {{password: {CONSOLE_PASSWORD}}}\n") as shop:
            login = base64.b64encode(f"nearcart:{CONSOLE_PASSWORD}".encode()).decode()
            async with shop.client() as client:
                refused = await client.get("/people")
                assert refused.status_code == 401
                assert "Basic" in refused.headers["www-authenticate"]
                assert (await client.get("/people", headers={"Authorization": f"Basic {login}"})).status_code == 200
                wrong = await client.get("/people", headers={"Authorization": "Basic bmVhcmNhcnQ6"})
                assert wrong.status_code == 401
            async with shop.client("marketer") as client:
                assert (await client.get("/people")).status_code == 200
                assert (await client.get("http://127.0.0.1/")).status_code == 401

    async def test_the_consoles_login_changes_nothing_so_no_page_elsewhere_can(self, tmp_path: Path) -> None:
        with opened(tmp_path, NO_LIMITS, f"console: {{password: {CONSOLE_PASSWORD}}}\n") as shop:
            async with shop.client() as client:
                answer = await client.put(
                    "/visitors/anna/consents", json={"consents": []}, auth=("nearcart", CONSOLE_PASSWORD)
                )
        assert answer.status_code == 401


class TestRates:
    async def test_a_key_that_asks_too_often_is_told_how_long_to_wait(self, tmp_path: Path) -> None:
        with limited(tmp_path, per_key=Rate(0.005, 3)) as shop:
            async with shop.client("staff") as client, shop.client("admin") as other:
                for _ in range(3):
                    assert (await client.get("/key")).status_code == 200
                answer = await client.get("/key")
                assert answer.status_code == 429
                assert 150 < int(answer.headers["retry-after"]) <= 200
                assert answer.headers["content-type"] == "application/problem+json"
                assert (await other.get("/key")).status_code == 200

    async def test_an_address_that_asks_too_often_waits_with_any_key(self, tmp_path: Path) -> None:
        with limited(tmp_path, per_address=Rate(0.001, 2)) as shop:
            async with shop.client("staff") as client, shop.client("admin") as other:
                assert (await client.get("/key")).status_code == 200
                assert (await other.get("/key")).status_code == 200
                assert (await client.get("/key")).status_code == 429

    async def test_wrong_keys_are_slowed_down_and_right_ones_are_not(self, shop: Shop, tmp_path: Path) -> None:
        (tmp_path / "second").mkdir()
        with limited(tmp_path / "second", wrong_keys=3) as slow:
            async with slow.client(Authorization="Bearer nck_wrong") as guess, slow.client("staff") as right:
                assert [(await guess.get("/key")).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
                assert (await right.get("/key")).status_code == 200


class TestBodies:
    async def test_a_large_one_is_refused_by_what_it_says_and_by_what_it_is(self, tmp_path: Path) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(5):
                yield b"x" * 1000

        with limited(tmp_path, body_bytes=3000) as shop:
            async with shop.client("admin") as client:
                assert (await client.post("/check", content=b"x" * 4000)).status_code == 413
                assert (await client.post("/check", content=chunks())).status_code == 413

    async def test_a_slow_one_is_given_up(self, tmp_path: Path) -> None:
        with limited(tmp_path, body_within_s=0.3) as shop:
            console = Console(port=0)
            async with serve(shop.app, console) as address:  # type: ignore[arg-type]
                reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
                writer.write(
                    b"POST /api/v1/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n"
                    + f"Authorization: Bearer {shop.keys['admin']}\r\n\r\n{{".encode()
                )
                status = await asyncio.wait_for(reader.readline(), 5)
                writer.close()
        assert b" 408 " in status


class TestTime:
    async def test_an_answer_that_takes_too_long_is_given_up(self, tmp_path: Path) -> None:
        with limited(tmp_path, answer_within_s=0.2) as shop:
            other = connect(shop.folder / "nearcart.sqlite")
            async with shop.client("staff") as client:
                assert (await client.get("/key")).status_code == 200
                other.execute("BEGIN IMMEDIATE")
                answer = await client.put("/visitors/anna/consents", json={"consents": []})
                other.execute("ROLLBACK")
            other.close()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"


class TestEvents:
    async def test_a_stream_ends_when_its_key_is_revoked(self, shop: Shop) -> None:
        headers = {"Authorization": f"Bearer {shop.keys['marketer']}"}
        async with (
            serve(shop.app, Console(port=0)) as address,  # type: ignore[arg-type]
            httpx.AsyncClient(base_url=address.url, headers=headers, timeout=20) as client,
            client.stream("GET", "/api/v1/events") as stream,
        ):
            lines = stream.aiter_lines()
            async for line in lines:
                if line.startswith("event: health"):
                    break
            assert stream.headers["content-type"].startswith("text/event-stream")
            revoke_key(shop.config, "marketer-key", shop.now)
            async with asyncio.timeout(15):
                rest = [line async for line in lines]
        assert "event: clock" not in rest

    async def test_it_names_nobody(self, shop: Shop) -> None:
        async with (
            serve(shop.app, Console(port=0)) as address,  # type: ignore[arg-type]
            httpx.AsyncClient(base_url=address.url, timeout=20) as client,
            client.stream("GET", "/api/v1/events") as stream,
        ):
            text = ""
            async for chunk in stream.aiter_text():
                text += chunk
                if "event: edges" in text:
                    break
        decisions = json.loads(text.partition("event: decisions\ndata: ")[2].partition("\n")[0])
        assert len(decisions) == 8
        assert "anna" not in text


class TestPage:
    async def test_it_shows_every_operation_and_problem_and_loads_nothing_from_elsewhere(self, shop: Shop) -> None:
        async with shop.client("marketer") as client:
            page = (await client.get("http://127.0.0.1/api/docs")).text
            document = (await client.get("http://127.0.0.1/api/openapi.json")).json()
        for path, methods in document["paths"].items():
            for method in methods:
                assert f"{method.upper()} {path}" in page
        assert 'id="problem-429"' in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page

    async def test_a_method_that_is_not_possible_says_which_are(self, shop: Shop) -> None:
        async with shop.client("admin") as client:
            answer = await client.put("/visitors/anna", json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")
