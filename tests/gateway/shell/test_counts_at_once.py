"""Many at once through the one writer of a real database: eight threads, each as fast as it can; no limit gives way by one."""

import asyncio
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.writer import Writer

THREADS, EACH = 8, 25
BOOT = UUID(int=1)


async def test_a_limit_and_a_budget_hold_when_everybody_comes_at_once(tmp_path: Path) -> None:
    scanners = {f"edge-{number}": {"x": number, "y": 1, "zone": "door"} for number in range(THREADS)}
    fields = {"store": "corner", "name": "Corner", "time_zone": "UTC", "currency": "EUR", "scanners": scanners}
    store = Store.model_validate(fields)
    limits = {"per_offer": {"times": 37, "period": "1h"}}
    give = {"kind": "amount", "amount": 1, "currency": "EUR"}
    rows: list[dict[str, Any]] = [
        {"offer": "first", "priority": 1, "limits": limits},
        {"offer": "paid", "campaign": "autumn", "give": give},
    ]
    parsed = [Offer.model_validate({"when": {"moment": "enter"}, "say": "Hello", **row}) for row in rows]
    budget = {"redemptions": 41, "money": {"amount": 41, "currency": "EUR"}}
    autumn = Campaign.model_validate({"campaign": "autumn", "name": "Autumn", "budget": budget})
    offers = compile_offers(store, {"autumn": autumn}, parsed, "r1", b"salt")
    connection, clock = connect(tmp_path / "store.sqlite"), StoreClock()
    now = clock.now()
    for number in range(THREADS * EACH):
        carried = {"id": f"t-{number}", "kind": "ibeacon", "uuid": str(UUID(int=7)), "major": 1, "minor": number}
        visitors.add(
            connection, Visitor(f"v-{number}", consents=frozenset({"offers"})), [visitors.parse_identity(carried)], now
        )

    async def committed(_changes: Changes) -> None:
        return

    writer = Writer(lambda now: load_engine(store, offers, connection, now), connection, clock, committed)
    running = asyncio.create_task(writer.run())
    loop = asyncio.get_running_loop()

    def edge(number: int) -> None:
        """Every one of its visitors, each batch sent twice, as by a broker that repeats itself."""
        for sequence in range(1, EACH + 1):
            batch = batch_of(number, sequence, now)

            def apply(engine: StoreEngine, changes: Changes, batch: PresenceBatch = batch) -> None:
                engine.take_batch(f"edge-{number}", batch, clock.now(), changes)

            for _ in range(2):
                asyncio.run_coroutine_threadsafe(writer.commit(apply), loop).result(30)

    threads = [threading.Thread(target=edge, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])
    running.cancel()
    await asyncio.wait({running})
    told = dict(connection.execute("SELECT offer, count(*) FROM decisions WHERE outcome = 'sent' GROUP BY offer"))
    assert told == {"first": 37, "paid": 41}
    decided = connection.execute("SELECT count(*), count(DISTINCT visitor) FROM decisions").fetchone()
    assert decided == (THREADS * EACH, THREADS * EACH)
    connection.close()


def batch_of(edge: int, sequence: int, now: float) -> PresenceBatch:
    stamp = Stamp(at=now, monotonic=now, boot=BOOT)
    identity = f"t-{edge * EACH + sequence - 1}"
    transition = Transition(sequence=sequence, kind="enter", identity=identity, scanner=f"edge-{edge}", stamp=stamp)
    return PresenceBatch(epoch=UUID(int=edge + 1), after=sequence - 1, oldest=1, sent=stamp, transitions=(transition,))
