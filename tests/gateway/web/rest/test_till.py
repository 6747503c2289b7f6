"""The till: a code is used once whoever asks, a purchase is reported once, and each answer says what to do."""

import sqlite3
from decimal import Decimal
from typing import Any

import pytest

from nearcart_gateway.core.spending import Use
from nearcart_gateway.shell.storage import ledger

from .conftest import Shop


def offer(
    shop: Shop, code: str, visitor: str = "anna", *, own: bool = True, expired: bool = False, **fields: Any
) -> str:
    """An offer that was made, with this code; its decision's number is the newest of the visitor's."""
    now = shop.now
    key = f"key-{code}-{visitor}"
    use = Use(
        key, visitor, "wine-dwell", "autumn", now - 60, now - 1 if expired else now + 600, "held", Decimal("5.00"), gives=True,
        code=code, own_code=own,
    )  # fmt: skip
    with sqlite3.connect(shop.folder / "nearcart.sqlite") as connection:
        ledger.write_use(connection, use)
    return key


REDEEM = "/redemptions"


async def test_a_code_is_used_once_and_said_again_it_stays_so(shop: Shop) -> None:
    offer(shop, "A-1")
    async with shop.client("staff") as client:
        body = {"code": "A-1", "amount": "3.80", "order": "receipt-1"}
        first, again = await client.post(REDEEM, json=body), await client.post(REDEEM, json=body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert (first.json()["state"], first.json()["amount"], first.json()["visitor"]["id"]) == (
            "redeemed",
            "3.80",
            "anna",
        )
        other = await client.post(REDEEM, json={**body, "order": "receipt-2"})
        assert (other.status_code, other.json()["detail"]) == (409, "It was used already, just now.")


async def test_what_was_used_is_given_back(shop: Shop) -> None:
    offer(shop, "A-1")
    async with shop.client("integrator") as client:
        await client.post(REDEEM, json={"code": "A-1"})
        for _ in range(2):
            back = await client.post(f"{REDEEM}/give-back", json={"code": "A-1"})
            assert (back.status_code, back.json()["state"]) == (200, "given_back")
        refused = await client.post(REDEEM, json={"code": "A-1"})
        assert (refused.status_code, refused.json()["detail"]) == (409, "Offer wine-dwell was taken back.")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"code": "NOBODYS"}, 404, "No offer gave this code."),
        ({"code": "ALL"}, 409, "Many have this code: say whose it is (`visitor`)."),
        ({"code": "ALL", "visitor": "visitor-1"}, 404, "No offer to her gave this code."),
        ({"code": "ALL", "visitor": "anna"}, 201, ""),
        ({"code": "OLD"}, 409, "It expired just now."),
        ({"code": "OLD", "late": True}, 201, ""),
        ({"code": "OLD", "amount": "-1"}, 422, "One value is not what is allowed here; errors says which and why."),
    ],
)
async def test_what_can_not_be_used_says_why(shop: Shop, body: dict[str, Any], status: int, said: str) -> None:
    offer(shop, "ALL", own=False)
    offer(shop, "OLD", expired=True)
    async with shop.client("admin") as client:
        answer = await client.post(REDEEM, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json().get("detail", "") == said


async def test_an_offer_without_a_code_by_its_decision(shop: Shop) -> None:
    async with shop.client("admin") as client:
        (made, *_) = (await client.get("/decisions", params={"visitor": "anna", "outcome": "ghost"})).json()["items"]
        number = made["id"]
        with sqlite3.connect(shop.folder / "nearcart.sqlite") as connection:
            (key,) = connection.execute("SELECT key FROM decisions WHERE number = ?", (number,)).fetchone()
            held = Use(key, "anna", "wine-dwell", "autumn", shop.now, shop.now + 60, "held", gives=True)
            ledger.write_use(connection, held)
        used = await client.post(f"/decisions/{number}/redemption", json={})
        assert (used.status_code, used.json()["state"]) == (201, "redeemed")
        back = await client.delete(f"/decisions/{number}/redemption")
        assert (back.status_code, back.json()["state"]) == (200, "given_back")
        assert (await client.post("/decisions/999999/redemption", json={})).status_code == 404


PURCHASE = {
    "id": "receipt-20117",
    "visitor": "anna",
    "total": "23.00",
    "items": [{"sku": "WINE-RIOJA", "title": "Rioja", "quantity": 2, "unit_price": "11.50"}],
    "placed_at": "2026-11-25T18:00:00Z",
}


async def test_a_purchase_is_reported_once_and_uses_its_codes(shop: Shop) -> None:
    offer(shop, "A-1")
    async with shop.client("staff") as client:
        body = {**PURCHASE, "coupons": [{"code": "A-1", "amount": "2.30"}]}
        first, again = await client.post("/orders", json=body), await client.post("/orders", json=body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        other = await client.post("/orders", json={**body, "total": "24.00"})
        assert (other.status_code, other.json()["detail"]) == (
            409,
            "Order 'receipt-20117' was reported with other content. Nothing was changed.",
        )
        (listed,) = (await client.get("/visitors/anna/orders")).json()["items"]
        assert (listed["id"], listed["total"], listed["coupons"]) == ("receipt-20117", "23.00", ["A-1"])
        used = await client.post(REDEEM, json={"code": "A-1", "order": "receipt-20117"})
        assert (used.status_code, used.json()["amount"]) == (200, "2.30")
        anna = (await client.get("/visitors/anna")).json()
        assert anna["last_purchase_at"] == "2026-11-25T18:00:00Z"

        cancelled = await client.post("/orders/receipt-20117/cancel")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert (await client.post("/orders/receipt-20117/cancel")).json()["state"] == "cancelled"
        assert (await client.get("/visitors/anna")).json()["last_purchase_at"] is None
        refused = await client.post(REDEEM, json={"code": "A-1"})
        assert refused.json()["detail"] == "Offer wine-dwell was taken back."


async def test_whose_a_purchase_is(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        await client.patch("/visitors/visitor-1", json={"loyalty": "L-1"})
        by_number = {**PURCHASE, "id": "r-2", "visitor": None, "loyalty": "L-1"}
        assert (await client.post("/orders", json={k: v for k, v in by_number.items() if v})).status_code == 201
        assert [row["id"] for row in (await client.get("/visitors/visitor-1/orders")).json()["items"]] == ["r-2"]
        nobody = await client.post("/orders", json={**PURCHASE, "id": "r-3", "visitor": "nobody"})
        assert nobody.status_code == 404
        assert (await client.post("/orders/r-9/cancel")).status_code == 404


async def test_a_household_buys_together_and_a_number_that_nobody_has_is_not_kept(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        for name in ("visitor-1", "visitor-2"):
            await client.patch(f"/visitors/{name}", json={"loyalty": "L-2"})
        for number, loyalty in (("r-4", "L-2"), ("r-5", "L-unknown")):
            purchase = {**PURCHASE, "id": number, "loyalty": loyalty}
            purchase.pop("visitor", None)
            assert (await client.post("/orders", json=purchase)).status_code == 201
        for name in ("visitor-1", "visitor-2"):
            visitor = (await client.get(f"/visitors/{name}")).json()
            assert visitor["last_purchase_at"] is None, "it is nobody's alone"
    with sqlite3.connect(shop.folder / "nearcart.sqlite") as connection:
        kept = connection.execute("SELECT id, customer FROM orders ORDER BY id").fetchall()
    assert kept == [("r-4", "loyalty:L-2"), ("r-5", None)]


async def test_a_marketer_has_no_till(shop: Shop) -> None:
    async with shop.client("marketer") as client:
        assert (await client.post(REDEEM, json={"code": "A-1"})).status_code == 403
    async with shop.client() as client:
        assert (await client.post(REDEEM, json={"code": "A-1"})).status_code == 401
