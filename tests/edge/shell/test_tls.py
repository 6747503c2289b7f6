"""A broker with certificates: an edge speaks to the right one, and says of any other what to look at."""

import asyncio
import datetime
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nearcart_contract.broker import Broker
from nearcart_contract.edge_file import EdgeFile
from nearcart_edge.shell.agent import EdgeAgent
from nearcart_edge.shell.doctor import broker_finding

from ..conftest import Mosquitto, free_port

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates; its own is ``file``."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path

    @classmethod
    def make(cls, file: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file.stem)])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - 9 * DAY, NOW + 9 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(key, certificate, file)

    def sign(self, folder: Path, address: str = "127.0.0.1", until: datetime.datetime = NOW + DAY) -> tuple[Path, Path]:
        """A broker's certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
        certificate = (
            x509.CertificateBuilder(self.certificate.subject, name, key.public_key(), 2, NOW - 5 * DAY, until)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        files = folder / "broker.pem", folder / "broker.key"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files


class TlsMosquitto(Mosquitto):
    def __init__(self, folder: Path, certificate: Path, key: Path) -> None:
        super().__init__(folder)
        # Started by root it would become a user who may not read the key.
        self._file.write_text(f"{self._file.read_text()}certfile {certificate}\nkeyfile {key}\nuser root\n")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path / "ca.pem")


@pytest.fixture
def secure(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    broker = TlsMosquitto(tmp_path, *authority.sign(tmp_path)).start()
    yield broker
    broker.kill()


async def told(port: int, ca: Path | None) -> str:
    broker = Broker(host="127.0.0.1", port=port, tls_ca=ca)
    return (await broker_finding(broker, "nearcart-shop-till")).told


async def test_the_whole_agent_speaks_to_the_right_broker(
    secure: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    config = EdgeFile.model_validate(
        {
            "store": "shop",
            "edge": "till",
            "broker": {"port": secure.port, "tls_ca": str(authority.file)},
            "outbox": {"path": tmp_path / "outbox.sqlite", "max_mb": 1},
        }
    )
    agent, stop = EdgeAgent(config, sources=[Nothing()]), asyncio.Event()
    running = asyncio.create_task(agent.run(stop))
    gateway = aiomqtt.Client("127.0.0.1", secure.port, tls_params=aiomqtt.TLSParameters(ca_certs=str(authority.file)))
    async with asyncio.timeout(20), gateway:
        await gateway.subscribe("nearcart/v1/shop/edge/till/state")
        message = await anext(aiter(gateway.messages))
    assert b'"online":true' in bytes(message.payload)  # type: ignore[arg-type]
    stop.set()
    await running
    assert await told(secure.port, authority.file) == f"127.0.0.1:{secure.port} takes this edge"


class Nothing:
    scanner = "till"

    async def run(self, listener: object) -> None:
        await asyncio.Event().wait()


async def test_what_to_look_at_where_the_certificate_is_not_trusted(
    secure: Mosquitto, authority: Authority, tmp_path: Path
) -> None:
    other = Authority.make(tmp_path / "other.pem")
    assert "is broker.tls_ca of who signed its certificate" in await told(secure.port, other.file)
    assert f"put the authority's certificate at {tmp_path / 'gone.pem'}" in await told(
        secure.port, tmp_path / "gone.pem"
    )
    (tmp_path / "odd.pem").write_text("no certificate")
    assert "is broker.tls_ca a PEM file?" in await told(secure.port, tmp_path / "odd.pem")
    assert "does that port want TLS" in await told(secure.port, None)


@pytest.mark.parametrize(
    ("address", "until", "words"),
    [
        ("10.0.0.1", NOW + DAY, "is broker.host the name in it"),
        ("127.0.0.1", NOW - DAY, "is this machine's clock right?"),
    ],
    ids=["another-name", "expired"],
)
async def test_a_certificate_of_another_place_or_time(
    tmp_path: Path, authority: Authority, address: str, until: datetime.datetime, words: str
) -> None:
    broker = TlsMosquitto(tmp_path, *authority.sign(tmp_path, address, until)).start()
    try:
        sentence = await told(broker.port, authority.file)
    finally:
        broker.kill()
    assert words in sentence
    assert "certificate verify failed" in sentence


async def test_a_broker_without_certificates_and_none_at_all(mosquitto: Mosquitto, authority: Authority) -> None:
    assert "no connection to the broker" in await told(mosquitto.port, authority.file)
    assert "is the broker running, and does it listen there?" in await told(free_port(), None)
