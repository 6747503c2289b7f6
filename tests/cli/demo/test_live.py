"""The demo's terminal at 80 columns, and its plain lines."""

import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from nearcart.demo.live import LiveShow
from nearcart.demo.records import DecisionRow
from nearcart.demo.show import Picture, PlainShow, Shopper

ZONE = ZoneInfo("Europe/Vienna")
AT = 1793797205.0
SENT = DecisionRow(
    1, "k", "anna", AT, AT, "Wine", "sent", None, "", "wine", "phone", "Take the Rioja today, 10 % off.", AT
)
SILENT = replace(SENT, number=2, outcome="withheld", gate="per_visitor_limit", reason="silent: had 2 of 2 this week")
GHOST = replace(SENT, number=3, outcome="ghost", gate="hold_out")


def name_of(visitor: str) -> str:
    return {"anna": "amber fox"}[visitor]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=30, color_system=None)
    monkeypatch.setattr("nearcart.demo.live.Console", lambda **_: console)
    return console


def drawn(show: LiveShow, screen: Console) -> str:
    with screen.capture() as capture:
        screen.print(show._draw())
    return capture.get()


def test_the_terminal_shows_shoppers_decisions_and_counts_with_a_sign_beside_each_colour(screen: Console) -> None:
    show = LiveShow("Corner Shop", "http://127.0.0.1:8080", ZONE, name_of)
    for row in (SENT, SILENT, GHOST):
        show.decided(row)
    show.picture(
        Picture(
            AT,
            [Shopper("amber fox (anna)", "a tag", "Wine", "Wine"), Shopper("somebody", "a stranger's", "Wine", None)],
            visits=3,
            adverts_heard=1234,
            delivered=1,
        )
    )
    lines = drawn(show, screen).splitlines()
    text = " ".join(" ".join(lines).split())
    assert "Corner Shop 14:00:05 http://127.0.0.1:8080" in text
    assert "1,234 adverts · 3 visits · ✓ 1 sent · – 1 silent · ◌ 1 ghost" in text
    assert "✓ 14:00:05 amber fox" in text
    assert "– 14:00:05 amber fox" in text
    assert "silent: had 2 of 2 this week" in " ".join(text.split())
    assert "nobody it knows" in text
    assert all(len(line.rstrip()) <= 80 for line in lines)


def test_before_anything_happened_it_says_so(screen: Console) -> None:
    show = LiveShow("Corner Shop", "http://127.0.0.1:8080", ZONE, name_of)
    assert "getting ready" in drawn(show, screen)
    show.picture(Picture(AT, [], visits=0, adverts_heard=0, delivered=0))
    assert "Nobody yet" in drawn(show, screen)
    assert "Nothing yet" in drawn(show, screen)


def test_trouble_is_said_in_words(screen: Console) -> None:
    show = LiveShow("Corner Shop", "http://127.0.0.1:8080", ZONE, name_of)
    show.say("gateway ended (SIGKILL) and was started again", trouble=True)
    assert "✗ gateway ended (SIGKILL) and was started again" in drawn(show, screen)


def test_a_pipe_gets_one_plain_line_a_decision() -> None:
    stream = io.StringIO()
    show = PlainShow(ZONE, name_of, stream)
    for row in (SENT, SILENT, GHOST):
        show.decided(row)
    assert stream.getvalue().splitlines() == [
        "14:00:05  amber fox in Wine: Take the Rioja today, 10 % off. (phone)",
        "14:00:05  amber fox in Wine: silent: had 2 of 2 this week",
        "14:00:05  amber fox in Wine: ghost: would have said on phone: Take the Rioja today, 10 % off.",
    ]
