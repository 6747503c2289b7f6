"""Which enrolled identity an advertisement proves. Whoever is not enrolled is dropped here."""

from collections.abc import Iterable, Mapping, Sequence
from sys import intern

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.roster import (
    AddressIdentity,
    AltBeaconIdentity,
    BTHomeIdentity,
    EddystoneEidIdentity,
    EddystoneUidIdentity,
    IBeaconIdentity,
    Identity,
    IrkIdentity,
)
from nearcart_edge.core.bthome_keys import BindKeys
from nearcart_edge.core.ephemeral_ids import EphemeralIds
from nearcart_edge.core.formats.eddystone_eid import EddystoneEid
from nearcart_edge.core.formats.frame import Frame, StaticKey
from nearcart_edge.core.private_address import ResolvingKeys

MAX_NAME = 64
_BY_SECRET: Mapping[str, StaticKey] = {kind: (kind,) for kind in ("irk", "eddystone-eid")}
_BY_ADDRESS = ("address", "bthome", "bthome-in-clear")
"""Kinds whose key ends with an address."""
_REMEMBERED_ADDRESSES = 4096


class Identifier:
    """The roster as look-ups by what a packet carries.

    With ``enrol_all`` every tag whose frame tells a static key counts as enrolled, under an id made of that key; for replays
    of recordings only, never for a shop. With ``each_alone`` what an advertisement proves does not depend on those before it.
    """

    def __init__(
        self, identities: Iterable[Identity] = (), *, enrol_all: bool = False, each_alone: bool = False
    ) -> None:
        self._enrolled: dict[str, StaticKey] = {}
        self._by_key: dict[StaticKey, str] = {}
        self._by_address: dict[str, str] = {}
        self._resolving = ResolvingKeys()
        self._bind_keys = BindKeys()
        self._rolling = EphemeralIds(follow=not each_alone)
        self._last_proven: dict[str, str] = {}
        self._sharing: set[str] = set()
        self._enrol_all = enrol_all
        self.update(add=identities)

    def __len__(self) -> int:
        return len(self._enrolled)

    @property
    def known_by_address(self) -> int:
        """Identities whose packets need no format: those known by an address, fixed or private, but for BTHome's devices."""
        return sum(key[0] in ("address", "irk") for key in self._enrolled.values())

    @property
    def not_tried(self) -> int:
        """Packets whose address was not looked for among the keys, as too many new ones came."""
        return self._resolving.not_tried

    @property
    def tried(self) -> bool:
        """Whether the address that was asked for last was looked for, or known."""
        return self._resolving.tried

    def shares_health(self, identity: str) -> bool:
        """Whether this identity's heart rates may be published."""
        return identity in self._sharing

    def refill(self, now: float) -> None:
        """Bound what looking for addresses costs a second; ``now`` on a clock that runs on."""
        self._resolving.refill(now)

    @property
    def addresses_wait(self) -> bool:
        """Whether addresses wait to be looked for: then call ``look_for_addresses``."""
        return self._resolving.waiting

    def look_for_addresses(self) -> None:
        """Look for those that wait, one step of it."""
        self._resolving.look()

    def update(self, add: Iterable[Identity] = (), remove: Iterable[str] = ()) -> None:
        """Know identities, or know their new form, and forget others."""
        for identity in remove:
            self._forget(identity)
        for entry in add:
            self._forget(entry.id)
            self._enrol(entry)

    def open(self, advertisement: Advertisement, frames: Sequence[Frame]) -> Sequence[Frame]:
        """The frames with those decrypted whose key the roster has. Ask this before ``prove`` and ``identify``."""
        if not frames or not self._bind_keys:
            return frames
        return self._bind_keys.open(advertisement.address.upper(), frames)

    def rolls(self, now: float) -> bool:
        """Whether identifiers that roll have to be computed for ``now`` (Unix seconds): then call ``roll``."""
        return self._rolling.due(now)

    def roll(self, now: float) -> None:
        """Compute identifiers that roll; takes some microseconds each, and may run in a thread of its own."""
        self._rolling.advance(now)

    def prove(self, advertisement: Advertisement, frames: Sequence[Frame], at: float | None = None) -> str | None:
        """The identity that this advertisement alone proves: by a frame first, then by its address.

        ``at`` is when it was received (Unix seconds), where that is known better than the advertisement says.
        """
        for frame in frames:
            if isinstance(frame, EddystoneEid):
                rolling = self._rolling.resolve(frame.eid, advertisement.at if at is None else at)
                if rolling is not None:
                    return rolling
            key = frame.static_key
            if key is None:
                continue
            identity = self._by_key.get(key)
            if identity is not None:
                return identity
            if self._enrol_all:
                return _name_of(key)
        address = advertisement.address.upper()
        return self._by_address.get(address) or self._resolving.resolve(address)

    def identify(self, advertisement: Advertisement, frames: Sequence[Frame], at: float | None = None) -> str | None:
        """As ``prove``; a frame that names nobody (telemetry) belongs to whom its address last proved to be.

        A rolling identifier names somebody: one that is over proves nothing, even from the address that it was once sent from.
        """
        identity = self.prove(advertisement, frames, at)
        if identity is not None:
            self._remember(advertisement.address, identity)
            return identity
        if frames and all(frame.static_key is None and not isinstance(frame, EddystoneEid) for frame in frames):
            return self._last_proven.get(advertisement.address)
        return None

    def _remember(self, address: str, identity: str) -> None:
        if address not in self._last_proven and len(self._last_proven) >= _REMEMBERED_ADDRESSES:
            del self._last_proven[next(iter(self._last_proven))]
        self._last_proven[address] = identity

    def _enrol(self, entry: Identity) -> None:
        name = intern(entry.id)  # every look-up holds it, and the roster's stream
        if entry.health:
            self._sharing.add(name)
        key = self._enrolled[name] = _key_of(entry)
        match entry:
            case EddystoneEidIdentity():
                secret = bytes.fromhex(entry.identity_key)
                self._rolling.add(name, secret, entry.rotation_exponent, entry.clock_offset_s)
            case IrkIdentity():
                self._resolving.add(name, bytes.fromhex(entry.irk))
            case AddressIdentity() | BTHomeIdentity(bind_key=None):
                self._by_address[entry.address] = name
            case _:
                self._by_key[key] = name
        if isinstance(entry, BTHomeIdentity) and entry.bind_key is not None:
            self._bind_keys.add(entry.address, bytes.fromhex(entry.bind_key))

    def _forget(self, identity: str) -> None:
        key = self._enrolled.pop(identity, None)
        if key is None:
            return
        self._sharing.discard(identity)
        if self._by_key.get(key) == identity:
            del self._by_key[key]
        if key[0] in _BY_ADDRESS:
            address = str(key[1])
            self._bind_keys.remove(address)
            if self._by_address.get(address) == identity:
                del self._by_address[address]
        self._resolving.remove(identity)
        self._rolling.remove(identity)
        self._last_proven = {address: known for address, known in self._last_proven.items() if known != identity}


def _key_of(entry: Identity) -> StaticKey:
    """What an entry is found and forgotten by: its static key, or its kind and, where it has one, its address."""
    static = static_key_of(entry)
    if static is not None:
        return static
    match entry:
        case AddressIdentity():
            return "address", entry.address
        case BTHomeIdentity():
            return "bthome-in-clear", entry.address
    return _BY_SECRET[entry.kind]


def static_key_of(entry: Identity) -> StaticKey | None:
    """The ``Frame.static_key`` that proves a roster entry; none for kinds that no static frame proves. A shop's tags share their UUID."""
    match entry:
        case IBeaconIdentity():
            return "ibeacon", intern(entry.uuid), entry.major, entry.minor
        case EddystoneUidIdentity():
            return "eddystone-uid", entry.namespace, entry.instance
        case AltBeaconIdentity():
            return "altbeacon", intern(entry.id1), entry.id2, entry.id3
        case BTHomeIdentity() if entry.bind_key is not None:
            return "bthome", entry.address
    return None


def _name_of(key: StaticKey) -> str:
    return "-".join(map(str, key))[:MAX_NAME]
