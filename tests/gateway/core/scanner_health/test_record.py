"""What counts against a scanner, and what does not."""

from nearcart_gateway.core.scanner_health.record import ScannerRecord


def test_a_square_that_it_never_heard_says_nothing() -> None:
    """A wall may stand between."""
    record = ScannerRecord()
    for _ in range(5):
        record.hears(1)
    for _ in range(40):
        record.misses(2)
    assert record.missed == 0
    for _ in range(10):
        record.misses(1)
    assert record.missed == 10


def test_one_that_heard_nobody_yet_is_counted_apart() -> None:
    record = ScannerRecord()
    for _ in range(40):
        record.misses(2)
    assert (record.missed, record.never) == (0, 40)
    record.hears(2)
    assert record.never == 0


def test_somebody_who_stands_still_for_an_hour_is_one_place() -> None:
    record = ScannerRecord()
    for _ in range(200):
        record.heard(1, 12.0)
    for cell in range(2, 5):
        for _ in range(4):
            record.heard(cell, 0.0)
    assert record.places() == 4
    assert record.mean_off() == 3.0


def test_what_was_long_ago_fades() -> None:
    record = ScannerRecord()
    record.heard(1, 12.0)
    for _ in range(12):
        record.fade()
    assert record.places() == 0
