"""A scenario as a person writes it: the floor, who comes, what they carry, the radio, and what goes wrong. Lengths in metres."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from nearcart_contract.duration import Duration
from nearcart_contract.names import Name, UserFile
from nearcart_contract.store_file import Layout
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.firmware.devices import DeviceKind
from nearcart_sim.core.rooms.obstacles import Shelf, Wall
from nearcart_sim.core.rooms.radio_parameters import RadioParameters, Scanning

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset from UTC, such as 2026-03-02T08:00:00+01:00")
    return moment


def _range(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds[0] > bounds[1]:
        raise ValueError(f"the first of the two is the smaller one, found {bounds[0]:g} and {bounds[1]:g}")
    return bounds


Bounds = Annotated[tuple[Seconds, Seconds], AfterValidator(_range)]


class Grid(UserFile):
    """A hall of equal zones in rows, with a scanner over the middle of each, named a1, a2 … b1 … The entrance is in front of row a."""

    columns: int = Field(ge=1, le=40)
    rows: int = Field(ge=1, le=26)
    zone: tuple[float, float] = Field(default=(6.0, 5.0), description="width and depth of a zone")
    scanner_height: float = Field(default=3.0, ge=0.5, le=20)
    scanners_an_edge: int = Field(default=1, ge=1, le=16, description="scanners that one edge runs")
    shelf_loss_db: float | None = Field(
        default=3.0, ge=0, le=60, description="a shelf in each zone takes this; null: no shelves"
    )


class Rate(UserFile):
    """From this time of the scenario on, so many come in an hour."""

    after: Duration = timedelta(0)
    per_hour: float = Field(ge=0, le=100_000)


class Battery(UserFile):
    """Coin cells of the tags that have one: the share that is used up when the scenario begins, evenly in between."""

    used: Annotated[tuple[Share, Share], AfterValidator(_range)] = (0.05, 0.6)


class Tags(UserFile):
    """What people carry, and how it is built."""

    kinds: dict[DeviceKind, float] = Field(
        default={"ibeacon": 1.0}, min_length=1, description="class of device: weight among them"
    )
    interval_ms: Annotated[
        tuple[Annotated[float, Field(ge=20, le=10_240)], Annotated[float, Field(ge=20, le=10_240)]],
        AfterValidator(_range),
    ] = (300, 1000)
    tx_power_dbm: int = Field(default=0, ge=-40, le=10)
    drift_ppm: int = Field(default=40, ge=0, le=500, description="clocks go wrong by up to this, either way")
    battery: Battery = Battery()
    presses_an_hour: float = Field(default=0.0, ge=0, le=1000, description="of a band's button")
    flaky_buttons: Share = Field(default=0.0, description="share of presses that bounce and are told twice")
    swallowed_presses: Share = Field(default=0.0, description="share of presses of which a button says nothing")
    reboots_a_day: float = Field(default=0.0, ge=0, le=1000)


class Update(UserFile):
    """All devices of a class get a firmware with another interval, each at a moment within ten minutes."""

    kind: DeviceKind
    at: Duration
    interval_ms: float = Field(ge=20, le=10_240)


class Shoppers(UserFile):
    """Who comes, and what they do."""

    arrivals: tuple[Rate, ...] = Field(default=(Rate(per_hour=20),), min_length=1)
    inside_at_start: int = Field(default=0, ge=0, le=20_000)
    enrolled: Share = Field(default=1.0, description="the store knows this share of them; the others are strangers")
    groups: Share = Field(default=0.15, description="share of arrivals that bring one to three others along")
    stops: tuple[Annotated[int, Field(ge=1, le=200)], Annotated[int, Field(ge=1, le=200)]] = (2, 5)
    stay_s: Bounds = (15.0, 90.0)
    popular: dict[Name, float] = Field(default_factory=dict, description="zone: weight; 1 for zones not named")
    last_stop: Name | None = Field(default=None, description="where everybody goes before the door")
    staff: int = Field(default=1, ge=0, le=500)


class PowerCut(UserFile):
    """Edges without power: their scanners hear nothing, and start again afterwards."""

    kind: Literal["power-cut"]
    edges: tuple[Name, ...] = Field(default=(), description="none named: all of them")
    at: Duration
    lasts: Duration


class DeadScanner(UserFile):
    """A radio that hears nothing more, and does not say so."""

    kind: Literal["dead-scanner"]
    scanner: Name
    at: Duration


class AdapterLoss(UserFile):
    """A Bluetooth adapter falls out of its socket, and is plugged in again."""

    kind: Literal["adapter-loss"]
    scanner: Name
    at: Duration
    lasts: Duration


class StalledScan(UserFile):
    """An adapter says that it scans, and hears nothing. Played live it hears again when its scan is started anew, or it is switched off and on."""

    kind: Literal["stalled-scan"]
    scanner: Name
    at: Duration
    lasts: Duration = Field(description="by then it hears again, whatever was done")
    mended_by: Literal["scan", "power"] | None = Field(default="scan", description="null: by nothing before that")


class BluetoothdRestart(UserFile):
    """bluetoothd dies, and comes back knowing nobody and scanning for nobody."""

    kind: Literal["bluetoothd-restart"]
    at: Duration
    lasts: Duration = Field(description="how long it is away")


class NoClock(UserFile):
    """Edges without a clock: after each start they believe it to be earlier, until the network tells them."""

    kind: Literal["no-clock"]
    edges: tuple[Name, ...] = Field(default=(), description="none named: all of them")
    behind: Duration
    synced_after: Duration | None = Field(default=None, description="after each start; null: never")


class NetworkOutage(UserFile):
    """Edges that can't reach the broker: transitions wait and come late, samples are lost."""

    kind: Literal["network-outage"]
    edges: tuple[Name, ...] = Field(default=(), description="none named: all of them")
    at: Duration
    lasts: Duration


class Spoof(UserFile):
    """Somebody stands in a zone and sends what a shopper's tag sends: the first enrolled one who comes after ``at``."""

    kind: Literal["spoof"]
    device: Literal["ibeacon", "altbeacon", "eddystone-uid"] = "ibeacon"
    zone: Name
    at: Duration
    lasts: Duration
    interval_ms: float = Field(default=100, ge=20, le=10_240)


class Replay(UserFile):
    """Somebody records a shopper's device and sends all of it again, later and elsewhere."""

    kind: Literal["replay"]
    device: DeviceKind = "eddystone-eid"
    zone: Name
    at: Duration = Field(description="the first enrolled one who comes after this is recorded")
    lasts: Duration
    later: Duration


Fault = Annotated[
    PowerCut | DeadScanner | AdapterLoss | StalledScan | BluetoothdRestart | NoClock | NetworkOutage | Spoof | Replay,
    Field(discriminator="kind"),
]


class ScenarioFile(UserFile):
    """A whole ``*.scenario.yaml``."""

    title: str = Field(min_length=1, max_length=120)
    about: str = Field(min_length=1, max_length=2000, description="what happens, and what a run shows of it")
    store: Name = "sim"
    starts_at: Annotated[datetime, AfterValidator(_aware)]
    lasts: Duration = Field(gt=timedelta(0), le=timedelta(days=31))
    layout: Layout | None = Field(default=None, description="floor, zones and scanners as in store.yaml")
    grid: Grid | None = None
    walls: tuple[Wall, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    radio: RadioParameters = RadioParameters()
    scanning: Scanning = Scanning()
    tags: Tags = Tags()
    updates: tuple[Update, ...] = ()
    shoppers: Shoppers = Shoppers()
    economy: Economy = Field(default=Economy(), description="what they buy, and what offers truly cause")
    faults: tuple[Fault, ...] = ()

    @model_validator(mode="after")
    def _one_floor(self) -> "ScenarioFile":
        if (self.layout is None) == (self.grid is None):
            raise ValueError("write layout: (zones and scanners by hand) or grid: (a hall of equal zones), one of them")
        return self
