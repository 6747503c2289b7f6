"""Visitors through the API: pages, versions, repeats, and what is refused in sentences."""

import asyncio
import contextlib
import sqlite3
import threading

import httpx
import pytest

from nearcart_gateway.shell.storage import cleaning
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.visitor_files import described

from .conftest import IRK, Shop

TAG = {"kind": "ibeacon", "uuid": "F7826DA6-4FA2-4E98-8024-BC5B71E0893E", "major": 9, "minor": 9}
BEN = {"id": "ben", "customer": "8", "consents": ["offers"], "identities": [TAG]}


async def test_pages_reach_everybody_once(shop: Shop) -> None:
    found, cursor = [], None
    async with shop.client("staff") as client:
        while True:
            params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/visitors", params=params)).json()
            found += [visitor["id"] for visitor in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert found == ["anna", *(f"visitor-{number}" for number in range(5))]


async def test_enrolling_is_what_the_command_sees(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        made = await client.post("/visitors", json=BEN)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    assert made.headers["location"] == "/api/v1/visitors/ben"
    row = next(row for row in described(shop.config) if row["id"] == "ben")
    assert row["consents"] == ["offers"]
    assert row["identities"][0]["uuid"] == TAG["uuid"].lower()  # type: ignore[attr-defined]


async def test_a_repeat_changes_nothing_and_another_content_is_a_conflict(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        made = (await client.post("/visitors", json=BEN)).json()
        again = await client.post("/visitors", json=BEN)
        assert (again.status_code, again.json()) == (200, made)
        other = await client.post("/visitors", json={**BEN, "customer": "9"})
        assert other.status_code == 409
        assert "is enrolled already" in other.json()["detail"]
        stolen = await client.post("/visitors", json={**BEN, "id": "carl"})
        assert stolen.status_code == 409
        assert "carries an identity that somebody is enrolled with" in stolen.json()["detail"]
        assert (await client.get("/visitors/carl")).status_code == 404


async def test_a_change_needs_the_version_that_was_read(shop: Shop) -> None:
    async with shop.client("admin") as client:
        etag = (await client.get("/visitors/anna")).headers["etag"]
        first = await client.patch("/visitors/anna", json={"language": "tr"}, headers={"If-Match": etag})
        assert (first.status_code, first.json()["language"], first.headers["etag"]) == (200, "tr", '"2"')
        late = await client.patch("/visitors/anna", json={"language": "fr"}, headers={"If-Match": etag})
        assert late.status_code == 412
        assert "is at version 2, not 1" in late.json()["detail"]
        assert (await client.delete("/visitors/anna", headers={"If-Match": etag})).status_code == 412
        same = await client.patch("/visitors/anna", json={"language": "tr"})
        assert same.headers["etag"] == '"2"'


async def test_the_counter_can_take_a_no_at_once_and_nothing_else(shop: Shop) -> None:
    async with shop.client("staff") as client:
        answer = await client.put("/visitors/anna/consents", json={"consents": []})
        assert answer.json()["consents"] == []
        assert (await client.patch("/visitors/anna", json={"customer": None})).status_code == 403
    assert next(row for row in described(shop.config) if row["id"] == "anna")["consents"] == []


async def test_null_takes_the_customer_away_and_left_out_leaves_it(shop: Shop) -> None:
    async with shop.client("admin") as client:
        assert (await client.patch("/visitors/anna", json={"language": "en"})).json()["customer"] == "7012"
        assert (await client.patch("/visitors/anna", json={"customer": None})).json()["customer"] is None


async def test_facts_change_and_null_takes_them_away(shop: Shop) -> None:
    facts = {"tier": "gold", "segments": ["wine-club"], "loyalty": "L-1", "email": "Anna@Example.org"}
    async with shop.client("integrator") as client:
        shown = (await client.patch("/visitors/anna", json=facts)).json()
        assert (shown["tier"], shown["segments"], shown["loyalty"], shown["by_email"]) == (
            "gold",
            ["wine-club"],
            "L-1",
            True,
        )
        gone = (await client.patch("/visitors/anna", json={"tier": None, "segments": [], "email": None})).json()
        assert (gone["tier"], gone["segments"], gone["loyalty"], gone["by_email"]) == (None, [], "L-1", False)
        refused = await client.patch("/visitors/anna", json={"email": "somebody somewhere"})
        assert refused.status_code == 422
        assert "somewhere" not in refused.text


async def test_a_no_to_one_channel_with_the_texts_version_and_the_time(shop: Shop) -> None:
    said = {"purpose": "offers", "given": False, "channel": "phone", "text_version": "2026-09", "source": "counter"}
    async with shop.client("staff") as client:
        answer = await client.post("/visitors/anna/consents", json=said)
        assert (answer.status_code, answer.json()["refused"]) == (201, ["offers/phone"])
        history = (await client.get("/visitors/anna/consents")).json()
    assert (history["consents"], history["refused"]) == (["offers"], ["offers/phone"])
    assert {**said, "at": history["items"][-1]["at"]} == history["items"][-1]
    assert [line["given"] for line in history["items"]] == [True, False]


async def test_identities_come_and_go(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        added = await client.post("/visitors/anna/identities", json=TAG)
        assert (added.status_code, added.headers["etag"]) == (201, '"2"')
        assert (await client.post("/visitors/anna/identities", json=TAG)).headers["etag"] == '"2"'
        theirs = await client.post("/visitors/visitor-1/identities", json=TAG)
        assert theirs.status_code == 409
        tag = next(row["id"] for row in added.json()["identities"] if row["major"] == 9)
        gone = await client.delete(f"/visitors/anna/identities/{tag}")
        assert (gone.status_code, len(gone.json()["identities"])) == (200, 2)
        assert (await client.delete(f"/visitors/anna/identities/{tag}")).status_code == 404
        assert IRK not in (await client.get("/visitors/anna/identities")).text


async def test_removing_is_forgetting(shop: Shop) -> None:
    async with shop.client("admin") as client:
        assert (await client.delete("/visitors/anna")).status_code == 204
        gone = await client.get("/visitors/anna")
        assert gone.status_code == 404
        assert gone.json()["detail"] == "Nobody is enrolled as 'anna'. GET /api/v1/visitors lists who is."
    assert "anna" not in [row["id"] for row in described(shop.config)]


async def test_erasing_leaves_nothing_and_needs_an_admin(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        assert (await client.delete("/visitors/anna")).status_code == 403
    async with shop.client("admin") as client:
        export = (await client.get("/visitors/anna/export")).json()["tables"]
        assert (len(export["decisions"]), len(export["visits"]), IRK in str(export)) == (4, 4, False)
        assert (await client.delete("/visitors/anna", headers={"If-Match": '"7"'})).status_code == 412
        assert (await client.delete("/visitors/anna")).status_code == 204
        assert (await client.delete("/visitors/anna")).status_code == 404
        assert (await client.get("/decisions", params={"visitor": "anna"})).json()["items"] == []
    raw = b"".join(path.read_bytes() for path in shop.folder.glob("nearcart.sqlite*"))
    assert b"anna" not in raw


async def test_who_stops_waiting_for_an_erasure_stops_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on, truncate = threading.Event(), threading.Event(), cleaning.truncate_log

    def slow(connection: sqlite3.Connection) -> None:
        began.set()
        go_on.wait(10)
        truncate(connection)

    monkeypatch.setattr(cleaning, "truncate_log", slow)
    async with shop.client("admin") as client:
        asking = asyncio.create_task(client.delete("/visitors/anna"))
        await asyncio.to_thread(began.wait, 10)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        go_on.set()
        with contextlib.closing(connect(shop.folder / "nearcart.sqlite")) as connection:
            assert connection.execute("SELECT count(*) FROM erasures").fetchone() == (1,)
            for _ in range(200):
                if not cleaning.pending(connection):
                    break
                await asyncio.sleep(0.05)
            assert not cleaning.pending(connection)


async def test_merging_by_the_api(shop: Shop) -> None:
    async with shop.client("admin") as client:
        merged = await client.post("/visitors/visitor-1/merge", json={"into": "anna"})
        assert (merged.status_code, merged.json()["consents"], len(merged.json()["identities"])) == (200, [], 3)
        assert (await client.get("/visitors/visitor-1")).status_code == 404
        assert len((await client.get("/decisions", params={"visitor": "anna"})).json()["items"]) == 8
        await client.patch("/visitors/visitor-2", json={"customer": "9"})
        nobody = await client.post("/visitors/anna/merge", json={"into": "nobody"})
        assert (nobody.status_code, "'nobody'" in nobody.json()["detail"]) == (409, True)
        assert (await client.post("/visitors/nobody/merge", json={"into": "anna"})).status_code == 404
        refused = await client.post("/visitors/visitor-2/merge", json={"into": "anna"})
        assert refused.status_code == 409
        assert "Both are linked by customer (9 and 7012)" in refused.json()["detail"]


async def test_her_cart_with_its_age(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        cart = (await client.get("/visitors/anna/carts")).json()["items"][0]
        assert (cart["total"], cart["currency"], cart["state"]) == ("25.80", "EUR", "abandoned")
        assert cart["age_s"] >= 700
        assert (await client.get("/visitors/visitor-1/carts")).json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "where", "message", "found"),
    [
        ({**BEN, "id": "Ben X"}, "body.id", "pattern", "Ben X"),
        ({**BEN, "consents": ["mail"]}, "body.consents[0]", "'offers' or 'measurement'", "mail"),
        ({**BEN, "identities": []}, "body.identities", "at least 1", None),
        ({**BEN, "colour": "red"}, "body.colour", "Extra inputs", "red"),
        (
            {**BEN, "identities": [{"kind": "irk", "irk": IRK[:-1] + "x"}]},
            "body.identities[0].irk.irk",
            "pattern",
            None,
        ),
        ({**BEN, "identities": [{**TAG, "major": "9"}]}, "body.identities[0].ibeacon.major", "integer", "9"),
    ],
)
async def test_every_mistake_says_where_what_was_found_and_what_is_allowed(
    shop: Shop, body: object, where: str, message: str, found: str | None
) -> None:
    async with shop.client("admin") as client:
        answer = await client.post("/visitors", json=body)
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["errors"][0]["where"], problem["errors"][0]["found"]) == (where, found)
    assert message in problem["errors"][0]["message"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 50_000, b""])
async def test_what_is_no_json_is_said_to_be_none(shop: Shop, body: bytes) -> None:
    async with shop.client("admin") as client:
        answer: httpx.Response = await client.post(
            "/visitors", content=body, headers={"Content-Type": "application/json"}
        )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
