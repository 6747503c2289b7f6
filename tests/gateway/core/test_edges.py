"""Which edges are alive: by their births and deaths, and by their silence."""

from uuid import UUID

from nearcart_contract.edge_state import Birth, Death
from nearcart_gateway.core.edges import SILENT_AFTER_S, EdgeBook

EPOCH = UUID(int=1)
BIRTH = Birth(epoch=EPOCH, boot=EPOCH, version="1", public_key="k", scanners=("door",))


def born() -> EdgeBook:
    book = EdgeBook(["door", "till"])
    book.state("door", BIRTH, 100.0)
    return book


def test_an_edge_that_says_nothing_is_taken_for_dead_within_30_s_and_once() -> None:
    book = born()
    assert SILENT_AFTER_S + 2 <= 30, "it is looked for every two seconds"
    assert book.fall_silent(100.0 + SILENT_AFTER_S) == []
    assert book.fall_silent(100.1 + SILENT_AFTER_S) == ["door"]
    assert not book["door"].online
    assert book.fall_silent(500.0) == []
    assert not book["till"].online, "one that was never born is none"


def test_it_is_back_with_its_next_word() -> None:
    book = born()
    book.fall_silent(200.0)
    book["door"].spoke(201.0)
    assert book["door"].online
    assert book.fall_silent(202.0) == []


def test_who_said_goodbye_is_not_brought_back_by_a_late_message() -> None:
    book = born()
    book.fall_silent(200.0)
    book.state("door", Death(epoch=EPOCH), 201.0)
    book["door"].spoke(202.0)
    assert not book["door"].online


def test_a_stepped_clock_makes_nobody_silent() -> None:
    for hours in (5, -5):
        book = born()
        book.shift(hours * 3600.0)
        assert book.fall_silent(101.0 + hours * 3600.0) == []
