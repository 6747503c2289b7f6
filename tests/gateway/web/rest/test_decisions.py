"""Decisions, visits and offers through the API."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from .conftest import HELLO, Shop


async def everything(client: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await client.get(path, params=params | ({"cursor": cursor} if cursor else {}))).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", ["1", "3", "8", "200"])
async def test_decisions_come_newest_first_and_each_once(shop: Shop, limit: str) -> None:
    async with shop.client("marketer") as client:
        rows = await everything(client, "/decisions", limit=limit)
    assert [row["id"] for row in rows] == [8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("limit", ["1", "3", "200"])
async def test_visits_come_latest_first_and_each_once_also_those_of_one_instant(shop: Shop, limit: str) -> None:
    async with shop.client("marketer") as client:
        rows = await everything(client, "/visits", limit=limit)
    assert len({row["id"] for row in rows}) == len(rows) == 8
    assert [row["entered_at"] for row in rows] == sorted((row["entered_at"] for row in rows), reverse=True)


async def test_visits_going_on_and_over(shop: Shop) -> None:
    async with shop.client("staff") as client:
        here = await everything(client, "/visits", present="true")
        over = await everything(client, "/visits", present="false", visitor="anna")
    assert len(here) == 2
    assert {row["exit_reason"] for row in over} == {"left"}
    assert {row["visitor"]["id"] for row in over} == {"anna"}


async def test_decisions_by_visitor_offer_outcome_and_time(shop: Shop) -> None:
    def at(seconds: float) -> str:
        return datetime.fromtimestamp(shop.now - 500 + seconds, UTC).isoformat()

    async with shop.client("admin") as client:
        assert len(await everything(client, "/decisions", visitor="anna")) == 4
        assert len(await everything(client, "/decisions", visitor="anna", outcome="ghost")) == 1
        assert await everything(client, "/decisions", offer="hello") == []
        assert len(await everything(client, "/decisions", offer="wine-dwell", campaign="autumn", limit="3")) == 8
        found = await everything(client, "/decisions", since=at(1.5), until=at(4.5))
        assert [row["id"] for row in found] == [5, 4, 3]


async def test_by_pseudonym_for_who_may_not_see_ids(shop: Shop) -> None:
    async with shop.client("admin") as client:
        name = (await client.get("/visitors/anna")).json()["pseudonym"]
    async with shop.client("marketer") as client:
        found = await everything(client, "/decisions", pseudonym=name)
        assert [row["visitor"] for row in found] == [{"pseudonym": name, "id": None}] * 4
        assert await everything(client, "/visits", pseudonym="nobody at all") == []
        refused = await client.get("/decisions", params={"visitor": "anna"})
        assert refused.status_code == 403
        assert "?pseudonym=amber+fox" in refused.json()["detail"]


async def test_a_decision_with_its_gates(shop: Shop) -> None:
    async with shop.client("marketer") as client:
        shown = (await client.get("/decisions/2")).json()
        assert shown["considered"] == [
            {"offer": "wine-dwell", "gate": "per_visitor_limit", "observed": "2", "required": "fewer than 2 in 1w"}
        ]
        assert (shown["dwell_s"], shown["moment"], shown["key"]) == (5.0, "dwell", None)
        assert (await client.get("/decisions/99")).status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "outcome=lost", "since=yesterday", "until=0.5", "cursor=x", "colour=red"]
)
async def test_a_question_that_is_none_is_said(shop: Shop, query: str) -> None:
    async with shop.client("marketer") as client:
        answer = await client.get(f"/decisions?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == f"query.{query.partition('=')[0]}"


async def test_an_offer_with_its_file_and_revision(shop: Shop) -> None:
    async with shop.client("marketer") as client:
        listed = (await client.get("/offers")).json()
        assert [offer["offer"] for offer in listed["items"]] == ["hello", "wine-dwell"]
        shown = (await client.get("/offers/hello")).json()
        assert (shown["text"], shown["revision"]) == (HELLO, listed["revision"])
        assert (await client.get("/campaigns/autumn")).json()["name"] == "Autumn wines"
        missing = await client.get("/offers/wein")
        assert missing.status_code == 404


class TestCheck:
    async def test_says_what_the_command_says(self, shop: Shop) -> None:
        from nearcart_gateway.shell.offer_files import check_store_folder

        text = "offer: hello\nwhen: {moment: entr}\nsay: Hi {{ cart.valu }}\nthrough: [fone]\n"
        async with shop.client("marketer") as client:
            answer = (await client.post("/check", json={"text": text, "file": "hello.yaml"})).json()
        (shop.folder / "offers/hello.yaml").write_text(text)
        told = [
            (problem.line, problem.column, problem.field, problem.message)
            for problem in check_store_folder(shop.folder).problems
        ]
        assert not answer["ok"]
        assert [(row["line"], row["column"], row["field"], row["message"]) for row in answer["problems"]] == told
        assert {row["file"] for row in answer["problems"]} == {"offers/hello.yaml"}

    async def test_a_good_text_is_ok_and_changes_nothing(self, shop: Shop) -> None:
        async with shop.client("marketer") as client:
            before = (await client.get("/offers")).json()
            text = HELLO.replace("Hello", "Good day")
            answer = (await client.post("/check", json={"text": text})).json()
            assert answer == {"ok": True, "problems": [], "warnings": []}
            assert (await client.get("/offers")).json() == before

    async def test_another_file_with_the_same_name_is_a_mistake(self, shop: Shop) -> None:
        async with shop.client("marketer") as client:
            answer = (await client.post("/check", json={"text": HELLO, "file": "zz.yaml"})).json()
        assert answer["problems"][0]["message"] == ("'hello' is also the name in offers/hello.yaml; each needs its own")

    @pytest.mark.parametrize("text", ["", "\x00", "a: [", "&a [*a]", "[" * 2000])
    async def test_what_is_no_offer_is_said(self, shop: Shop, text: str) -> None:
        async with shop.client("marketer") as client:
            answer = await client.post("/check", json={"text": text})
        assert answer.status_code == 200
        assert not answer.json()["ok"]

    async def test_campaigns_too(self, shop: Shop) -> None:
        async with shop.client("marketer") as client:
            text = "campaign: autumn\nname: A\nstarts: 2026-02-30\n"
            answer = (await client.post("/check", json={"kind": "campaign", "text": text})).json()
        assert (answer["problems"][0]["file"], answer["problems"][0]["line"]) == ("campaigns/autumn.yaml", 3)
