"""The identities an edge should know. Secret fields travel sealed to the edge's key (``sealing``)."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from nearcart_contract.names import Message, Name

MAX_ROSTER_ENTRIES = 500
"""Entries (identities and removals) in one roster message at most."""

NOTHING_CACHED = ConfigDict(cache_strings="keys")
"""pydantic keeps strings that it has read, to read them faster. Not secrets; and it is a megabyte less."""

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$", to_lower=True)]
UuidText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", to_lower=True),
]
Address = Annotated[str, StringConstraints(pattern=r"^([0-9A-F]{2}:){5}[0-9A-F]{2}$", to_upper=True)]
Uint16 = Annotated[int, Field(ge=0, le=0xFFFF)]


class _Identity(Message):
    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Fields that may leave a process only sealed."""

    id: Name
    health: bool = Field(
        default=False,
        description="its heart rates may be published: the store file says so, and the visitor consented to `health`",
    )


class IBeaconIdentity(_Identity):
    kind: Literal["ibeacon"]
    uuid: UuidText
    major: Uint16
    minor: Uint16


class EddystoneUidIdentity(_Identity):
    kind: Literal["eddystone-uid"]
    namespace: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{20}$", to_lower=True)]
    instance: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$", to_lower=True)]


class AltBeaconIdentity(_Identity):
    kind: Literal["altbeacon"]
    id1: UuidText
    id2: Uint16
    id3: Uint16


class IrkIdentity(_Identity):
    """A phone or watch by its identity resolving key, most significant octet first as the Core specification prints it."""

    SECRETS = ("irk",)
    kind: Literal["irk"]
    irk: Hex32 = Field(repr=False)


class EddystoneEidIdentity(_Identity):
    """A rolling Eddystone-EID; the beacon's counter at Unix time t is ``t - clock_offset_s`` in whole seconds."""

    SECRETS = ("identity_key",)
    kind: Literal["eddystone-eid"]
    identity_key: Hex32 = Field(repr=False)
    rotation_exponent: int = Field(ge=0, le=15)
    clock_offset_s: int = 0


class BTHomeIdentity(_Identity):
    SECRETS = ("bind_key",)
    kind: Literal["bthome"]
    address: Address
    bind_key: Hex32 | None = Field(default=None, repr=False)


class AddressIdentity(_Identity):
    """A device with a public or static random address."""

    kind: Literal["address"]
    address: Address


Identity = Annotated[
    IBeaconIdentity
    | EddystoneUidIdentity
    | AltBeaconIdentity
    | IrkIdentity
    | EddystoneEidIdentity
    | BTHomeIdentity
    | AddressIdentity,
    Field(discriminator="kind"),
]


class SealedIdentity(Message):
    """An identity with secrets: the whole entry, sealed to one edge."""

    id: Name
    kind: Literal["sealed"]
    sealed: str = Field(max_length=2048, description="base64, see nearcart_contract.sealing")


RosterEntry = Annotated[
    IBeaconIdentity
    | EddystoneUidIdentity
    | AltBeaconIdentity
    | IrkIdentity
    | EddystoneEidIdentity
    | BTHomeIdentity
    | AddressIdentity
    | SealedIdentity,
    Field(discriminator="kind"),
]


class SealError(ValueError):
    """A sealed entry that this key does not open, or a public key that is none. Never holds the secret."""


class RosterFile(Message):
    """``--roster FILE`` of decode and replay: the identities in clear, for tests and try-outs only."""

    identities: tuple[Identity, ...] = ()


class Roster(Message):
    """Topic ``…/roster``, QoS 1, never retained: one piece of a stream of numbered changes.

    A stream (one per birth answered) starts at number 1 with an empty roster; the edge goes on using its old roster until a
    message with ``complete`` true arrives, and then every change takes effect at once. A number that does not follow, or an
    unknown stream that does not start at 1, makes the edge repeat its birth, which starts a new stream.
    """

    model_config = NOTHING_CACHED

    stream: UUID
    number: int = Field(ge=1)
    complete: bool = Field(description="true from the message on with which the edge knows everybody")
    identities: tuple[RosterEntry, ...] = Field(default=(), max_length=MAX_ROSTER_ENTRIES)
    removed: tuple[Name, ...] = Field(default=(), max_length=MAX_ROSTER_ENTRIES)
