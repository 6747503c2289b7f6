"""Which files a new store has, and what stands in them. Nothing is written here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from nearcart_gateway.shell.init import mosquitto_files
from nearcart_gateway.shell.init.bridge_files import BRIDGE, SCANNERS_USER, Bridged, edge_of

_TEMPLATES = files("nearcart_gateway.shell.init") / "templates"
_ZONE_METRES = 5
_DEPTH_METRES = 8
_PUBLIC, _SECRET = 0o644, 0o600


@dataclass(frozen=True, slots=True)
class NewStore:
    """What the operator said. ``broker_host`` is the gateway's address as the edges see it; ``bridged``: other people's scanners."""

    store: str
    name: str
    edges: tuple[str, ...]
    time_zone: str = "Europe/Vienna"
    currency: str = "EUR"
    broker_host: str = "127.0.0.1"
    broker_port: int = 1883
    bridged: tuple[Bridged, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """One a scanner, ours first."""
        return (*self.edges, *(each.name for each in self.bridged))


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file, relative to the store's folder; ``mode`` 0600 where it holds a secret."""

    path: Path
    text: str
    mode: int = _PUBLIC

    def __repr__(self) -> str:
        return f"PlannedFile({str(self.path)!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Fresh random texts: a password for each broker user, and the signing secret of the webhook source."""

    passwords: Mapping[str, str]
    webhook: str


def planned_files(
    new: NewStore, folder: Path, secrets: Secrets, random_bytes: mosquitto_files.RandomBytes
) -> tuple[PlannedFile, ...]:
    """Every file of the new store in ``folder``, which is absolute."""
    broker = folder / "mosquitto"
    return (
        PlannedFile(Path("store.yaml"), _store(new, secrets), _SECRET),
        *(PlannedFile(Path(f"edge-{edge}.yaml"), _edge(new, edge, secrets), _SECRET) for edge in new.edges),
        *((PlannedFile(Path("bridge.yaml"), _bridge(new, secrets), _SECRET),) if new.bridged else ()),
        PlannedFile(Path("campaigns/first.yaml"), _filled("campaign.yaml")),
        PlannedFile(Path("offers/welcome-back.yaml"), _filled("offer-welcome-back.yaml")),
        PlannedFile(
            Path("offers/still-thinking.yaml"),
            _filled("offer-still-thinking.yaml", dwell_zone=_key(_middle(new.zones))),
        ),
        PlannedFile(Path("offers/ask-us.yaml"), _filled("offer-ask-us.yaml", screen_zone=_key(new.zones[-1]))),
        PlannedFile(
            Path("mosquitto/mosquitto.conf"), mosquitto_files.configuration(broker, _listener(new), new.broker_port)
        ),
        PlannedFile(Path("mosquitto/acl"), mosquitto_files.access_list(new.store, new.edges, new.bridged)),
        PlannedFile(
            Path("mosquitto/passwords"), mosquitto_files.password_lines(secrets.passwords, random_bytes), _SECRET
        ),
    )


def _store(new: NewStore, secrets: Secrets) -> str:
    return _filled(
        "store.yaml",
        store=_key(new.store),
        name=new.name.replace("\n", " "),
        name_yaml=json.dumps(new.name, ensure_ascii=False),
        time_zone=new.time_zone,
        currency=new.currency,
        width=str(_ZONE_METRES * len(new.zones)),
        height=str(_DEPTH_METRES),
        zones="".join(_zone(number, name) for number, name in enumerate(new.zones)),
        scanners="".join(_scanner(number, name, _bridge_edge(new, name)) for number, name in enumerate(new.zones)),
        webhook_secret=secrets.webhook,
        broker_host="127.0.0.1" if _listener(new) == "127.0.0.1" else new.broker_host,
        broker_port=str(new.broker_port),
        gateway_password=secrets.passwords["gateway"],
    )


def _edge(new: NewStore, edge: str, secrets: Secrets) -> str:
    return _filled(
        "edge.yaml",
        store=_key(new.store),
        edge=edge,
        edge_key=_key(edge),
        broker_host=new.broker_host,
        broker_port=str(new.broker_port),
        password=secrets.passwords[mosquitto_files.edge_user(edge)],
    )


def _bridge(new: NewStore, secrets: Secrets) -> str:
    user = mosquitto_files.edge_user(BRIDGE)
    return _filled(
        "bridge.yaml",
        store=_key(new.store),
        broker_host="127.0.0.1",
        broker_port=str(new.broker_port),
        user=user,
        password=secrets.passwords[user],
        scanners="".join(_bridged(each, edge_of(each, new.bridged)) for each in new.bridged),
        scanners_password=secrets.passwords[SCANNERS_USER],
    )


def _bridged(scanner: Bridged, edge: str) -> str:
    return f"  {_key(scanner.name)}: {{kind: {scanner.kind}, node: {_key(scanner.node)}, edge: {_key(edge)}}}\n"


def _bridge_edge(new: NewStore, name: str) -> str | None:
    """The edge of another maker's scanner; none for our own."""
    return next((edge_of(each, new.bridged) for each in new.bridged if each.name == name), None)


def _zone(number: int, edge: str) -> str:
    left, right = number * _ZONE_METRES, (number + 1) * _ZONE_METRES
    corners = f"[[{left}, 0], [{right}, 0], [{right}, {_DEPTH_METRES}], [{left}, {_DEPTH_METRES}]]"
    name = edge.replace("-", " ").capitalize()
    return f"  {_key(edge)}:\n    name: {json.dumps(name)}\n    polygon: {corners}\n"


def _scanner(number: int, name: str, edge: str | None) -> str:
    x = number * _ZONE_METRES + _ZONE_METRES / 2
    of_edge = "" if edge is None else f", edge: {edge}"
    return f"  {_key(name)}: {{x: {x:g}, y: {_DEPTH_METRES / 2:g}, z: 2.5, zone: {_key(name)}{of_edge}}}\n"


def _key(name: str) -> str:
    """A name that YAML would read as something else (``7``, ``null``, ``-``) in quotes."""
    return name if name[0].isalpha() and name not in ("true", "false", "null") else json.dumps(name)


def _listener(new: NewStore) -> str:
    return "127.0.0.1" if new.broker_host in ("127.0.0.1", "localhost", "::1") else "0.0.0.0"  # noqa: S104 # edges are elsewhere


def _middle(edges: tuple[str, ...]) -> str:
    return edges[len(edges) // 2]


def _filled(template: str, **values: str) -> str:
    return Template((_TEMPLATES / template).read_text()).substitute(values)
