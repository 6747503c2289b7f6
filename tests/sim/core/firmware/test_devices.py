"""What every class of device says, read by the edge's own decoder and proven by its identifier."""

import itertools

import numpy as np
import pytest

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.roster import BTHomeIdentity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.bthome import BTHome
from nearcart_edge.core.formats.eddystone_tlm import EddystoneTlm
from nearcart_edge.core.formats.frame import Frame
from nearcart_edge.core.identify import Identifier
from nearcart_sim.core.beacons.eddystone_url import eddystone_url
from nearcart_sim.core.firmware.devices import DEVICE_KINDS, Device, DeviceKind, Specification, make_device
from nearcart_sim.core.firmware.state_machine import Incident
from nearcart_sim.core.firmware.voices import Wearer

SECOND = 1_000_000
STARTS_AT = 1_772_434_800
FORMAT = {"heart-rate": "heart-rate", "phone": None, "bthome": "bthome", "eddystone-url": "eddystone-url"}


def device(kind: DeviceKind, *incidents: Incident, used: float | None = None, drift_ppm: int = 0) -> Device:
    walked = Wearer(lambda at: max(0.0, at / SECOND - 60))
    specification = Specification("anna", kind, 500_000, 0, drift_ppm, used, 0, incidents)
    return make_device(specification, 1, walked, STARTS_AT * SECOND)


def heard(device: Device, seconds: float) -> list[Advertisement]:
    """Everything it sends, as one scanner hears it."""
    sent = device.firmware.advance(round(seconds * SECOND))
    runs = device.voice.runs(sent, device.firmware)
    starts = np.array([row for row, _ in runs])
    adverts = []
    for row, at in enumerate(sent.at.tolist()):
        broadcast = runs[int(np.searchsorted(starts, row, side="right")) - 1][1]
        payload = broadcast.payload
        adverts.append(
            Advertisement(
                STARTS_AT + at / SECOND, "s", broadcast.address, -60,
                payload.manufacturer_data, payload.service_data, payload.service_uuids,
            )
        )  # fmt: skip
    return adverts


def proven(device: Device, adverts: list[Advertisement]) -> tuple[set[str | None], list[Frame]]:
    """Who the edge says it is, and what it decodes."""
    decoder, identifier = Decoder(), Identifier([device.identity])
    who, frames = set(), []
    for advert in adverts:
        if identifier.rolls(advert.at):
            identifier.roll(advert.at)
        decoded = identifier.open(advert, decoder.decode(advert))
        frames += decoded
        if not any(isinstance(frame, EddystoneTlm) for frame in decoded):
            who.add(identifier.prove(advert, decoded))
    return who, frames


@pytest.mark.parametrize("kind", DEVICE_KINDS)
def test_an_edge_decodes_it_and_knows_whose_it_is(kind: DeviceKind) -> None:
    tested = device(kind)
    who, frames = proven(tested, heard(tested, 60))
    assert who == {"anna"}
    expected = FORMAT.get(kind, kind)
    assert {frame.format for frame in frames} - {"eddystone-tlm"} == ({expected} if expected else set())


def test_a_phone_has_a_new_address_every_15_minutes_and_is_known_by_all_of_them() -> None:
    phone = device("phone")
    adverts = heard(phone, 3600)
    assert proven(phone, adverts)[0] == {"anna"}
    changes = [b.at - STARTS_AT for a, b in itertools.pairwise(adverts) if a.address != b.address]
    assert [round(change / 60) for change in changes] == [15, 30, 45]
    assert len({advert.address for advert in adverts}) == 4
    assert all(0x40 <= int(advert.address[:2], 16) < 0x80 for advert in adverts)


def test_a_rolling_identifier_changes_every_512_seconds_of_its_own_clock() -> None:
    eid = full_uuid("feaa")
    tag = device("eddystone-eid")
    adverts = heard(tag, 1200)
    assert proven(tag, adverts)[0] == {"anna"}
    changes = [b.at for a, b in itertools.pairwise(adverts) if a.service_data[eid] != b.service_data[eid]]
    assert [int(change) // 512 for change in changes] == [STARTS_AT // 512 + n for n in (1, 2, 3)]
    slow = heard(device("eddystone-eid", drift_ppm=10_000), 1200)
    later = [b.at for a, b in itertools.pairwise(slow) if a.service_data[eid] != b.service_data[eid]]
    assert later[0] > changes[0] + 1


def test_telemetry_tells_a_cell_that_runs_down_and_a_restart() -> None:
    tag = device("eddystone-uid", Incident(300 * SECOND, "reboot"), used=0.97)
    frames = proven(tag, heard(tag, 600))[1]
    told = [frame for frame in frames if isinstance(frame, EddystoneTlm)]
    assert {2000 < (frame.battery_mv or 0) < 2450 for frame in told} == {True}
    assert proven(device("eddystone-uid", used=0.1), heard(device("eddystone-uid", used=0.1), 60))[1] != frames
    uptimes = [frame.uptime_s for frame in told]
    restarts = [n for n, (a, b) in enumerate(itertools.pairwise(uptimes)) if b < a]
    assert len(restarts) == 1


def test_a_band_tells_motion_steps_battery_and_each_press_once() -> None:
    band = device(
        "bthome", Incident(100 * SECOND, "press"), Incident(130 * SECOND, "press", button="long_press"), used=0.25
    )
    assert isinstance(band.identity, BTHomeIdentity)
    frames = [frame for frame in proven(band, heard(band, 200))[1] if isinstance(frame, BTHome)]
    pressed = {frame.press_number: frame.presses for frame in frames if frame.presses}
    assert list(pressed.values()) == [("press",), ("long_press",)]
    numbers = [frame.press_number or 0 for frame in frames]
    assert numbers == sorted(numbers)
    said = [frame.measurements or {} for frame in frames]
    assert {row["battery"] for row in said} == {75}
    assert (said[0]["moving"], said[-1]["moving"]) == (False, True)
    assert (said[0]["count"], said[-1]["count"]) == (0, int((190 - 60) / 0.7))


def test_a_url_that_does_not_fit_is_refused() -> None:
    assert (
        eddystone_url("https://example.com/hi", -59).service_data[full_uuid("feaa")].hex()
        == "10ee036578616d706c65006869"
    )
    with pytest.raises(ValueError, match="18 bytes, and 17 fit"):
        eddystone_url("https://" + "x" * 18, -59)
    with pytest.raises(ValueError, match="has to begin with"):
        eddystone_url("ftp://example.com", -59)


@pytest.mark.parametrize("kind", DEVICE_KINDS)
def test_what_it_says_is_the_same_in_pieces_of_any_length(kind: DeviceKind) -> None:
    """Also what its battery gives, and what it tells of a press."""

    def said(piece_s: float) -> list[str]:
        tested = device(kind, Incident(37_000_000, "press", button="press"), used=0.50499)
        adverts: list[Advertisement] = []
        for number in range(round(600 / piece_s)):
            adverts += heard(tested, (number + 1) * piece_s)
        return [str(advert) for advert in adverts]

    assert said(5) == said(60) == said(600)
