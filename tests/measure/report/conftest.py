"""Little worlds whose truth is known, as the tables that a gateway hands over."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from nearcart_contract.report_tables import (
    ASSIGNMENTS,
    ERASED,
    EXPOSURES,
    HELD_OUT,
    OFFERED,
    ORDER_LINES,
    REDEMPTIONS,
    REFUNDS,
    UNITS,
    VISITS,
    WITHHELD,
    Row,
    Source,
    Terms,
)
from nearcart_measure.report.reckon import reckon
from nearcart_measure.report.result import Report
from nearcart_measure.report.tables import load

DAY = 86_400.0
START = 1_790_000_000.0
EXPERIMENT = "autumn#1.ab12"
TERMS = Terms(
    experiment=EXPERIMENT,
    campaign="autumn",
    name="Autumn carts",
    store="Corner Shop",
    time_zone="Europe/Vienna",
    currency="EUR",
    outcome="purchase",
    window_s=7 * DAY,
    tau=2000.0,
    cap=None,
    arms=((HELD_OUT, 2000), (OFFERED, 8000)),
    since=START,
    ends=None,
    now=START + 40 * DAY,
)


@dataclass
class World:
    """Rows of every table; ``terms`` may be changed."""

    terms: Terms = TERMS
    rows: dict[str, list[Row]] = field(default_factory=dict)
    orders: int = 0

    def add(self, table: Any, *row: object) -> None:
        self.rows.setdefault(table.name, []).append(row)

    def moment(self, unit: int, *, held: bool, at: float, arm: str = OFFERED, delivered: bool = True) -> None:
        arm = HELD_OUT if held else arm
        self.add(
            EXPOSURES,
            EXPERIMENT,
            unit,
            arm,
            START + at,
            "wine",
            "phone",
            not held,
            not held and delivered,
            False,
            2000,
            8000,
        )

    def buys(self, unit: int, at: float, *amounts: int, in_store: bool = True, cost: int | None = None) -> None:
        self.orders += 1
        for number, amount in enumerate(amounts):
            first = number == 0
            self.add(ORDER_LINES, unit, self.orders, START + at, in_store, first and sum(amounts) > 0, "W-1", amount, cost if first else None, 0)  # fmt: skip

    def refund(self, unit: int, ordered_at: float, at: float, amount: int) -> None:
        self.add(REFUNDS, unit, START + ordered_at, START + at, True, amount)

    def erased(self, arm: str, day: str, metric: str, units: int, total: int) -> None:
        self.add(ERASED, EXPERIMENT, arm, day, metric, units, 0, total, total * total)

    def report(self, **changed: Any) -> Report:
        source = Source(replace(self.terms, **changed), self.rows)
        return reckon(load(source), source.terms)


def shop(people: int, lift: float, seed: int = 1, base: float = 0.15, hold_out: float = 0.2) -> World:
    """Visitors who come over five weeks; those with the offer buy ``1 + lift`` times as often."""
    draw, world = Random(seed), World()
    for unit in range(1, people + 1):
        held, at = draw.random() < hold_out, draw.random() * 35 * DAY
        world.add(UNITS, unit, "gold" if draw.random() < 0.3 else "", 1)
        world.add(ASSIGNMENTS, EXPERIMENT, unit, HELD_OUT if held else OFFERED, START + at)
        world.add(VISITS, unit, START + at, 600)
        if draw.random() < 0.4:
            world.buys(unit, at - draw.random() * 6 * DAY, 2000)
        if draw.random() < 0.8:
            world.moment(unit, held=held, at=at + 60)
            if draw.random() < base * (1 if held else 1 + lift):
                world.buys(
                    unit, at + 60 + draw.random() * 5 * DAY, round(100 * draw.lognormvariate(3, 0.8)), 250, cost=900
                )
                if not held and draw.random() < 0.5:
                    world.add(REDEMPTIONS, EXPERIMENT, unit, START + at + DAY, 200)
            if draw.random() < 0.3:
                world.add(VISITS, unit, START + at + 2 * DAY, 900)
    world.add(WITHHELD, "autumn", "quiet_hours", 12, EXPERIMENT)
    return world


@pytest.fixture
def world() -> World:
    return World()
