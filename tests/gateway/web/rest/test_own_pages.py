"""Links to visitors' own pages through the API."""

import re

import httpx
import pytest

from .conftest import Shop


def path_of(answer: httpx.Response) -> str:
    return re.sub(r"^https?://[^/]+", "", answer.json()["url"])


async def opens(shop: Shop, path: str) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=shop.app), base_url="http://127.0.0.1") as browser:
        return (await browser.get(path)).status_code


async def test_a_link_opens_her_page_until_it_is_closed(shop: Shop) -> None:
    async with shop.client("staff") as client:
        made = await client.post("/visitors/anna/page")
        assert made.status_code == 201
        assert await opens(shop, path_of(made)) == 200
        assert (await client.delete("/visitors/anna/page")).status_code == 204
        assert await opens(shop, path_of(made)) == 404
        assert (await client.delete("/visitors/anna/page")).status_code == 204
        assert (await client.delete("/visitors/nobody/page")).status_code == 404


async def test_a_new_link_closes_the_one_before(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        first, second = [path_of(await client.post("/visitors/anna/page")) for _ in range(2)]
    assert (await opens(shop, first), await opens(shop, second)) == (404, 200)


async def test_nobodys_page_can_be_made(shop: Shop) -> None:
    async with shop.client("staff") as client:
        answer = await client.post("/visitors/nobody/page")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


@pytest.mark.parametrize("role", ["marketer", None])
async def test_only_whoever_may_change_consents_makes_one(shop: Shop, role: str | None) -> None:
    async with shop.client(role) as client:  # type: ignore[arg-type]
        assert (await client.post("/visitors/anna/page")).status_code in (401, 403)
