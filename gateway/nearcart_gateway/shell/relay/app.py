"""The relay's two doors: webhooks in, signed by a shop; payloads out, for whoever has the key."""

import base64
import hmac
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, Field

from nearcart_contract.relay_file import RelayFile
from nearcart_gateway.shell.relay.outbox import Outbox
from nearcart_gateway.shell.relay.receiver import RelayReceiver
from nearcart_gateway.shell.web.hooks_route import hook_routes

AT_ONCE = 100
MOST_BYTES = 5_000_000


class RelayedPayload(BaseModel):
    """One webhook as it came; ``body`` is base64, ``received_at`` Unix seconds of the relay's clock."""

    number: int
    source: str
    received_at: float
    headers: dict[str, str]
    body: str


class RelayedPage(BaseModel):
    """The oldest after the number asked for. Numbers count within an ``epoch``."""

    epoch: str
    payloads: list[RelayedPayload]


class TakenNumbers(BaseModel):
    """What the gateway has on its disk."""

    numbers: Annotated[list[int], Field(max_length=1000)]


def create_relay(file: RelayFile, outbox: Outbox) -> FastAPI:
    """The whole application: no documentation pages, no readers."""
    app = FastAPI(title="nearcart relay", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    receiver = RelayReceiver(file, outbox)
    app.include_router(hook_routes(receiver))
    keys = [key.get_secret_value().encode() for key in (file.key, file.previous_key) if key is not None]

    def with_key(authorization: Annotated[str, Header()] = "") -> None:
        given = authorization.removeprefix("Bearer ").encode()
        if not any([hmac.compare_digest(key, given) for key in keys]):  # noqa: C419 (each is compared)
            raise HTTPException(401, "The outbox opens with the key of relay.yaml, as a bearer token.")

    @app.get("/outbox", dependencies=[Depends(with_key)])
    def waiting(after: Annotated[int, Query(ge=0, le=2**62)] = 0) -> RelayedPage:
        payloads = [
            RelayedPayload(
                number=kept.number,
                source=kept.source,
                received_at=kept.received_at,
                headers=kept.headers,
                body=base64.b64encode(kept.body).decode(),
            )
            for kept in outbox.after(after, AT_ONCE, MOST_BYTES)
        ]
        return RelayedPage(epoch=outbox.epoch, payloads=payloads)

    @app.post("/outbox/taken", dependencies=[Depends(with_key)])
    def taken(numbers: TakenNumbers) -> dict[str, int]:
        return {"gone": outbox.taken(numbers.numbers)}

    @app.get("/state", dependencies=[Depends(with_key)])
    def state() -> dict[str, object]:
        return {"waiting": outbox.payloads, "counted": dict(receiver.counted)}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"state": "ok"}

    return app
