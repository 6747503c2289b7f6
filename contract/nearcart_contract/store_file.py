"""``store.yaml``: the store, its floor plan, scanners, sources and channels. Lengths in metres, x to the right, y down."""

from datetime import timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, SecretStr, model_validator

from nearcart_contract.broker import Broker
from nearcart_contract.cart import Currency
from nearcart_contract.channel_file import AppriseChannel, PageChannel, PushChannel
from nearcart_contract.duration import Duration
from nearcart_contract.limit import Limit, QuietHours
from nearcart_contract.names import Name, UserFile
from nearcart_contract.problem import nearest_word

S = TypeVar("S")

Metres = Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)]
Point = tuple[Metres, Metres]
Place = Literal["inside", "door", "outside"]


def _known_zone(name: str) -> str:
    if name not in _time_zones():
        nearest = nearest_word(name, tuple(sorted(_time_zones())))
        hint = f"; did you mean '{nearest}'?" if nearest else ""
        raise ValueError(f"'{name}' is not an IANA time zone such as Europe/Istanbul{hint}")
    return name


@cache
def _time_zones() -> frozenset[str]:
    """Looked up once: it walks the whole tz database (80 ms on a desktop)."""
    return frozenset(available_timezones())


class Floor(UserFile):
    """The rectangle that the page draws."""

    width: float = Field(gt=0, le=1000, description="metres")
    height: float = Field(gt=0, le=1000, description="metres")


class Zone(UserFile):
    """A part of the floor. Without a polygon the zone is where its scanner is the nearest."""

    name: str | None = Field(default=None, max_length=80, description="as people call it; else the key")
    polygon: tuple[Point, ...] | None = Field(default=None, min_length=3, description="corners in metres, in order")
    tags: tuple[Name, ...] = Field(default=(), description="words that offers may use for several zones")
    switch: Literal["eager", "balanced", "sure"] = Field(
        default="balanced",
        description="how soon somebody is believed to be here: at the first hint, or when it is certain",
    )
    place: Place = Field(
        default="inside",
        description="door: people come in and go out here; outside: the street before the store, where nobody visits it",
    )


class Scanner(UserFile):
    """One radio: where it hangs and which zone it stands for."""

    x: Metres
    y: Metres
    z: Metres = Field(default=2.0, description="height above the floor")
    zone: Name
    edge: Name | None = Field(default=None, description="the agent that runs it; else the scanner's own name")


class Wall(UserFile):
    """A straight wall. Nobody is believed to walk through it."""

    line: tuple[Point, Point] = Field(description="its two ends, metres; leave out the doors")


class Shelf(UserFile):
    """A rectangle that people walk around."""

    box: tuple[Point, Point] = Field(description="two opposite corners, metres")


class Layout(UserFile):
    """What a locator needs: ``layout.yaml`` of a recording, and a part of every store.yaml."""

    floor: Floor | None = None
    walls: tuple[Wall, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    zones: dict[Name, Zone] = Field(default_factory=dict)
    scanners: dict[Name, Scanner] = Field(min_length=1)

    @model_validator(mode="after")
    def _scanners_stand_in_zones(self) -> "Layout":
        if self.zones:
            for name, scanner in self.scanners.items():
                if scanner.zone not in self.zones:
                    raise ValueError(
                        f"scanner {name} stands in zone '{scanner.zone}', which is not one of: {', '.join(self.zones)}"
                    )
        return self

    @model_validator(mode="after")
    def _some_scanner_is_inside(self) -> "Layout":
        if len(self.scanners_at("outside")) == len(self.scanners):
            raise ValueError("every scanner is outside: at least one must hang inside, or nobody could come in")
        return self

    def scanners_at(self, place: Place) -> tuple[str, ...]:
        """The scanners whose zone is inside, a door or outside."""
        return tuple(name for name, scanner in self.scanners.items() if self.place_of(scanner.zone) == place)

    def place_of(self, zone: str) -> Place:
        """What a zone is; those that only scanners name are inside."""
        return self.zones[zone].place if zone in self.zones else "inside"

    @cached_property
    def zone_names(self) -> tuple[str, ...]:
        """All zones, those written out and those that only scanners name, in the file's order."""
        return tuple(dict.fromkeys([*self.zones, *(scanner.zone for scanner in self.scanners.values())]))

    def edges(self) -> dict[str, tuple[str, ...]]:
        """Edge name to the scanners it runs."""
        edges: dict[str, tuple[str, ...]] = {}
        for name, scanner in self.scanners.items():
            edge = scanner.edge or name
            edges[edge] = (*edges.get(edge, ()), name)
        return edges


class StoreLimits(UserFile):
    """What holds for every offer of the store."""

    per_visitor: Limit | None = Field(default=None, description="all offers together, to one visitor")
    per_store: Limit | None = Field(default=None, description="all offers together, to everybody")
    quiet_after_any: Duration | None = Field(default=None, description="silence after any offer to the same visitor")


class StoreHoldOut(UserFile):
    """Who gets no offer at all, so that what all offers together cause can be told."""

    percent: Decimal = Field(gt=0, le=50, decimal_places=2, description="share of visitors, or of households")
    experiment: int = Field(default=1, ge=1, le=1000, description="raised by one, it draws everybody anew")


def _poll_needs_api(source: S) -> S:
    if getattr(source, "poll", None) is not None and getattr(source, "api", None) is None:
        raise ValueError("poll needs api: where to ask, and the key to ask with")
    return source


class _SignedSource(UserFile):
    """What every source has: the secret that signs, and while it is changed over, the one before."""

    secret: SecretStr
    previous_secret: SecretStr | None = Field(
        default=None, description="still accepted, until the shop signs with the new one; then take it out"
    )

    def secrets(self) -> tuple[str, ...]:
        """What may sign, the newest first. Never to be shown or logged."""
        kept = (self.secret, self.previous_secret)
        return tuple(secret.get_secret_value() for secret in kept if secret is not None)


class StandardSource(_SignedSource):
    """Any shop that signs with Standard Webhooks."""

    platform: Literal["standard"]
    secret: SecretStr = Field(description="whsec_… as Standard Webhooks writes it")


class Poll(UserFile):
    """Ask the shop now and then what changed: for a gateway that the shop can't reach."""

    every: Duration = Field(default=timedelta(minutes=1), ge=timedelta(seconds=5), le=timedelta(days=1))
    back: Duration = Field(
        default=timedelta(days=7), le=timedelta(days=366), description="how far the first poll looks back"
    )


def _key_stays_secret(url: str) -> str:
    """A key travels with every request: over plain HTTP only to this machine itself."""
    if url.startswith("http://") and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("over http:// the key could be read on its way: write https://")
    return url


ApiUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$", max_length=500), AfterValidator(_key_stays_secret)]
"""Where requests go; no slash at the end is needed."""


class ShopifyApi(UserFile):
    url: ApiUrl = Field(description="such as https://corner-shop.myshopify.com")
    token: SecretStr = Field(
        description="the app's Admin API access token, with read_orders and read_customers; with read_products brands are known"
    )
    version: str = Field(default="2026-10", pattern=r"^20[0-9]{2}-[0-9]{2}$", description="of the Admin API")
    kind: Literal["graphql", "rest"] = Field(
        default="graphql", description="which Admin API; rest is legacy, for a token that GraphQL refuses"
    )


class WooCommerceApi(UserFile):
    url: ApiUrl = Field(description="the shop's address, such as https://shop.example.com")
    key: SecretStr = Field(description="ck_…, of a key that may read")
    key_secret: SecretStr = Field(description="cs_…")


class BigCommerceApi(UserFile):
    url: ApiUrl = Field(description="https://api.bigcommerce.com/stores/ and the store's hash")
    token: SecretStr = Field(description="of an API account that may read carts and orders")


class ShopifySource(_SignedSource):
    platform: Literal["shopify"]
    secret: SecretStr = Field(description="the app's client secret, which signs X-Shopify-Hmac-Sha256")
    api: ShopifyApi | None = None
    poll: Poll | None = None

    _asks_with_a_key = model_validator(mode="after")(_poll_needs_api)


class WooCommerceSource(_SignedSource):
    platform: Literal["woocommerce"]
    secret: SecretStr = Field(description="the secret of its webhooks, which signs X-WC-Webhook-Signature")
    api: WooCommerceApi | None = None
    poll: Poll | None = None

    _asks_with_a_key = model_validator(mode="after")(_poll_needs_api)


class BigCommerceSource(_SignedSource):
    platform: Literal["bigcommerce"]
    secret: SecretStr = Field(description="the client secret of the API account that made the webhooks")
    api: BigCommerceApi = Field(description="needed: its webhooks carry an id alone")
    poll: Poll | None = None


Source = Annotated[
    StandardSource | ShopifySource | WooCommerceSource | BigCommerceSource, Field(discriminator="platform")
]


class Relay(UserFile):
    """A relay that is drained: for a gateway that shops can't reach."""

    url: ApiUrl = Field(description="such as https://relay.example.com")
    key: SecretStr = Field(description="the key of relay.yaml")
    every: Duration = Field(default=timedelta(seconds=2), ge=timedelta(seconds=1), le=timedelta(hours=1))


class PhoneChannel(UserFile):
    """The visitor's own topic on the store's broker."""

    kind: Literal["phone"]


class ScreenChannel(UserFile):
    """The screen of the zone she stands in."""

    kind: Literal["screen"]


class StaffChannel(UserFile):
    """The staff's devices: somebody goes and helps her."""

    kind: Literal["staff"]


class WebhookChannel(UserFile):
    """A signed Standard Webhook to a service of yours."""

    kind: Literal["webhook"]
    url: str = Field(pattern=r"^https?://", max_length=2000)
    secret: SecretStr


Channel = Annotated[
    PhoneChannel | ScreenChannel | StaffChannel | WebhookChannel | PageChannel | PushChannel | AppriseChannel,
    Field(discriminator="kind"),
]


def _usual_channels() -> dict[Name, Channel]:
    return {"phone": PhoneChannel(kind="phone"), "screen": ScreenChannel(kind="screen")}


class Console(UserFile):
    """Where the page is served. Anything but loopback needs a password."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535, description="0: any free port")
    password: SecretStr | None = Field(default=None, description="of user 'nearcart'; at least 12 characters")
    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#@]+$",
        max_length=300,
        description="under which visitors reach it, such as https://shop.example.com: links to their own pages begin with it",
    )

    @model_validator(mode="after")
    def _password_off_loopback(self) -> "Console":
        password = self.password.get_secret_value() if self.password else ""
        if self.host not in ("127.0.0.1", "::1", "localhost") and len(password) < 12:
            raise ValueError(
                f"console on {self.host} can be reached by others: give it a password of at least 12 characters"
            )
        return self


class Locate(UserFile):
    """How the locator decides on a zone."""

    method: Literal["auto", "grid", "median"] = Field(
        default="auto", description="auto: the grid filter where radio names a calibration, else the loudest median"
    )
    window_s: float = Field(default=3.0, gt=0, le=60, description="median: seconds of packets that it is taken over")
    hysteresis_db: float = Field(
        default=3.0, ge=0, le=40, description="median: dB a zone must be louder by to take over"
    )


class Store(Layout):
    """A whole store.yaml."""

    store: Name
    name: str = Field(min_length=1, max_length=120)
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    currency: Currency
    quiet_hours: QuietHours | None = None
    limits: StoreLimits = StoreLimits()
    hold_out: StoreHoldOut | None = Field(default=None, description="who gets no offer of any campaign")
    assignment_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="the same in every store of a chain: a household has the same slots in all of them",
    )
    abandoned_after: Duration = Field(
        default=timedelta(minutes=30), description="an open cart unchanged for this long is abandoned"
    )
    sources: dict[Name, Source] = Field(default_factory=dict)
    relay: Relay | None = None
    channels: dict[Name, Channel] = Field(default_factory=_usual_channels)
    broker: Broker | None = None
    console: Console = Console()
    locate: Locate = Locate()
    health_data: bool = Field(
        default=False,
        description="edges may publish heart rates of visitors who consented to `health`; nothing else is ever done with them",
    )
    radio: Path | None = Field(default=None, description="what nearcart calibrate wrote, relative to this file")
    offers: Path = Field(default=Path("offers"), description="folder, relative to this file")
    campaigns: Path = Field(default=Path("campaigns"), description="folder, relative to this file")
    shelf: Path | None = Field(
        default=None, description="CSV of what is on the shelf, columns sku, quantity, price; relative to this file"
    )
    coupons: dict[Name, Path] = Field(
        default_factory=dict,
        description="pools of coupon codes: a text file each, one code a line; relative to this file",
    )
    database: Path = Field(default=Path("nearcart.sqlite"), description="file, relative to this file")

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
