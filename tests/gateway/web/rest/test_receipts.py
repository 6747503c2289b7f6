"""Receipts by the API: true once, however often they are said."""

import sqlite3

from nearcart_gateway.shell.storage import deliveries

from .conftest import Shop


def sent_key(shop: Shop) -> tuple[int, str]:
    """An offer that a channel took: its decision's number and key."""
    with sqlite3.connect(shop.folder / "nearcart.sqlite") as connection:
        number, key = connection.execute("SELECT number, key FROM decisions LIMIT 1").fetchone()
        now = shop.now
        row = deliveries.Delivery(
            key, "phone", "anna", "door", "{}", now, now, now + 60, state="sent", published_at=now
        )
        deliveries.write_delivery(connection, row)
    return int(number), str(key)


async def test_a_receipt_is_true_once_however_often_it_is_said(shop: Shop) -> None:
    number, key = sent_key(shop)
    async with shop.client("integrator") as client:
        said = [
            (await client.post("/receipts", json={"key": key, "state": state})).json()["delivery"]
            for state in ("delivered", "delivered", "seen", "delivered")
        ]
        assert said == ["delivered", "delivered", "seen", "seen"]
        detail = (await client.get(f"/decisions/{number}")).json()
        assert sorted(note["state"] for note in detail["receipts"]) == ["delivered", "seen"]


async def test_an_offer_that_was_never_sent_has_none(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        answer = await client.post("/receipts", json={"key": "nothing:offer", "state": "seen"})
    assert answer.status_code == 404
    assert "webhook-id" in answer.json()["detail"]


async def test_a_till_may_not_say_so(shop: Shop) -> None:
    async with shop.client("staff") as client:
        assert (await client.post("/receipts", json={"key": "k:offer", "state": "seen"})).status_code == 403
