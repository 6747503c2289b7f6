"""An edge.yaml for each edge of a scenario that is played live."""

from collections.abc import Mapping
from pathlib import Path

from nearcart_contract.store_file import Layout


def write_edges(folder: Path, store: str, layout: Layout, adapters: Mapping[str, str]) -> None:
    """``EDGE.edge.yaml`` with its adapters and a broker on this machine; one that is there already is left as it is. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for edge, scanners in layout.edges().items():
        path = folder / f"{edge}.edge.yaml"
        if not path.exists():
            path.write_text(edge_text(store, edge, {scanner: adapters[scanner] for scanner in scanners}), "utf-8")


def edge_text(store: str, edge: str, adapters: Mapping[str, str]) -> str:
    """The file of one edge. ``adapters``: scanner to ``hci0``."""
    lines = [f"store: {store}", f"edge: {edge}", "broker: {host: 127.0.0.1, port: 1883}", "adapters:"]
    lines += [f"  - {{adapter: {adapter}, scanner: {scanner}}}" for scanner, adapter in adapters.items()]
    return "\n".join([*lines, f"outbox: {{path: {edge}.sqlite}}", ""])
