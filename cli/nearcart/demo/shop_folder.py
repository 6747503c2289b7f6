"""The demo's folder: a copy of the example shop with this run's broker, page, radios and database filled in."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nearcart
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml, read_source

EXIT_AFTER_S = 6
"""Of the edges: shorter than usual, so that a demo shows exits and ends soon."""


@dataclass(frozen=True, slots=True)
class ShopFolder:
    """Where one run's files are. Times of their contents are the shop's clock."""

    path: Path
    store: Store

    @property
    def config(self) -> Path:
        return self.path / "store.yaml"

    @property
    def database(self) -> Path:
        return self.path / self.store.database

    def edge_config(self, edge: str) -> Path:
        return self.path / f"edge-{edge}.yaml"

    def outbox(self, edge: str) -> Path:
        return self.path / f"outbox-{edge}.sqlite"

    def log(self, process: str) -> Path:
        return self.path / "logs" / f"{process}.log"


def example_store() -> Path:
    """The example shop's store.yaml: inside an installed package, or in the source tree."""
    package = Path(nearcart.__file__).parent
    installed = package / "example_shop" / "store.yaml"
    return installed if installed.exists() else package.parents[1] / "examples" / "shop" / "store.yaml"


def lay_out(source: Path, folder: Path, broker_port: int, page_port: int) -> ShopFolder:
    """Copy the shop of ``source`` (a store.yaml) into ``folder``. Raises ``FileProblems`` where that file has mistakes.

    Webhook channels become phones: made-up shoppers must not reach a real service.
    """
    original = load_yaml(source, Store)
    shop = source.resolve().parent
    for name, from_path in (("offers", original.offers), ("campaigns", original.campaigns)):
        if (shop / from_path).is_dir():
            shutil.copytree(shop / from_path, folder / name, dirs_exist_ok=True)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    broker = {"host": "127.0.0.1", "port": broker_port}
    data: dict[str, Any] = {
        **read_source(source).data,
        "broker": broker,
        "console": {"host": "127.0.0.1", "port": page_port},
        "offers": "offers",
        "campaigns": "campaigns",
        "database": "nearcart.sqlite",
    }
    for channel in data.get("channels", {}).values():
        if channel["kind"] == "webhook":
            channel.clear()
            channel["kind"] = "phone"
    _write(folder / "store.yaml", data)
    laid_out = ShopFolder(folder, load_yaml(folder / "store.yaml", Store))
    for edge, scanners in laid_out.store.edges().items():
        _write(laid_out.edge_config(edge), _edge(laid_out, edge, scanners, broker))
    return laid_out


def _edge(folder: ShopFolder, edge: str, scanners: tuple[str, ...], broker: dict[str, Any]) -> dict[str, Any]:
    return {
        "store": folder.store.store,
        "edge": edge,
        "broker": broker,
        "adapters": [{"adapter": f"hci{number}", "scanner": name} for number, name in enumerate(scanners)],
        "tracking": {"exit_after_s": EXIT_AFTER_S},
        "outbox": {"path": folder.outbox(edge).name},
    }


def _write(path: Path, data: dict[str, Any]) -> None:
    """JSON is YAML, too."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False))
