"""The store of ``theengs.py``: what ``nearcart init`` writes, and what docs/scanners.md says to add."""

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from _theengs_air import Device

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.broker import free_port
from nearcart_gateway.shell.init.mosquitto_files import password_lines

DOCS = Path(__file__).parents[1] / "docs" / "scanners.md"
HELLO = 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [phone]\n'


class ProofStore:
    """Two edges: ``bridge``, which is the Theengs Gateway, and ``own``, ours beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        self.port = free_port("127.0.0.1")
        self.scanners_password = secrets.token_urlsafe(16)
        self._nearcart("init", str(self.folder), "--store", "Proof", "--edges", "own,bridge")
        for file in ("store.yaml", "edge-own.yaml", "edge-bridge.yaml", "mosquitto/mosquitto.conf"):
            self._edit(file, r"\b1883\b", str(self.port))
        self._edit("store.yaml", r"(?m)^quiet_hours:.*$", "")
        self._edit("store.yaml", r"port: 8080", "port: 0")
        for offer in (self.folder / "offers").glob("*.yaml"):
            offer.unlink()
        (self.folder / "offers" / "hello.yaml").write_text(HELLO)
        self._allow_scanners()
        self._write_bridge()

    @property
    def config(self) -> Path:
        return self.folder / "store.yaml"

    @property
    def mosquitto(self) -> Path:
        return self.folder / "mosquitto" / "mosquitto.conf"

    def gateway_login(self) -> tuple[str, str]:
        broker = load_yaml(self.config, Store).broker
        assert broker is not None and broker.username and broker.password
        return broker.username, broker.password.get_secret_value()

    def bridge_password(self) -> str:
        broker = load_yaml(self.folder / "bridge.yaml", BridgeFile).broker
        assert broker.password is not None
        return broker.password.get_secret_value()

    def theengs_file(self) -> Path:
        """Its own configuration, as docs/scanners.md has it; the password is in no command line."""
        file = self.folder / "theengsgw.conf"
        login = {"user": "scanners", "pass": self.scanners_password}
        file.write_text(json.dumps({"host": "127.0.0.1", "port": self.port, **login}))
        file.chmod(0o600)
        return file

    def enrol(self, device: Device) -> None:
        assert device.enrol is not None
        option, value = device.enrol
        self._nearcart(
            "visitors", "add", device.name, option, value, "--consent", "offers", "--config", str(self.config)
        )

    def _allow_scanners(self) -> None:
        """docs/scanners.md, word for word."""
        scanners, bridge = re.findall(r"```\n((?:#[^\n]*\nuser scanners\n)?topic .*?)```", _blocks(), re.DOTALL)
        acl = self.folder / "mosquitto" / "acl"
        acl.write_text(acl.read_text().replace("user edge-bridge\n", f"user edge-bridge\n{bridge}") + "\n" + scanners)
        passwords = self.folder / "mosquitto" / "passwords"
        passwords.write_text(
            passwords.read_text() + password_lines({"scanners": self.scanners_password}, secrets.token_bytes)
        )

    def _write_bridge(self) -> None:
        edge = (self.folder / "edge-bridge.yaml").read_text()
        broker = re.search(r"(?m)^broker:\n(?:  .*\n)+", edge)
        assert broker is not None
        file = self.folder / "bridge.yaml"
        file.write_text(f"store: proof\n{broker[0]}scanners:\n  bridge: {{kind: theengs}}\n")
        file.chmod(0o600)

    def _edit(self, file: str, pattern: str, text: str) -> None:
        path = self.folder / file
        before = path.read_text()
        after = re.sub(pattern, text, before)
        assert after != before, f"{pattern} is not in {file}"
        path.write_text(after)

    def _nearcart(self, *arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "nearcart", *arguments], check=True, stdout=subprocess.DEVNULL)


def _blocks() -> str:
    text = DOCS.read_text()
    return text[text.index("## Point them at the broker") : text.index("**ESPresense.**")]


async def process(*command: str, log: Path, **environment: str) -> asyncio.subprocess.Process:
    """A process of the store, which writes to ``log``."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command, stdout=output, stderr=output, env={**os.environ, **environment}
        )
