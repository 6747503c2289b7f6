"""The simulated shop through edges' and gateway's own cores: the visits they find are the true ones."""

import pytest

from nearcart_sim.core.days.adverts import advertisements
from nearcart_sim.core.days.play import Play
from nearcart_sim.shell.scenario_files import load_scenario

from ...store_cores import compared, found_visits

LATE_IN_S, LATE_OUT_S = 5.0, 30.0
"""She is found within so long after she came in, and missed within so long after she left: an edge waits three usual silences, 10 s at least."""


@pytest.mark.parametrize("seed", [1, 2])
def test_every_visit_is_found_once_and_in_time(seed: int) -> None:
    play = Play(load_scenario("corner-shop"), seed, 3600)
    result = compared(play, found_visits(play, advertisements(play)))
    assert (result.found, result.missed, result.extra) == (result.true, [], [])
    assert result.true > 5
    assert 0 <= result.late_in[0] <= result.late_in[-1] < LATE_IN_S
    assert 0 <= result.late_out[0] <= result.late_out[-1] < LATE_OUT_S


def test_a_copied_tag_and_a_recorded_phone_keep_their_owners_inside_and_a_rolling_tag_does_not() -> None:
    play = Play(load_scenario("spoofed-tags"), 0, 45 * 60)
    victims = {attacker.victim.specification.kind: attacker for attacker in play.attackers()}
    found = found_visits(play, advertisements(play))
    begins = play.starts_at_us / 1e6
    (spoofed,) = found[victims["ibeacon"].victim.name]
    assert (
        (spoofed.left_at or 0) - begins
        > victims["ibeacon"].ends / 1e6
        > victims["ibeacon"].victim.track.ends / 1e6 + 60
    )
    assert [round(visit.entered_at - begins) for visit in found[victims["phone"].victim.name]] == [
        pytest.approx(victims["phone"].victim.track.begins / 1e6, abs=LATE_IN_S),
        pytest.approx(victims["phone"].begins / 1e6, abs=LATE_IN_S),
    ]
    assert len(found[victims["eddystone-eid"].victim.name]) == 1
