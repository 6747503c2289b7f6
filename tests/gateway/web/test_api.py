"""The page's data as JSON, for machines that watch, and what every answer tells a browser."""

import httpx
import pytest

from .fake_store import HELD_OUT, SENT, SILENT, FakeStore


async def test_the_floor_has_zones_and_scanners_in_metres(client: httpx.AsyncClient) -> None:
    floor = (await client.get("/api/floor")).json()
    assert (floor["name"], floor["time_zone"]) == ("Corner Shop", "Europe/Berlin")
    assert (floor["width"], floor["height"]) == (18, 12)
    assert [zone["name"] for zone in floor["zones"]] == ["Entrance", "Wine", "Cheese counter", "Bakery", "Checkout"]
    assert floor["scanners"][1] == {"id": "wine", "x": 2.0, "y": 3.0, "z": 2.4, "zone": "wine", "edge": "wine"}


async def test_people_go_by_pseudonym(client: httpx.AsyncClient) -> None:
    people = (await client.get("/api/people")).json()
    assert people[0] == {
        "id": "d1",
        "pseudonym": "amber fox",
        "x": 3.0,
        "y": 9.0,
        "error": 1.4,
        "zone": "entrance",
        "cart": "abandoned",
        "staff": False,
        "since": 1790855960.0,
    }


async def test_decisions_come_newest_first_and_in_pages(client: httpx.AsyncClient) -> None:
    first = (await client.get("/api/decisions", params={"limit": 2})).json()
    assert [row["key"] for row in first] == [SENT.key, SILENT.key]
    second = (await client.get("/api/decisions", params={"limit": 1, "before": SILENT.key})).json()
    assert [row["key"] for row in second] == [HELD_OUT.key]


@pytest.mark.parametrize("limit", ["0", "201", "many"])
async def test_a_page_has_bounds(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get("/api/decisions", params={"limit": limit})).status_code == 422


async def test_a_decision_tells_every_offer_that_was_looked_at(client: httpx.AsyncClient) -> None:
    detail = (await client.get(f"/api/decisions/{SENT.key}")).json()
    assert detail["decision"]["text"] == SENT.text
    assert detail["considered"][1] == {
        "offer": "welcome-back",
        "gate": "cart_state",
        "observed": "open",
        "required": "abandoned",
    }


async def test_an_unknown_decision_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/decisions/nobody/knows")
    assert answer.status_code == 404
    assert "no decision with this key" in answer.json()["detail"]


async def test_edges_and_health(client: httpx.AsyncClient) -> None:
    edges = (await client.get("/api/edges")).json()
    assert [edge["name"] for edge in edges] == ["entrance", "wine", "cheese", "bakery", "checkout"]
    assert len(edges[0]["spark"]) == 60
    assert (await client.get("/api/health")).json()["state"] == "ok"


async def test_openapi_describes_the_api_without_pages_of_others(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/api/floor", "/api/people", "/api/decisions", "/api/decisions/{key}", "/api/edges", "/api/health"} <= set(
        paths
    )
    assert {"/events", "/hooks/{source}", "/healthz", "/metrics"} <= set(paths)
    for page_of_a_cdn in ("/docs", "/redoc"):
        assert (await client.get(page_of_a_cdn)).status_code == 404


async def test_healthz_says_degraded_with_status_200_and_no_sentences(
    client: httpx.AsyncClient, store: FakeStore
) -> None:
    store.trouble("broker 10.0.0.7 is out of reach")
    answer = await client.get("/healthz")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["broker"]) == ("degraded", "trouble")
    assert "10.0.0.7" not in answer.text


async def test_metrics_are_prometheus_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'nearcart_decisions_total{outcome="sent"} 3.0' in answer.text


async def test_a_path_that_is_not_there_says_what_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/florr")
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "There is nothing at /florr. The floor is at / and the API is described in /openapi.json."
    )


@pytest.mark.parametrize("path", ["/", "/api/people", "/healthz", "/nowhere"])
async def test_no_answer_is_kept_framed_or_mixed_with_others(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


async def test_files_of_the_page_are_asked_about_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/page.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get("/static/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"])
async def test_only_the_pages_files_are_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_what_a_store_says_is_text_and_never_html(client: httpx.AsyncClient, store: FakeStore) -> None:
    store.rename_offer("<script>alert(1)</script>")
    details = (await client.get(f"/decisions/{SENT.key}")).text
    assert "<script>" not in details
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in details


async def test_details_are_sentences(client: httpx.AsyncClient) -> None:
    details = " ".join((await client.get(f"/decisions/{SENT.key}")).text.split())
    assert "Thursday 1 October 2026, 13:59:57, after 5 s in the zone, campaign autumn" in details
    assert "3 offers were looked at" in details
    assert "passed every gate" in details
    assert "cart in another state" in details
    assert "found <b>open</b>, needs <b>abandoned</b>" in details
