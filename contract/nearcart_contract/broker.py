"""A broker in a file of ours: in one of its own, as an edge needs nothing else of a store's."""

from pathlib import Path

from pydantic import Field, SecretStr

from nearcart_contract.names import UserFile


class Broker(UserFile):
    """An MQTT broker; with none configured an embedded one starts on loopback."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    username: str | None = None
    password: SecretStr | None = None
    tls_ca: Path | None = Field(
        default=None, description="PEM file of the authority that signed the broker's certificate"
    )
