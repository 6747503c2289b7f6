"""Keeps the show fed: new decisions, who is where, and what had to be started again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from nearcart.demo.records import Records
from nearcart.demo.show import Names, Picture, Shopper, Show
from nearcart.demo.stage import Stage
from nearcart_gateway.shell.supervised import Restart
from nearcart_sim.core.world import Whereabouts

_LOOK_EVERY_S = 0.4


class Follower:
    """``restarts`` is filled by whoever supervises; each is said once."""

    def __init__(self, stage: Stage, records: Records, show: Show, names: Names, restarts: Sequence[Restart]) -> None:
        self._stage = stage
        self._records = records
        self._show = show
        self._names = names
        self._zones = stage.folder.store.zones
        self._restarts = restarts
        self._restarts_said = 0
        self._last_decision = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._say_restarts()
            for decision in self._records.decisions(after=self._last_decision):
                self._last_decision = decision.number
                self._show.decided(replace(decision, zone=self._zone(decision.zone)))
            self._show.picture(self._picture())
            await asyncio.sleep(_LOOK_EVERY_S)

    def _say_restarts(self) -> None:
        for restart in self._restarts[self._restarts_said :]:
            self._restarts_said += 1
            self._show.say(f"{restart.name} ended ({restart.cause}) and was started again", trouble=True)

    def _picture(self) -> Picture:
        seen = {visit.visitor: self._zone(visit.zone) or "the shop" for visit in self._records.open_visits()}
        return Picture(
            clock=self._stage.clock(),
            shoppers=[self._shopper(person, seen.get(person.shopper)) for person in self._stage.shop.people()],
            visits=self._records.visit_count(),
            adverts_heard=self._stage.watch.adverts_heard,
            delivered=len(self._stage.phones.by_key()),
        )

    def _shopper(self, person: Whereabouts, seen_in: str | None) -> Shopper:
        return Shopper(self._name(person), self._carries(person), self._zone(person.zone), seen_in)

    def _name(self, person: Whereabouts) -> str:
        return "somebody" if person.kind == "stranger" else f"{self._names(person.shopper)} ({person.shopper})"

    def _carries(self, person: Whereabouts) -> str:
        if person.kind == "shopper":
            return "a tag" if person.shopper in self._stage.enrolled else "a tag, no consent"
        return "staff's tag" if person.kind == "staff" else "a stranger's"

    def _zone(self, zone: str | None) -> str | None:
        known = self._zones.get(zone or "")
        return known.name if known and known.name else zone
