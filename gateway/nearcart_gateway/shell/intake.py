"""From an MQTT message to a typed one, or to a refusal that says why. Nothing here raises anything else."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from nearcart_contract.edge_state import Birth, Death, Health, State
from nearcart_contract.names import Message
from nearcart_contract.presence import PresenceBatch
from nearcart_contract.samples import MAX_SAMPLES, Samples
from nearcart_contract.store_file import Store
from nearcart_contract.topics import FROM_EDGE, MAX_PAYLOAD_BYTES, EdgeChannel, parse_edge_topic

_STATE: TypeAdapter[Birth | Death] = TypeAdapter(State)
_MODELS: dict[EdgeChannel, type[Message]] = {"presence": PresenceBatch, "samples": Samples, "health": Health}
_ONE_SAMPLE = b'"identity"'


class RefusedError(Exception):
    """A message that is not taken. ``counter`` names why, for the metrics; the text says it to a person."""

    def __init__(self, counter: str, text: str) -> None:
        super().__init__(text)
        self.counter = counter


@dataclass(frozen=True, slots=True)
class WaitingSamples:
    """Samples that are read when their turn comes: thousands may wait, and read they take ten times the memory."""

    edge: str
    payload: bytes

    @property
    def count(self) -> int:
        """How many there are, as far as that shows from outside."""
        return min(max(self.payload.count(_ONE_SAMPLE), 1), MAX_SAMPLES)

    def read(self) -> Samples:
        """Raises ``RefusedError``."""
        return _parse(self.edge, "samples", self.payload)  # type: ignore[return-value]


EdgeMessage = PresenceBatch | WaitingSamples | Birth | Death | Health


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of an edge of this store."""

    edge: str
    message: EdgeMessage


class Intake:
    """Reads the messages that one store takes."""

    def __init__(self, store: Store) -> None:
        self._store = store.store
        self._edges = frozenset(store.edges())

    def read(self, topic: str, payload: bytes) -> Incoming | None:
        """One message; ``None`` for an empty one (a retained message that was cleared). Raises ``RefusedError``."""
        try:
            parts = parse_edge_topic(topic)
        except ValueError as error:
            raise RefusedError("topic", str(error)) from error
        if parts.store != self._store:
            raise RefusedError("store", f"a message for store '{parts.store}' came to store '{self._store}'")
        if parts.edge not in self._edges:
            known = ", ".join(sorted(self._edges))
            raise RefusedError("edge", f"edge '{parts.edge}' has no scanner in store.yaml; known: {known}")
        if parts.channel not in FROM_EDGE:
            raise RefusedError("topic", f"'{parts.channel}' is for edges, not from them")
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise RefusedError(
                "oversize", f"{parts.edge}/{parts.channel}: {len(payload)} bytes, allowed are {MAX_PAYLOAD_BYTES}"
            )
        if not payload:
            return None
        if parts.channel == "samples":
            return Incoming(parts.edge, WaitingSamples(parts.edge, payload))
        return Incoming(parts.edge, _parse(parts.edge, parts.channel, payload))  # type: ignore[arg-type]


def _parse(edge: str, channel: EdgeChannel, payload: bytes) -> Message:
    try:
        if channel == "state":
            return _STATE.validate_json(payload)
        return _MODELS[channel].model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise RefusedError("unreadable", f"{edge}/{channel}: {where}: {first['msg']}") from None
