"""The files of a scenario's shop, for a live play: store.yaml, an edge.yaml for each edge, and a database that knows who is enrolled."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearcart_sim.core.days.scenario_file import ScenarioFile
    from nearcart_sim.shell.live import LiveScenario

_BROKER = "broker: {host: 127.0.0.1, port: 1883}"


def write_shop(folder: Path, scenario: "ScenarioFile", live: "LiveScenario") -> None:
    """Files that are there already are left as they are, and so are visitors. Raises ``OSError``, and ``EnrolmentError`` of a file that was there."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "store.yaml", _store_text(scenario, live))
    for edge, scanners in live.play.layout.edges().items():
        _write(folder / f"{edge}.edge.yaml", _edge_text(scenario.store, edge, scanners, live))
    _enrol(folder / "store.yaml", live)


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")


def _store_text(scenario: "ScenarioFile", live: "LiveScenario") -> str:
    """The gateway's own broker listens on this machine's loopback, where edges look for it."""
    from nearcart_sim.shell.scenario_run import layout_text

    head = [f"store: {scenario.store}", f"name: {json.dumps(scenario.title, ensure_ascii=False)}", "time_zone: UTC"]
    return "\n".join([*head, f"currency: {scenario.economy.currency}", layout_text(live.play.layout)])


def _edge_text(store: str, edge: str, scanners: tuple[str, ...], live: "LiveScenario") -> str:
    adapters = [f"  - {{adapter: {live.adapters[scanner]}, scanner: {scanner}}}" for scanner in scanners]
    return "\n".join(
        [f"store: {store}", f"edge: {edge}", _BROKER, "adapters:", *adapters, f"outbox: {{path: {edge}.sqlite}}", ""]
    )


def _enrol(config: Path, live: "LiveScenario") -> None:
    from nearcart_gateway.core.values import Visitor
    from nearcart_gateway.shell.storage import visitors
    from nearcart_gateway.shell.visitor_files import open_database
    from nearcart_sim.core.days.shop_records import visitors_file

    with open_database(config) as connection:
        known = {enrolled.visitor.id for enrolled in visitors.everybody(connection)}
        for entry in visitors_file(live.play).visitors:
            if entry.id not in known:
                person = Visitor(entry.id, entry.kind, entry.customer, entry.language, frozenset(entry.consents))
                visitors.add(connection, person, entry.identities, time.time())
