"""A shop with people in it, for the watch: what eight scanners hear of them, and faults that begin at a time."""

import math
from dataclasses import dataclass, field
from random import Random

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.scanner_health.watch import ScannerWatch

WIDTH, HEIGHT = 24.0, 12.0
SHOP = Layout.model_validate(
    {
        "floor": {"width": WIDTH, "height": HEIGHT},
        "scanners": {
            f"s{column}{row}": {"x": 3 + 6 * column, "y": 3 + 6 * row, "z": 2.6, "zone": f"s{column}{row}"}
            for column in range(4)
            for row in range(2)
        },
    }
)
WEAKEST_DBM = -96
Fault = float | tuple[float, float] | str
"""dB added to what it hears, a place it was moved to, or ``"dead"``."""


@dataclass(slots=True)
class Shopper:
    x: float
    y: float
    to: tuple[float, float]
    power: float
    waits: float = 0.0
    leaves_at: float = 0.0


@dataclass
class Traffic:
    """Seconds of ``people`` in the shop through a watch. ``fault``: what is wrong with a scanner from now on. ``wall_db``: what a wall across
    the middle takes from whatever goes through it."""

    watch: ScannerWatch
    seed: int
    people: int = 6
    wall_db: float = 0.0
    fault: dict[str, Fault] = field(default_factory=dict)
    alive: frozenset[str] = frozenset(SHOP.scanners)
    now: float = 0.0
    found_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._own = {name: self._random.gauss(0, 3) for name in SHOP.scanners}
        self._shadow = {name: _waves(self._random) for name in SHOP.scanners}
        self._moved_shadow = _waves(Random(self.seed + 999))
        self._inside: dict[str, Shopper] = {}
        self._came = 0

    def run(self, seconds: float) -> None:
        """Let people shop; what the watch says is noted with the time."""
        end = self.now + seconds
        while self.now < end:
            self.now += 1
            self._come_and_go()
            for name, shopper in self._inside.items():
                self._walk(shopper)
                if self.watch.looking:
                    self._tell(name, shopper)
            if self.watch.due(self.now):
                self.watch.tick(self.now, self.alive)
            for trouble in self.watch.troubles:
                self.found_at.setdefault((trouble.scanner, trouble.kind), self.now)

    def _come_and_go(self) -> None:
        self._inside = {name: who for name, who in self._inside.items() if who.leaves_at > self.now}
        while len(self._inside) < self.people:
            self._came += 1
            stays = self.now + self._random.uniform(300, 1500)
            self._inside[f"v{self._came}"] = Shopper(12, 11, self._place(), self._random.gauss(0, 4), 0.0, stays)

    def _place(self) -> tuple[float, float]:
        return self._random.uniform(0.5, WIDTH - 0.5), self._random.uniform(0.5, HEIGHT - 0.5)

    def _walk(self, shopper: Shopper) -> None:
        if shopper.waits > 0:
            shopper.waits -= 1
            return
        dx, dy = shopper.to[0] - shopper.x, shopper.to[1] - shopper.y
        far = math.hypot(dx, dy)
        if far < 0.8:
            shopper.to, shopper.waits = self._place(), self._random.uniform(5, 90)
        else:
            shopper.x, shopper.y = shopper.x + dx / far * 0.8, shopper.y + dy / far * 0.8

    def _tell(self, name: str, shopper: Shopper) -> None:
        for scanner, plan in SHOP.scanners.items():
            fault = self.fault.get(scanner)
            if fault == "dead" or self._random.random() < 0.35:
                continue
            place = fault if isinstance(fault, tuple) else (plan.x, plan.y)
            metres = math.dist((shopper.x, shopper.y, 1.2), (*place, plan.z))
            level = -60 + shopper.power + self._own[scanner] - 20 * math.log10(max(metres, 0.5))
            level -= self.wall_db if (shopper.x < WIDTH / 2) != (place[0] < WIDTH / 2) else 0.0
            level += self._off_law(scanner, shopper) + self._random.gauss(0, 4.5)
            level += fault if isinstance(fault, float) else 0.0
            if self._random.random() < 0.1:
                level -= 10  # somebody stands between
            if level >= WEAKEST_DBM:
                self.watch.hear(name, scanner, round(level))

    def _off_law(self, scanner: str, shopper: Shopper) -> float:
        """4 dB of shadowing that belongs to the place; from where a scanner was moved to, the room has other shadows."""
        waves = self._moved_shadow if isinstance(self.fault.get(scanner), tuple) else self._shadow[scanner]
        return 4 * math.sqrt(2 / len(waves)) * sum(
            math.sin(per_m * 6.28 * (shopper.x * math.cos(way) + shopper.y * math.sin(way)) / 2 + way * 7 + phase)
            for per_m, way, phase in waves
        )  # fmt: skip


def _waves(random: Random) -> list[tuple[float, float, float]]:
    return [(random.uniform(0.15, 0.6), random.uniform(0, 6.28), random.uniform(0, 6.28)) for _ in range(6)]
