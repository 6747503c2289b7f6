"""The API of a gateway that runs: what a program changes there reaches the edges, and keys are made and revoked beside it."""

import asyncio
import contextlib
import json
import time
from typing import Any

import httpx

from nearcart_gateway.core.spending import Use
from nearcart_gateway.shell.key_files import make_key, revoke_key
from nearcart_gateway.shell.storage import ledger
from nearcart_gateway.shell.storage.database import connect


async def test_a_program_enrols_and_takes_back_while_the_gateway_runs(shop: Any, wait_until: Any) -> None:
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    _, key = make_key(shop.config, "web-shop", "integrator", None, time.time())
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"{shop.url}/api/v1", headers=headers, timeout=15) as client:
        tag = {"kind": "ibeacon", "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e", "major": 1, "minor": 1}
        made = await client.post("/visitors", json={"id": "anna", "consents": ["offers"], "identities": [tag]})
        assert made.status_code == 201
        identity = made.json()["identities"][0]["id"]
        await wait_until(lambda: [entry["id"] for entry in door.rosters[-1].get("identities", [])] == [identity], 3.0)
        await door.batch(door.transition("enter", identity))
        await wait_until(lambda: shop.offers)
        decided = (await client.get("/decisions", params={"visitor": "anna", "outcome": "sent"})).json()["items"]
        assert [row["offer"] for row in decided] == ["hello"]
        assert (await client.get("/visits", params={"present": "true"})).json()["items"][0]["visitor"]["id"] == "anna"
        assert [row["offer"] for row in (await client.get("/offers")).json()["items"]] == ["hello"]

        assert (await client.put("/visitors/anna/consents", json={"consents": []})).status_code == 200
        await wait_until(lambda: door.rosters[-1].get("removed") == [identity], 3.0)

        revoke_key(shop.config, "web-shop", time.time())
        assert (await client.get("/visitors/anna")).status_code == 401
    log = shop.log.read_text()
    assert key not in log
    changes = [json.loads(line) for line in log.splitlines() if '"api_change"' in line]
    assert [(row["key"], row["method"], row["route"], row["status"]) for row in changes] == [
        ("web-shop", "POST", "/api/v1/visitors", 201),
        ("web-shop", "PUT", "/api/v1/visitors/{visitor}/consents", 200),
    ]
    assert key.encode() not in b"".join(path.read_bytes() for path in shop.folder.glob("nearcart.sqlite*"))


async def test_offers_are_those_in_force_after_a_change(shop: Any, wait_until: Any) -> None:
    await shop.start()
    _, key = make_key(shop.config, "agency", "marketer", None, time.time())
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"{shop.url}/api/v1", headers=headers, timeout=15) as client:
        before = (await client.get("/offers/hello")).json()
        text = before["text"].replace("Hello.", "Good day.")
        assert (await client.post("/check", json={"text": text})).json()["ok"]
        shop.write("offers/hello.yaml", text)
        await wait_until(lambda: len(shop.rows("SELECT revision FROM revisions")) == 2)
        after = (await client.get("/offers/hello")).json()
    assert after["text"] == text
    assert after["revision"] != before["revision"]


async def test_twenty_tills_at_once_use_a_code_once(shop: Any, wait_until: Any) -> None:
    held = Use(
        "k1", None, "wine", "autumn", time.time(), time.time() + 600, "held", gives=True, code="A-1", own_code=True
    )
    with contextlib.closing(connect(shop.folder / "nearcart.sqlite")) as database:
        ledger.write_use(database, held)
    await shop.start()
    _, key = make_key(shop.config, "tills", "staff", None, time.time())
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"{shop.url}/api/v1", headers=headers, timeout=15) as client:
        asked = [client.post("/redemptions", json={"code": "A-1", "order": f"r-{number}"}) for number in range(20)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
        (won,) = [number for number, answer in enumerate(answers) if answer.status_code == 201]
    assert shop.rows("SELECT state, purchase FROM ledger") == [("redeemed", f"till:r-{won}")]
