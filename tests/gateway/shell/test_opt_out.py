"""A no of hers counts at once: for what is decided next, and for what was decided and has not left."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.may_still_send import may_still_send
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.visitor_files import change_consent

Wait = Callable[..., Any]

CRM = """\
  crm: {kind: webhook, url: "http://127.0.0.1:PORT/offers", secret: whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==}
"""


def test_what_may_still_leave() -> None:
    anna = Visitor("anna", consents=frozenset({"offers"}), refused=frozenset({"offers/screen"}))
    assert may_still_send(anna, "phone") is None
    assert may_still_send(anna, "screen") == "she took back her consent to offers through 'screen'"
    assert may_still_send(Visitor("bea", consents=frozenset({"measurement"})), "phone") is not None
    assert may_still_send(None, "phone") == "she is not enrolled any more"


async def test_an_offer_that_waits_is_taken_back_when_she_says_no(shop: Any, wait_until: Wait) -> None:
    asked = []

    async def unwell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(unwell, "127.0.0.1", 0) as server:
        port = str(server.sockets[0].getsockname()[1])
        shop.write("store.yaml", shop.config.read_text() + CRM.replace("PORT", port))
        shop.write("offers/hello.yaml", 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [crm]\n')
        tag = shop.enrol()
        door = shop.edges["door"]
        await shop.start()
        await door.born()
        await wait_until(lambda: door.rosters)
        await door.batch(door.transition("enter", tag))
        await wait_until(lambda: asked)
        reads = shop.log.read_text().count("visitors_read")
        change_consent(shop.config, "anna", ConsentChange("offers", False, time.time(), "crm"))
        await wait_until(lambda: shop.log.read_text().count("visitors_read") > reads, 3.0)
        tries = len(asked)
        await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("withdrawn",)])
        assert len(asked) <= tries + 1  # one may have been under way
        assert shop.rows("SELECT error FROM deliveries") == [("she took back her consent to offers through 'crm'",)]
