"""A store with a past: the real engine over a random walk of its visitors, on disk as a gateway would have left it."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from nearcart_contract.cart import Cart
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes, PeopleChange, Revision
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import CartChange
from nearcart_gateway.core.spending import NotRedeemedError
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.enrolment import as_enrolled
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_files import check_folder, read_folder
from nearcart_gateway.shell.storage import revisions, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.first_slots import first_slots

NOON = 1_790_762_400.0
STORE = """\
store: corner
name: Corner
time_zone: Europe/Vienna
currency: EUR
zones: {door: {name: Door}, wine: {name: Wine, tags: [drinks]}, cheese: {}}
scanners:
  door: {x: 1, y: 1, zone: door}
  wine: {x: 9, y: 1, zone: wine}
  cheese: {x: 9, y: 9, zone: cheese}
limits: {per_store: {times: 40, period: 1h}, quiet_after_any: 20s}
channels: {phone: {kind: phone}, screen: {kind: screen}}
"""
CAMPAIGN = """\
campaign: autumn
name: Autumn
hold_out_percent: 20
limits: {per_campaign: {times: 12, period: 1h}}
budget: {redemptions: 9, money: {amount: 40, currency: EUR}}
variants: {short: {}, long: {weight: 2}}
"""
OFFERS = {
    "wine": "offer: wine\ncampaign: autumn\npriority: 5\nwhen: {moment: dwell, zones: [wine], dwell: 10s}\n"
    "cart: {state: open}\ngive: {kind: amount, amount: 4, currency: EUR}\nexpires_after: 5m\nstacks: false\n"
    'say: "{{ cart.count }} in your cart."\nlimits: {per_visitor: {times: 1, period: 10m}}\nvariants: {long: {say: Wine}}\n',
    "hello": "offer: hello\nwhen: {moment: enter}\nsay: {en: Hello, de: Servus}\nthrough: [phone]\npriority: 1\n"
    "limits: {per_visitor: {times: 2, period: 30m}}\nwho: {visits: {period: 1d, at_most: 3}}\n",
    "board": "offer: board\nwhen: {moment: enter, zones: [wine, cheese]}\nsay: Look up\nthrough: [screen]\n",
    "tips": "offer: tips\nwhen: {moment: enter, zones: [wine, cheese]}\nsay: Tips\nthrough: [phone]\npriority: 2\n"
    "who: {segments: [regulars]}\n",
    "help": "offer: help\nwhen: {moment: press}\nsay: Somebody comes.\nlimits: {per_offer: {times: 6, period: 10m}}\n",
}


class PastStore:
    """Writes files, walks and commits as a gateway does. Times are Unix seconds; ``now`` goes on with each step."""

    def __init__(self, home: Path, draw: Random, people: int = 5) -> None:
        self.home, self.draw, self.now = home, draw, NOON
        self.config = home / "store.yaml"
        self.config.write_text(STORE)
        for name, text in {
            "campaigns/autumn": CAMPAIGN,
            **{f"offers/{name}": text for name, text in OFFERS.items()},
        }.items():
            self.write(f"{name}.yaml", text)
        self.connection = connect(home / "nearcart.sqlite")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.salt = revisions.store_salt(self.connection)
        self.people = [f"v-{number}" for number in range(people)]
        for number, name in enumerate(self.people):
            self._enrol(name, number)
        self.epoch, self.boot = uuid.UUID(int=draw.getrandbits(128)), uuid.UUID(int=1)
        self.sequence = dict.fromkeys(self.store.scanners, 0)
        self.take_up()

    @property
    def store(self) -> Store:
        return load_yaml(self.config, Store)

    def write(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def take_up(self) -> None:
        """What stands in the folder comes into force, and the engine starts from the database."""
        documents = read_folder(self.home / "offers", self.home / "campaigns")
        checked = check_folder(self.store, self.home / "offers", self.home / "campaigns", self.now)
        kept = documents.kept_with(self.store)
        revisions.keep_revision(self.connection, Revision(checked.revision, self.now, "files", kept))
        self.engine: StoreEngine = load_engine(
            self.store, checked.compile(self.store, self.salt), self.connection, self.now
        )
        self.engine.enrol([as_enrolled(visitor) for visitor in visitors.everybody(self.connection)])

    def walk(self, steps: int) -> None:
        for _ in range(steps):
            self.now += self.draw.choice((0.5, 2.0, 6.0, 11.0, 40.0))
            changes = Changes()
            self._step(changes)
            self.engine.tick(self.now, changes)
            self.commit(changes)

    def after(self, seconds: float, *heard: tuple[str, str, str]) -> None:
        """So much later these are heard: (``enter``, ``exit``, ``press`` or ``stand``, who, scanner)."""
        self.now += seconds
        changes = Changes()
        for kind, who, edge in heard:
            if kind == "stand":
                self._stand(who, edge, changes)
            else:
                self._hear(kind, who, changes, edge)
        self.engine.tick(self.now, changes)
        self.commit(changes)

    def erase(self, who: str) -> None:
        """As she asked for (GDPR, Art. 17); she is not met again."""
        changes = Changes()
        self.engine.forget(who, [f"c-{who}"], changes)
        changes.people.append(PeopleChange(who, None, self.store.time_zone, self.store.currency))
        self._gone(who, changes)

    def merge(self, who: str, target: str) -> None:
        """Two were one person."""
        changes = Changes()
        self.engine.merge(who, target, first_slots(self.connection, (who, target)), self.now, changes)
        changes.people.append(PeopleChange(who, target))
        self._gone(who, changes)

    def _gone(self, who: str, changes: Changes) -> None:
        self.commit(changes)
        self.people.remove(who)

    def walk_nothing(self, seconds: float) -> None:
        """Time goes on and nobody is heard."""
        changes = Changes()
        self.now += seconds
        self.engine.tick(self.now, changes)
        self.commit(changes)

    def commit(self, changes: Changes) -> None:
        if changes:
            commit(self.connection, changes, self.now)

    def rows(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()

    def close(self) -> None:
        self.connection.close()

    def _step(self, changes: Changes) -> None:
        who = self.draw.choice(self.people)
        what = self.draw.random()
        if what < 0.3:
            self._hear("enter", who, changes)
        elif what < 0.4:
            self._hear("exit", who, changes)
        elif what < 0.55:
            self._hear("press", who, changes)
        elif what < 0.85:
            self._stand(who, self.draw.choice(tuple(self.store.scanners)), changes)
        elif what < 0.95:
            self._cart(who, changes)
        else:
            self._redeem(changes)

    def _hear(self, kind: str, who: str, changes: Changes, edge: str | None = None) -> None:
        if edge is None:
            edge = self.draw.choice(tuple(self.store.scanners)) if kind == "exit" else "door"
        self.sequence[edge] += 1
        more: dict[str, Any] = {"cause": "silence"} if kind == "exit" else {"rssi": -60}
        stamp = Stamp(at=self.now, monotonic=self.now, boot=self.boot)
        transition = Transition(
            sequence=self.sequence[edge],
            kind=kind,  # type: ignore[arg-type]
            identity=f"t-{who}",
            scanner=edge,
            stamp=stamp,
            **more,
        )
        batch = PresenceBatch(
            epoch=self.epoch, after=self.sequence[edge] - 1, oldest=1, sent=stamp, transitions=(transition,)
        )
        self.engine.take_batch(edge, batch, self.now, changes)

    def _stand(self, who: str, edge: str, changes: Changes) -> None:
        sample = Sample(identity=f"t-{who}", scanner=edge, packets=((0, -40), (200, -41)))
        stamp = Stamp(at=self.now, monotonic=self.now, boot=self.boot)
        self.engine.take_samples(edge, Samples(sent=stamp, samples=(sample,)), self.now, changes)

    def _cart(self, who: str, changes: Changes) -> None:
        item = {"sku": "W-1", "title": "Zweigelt", "categories": ["Wine"], "quantity": 1, "unit_price": "9.50"}
        cart = Cart.model_validate(
            {
                "id": f"cart-{who}",
                "source": "web",
                "customer": f"c-{who}",
                "items": [item] * self.draw.randrange(3),
                "updated_at": datetime.fromtimestamp(self.now, UTC),
            }
        )
        changes.cart_records += self.engine.carts.apply(CartChange(cart), self.now)

    def _redeem(self, changes: Changes) -> None:
        held = [use for who in self.people for use in self.engine.ledger.spending.holds(who, self.now)]
        if not held:
            return
        use = self.draw.choice(held)
        try:
            if self.draw.random() < 0.5:
                self.engine.redeem(use, self.now, changes)
            else:
                self.engine.give_back(use, self.now, changes)
        except NotRedeemedError:
            return

    def _enrol(self, name: str, number: int) -> None:
        visitor = Visitor(
            name,
            customer=f"c-{name}",
            consents=frozenset({"offers"}),
            language=("en", "de")[number % 2],
            segments=frozenset({"regulars"}) if number % 3 == 0 else frozenset(),
        )
        identity = {"kind": "ibeacon", "uuid": "f7826da6-4fa2-4e98-8024-bc5b71e0893e", "major": 1, "minor": number}
        parsed = visitors.parse_identity({**identity, "id": f"t-{name}"})
        visitors.add(self.connection, visitor, [parsed], self.now)
