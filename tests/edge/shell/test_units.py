"""The systemd units: hardened, and still able to do what the agents do."""

from pathlib import Path

import pytest

UNITS = Path(__file__).parents[3] / "deploy" / "systemd"


def settings(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (UNITS / f"nearcart-{unit}.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("unit", ["edge", "bridge", "gateway"])
def test_it_may_ask_whether_the_clock_is_right_and_not_set_it(unit: str) -> None:
    told = settings(unit)
    assert "ProtectClock" not in told, "it forbids adjtimex altogether"
    assert "~@privileged" in told["SystemCallFilter"][1], "which takes away adjtimex"
    assert {"adjtimex", "clock_adjtime", "clock_adjtime64"} <= set(told["SystemCallFilter"][-1].split())
    assert told["CapabilityBoundingSet"] == told["AmbientCapabilities"] == [""]


@pytest.mark.parametrize("unit", ["edge", "bridge"])
def test_a_hung_agent_is_started_again(unit: str) -> None:
    told = settings(unit)
    assert (told["Type"], told["WatchdogSec"], told["Restart"]) == (["notify"], ["60"], ["always"])
    assert told["User"] == ["nearcart"]
    assert told["ExecStart"] == [
        f"/opt/nearcart/.venv/bin/nearcart edge {'run' if unit == 'edge' else 'bridge'} --config /var/lib/nearcart/{unit}.yaml"
    ]
