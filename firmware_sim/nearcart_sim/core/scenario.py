"""A scenario is data: who may come, how the doors open, how busy it gets, and what lies in the online carts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nearcart_contract.cart import Cart
from nearcart_contract.visitors_file import VisitorEntry
from nearcart_sim.core.route import Stop
from nearcart_sim.core.shopper import Shopper

Carts = Callable[[datetime], tuple[Cart, ...]]


def _no_carts(_: datetime) -> tuple[Cart, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who comes again and again. ``entry`` is how the store enrols her; ``favourites`` are zones."""

    shopper: Shopper
    entry: VisitorEntry
    favourites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A planned visit: who, seconds since the beginning, and where to."""

    visitor: str
    at: float
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Bustle:
    """How busy the store is. ``mean_gap_s`` seconds between two arrivals, ``rest_s`` before somebody comes back,
    ``stranger_share`` of arrivals whose tag nobody enrolled, ``stay_s`` from shortest to longest at one stop."""

    max_inside: int = 8
    mean_gap_s: float = 4.0
    rest_s: float = 45.0
    stranger_share: float = 0.25
    stay_s: tuple[float, float] = (6.0, 14.0)
    most_stops: int = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """``opening`` is played as written, in order of time; after it people come as ``bustle`` says, for ever."""

    people: tuple[Person, ...]
    opening: tuple[Arrival, ...] = ()
    bustle: Bustle = Bustle()
    carts: Carts = field(default=_no_carts)
    """The online carts at a time of the shop's clock, each with its source's name."""

    @property
    def visitors(self) -> tuple[VisitorEntry, ...]:
        """Whom the store enrols before the doors open."""
        return tuple(person.entry for person in self.people)


def person_by_id(people: Sequence[Person]) -> Mapping[str, Person]:
    return {person.shopper.id: person for person in people}
