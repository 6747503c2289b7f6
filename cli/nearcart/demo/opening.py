"""Before the doors open: visitors are enrolled, and their online carts come in by webhook as shops send them."""

import hashlib
from datetime import UTC, datetime

from nearcart.demo.options import DemoError
from nearcart.demo.shop_folder import ShopFolder
from nearcart_contract.visitors_file import VisitorEntry
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.database import DatabaseError, connect
from nearcart_sim.core.scenario import Scenario
from nearcart_sim.shell.carts import CartSender, HookRefusedError


def on_roster(entry: VisitorEntry) -> bool:
    """Whether edges are told of her: without any consent her device stays a stranger; staff are known."""
    return entry.kind == "staff" or bool(entry.consents)


def enrol(folder: ShopFolder, scenario: Scenario, seed: int, now: float) -> None:
    """Enrol everybody; ``now`` is the shop's clock. Raises ``DemoError``.

    The store's salt comes from ``seed``, so that the same shoppers have the same pseudonyms and hold-out in every run.
    """
    salt = hashlib.sha256(f"demo salt {seed}".encode()).hexdigest()[:32]
    try:
        connection = connect(folder.database)
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (salt,))
        for entry in scenario.visitors:
            person = Visitor(
                id=entry.id,
                kind=entry.kind,
                customer=entry.customer,
                language=entry.language,
                consents=frozenset(entry.consents),
            )
            visitors.add(connection, person, entry.identities, now)
        connection.close()
    except (DatabaseError, visitors.VisitorExistsError) as error:
        raise DemoError(f"the shoppers can't be enrolled: {error}") from error


async def send_carts(folder: ShopFolder, scenario: Scenario, page: str, now: float) -> None:
    """Post every cart, as it stands at ``now`` on the shop's clock, until the gateway has it.

    Raises ``DemoError`` when the gateway refuses one.
    """
    carts = scenario.carts(datetime.fromtimestamp(now, UTC))
    async with CartSender(page, folder.store.sources) as sender:
        for cart in carts:
            if cart.source not in folder.store.sources:
                continue
            try:
                await sender.send_cart(cart)
            except HookRefusedError as error:
                raise DemoError(str(error)) from error
