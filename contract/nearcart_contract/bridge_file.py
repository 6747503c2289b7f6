"""``bridge.yaml``: scanners of other makers, whose MQTT messages an edge takes in place of a radio of its own."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from nearcart_contract.broker import Broker
from nearcart_contract.duration import Duration
from nearcart_contract.edge_file import Outbox, Tracking
from nearcart_contract.names import Name, UserFile
from nearcart_contract.problem import allowed_words

ScannerKind = Literal["espresense", "theengs", "openmqttgateway"]

MAX_SCANNERS = 16
"""Of one edge: as many as its birth may name."""


def topic_filter(text: str) -> str:
    """A topic with or without wildcards (MQTT 3.1.1, 4.7). Raises ``ValueError`` saying what is allowed."""
    levels = text.split("/")
    if not text or "\0" in text:
        raise ValueError("a topic has at least one letter and no zero byte")
    for level in levels:
        if level not in ("+", "#") and ("+" in level or "#" in level):
            raise ValueError(f"'{level}': a wildcard stands alone between two slashes, such as home/+/BTtoMQTT/+")
    if "#" in levels[:-1]:
        raise ValueError("'#' stands for all that follows: only the last place is its own")
    return text


def _plain_topic(text: str) -> str:
    if "+" in text or "#" in text:
        raise ValueError("one scanner's own topic, without wildcards")
    return topic_filter(text)


TopicFilter = Annotated[str, Field(max_length=500), AfterValidator(topic_filter)]
Topic = Annotated[str, Field(max_length=500), AfterValidator(_plain_topic)]


class Login(UserFile):
    """A user of the broker."""

    username: str
    password: SecretStr


class BridgedScanner(UserFile):
    """One scanner. Its key is its name in store.yaml. In topics ``{node}`` stands for ``node``."""

    kind: ScannerKind
    node: str | None = Field(
        default=None,
        pattern=r"^[^/+#\x00]{1,128}$",
        description="its name in its own topics: ESPresense's room (else the key), the gateway's name of the two others",
    )
    edge: Name | None = Field(default=None, description="the edge that it is a part of; else one of its own name")
    reports: tuple[TopicFilter, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=8,
        description="where it tells what it hears; else where its maker's does",
    )
    status: Topic | None = Field(default=None, description="where it says 'online', and its last will 'offline'")
    heartbeats: tuple[TopicFilter, ...] | None = Field(
        default=None, max_length=8, description="whatever comes here proves that it is alive"
    )
    quiet_after: Duration | None = Field(default=None, description="without any message for so long it is lost")
    tracking: Tracking | None = Field(default=None, description="when a tag has come and gone; else as its kind needs")


class BridgeFile(UserFile):
    """A whole bridge.yaml."""

    store: Name
    broker: Broker = Field(default=Broker(), description="the gateway's broker")
    listen: Broker | None = Field(default=None, description="where the scanners publish; else the gateway's broker")
    logins: dict[Name, Login] = Field(
        default_factory=dict, description="of edges with a user of their own; else broker.username is for all"
    )
    scanners: dict[Name, BridgedScanner] = Field(min_length=1, max_length=64)
    outbox: Outbox = Field(default=Outbox(), description="one file an edge, with the edge's name in it")
    log: Literal["debug", "info", "warning", "error"] = "info"

    def edges(self) -> dict[str, tuple[str, ...]]:
        """Edge name to the scanners that are parts of it."""
        edges: dict[str, tuple[str, ...]] = {}
        for name, scanner in self.scanners.items():
            edge = scanner.edge or name
            edges[edge] = (*edges.get(edge, ()), name)
        return edges

    @model_validator(mode="after")
    def _an_edge_tracks_by_one_rule(self) -> "BridgeFile":
        for edge, names in self.edges().items():
            if len(names) > MAX_SCANNERS:
                raise ValueError(f"edge '{edge}' has {len(names)} scanners; at most {MAX_SCANNERS} are allowed")
            first = self.scanners[names[0]]
            for name in names[1:]:
                other = self.scanners[name]
                if (other.kind, other.tracking) != (first.kind, first.tracking):
                    raise ValueError(
                        f"scanners '{names[0]}' and '{name}' are of one edge, '{edge}', which tracks by one rule: "
                        "give them the same kind and tracking, or different edges"
                    )
        return self

    @model_validator(mode="after")
    def _each_hears_its_own(self) -> "BridgeFile":
        first: dict[object, str] = {}
        for name, scanner in self.scanners.items():
            node = scanner.node or (name if scanner.kind == "espresense" else None)
            other = first.setdefault((scanner.kind, node, scanner.reports), name)
            if other != name:
                raise ValueError(f"scanners '{other}' and '{name}' would hear the same reports: say each one's node")
        return self

    @model_validator(mode="after")
    def _logins_are_of_edges(self) -> "BridgeFile":
        edges = tuple(self.edges())
        for name in self.logins:
            if name not in edges:
                raise ValueError(f"logins: '{name}' is no edge of this file; {allowed_words(name, edges)}")
        return self
