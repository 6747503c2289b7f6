"""Messages from the gateway, parsed."""

from typing import TypeVar

import aiomqtt
from pydantic import ValidationError

from nearcart_contract.names import Message
from nearcart_contract.presence import Ack
from nearcart_contract.roster import Roster
from nearcart_contract.topics import MAX_PAYLOAD_BYTES, parse_edge_topic

M = TypeVar("M", bound=Message)


class MessageRefusedError(ValueError):
    """A message that this edge can't read; the text says why and shows nothing of its content, which may be secret."""


def parse_message(message: aiomqtt.Message) -> Ack | Roster:
    """An ack or a piece of roster. Raises ``MessageRefusedError``."""
    payload = message.payload
    if not isinstance(payload, bytes | bytearray):
        raise MessageRefusedError("it has no payload")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise MessageRefusedError(f"it has {len(payload)} bytes; at most {MAX_PAYLOAD_BYTES} are allowed")
    if parse_edge_topic(message.topic.value).channel == "ack":
        return _validated(Ack, bytes(payload))
    return _validated(Roster, bytes(payload))


def _validated(model: type[M], payload: bytes) -> M:
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise MessageRefusedError(f"{where}: {first['msg']}") from None
