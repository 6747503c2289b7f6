"""The MQTT broker as a process of its own: amqtt where nothing else is configured, or Mosquitto.

The embedded broker speaks MQTT 3.1.1, keeps nothing on disk, lets anybody in and therefore listens on loopback only.
``python -m nearcart_gateway.shell.broker --host 127.0.0.1 --port 1883`` runs it.
"""

import argparse
import asyncio
import ipaddress
import logging
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from nearcart_gateway.shell.supervised import ProcessError, Restart, SupervisedProcess, say_on_stderr

_LOOPBACK_NAMES = ("localhost",)
MAX_QUEUED_MESSAGES = 20_000
"""Mosquitto silently drops QoS 1 messages for a slow reader past this; its default of 1,000 is a second of a full shop."""

_CLIENT = b"nearcart-is-it-up"
_CONNECT = b"\x10" + bytes([12 + len(_CLIENT)]) + b"\x00\x04MQTT\x04\x02\x00\x0a\x00" + bytes([len(_CLIENT)]) + _CLIENT
_CONNACK = 0x20
_DISCONNECT = b"\xe0\x00"
"""MQTT 3.1.1, sections 3.1, 3.2 and 3.14: a clean session, keep-alive 10 s."""

_SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
"""Where Debian puts mosquitto, and what a user's PATH often leaves out."""


class BrokerError(RuntimeError):
    """A broker that can't start; the message says why and what to do."""


class BrokerProcess:
    """A supervised broker on ``host`` and ``port`` (0: any free one). ``async with`` waits until it accepts connections."""

    kind = "broker"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        output: Path | None = None,
        on_restart: Callable[[Restart], None] = say_on_stderr,
    ) -> None:
        self.host = host
        self.port = port or free_port(host)
        self._output = output
        self._on_restart = on_restart
        self._process: SupervisedProcess | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def restarts(self) -> int:
        """How often it ended by itself and was started again."""
        return self._process.restarts if self._process else 0

    async def start(self) -> None:
        """Start it. Raises ``BrokerError`` when its port is taken or it does not come up."""
        if not port_is_free(self.host, self.port):
            raise BrokerError(
                f"port {self.port} on {self.host} is taken, perhaps by another broker: stop that one, or choose another port"
            )
        self._process = SupervisedProcess(
            f"broker ({self.kind})", self._command(), output=self._output, on_restart=self._on_restart
        )
        try:
            await self._process.start(lambda: answers(self.host, self.port))
        except ProcessError as error:
            raise BrokerError(str(error)) from error

    async def stop(self) -> None:
        """Stop it and wait until it is gone."""
        if self._process:
            await self._process.stop()

    async def __aenter__(self) -> "BrokerProcess":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _command(self) -> Sequence[str]:
        raise NotImplementedError


class EmbeddedBroker(BrokerProcess):
    """amqtt. Raises ``BrokerError`` for any address but loopback."""

    kind = "embedded"

    def _command(self) -> Sequence[str]:
        require_loopback(self.host)
        return [sys.executable, "-m", "nearcart_gateway.shell.broker", "--host", self.host, "--port", str(self.port)]


class MosquittoBroker(BrokerProcess):
    """Mosquitto on loopback with anonymous access, or with ``config``, whose listener must be ``host`` and ``port``."""

    kind = "mosquitto"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        config: Path | None = None,
        output: Path | None = None,
        on_restart: Callable[[Restart], None] = say_on_stderr,
    ) -> None:
        super().__init__(host, port, output=output, on_restart=on_restart)
        self._config = config
        self._folder: TemporaryDirectory[str] | None = None

    async def stop(self) -> None:
        """Stop it and remove the file written for it."""
        await super().stop()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def _command(self) -> Sequence[str]:
        program = find_mosquitto()
        if program is None:
            raise BrokerError("mosquitto is not installed: sudo apt-get install mosquitto, or use the embedded broker")
        return [program, "-c", str(self._config or self._open_on_loopback())]

    def _open_on_loopback(self) -> Path:
        require_loopback(self.host)
        self._folder = TemporaryDirectory(prefix="nearcart-mosquitto-")
        config = Path(self._folder.name) / "mosquitto.conf"
        config.write_text(open_on_loopback(self.host, self.port))
        return config


def open_on_loopback(host: str, port: int) -> str:
    """A mosquitto.conf without passwords.

    ``user root`` has no effect unless root starts it; there, a change of user would clear the signal that ends it with its
    parent (prctl(2)).
    """
    return f"""listener {port} {host}
user root
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages {MAX_QUEUED_MESSAGES}
log_dest stderr
log_type error
log_type warning
"""


def find_mosquitto() -> str | None:
    """Path of the mosquitto program, ``None`` where it is not installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path=_SBIN)


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that is free on ``host`` at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_loopback(host: str) -> None:
    """Raises ``BrokerError`` unless ``host`` is this machine's loopback."""
    if host in _LOOPBACK_NAMES:
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise BrokerError(
        f"a broker without passwords would listen on '{host}', where others reach it: use 127.0.0.1, "
        "or Mosquitto with the files of: nearcart init DIR"
    )


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def answers(host: str, port: int) -> bool:
    """Whether an MQTT broker answers there; one that refuses us for want of a password answers too."""
    try:
        async with asyncio.timeout(1.0):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(_CONNECT)
            connack = await reader.readexactly(4)
            writer.write(_DISCONNECT)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return connack[0] == _CONNACK


async def serve(host: str, port: int) -> None:
    """Run the embedded broker in this process until SIGTERM or SIGINT. Raises ``BrokerError``."""
    from amqtt.broker import Broker
    from amqtt.errors import BrokerError as AmqttError

    require_loopback(host)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    address = f"[{host}]" if ":" in host else host
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{address}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    try:
        await broker.start()
    except (AmqttError, OSError) as error:
        raise BrokerError(
            f"the embedded broker can't listen on {host}, port {port}: {error.__cause__ or error}"
        ) from error
    await stop.wait()
    await broker.shutdown()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line of the embedded broker."""
    parser = argparse.ArgumentParser(prog="nearcart broker", description="An MQTT 3.1.1 broker on loopback.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(serve(options.host, options.port))
    except BrokerError as error:
        sys.exit(f"nearcart: {error}")


if __name__ == "__main__":
    main()
