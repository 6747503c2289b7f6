"""Buttons that bounce, and buttons that swallow: what she did, and what her band made of it."""

import json
from collections import Counter

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.bthome import BTHome
from nearcart_edge.core.identify import Identifier
from nearcart_sim.core.chance import CounterStream
from nearcart_sim.core.days.people import incidents
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.presses import Press, presses_of
from nearcart_sim.core.days.scenario_file import Tags
from nearcart_sim.core.days.visits import visit_lines
from nearcart_sim.core.firmware.devices import Specification
from nearcart_sim.core.firmware.state_machine import Incident
from nearcart_sim.shell.scenario_files import load_scenario

SECOND = 1_000_000
DAY = 86_400 * SECOND


def band(*happened: Incident) -> Specification:
    return Specification("anna", "bthome", 500_000, incidents=happened)


def test_a_press_is_told_once_a_bounce_twice_and_a_swallowed_one_never() -> None:
    specification = band(
        Incident(10 * SECOND, "press"),
        Incident(20 * SECOND, "swallowed", button="long_press"),
        Incident(30 * SECOND, "press"),
        Incident(30 * SECOND + 60_000, "bounce"),
        Incident(90 * SECOND, "press"),
    )
    assert presses_of(specification, 0, 60 * SECOND) == [
        Press(10 * SECOND, "press", 1),
        Press(20 * SECOND, "long_press", 0),
        Press(30 * SECOND, "press", 2),
    ]


def test_a_press_while_it_restarts_is_told_by_nobody() -> None:
    specification = band(Incident(10 * SECOND, "reboot"), Incident(11 * SECOND, "press"))
    assert presses_of(specification, 0, 60 * SECOND) == [Press(11 * SECOND, "press", 0)]


def test_so_many_bounce_and_so_many_are_swallowed_as_the_scenario_says() -> None:
    tags = Tags(presses_an_hour=1000, flaky_buttons=0.2, swallowed_presses=0.3)
    kinds = Counter(each.kind for each in incidents("bthome", tags, [], 0, DAY, CounterStream(1)))
    pressed = kinds["press"] + kinds["swallowed"]
    assert abs(kinds["swallowed"] / pressed - 0.3) < 0.01
    assert abs(kinds["bounce"] / pressed - 0.2) < 0.01


def test_a_button_that_swallows_everything_bounces_never() -> None:
    tags = Tags(presses_an_hour=1000, flaky_buttons=1.0, swallowed_presses=1.0)
    assert {each.kind for each in incidents("bthome", tags, [], 0, DAY, CounterStream(1))} == {"swallowed"}


def test_the_visits_tell_each_press_as_it_was_sent() -> None:
    """Of a run: as many presses are on the air from each band as its visit's line says."""
    scenario = load_scenario("corner-shop")
    pressed = {"kinds": {"bthome": 1.0}, "presses_an_hour": 200, "swallowed_presses": 0.3, "flaky_buttons": 0.3}
    calm = scenario.model_copy(update={"tags": scenario.tags.model_copy(update={**pressed, "reboots_a_day": 0.0})})
    play = Play(calm, 0, 600)
    visits = [json.loads(line) for line in visit_lines(play)]
    kinds = Counter(press["told"] for visit in visits for press in visit["presses"])
    assert set(kinds) == {0, 1, 2}
    identifier, decoder = Identifier(play.roster()), Decoder()
    heard = set()
    for chunk in play.chunks():
        for broadcast in chunk.broadcasts:
            advert = Advertisement(0.0, "s", broadcast.address, -60, {}, broadcast.payload.service_data, ())
            for frame in identifier.open(advert, decoder.decode(advert)):
                if isinstance(frame, BTHome) and frame.presses:
                    heard.add((broadcast.address, frame.press_number))
    enrolled = sum(press["told"] for visit in visits if visit["enrolled"] for press in visit["presses"])
    assert len(heard) == enrolled > 30
