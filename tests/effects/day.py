"""One day of the corner shop twice: shoppers straight into moments, and as radio through edges' and gateway's cores."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from nearcart.replay import Replay
from nearcart_gateway.core.values import Decision
from nearcart_measure.report.result import Report
from nearcart_sim.core.days.adverts import advertisements
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.purchases import VisitOutcome, outcomes
from nearcart_sim.core.economy.occasions import DAY_S
from nearcart_sim.core.economy.orders import cart_event, order_event
from nearcart_sim.shell.scenario_files import load_scenario
from nearcart_sim.shell.scenario_run import layout_text

from .shop import Person, Shop, opened, write_files
from .worlds import WORLDS


@dataclass(frozen=True, slots=True)
class Day:
    """What was decided about whom (sent or ghost), what each bought in minor units, and what the report says."""

    decided: dict[str, str]
    bought: dict[str, int]
    report: Report


class _Till:
    """Carts of the week before, and what everybody buys as she leaves, by what was decided about her."""

    def __init__(self, shop: Shop, found: Iterable[VisitOutcome]) -> None:
        self._shop = shop
        self._leaving = sorted(found, key=lambda each: each.occasion.until, reverse=True)
        self._offers: dict[str, str | None] = {}
        self.decided: dict[str, str] = {}
        self.bought: dict[str, int] = {}
        left = [(each.cart, each.carrier.name) for each in self._leaving if each.cart is not None]
        for cart, name in sorted(left, key=lambda pair: pair[0].at):
            shop.hears(cart_event(name, cart, "EUR", "web"))

    def takes(self, decision: Decision | None) -> None:
        if decision is not None and decision.outcome != "withheld":
            visitor = decision.moment.visitor
            self.decided[visitor] = decision.outcome
            self._offers[visitor] = decision.offer if decision.outcome == "sent" else None

    def until(self, now: float) -> Iterator[VisitOutcome]:
        """Everybody who leaves by ``now`` pays, and is told."""
        while self._leaving and self._leaving[-1].occasion.until <= now:
            outcome = self._leaving.pop()
            name = outcome.carrier.name
            purchase = outcome.buys(self._offers.get(name))
            if purchase is not None:
                self.bought[name] = purchase.amount
                self._shop.hears(order_event(name, 1, purchase, "EUR", "till"))
            yield outcome


def play_day(seed: int, lasts: timedelta, *, radio: bool) -> Day:
    """So much of the corner shop's day, and the report eight days later."""
    scenario = load_scenario("corner-shop").model_copy(update={"economy": WORLDS["effect"].economy()})
    play = Play(scenario, seed, lasts.total_seconds())
    begins, today = play.starts_at_us / 1e6, scenario.starts_at.date()
    found = [each for each in outcomes(play) if each.carrier.role == "shopper"]
    with TemporaryDirectory() as folder:
        write_files(
            Path(folder), seed, layout_text(play.layout), starts=today, ends=today, window="7d", hold_out_percent=50
        )
        people = [Person(identity.id, (identity,)) for identity in play.roster() if not identity.id.startswith("staff")]
        with opened(Path(folder), people, begins - 8 * DAY_S) as shop:
            till = _Till(shop, found)
            (_heard if radio else _told)(shop, till, found, play)
            report = shop.report(begins + 9 * DAY_S)
    return Day(till.decided, till.bought, report)


def _told(shop: Shop, till: _Till, found: list[VisitOutcome], play: Play) -> None:
    """Straight into moments."""
    for outcome in found:
        _leave(shop, till, outcome.occasion.at)
        till.takes(shop.enters(outcome.carrier.name, outcome.occasion.at))
    last = max(outcome.occasion.until for outcome in found)
    _leave(shop, till, last)
    shop.engine.tick(last + 60, shop.changes)
    shop.keep(last + 60)


def _leave(shop: Shop, till: _Till, now: float) -> None:
    for gone in till.until(now):
        shop.leaves(gone.carrier.name, gone.occasion.until)


def _heard(shop: Shop, till: _Till, found: list[VisitOutcome], play: Play) -> None:
    """Through the air, and through the edges."""
    shop.keep(play.starts_at_us / 1e6)
    for step in Replay(shop.engine, play.roster()).run(advertisements(play)):
        for decision in step.changes.decisions:
            till.takes(decision)
        if step.changes.transitions or step.changes.visits or step.changes.decisions:
            shop.keep(step.at, step.changes)
        for _ in till.until(step.at):
            shop.keep(step.at)
    for _ in till.until(float("inf")):
        shop.keep(step.at)
