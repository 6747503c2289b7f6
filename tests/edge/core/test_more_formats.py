"""Tags of makers and wearables, from published test vectors."""

import pytest

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_edge.core.decode import Decoder

RUUVI = 0x0499


def advert(manufacturer: dict[int, str] | None = None, service: dict[str, str] | None = None) -> Advertisement:
    return Advertisement(
        at=0.0,
        scanner="s",
        address="CB:B8:33:4C:88:4F",
        rssi=-60,
        manufacturer_data={company: bytes.fromhex(payload) for company, payload in (manufacturer or {}).items()},
        service_data={full_uuid(uuid): bytes.fromhex(payload) for uuid, payload in (service or {}).items()},
    )


@pytest.mark.parametrize(
    ("payload", "values"),
    [
        ("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F", (24.3, 53.49, 1000.44, 2.977, 4, 66, 205)),
        ("057FFFFFFEFFFE7FFF7FFF7FFFFFDEFEFFFECBB8334C884F", (163.835, 163.835, 1155.34, 3.646, 20, 254, 65534)),
        ("058001000000008001800180010000000000CBB8334C884F", (-163.835, 0.0, 500.0, 1.6, -40, 0, 0)),
        ("058000FFFFFFFF800080008000FFFFFFFFFFFFFFFFFFFFFF", (None,) * 7),
    ],
)
def test_a_ruuvitag_by_its_maker_s_vectors(payload: str, values: tuple[float | None, ...]) -> None:
    """Valid, largest, smallest and unavailable values: docs.ruuvi.com, Data format 5, test vectors."""
    keys = ("temperature_c", "humidity_percent", "pressure_hpa", "battery_v", "tx_power", "movement_count", "sequence")
    (frame,) = Decoder().decode(advert({RUUVI: payload}))
    assert frame.describe() == {"format": "ruuvi", "version": 5, **dict(zip(keys, values, strict=True))}


def test_a_ruuvitag_tells_battery_and_temperature() -> None:
    (frame,) = Decoder().decode(advert({RUUVI: "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"}))
    assert frame.telemetry is not None
    assert (frame.telemetry.battery_mv, frame.telemetry.temperature_c) == (2977, 24.3)


def test_a_ruuvitag_cut_short_is_counted_and_another_format_of_its_is_not() -> None:
    decoder = Decoder()
    assert decoder.decode(advert({RUUVI: "0512FC5394"})) == ()
    assert decoder.malformed == 1
    assert decoder.decode(advert({RUUVI: "03291A1ECE1EFC18F94202CA0B53"})) == ()
    assert decoder.malformed == 1


@pytest.mark.parametrize(
    ("payload", "beats", "contact"),
    [
        ("0048", 72, None),
        ("0648", 72, True),
        ("0448", 72, False),
        ("0248", 72, None),
        ("01480100", 328, None),
        ("1648c003", 72, True),
    ],
)
def test_a_heart_rate_where_a_band_advertises_it(payload: str, beats: int, contact: bool | None) -> None:
    """Flags as the GATT Specification Supplement lays them out: width, contact, and what may follow."""
    (frame,) = Decoder().decode(advert(service={"180d": payload}))
    assert frame.describe() == {"format": "heart-rate", "beats_per_minute": beats, "contact": contact}
    assert frame.telemetry is None


def test_a_heart_rate_cut_short_is_counted() -> None:
    decoder = Decoder()
    assert decoder.decode(advert(service={"180d": "00"})) == ()
    assert decoder.malformed == 1
