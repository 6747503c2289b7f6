"""``relay.yaml``: a door with a public name for the webhooks of a gateway that has none."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from nearcart_contract.names import Name, UserFile

KEY_LENGTH = 20


class RelaySource(UserFile):
    """What is needed to know a shop's own webhooks from others: no key to its API, nothing of the store."""

    platform: Literal["standard", "shopify", "woocommerce", "bigcommerce"]
    secret: SecretStr = Field(description="as in store.yaml")
    previous_secret: SecretStr | None = Field(default=None, description="still accepted while the secret is changed")

    def secrets(self) -> tuple[str, ...]:
        """What may sign, the newest first. Never to be shown or logged."""
        kept = (self.secret, self.previous_secret)
        return tuple(secret.get_secret_value() for secret in kept if secret is not None)


class RelayFile(UserFile):
    """A whole relay.yaml."""

    key: SecretStr = Field(min_length=KEY_LENGTH, description="what the gateway opens the outbox with; long and random")
    previous_key: SecretStr | None = Field(default=None, min_length=KEY_LENGTH)
    host: str = Field(default="127.0.0.1", description="a proxy in front of it speaks TLS")
    port: int = Field(default=8090, ge=0, le=65535, description="0: any free port")
    outbox: Path = Field(default=Path("relay.sqlite"), description="file, relative to this one")
    most_payloads: int = Field(default=10_000, ge=1, le=1_000_000, description="kept at one time")
    most_megabytes: int = Field(default=200, ge=1, le=100_000, description="kept at one time")
    sources: dict[Name, RelaySource] = Field(min_length=1)
