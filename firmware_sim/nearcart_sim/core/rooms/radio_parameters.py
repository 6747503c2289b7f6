"""The numbers of a room's radio, as a person writes them under ``radio:`` of a scenario. Defaults are fitted to recordings."""

from typing import NamedTuple

from pydantic import Field

from nearcart_contract.names import Name, UserFile


class Scanning(UserFile):
    """How a scanner listens: on one advertising channel at a time, in turn, and in each interval only for the window."""

    interval_ms: float = Field(default=60.0, ge=2.5, le=10_240, description="scanInterval")
    window_ms: float = Field(default=60.0, ge=2.5, le=10_240, description="scanWindow; at most the interval")
    stamp_offset_ms: float = Field(default=2.0, ge=0, le=1000, description="how late the host's stamp is, at most")


class MeasuredLevel(NamedTuple):
    """What a scanner hears on average, in dBm, of a tag of -59 dBm at 1 m that stands at a place (metres); the mean of so many packets."""

    x: float
    y: float
    dbm: float
    packets: float


class RadioParameters(UserFile):
    """Levels in dB, lengths in metres. Fitted to three walks through a hall of 18 x 18 m (docs/simulate.md)."""

    exponent: float = Field(
        default=1.8, gt=0, le=6, description="path loss: 10 x exponent dB for ten times the distance"
    )
    scanner_spread_db: float = Field(default=3.2, ge=0, le=20, description="scanners differ by this much (deviation)")
    scanner_db: dict[Name, float] = Field(
        default_factory=dict,
        description="scanners that were measured: so much louder than the law; the others by chance",
    )
    measured: dict[Name, tuple[MeasuredLevel, ...]] = Field(
        default_factory=dict,
        description="scanners whose levels were measured at places: [x, y, dBm, packets] each; shadowing agrees with them",
    )
    device_spread_db: float = Field(default=2.0, ge=0, le=20, description="devices of one kind differ by this much")
    shadowing_db: float = Field(default=2.6, ge=0, le=20, description="deviation of what place and furniture do")
    shadowing_m: float = Field(default=1.5, gt=0, le=50, description="over this distance shadowing is forgotten")
    fading: float = Field(default=1.3, ge=0.5, le=50, description="Nakagami's m: 1 is Rayleigh, more is calmer")
    fading_m: float = Field(default=0.12, gt=0, le=5, description="within this distance a channel fades alike")
    fading_s: float = Field(default=4.0, gt=0, le=3600, description="for so long, too, when nobody moves")
    drift_db: float = Field(
        default=1.8, ge=0, le=20, description="deviation of what moves about: people, doors, how she holds it"
    )
    drift_s: float = Field(
        default=5.0, gt=0, le=3600, description="for so long it stays about alike, wherever she walks"
    )
    noise_db: float = Field(default=0.5, ge=0, le=20, description="what differs from packet to packet on the spot")
    body_db: float = Field(default=1.5, ge=0, le=30, description="what her body takes when she turns her back")
    loss: float = Field(default=0.115, ge=0, lt=1, description="packets lost whatever their level")
    sensitivity_dbm: float = Field(default=-99.0, ge=-99, le=-40, description="quieter packets are not heard")
    soft_db: float = Field(default=4.0, ge=0, le=30, description="half of the packets are lost at this much above")
