"""What edges are told of whom to know: whole, in numbered pieces, secrets sealed; read here by an edge's own code."""

import json
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from nearcart_contract.edge_state import Birth
from nearcart_contract.roster import MAX_ROSTER_ENTRIES, Identity, Roster
from nearcart_contract.sealing import public_text, unseal
from nearcart_edge.core.roster_stream import RosterStream
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.rosters import Rosters
from nearcart_gateway.shell.storage import visitors

IRK = "ec0234a357c8ad05341010a60a397d9b"


class Edge:
    """One edge's end: its key, and what it knows now."""

    def __init__(self) -> None:
        self._key = X25519PrivateKey.generate()
        self._stream = RosterStream(lambda entry: unseal(entry, self._key))
        self.knows: dict[str, Identity] = {}
        self.messages: list[str] = []

    def birth(self) -> Birth:
        names = {"epoch": uuid.uuid4(), "boot": uuid.uuid4(), "version": "test", "scanners": ("door",)}
        return Birth(**names, public_key=public_text(self._key))

    def take(self, message: str) -> None:
        self.messages.append(message)
        change = self._stream.apply(Roster.model_validate_json(message))
        assert not (change.refused or change.ask_again)
        self.knows.update((identity.id, identity) for identity in change.add)
        for name in change.remove:
            del self.knows[name]


class Store:
    """A gateway's rosters, and its edges by name."""

    def __init__(self, *edges: str) -> None:
        self.edges = {name: Edge() for name in edges}
        self.away = False
        self.rosters = Rosters("shop", self.publish)

    async def publish(self, topic: str, message: str) -> None:
        if self.away:
            raise NotConnectedError("no broker")
        self.edges[topic.split("/")[4]].take(message)

    async def born(self, edge: str) -> None:
        await self.rosters.answer(edge, self.edges[edge].birth())

    async def want(self, *identities: Identity) -> None:
        await self.rosters.want((identity.id, identity.model_dump_json()) for identity in identities)


def tag(number: int) -> Identity:
    uuid_text = "f7826da6-4fa2-4e98-8024-bc5b71e0893e"
    return visitors.parse_identity({"kind": "ibeacon", "uuid": uuid_text, "major": 1, "minor": number})


def known(*identities: Identity) -> dict[str, Identity]:
    return {identity.id: identity for identity in identities}


async def test_an_edge_that_is_born_before_the_visitors_were_read_is_told_nothing_yet() -> None:
    store = Store("door")
    await store.born("door")
    assert store.edges["door"].messages == [], "told of nobody it would forget everybody"
    await store.want(tag(1))
    assert len(store.edges["door"].knows) == 1


async def test_an_edge_of_a_store_without_visitors_is_told_so() -> None:
    store = Store("door")
    await store.want()
    await store.born("door")
    assert [json.loads(message)["complete"] for message in store.edges["door"].messages] == [True]


async def test_all_kinds_arrive_as_they_are_and_keys_only_sealed_to_each_edge() -> None:
    store = Store("door", "wine")
    phone = visitors.parse_identity({"kind": "irk", "irk": IRK})
    band = visitors.parse_identity({"kind": "bthome", "address": "A4:C1:38:00:00:01"})
    secret_band = visitors.parse_identity({"kind": "bthome", "address": "A4:C1:38:00:00:02", "bind_key": IRK})
    everybody = (tag(1), phone, band, secret_band)
    await store.want(*everybody)
    for name, edge in store.edges.items():
        await store.born(name)
        assert edge.knows == known(*everybody)
        assert IRK not in "".join(edge.messages)


@pytest.mark.parametrize("count", [MAX_ROSTER_ENTRIES, MAX_ROSTER_ENTRIES + 1])
async def test_many_come_in_pieces_and_count_together(count: int) -> None:
    store = Store("door")
    everybody = [tag(number) for number in range(count)]
    await store.want(*everybody)
    await store.born("door")
    assert len(store.edges["door"].messages) == -(-count // MAX_ROSTER_ENTRIES)
    assert store.edges["door"].knows == known(*everybody)
    await store.want()
    assert store.edges["door"].knows == {}


async def test_only_what_changed_is_told() -> None:
    store = Store("door")
    first, second, third = tag(1), tag(2), tag(3)
    await store.want(first, second)
    await store.born("door")
    await store.want(first, second)
    assert len(store.edges["door"].messages) == 1
    changed = second.model_copy(update={"minor": 9})
    await store.want(changed, third)
    told = json.loads(store.edges["door"].messages[-1])
    assert ([entry["id"] for entry in told["identities"]], told["removed"]) == ([second.id, third.id], [first.id])
    assert store.edges["door"].knows == known(changed, third)


async def test_an_edge_that_could_not_be_told_is_told_all_at_its_next_birth() -> None:
    store = Store("door", "wine")
    await store.want(tag(1))
    await store.born("door")
    await store.rosters.answer("wine", store.edges["wine"].birth().model_copy(update={"public_key": "none"}))
    store.away = True
    await store.want(tag(2), tag(3))
    store.away = False
    everybody = (tag(4),)
    await store.want(*everybody)
    assert len(store.edges["door"].messages) == 1
    await store.born("door")
    assert store.edges["door"].knows == known(*everybody)


async def test_a_key_that_is_none_keeps_secrets_here_and_holds_up_nobody() -> None:
    store = Store("door", "wine")
    phone = visitors.parse_identity({"kind": "irk", "irk": IRK})
    await store.want(phone)
    await store.rosters.answer("wine", store.edges["wine"].birth().model_copy(update={"public_key": "none"}))
    await store.born("door")
    assert store.edges["wine"].messages == []
    assert store.edges["door"].knows == known(phone)
