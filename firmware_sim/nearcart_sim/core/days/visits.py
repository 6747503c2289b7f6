"""The true visits of a run, a line each: who, when, where she stayed, and what she carried."""

import json
from collections.abc import Iterator

from nearcart_sim.core.days.attacks import Attacker
from nearcart_sim.core.days.people import Carrier
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.presses import presses_of
from nearcart_sim.core.route import Stop


def visit_lines(play: Play) -> Iterator[str]:
    """``{"shopper", "role", "party", "device", "enrolled", "entered_at", "left_at", "stops", "presses"}``; Unix seconds, and ``left_at`` is null
    for whoever is still inside at the end. A band's ``presses`` say how often each was told. In order of arrival. Then those who send what is not theirs, with role ``attacker``, whose
    device they play and where they stand."""
    for carrier in sorted(play.carriers, key=lambda carrier: (carrier.track.begins, carrier.name)):
        yield json.dumps(_row(play, carrier), separators=(",", ":"))
    for number, attacker in enumerate(play.attackers(), 1):
        if attacker.begins < play.seconds * 1e6:
            yield json.dumps(_attack(play, number, attacker), separators=(",", ":"))


def _row(play: Play, carrier: Carrier) -> dict[str, object]:
    ends = carrier.track.ends
    return {
        "shopper": carrier.name,
        "role": carrier.role,
        "party": carrier.party,
        "device": carrier.specification.kind,
        "enrolled": carrier.enrolled,
        "entered_at": _unix(play, max(0, carrier.track.begins)),
        "left_at": _unix(play, ends) if ends <= play.seconds * 1e6 else None,
        "stops": [{"zone": stop.zone, "stay_s": round(stop.stay_s, 1)} for stop in _planned(carrier)],
        "presses": [
            {"at": _unix(play, press.at), "button": press.button, "told": press.told}
            for press in presses_of(
                carrier.specification, play.seed, min(carrier.track.ends, round(play.seconds * 1e6))
            )
        ],
    }


def _attack(play: Play, number: int, attacker: Attacker) -> dict[str, object]:
    return {
        "shopper": f"attacker-{number}",
        "role": "attacker",
        "attack": attacker.attack,
        "victim": attacker.victim.name,
        "device": attacker.victim.specification.kind,
        "x": round(attacker.spot[0], 3),
        "y": round(attacker.spot[1], 3),
        "entered_at": _unix(play, attacker.begins),
        "left_at": _unix(play, attacker.ends) if attacker.ends <= play.seconds * 1e6 else None,
    }


def _planned(carrier: Carrier) -> tuple[Stop, ...]:
    """What a shopper came for; the rounds of the staff are no plan."""
    return () if carrier.role == "staff" else carrier.stops


def _unix(play: Play, at: int) -> float:
    return round((play.starts_at_us + at) / 1e6, 3)
