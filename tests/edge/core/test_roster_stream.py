"""The roster as it arrives: in pieces, late, repeated, or with a hole."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.roster import AddressIdentity, Identity, IrkIdentity, Roster, RosterEntry
from nearcart_contract.sealing import public_text, seal, unseal
from nearcart_edge.core.roster_stream import RosterChange, RosterStream

KEY = X25519PrivateKey.generate()
FIRST, SECOND = UUID(int=1), UUID(int=2)


def stream() -> RosterStream:
    return RosterStream(lambda entry: unseal(entry, KEY))


def tag(name: str, last: int = 1) -> AddressIdentity:
    return AddressIdentity(id=name, kind="address", address=f"C4:64:E3:00:00:{last:02X}")


def piece(
    number: int, *identities: RosterEntry, removed: tuple[str, ...] = (), complete: bool = True, of: UUID = FIRST
) -> Roster:
    return Roster(stream=of, number=number, complete=complete, identities=identities, removed=removed)


def changed(*add: Identity, remove: tuple[str, ...] = ()) -> RosterChange:
    return RosterChange(tuple(entry.model_dump_json(exclude_defaults=True) for entry in add), remove)


def test_nothing_takes_effect_before_the_stream_is_complete() -> None:
    roster = stream()
    assert roster.apply(piece(1, tag("anna"), complete=False)) == RosterChange()
    assert roster.apply(piece(2, tag("ben"))) == changed(tag("anna"), tag("ben"))


def test_later_changes_take_effect_at_once() -> None:
    roster = stream()
    roster.apply(piece(1, tag("anna"), tag("ben")))
    assert roster.apply(piece(2, tag("cleo"), removed=("anna",))) == changed(tag("cleo"), remove=("anna",))
    assert roster.apply(piece(3, tag("ben", 9))) == changed(tag("ben", 9))


def test_a_hole_in_the_numbers_asks_again_and_keeps_the_old_roster() -> None:
    roster = stream()
    roster.apply(piece(1, tag("anna")))
    assert roster.apply(piece(3, tag("ben"))) == RosterChange(ask_again=True)
    assert roster.apply(piece(4, tag("cleo"))) == RosterChange()
    assert roster.apply(piece(1, tag("ben"), of=SECOND)) == changed(tag("ben"), remove=("anna",))


def test_an_unknown_stream_that_does_not_start_at_one_asks_again_once() -> None:
    roster = stream()
    assert roster.apply(piece(2, tag("anna"))).ask_again
    assert roster.apply(piece(3, tag("anna"))) == RosterChange()


def test_repeated_messages_change_nothing() -> None:
    roster = stream()
    roster.apply(piece(1, tag("anna")))
    roster.apply(piece(2, removed=("anna",)))
    assert roster.apply(piece(1, tag("anna"))) == RosterChange()
    assert roster.apply(piece(2, removed=("anna",))) == RosterChange()


def test_what_is_left_of_a_superseded_stream_changes_nothing() -> None:
    roster = stream()
    roster.apply(piece(1, tag("anna"), complete=False))
    roster.apply(piece(1, tag("ben"), of=SECOND))
    assert roster.apply(piece(2, tag("cleo"))) == RosterChange()
    assert roster.apply(piece(2, tag("dora"), of=SECOND)) == changed(tag("dora"))


def test_a_new_stream_ends_what_it_does_not_name() -> None:
    roster = stream()
    roster.apply(piece(1, tag("anna"), tag("ben")))
    assert roster.apply(piece(1, tag("ben"), of=SECOND)) == RosterChange(remove=("anna",))


def test_a_sealed_entry_is_opened() -> None:
    dora = IrkIdentity(id="dora", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b")
    assert stream().apply(piece(1, seal(dora, public_text(KEY)))) == changed(dora)


def test_an_entry_sealed_to_another_key_is_refused_and_the_rest_is_taken() -> None:
    dora = IrkIdentity(id="dora", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b")
    change = stream().apply(piece(1, seal(dora, public_text(X25519PrivateKey.generate())), tag("ben")))
    assert tuple(change.add) == (tag("ben"),)
    assert change.refused == ("roster entry 'dora' is not sealed to this edge's key",)
    assert dora.irk not in repr(change)


def test_an_entry_that_can_no_longer_be_opened_does_not_go_on_in_its_old_form() -> None:
    roster = stream()
    roster.apply(piece(1, tag("dora")))
    dora = IrkIdentity(id="dora", kind="irk", irk="00" * 16)
    assert roster.apply(piece(2, seal(dora, public_text(X25519PrivateKey.generate())))).remove == ("dora",)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=20))
def test_the_changes_add_up_to_what_the_gateway_meant(steps: list[tuple[bool, int, int, bool]]) -> None:
    """The gateway's own book after the last complete message equals what the changes built up."""
    roster, built, book, in_force = stream(), dict[str, Identity](), dict[str, Identity](), dict[str, Identity]()
    for number, (adds, who, last, complete) in enumerate(steps, 1):
        name = f"tag-{who}"
        message = (
            piece(number, tag(name, last), complete=complete)
            if adds
            else piece(number, removed=(name,), complete=complete)
        )
        if adds:
            book[name] = tag(name, last)
        else:
            book.pop(name, None)
        if complete:
            in_force = dict(book)
        change = roster.apply(message)
        for removed in change.remove:
            del built[removed]
        built.update({entry.id: entry for entry in change.add})
        assert built == in_force
