"""What a shop's systems would say of a scenario's people: carts and orders from before their visits, and who is enrolled with which account."""

from collections.abc import Iterator

from nearcart_contract.cart import CartUpdated, OrderCreated
from nearcart_contract.visitors_file import VisitorEntry, VisitorsFile
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.purchases import VisitOutcome, outcomes
from nearcart_sim.core.economy.life import LeftCart, Purchase
from nearcart_sim.core.economy.orders import cart_event, customer_of, order_event

SOURCE = "web"


def cart_lines(play: Play) -> Iterator[str]:
    """Events of the generic webhook, a line each, in order of time: the cart that each left online, or ordered, in the week before."""
    events = [event for each in outcomes(play) if (event := _event(each)) is not None]
    for event in sorted(events, key=lambda event: event.timestamp):
        yield event.model_dump_json(exclude_none=True)


def _event(outcome: VisitOutcome) -> CartUpdated | OrderCreated | None:
    name, currency = outcome.carrier.name, outcome.currency
    match outcome.before:
        case LeftCart() as cart:
            return cart_event(name, cart, currency, SOURCE)
        case Purchase() as purchase:
            return order_event(name, 0, purchase, currency, SOURCE)
    return None


def visitors_file(play: Play) -> VisitorsFile:
    """Whom the store knows, with consent to offers and her account in the shop."""
    staff = {carrier.name for carrier in play.carriers if carrier.role == "staff"}
    return VisitorsFile(
        visitors=tuple(
            VisitorEntry(id=identity.id, kind="staff", identities=(identity,))
            if identity.id in staff
            else VisitorEntry(
                id=identity.id,
                customer=customer_of(identity.id),
                consents=("offers", "measurement"),
                identities=(identity,),
            )
            for identity in play.roster()
        )
    )
