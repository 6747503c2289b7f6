"""Receipts: a program that hands offers on says what became of them."""

from fastapi import APIRouter

from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import Reporter
from nearcart_gateway.shell.web.rest.models import ReceiptTakenOut
from nearcart_gateway.shell.web.rest.parts import Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import ReceiptIn
from nearcart_gateway.shell.writer import NotCommittedError

routes = APIRouter(prefix=PREFIX, tags=["receipts"])


@routes.post(
    "/receipts",
    summary="Say that an offer is there, or was looked at; said again it changes nothing",
    responses=declared(404),
)
async def take_receipt(parts: Parts, _caller: Reporter, body: ReceiptIn) -> ReceiptTakenOut:
    try:
        delivery = await parts.receipts.say(body.key, body.state)
    except NotCommittedError as error:
        detail = "Nothing could be written, and nothing happened. Try again."
        raise ProblemError(503, detail, headers={"Retry-After": "2"}) from error
    if delivery is None:
        raise ProblemError(404, "No offer with this key was sent. It is the `key` of the message, or the `webhook-id`.")
    return ReceiptTakenOut(key=delivery.key, channel=delivery.channel, delivery=delivery.state)
