"""Whether a scanner is there, by what came from it and from its broker."""

from nearcart_edge.core.scanners.life import CUT_GRACE_S, ScannerLife
from nearcart_edge.core.scanners.seldom import AGAIN_AFTER_S, Seldom


def test_a_scanner_is_there_from_its_first_word_until_it_is_quiet() -> None:
    life = ScannerLife(10, 20, now=0)
    assert (life.known, life.problem(0)) == (False, None)
    life.speaks(5)
    assert (life.known, life.problem(25)) == (True, None)
    assert "no message for 20 s" in str(life.problem(25.1))
    life.speaks(40)
    assert life.problem(40) is None


def test_one_that_never_said_anything_is_told_of() -> None:
    assert "may the bridge's user read its topics?" in str(ScannerLife(10, 20, now=0).problem(21))


def test_its_last_will_is_believed_at_once_and_until_it_speaks() -> None:
    life = ScannerLife(10, 20, now=0)
    life.speaks(1)
    life.says_offline()
    assert "offline" in str(life.problem(1))
    life.speaks(2)
    assert life.problem(2) is None


def test_a_broker_that_restarts_loses_nobody() -> None:
    life = ScannerLife(10, 20, now=0)
    life.speaks(1)
    life.cut(2, "no broker")
    life.cut(4, "no broker")
    assert life.problem(2 + CUT_GRACE_S - 0.1) is None
    life.reached(6)
    assert (life.problem(20), life.known) == (None, False)
    life.speaks(21)
    assert life.known


def test_a_broker_that_stays_away_takes_its_scanners_along() -> None:
    life = ScannerLife(10, 20, now=0)
    life.speaks(1)
    life.cut(2, "no broker")
    assert life.problem(2 + CUT_GRACE_S) == "no broker"


def test_a_reason_is_said_once_a_minute_and_memory_is_bounded() -> None:
    seldom = Seldom()
    assert [seldom.is_due("a", 0), seldom.is_due("a", 59), seldom.is_due("b", 59), seldom.is_due("a", 61)] == [
        True,
        False,
        True,
        True,
    ]
    for number in range(1000):
        seldom.is_due(str(number), 61)
    assert len(seldom._said) <= 64
    assert seldom.is_due("a", 61 + AGAIN_AFTER_S)


def test_its_own_silence_makes_it_doubtful_before_it_is_lost() -> None:
    life = ScannerLife(10, 20, now=0)
    life.speaks(5)
    assert [life.doubtful(15), life.doubtful(15.1), life.problem(15.1)] == [False, True, None]
    life.speaks(16)
    assert not life.doubtful(16)
    life.cut(17, "no broker")
    assert life.doubtful(17)
    life.reached(18)
    assert not life.doubtful(18)
