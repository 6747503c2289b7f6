"""Webhooks in, over HTTP: once each, refused or set aside with a reason, and never lost."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

Wait = Callable[..., Any]
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="


async def post(shop: Any, body: str, event: str = "evt-1", secret: str = SECRET) -> httpx.Response:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": event,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event, now, body),
    }
    async with httpx.AsyncClient() as http:
        return await http.post(f"{shop.url}/hooks/web", content=body, headers=headers)


def cart(quantity: int = 1) -> str:
    now = datetime.now(UTC).isoformat()
    item = {"sku": "W-1", "categories": ["wine"], "quantity": quantity, "unit_price": "12.50"}
    data = {"id": "c-1", "customer": "1001", "currency": "EUR", "updated_at": now, "items": [item]}
    return json.dumps({"type": "cart.updated", "timestamp": now, "data": data})


async def test_a_cart_is_kept_and_a_repeat_ignored(shop: Any) -> None:
    await shop.start()
    body = cart()
    assert (await post(shop, body)).json() == {"taken": True}
    assert (await post(shop, body)).json() == {"repeated": True}
    [(record,)] = shop.rows("SELECT record FROM carts")
    assert json.loads(record)["cart"]["items"][0]["unit_price"] == "12.50"


async def test_a_cart_outlives_the_gateway(shop: Any, wait_until: Wait) -> None:
    shop.write(
        "offers/hello.yaml",
        "offer: hello\nwhen: {moment: enter}\ncart: {state: open, categories: [wine]}\n"
        'say: "{{ cart.value }} waits."\nthrough: [phone]\n',
    )
    tag = shop.enrol(customer="1001")
    await shop.start()
    await post(shop, cart(2))
    await shop.kill()
    await shop.start()
    door = shop.edges["door"]
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "25.00 EUR waits."


async def test_a_wrong_signature_is_refused_and_changes_nothing(shop: Any) -> None:
    await shop.start()
    answer = await post(shop, cart(), secret="whsec_" + "A" * 32)
    assert answer.status_code == 401
    assert shop.rows("SELECT count(*) FROM carts") == [(0,)]
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"{shop.url}/metrics")).text
    assert 'nearcart_hooks_total{outcome="bad_signature",source="web"} 1.0' in metrics
    assert "hook_refused" in shop.log.read_text()


async def test_a_secret_is_changed_over_while_the_gateway_runs(shop: Any, wait_until: Wait) -> None:
    """The operator names both, the shop changes, the operator takes the old one out: no webhook is refused on the way."""
    new = "whsec_" + "B" * 32
    await shop.start()
    before = shop.config.read_text()
    both = before.replace(f"secret: {SECRET}", f"secret: {new}, previous_secret: {SECRET}")
    shop.config.write_text(both)
    await wait_until(lambda: shop.log.read_text().count("secrets_changed") == 1)
    assert (await post(shop, cart(1), "e-1")).json() == {"taken": True}
    assert (await post(shop, cart(2), "e-2", new)).json() == {"taken": True}
    shop.config.write_text("store: [")
    await wait_until(lambda: "store_file_broken" in shop.log.read_text())
    assert (await post(shop, cart(3), "e-3", new)).json() == {"taken": True}
    shop.config.write_text(before.replace(SECRET, new))
    await wait_until(lambda: shop.log.read_text().count("secrets_changed") == 2)
    assert (await post(shop, cart(4), "e-4")).status_code == 401
    assert (await post(shop, cart(5), "e-5", new)).json() == {"taken": True}
    assert SECRET not in shop.log.read_text()
    assert new not in shop.log.read_text()


async def test_what_can_not_be_read_is_set_aside_whole(shop: Any) -> None:
    await shop.start()
    body = cart().replace("12.50", "a lot")
    answer = await post(shop, body)
    assert answer.status_code == 422
    assert "unit_price" in answer.json()["error"]
    assert shop.rows("SELECT source, body FROM set_aside") == [("web", body.encode())]


async def test_an_unknown_source_is_not_found(shop: Any) -> None:
    await shop.start()
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{shop.url}/hooks/nobody", content=b"{}")).status_code == 404
