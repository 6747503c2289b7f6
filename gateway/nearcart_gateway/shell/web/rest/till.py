"""The till: codes used and given back, purchases reported, cancelled and read."""

from decimal import Decimal

from fastapi import APIRouter, Response

from nearcart_contract.cart import CartItem, Order, UsedCoupon
from nearcart_gateway.core.email_customer import by_loyalty
from nearcart_gateway.core.orders import OrderRecord
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import decisions, orders, visitor_pages
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.till import (
    SOURCE,
    NoSuchOfferError,
    NoSuchOrderError,
    OtherOrderError,
    RefusedError,
    Settled,
    Shown,
)
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import Caller, Cashier
from nearcart_gateway.shell.web.rest.models import OrderOut, OrdersOut, RedemptionOut, RefundOut, utc
from nearcart_gateway.shell.web.rest.parts import ApiParts, Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import (
    DecisionId,
    GivenBack,
    OrderId,
    Purchase,
    Redemption,
    Use,
    VisitorId,
)
from nearcart_gateway.shell.writer import NotCommittedError

routes = APIRouter(prefix=PREFIX, tags=["till"])


@routes.post(
    "/redemptions",
    status_code=201,
    summary="Use an offer by its code, once; sent again for the same order it changes nothing and answers 200",
    responses={**declared(404, 409), 200: {"model": RedemptionOut, "description": "used already, just so"}},
)
async def redeem(parts: Parts, caller: Cashier, body: Redemption, response: Response) -> RedemptionOut:
    settled = await _used(parts, Shown(body.code, visitor=body.visitor), body)
    response.status_code = 200 if settled.repeated else 201
    return _redemption(parts, caller, settled)


@routes.post(
    "/decisions/{decision}/redemption",
    status_code=201,
    summary="Use an offer without a code, once, by the number of its decision",
    responses={**declared(404, 409), 200: {"model": RedemptionOut, "description": "used already, just so"}},
)
async def redeem_decision(
    parts: Parts, caller: Cashier, decision: DecisionId, body: Use, response: Response
) -> RedemptionOut:
    settled = await _used(parts, await _by_number(parts, decision), body)
    response.status_code = 200 if settled.repeated else 201
    return _redemption(parts, caller, settled)


@routes.post(
    "/redemptions/give-back",
    summary="Give back what was used by mistake, or not wanted; its part of the budget is free again",
    responses=declared(404, 409),
)
async def give_back(parts: Parts, caller: Cashier, body: GivenBack) -> RedemptionOut:
    return _redemption(parts, caller, await _given_back(parts, Shown(body.code, visitor=body.visitor)))


@routes.delete(
    "/decisions/{decision}/redemption",
    summary="Give back what was used by the number of its decision",
    responses=declared(404, 409),
)
async def give_back_decision(parts: Parts, caller: Cashier, decision: DecisionId) -> RedemptionOut:
    return _redemption(parts, caller, await _given_back(parts, await _by_number(parts, decision)))


@routes.post(
    "/orders",
    status_code=201,
    summary="Report a purchase; sent again with the same content it changes nothing and answers 200",
    responses={**declared(404, 409), 200: {"model": OrderOut, "description": "reported already, just so"}},
)
async def report(parts: Parts, _caller: Cashier, body: Purchase, response: Response) -> OrderOut:
    visitor = await _buyer(parts, body)
    household = None if visitor is not None else await _household(parts, body.loyalty)
    order = Order(
        id=body.id,
        source=SOURCE,
        customer=body.customer or (visitor.customer if visitor else household),
        currency=body.currency or parts.store.currency,
        total=Decimal(body.total),
        cost=_money(body.cost),
        items=tuple(
            CartItem(
                sku=item.sku,
                title=item.title,
                categories=tuple(item.categories),
                quantity=item.quantity,
                unit_price=Decimal(item.unit_price),
            )
            for item in body.items
        ),
        coupons=tuple(UsedCoupon(code=used.code, amount=_money(used.amount)) for used in body.coupons),
        placed_at=body.placed_at,
    )
    try:
        record, new = await parts.till.report(order, visitor.id if visitor else None)
    except NotCommittedError as error:
        raise _busy() from error
    except OtherOrderError as error:
        raise ProblemError(409, f"Order '{body.id}' was reported with other content. Nothing was changed.") from error
    response.status_code = 201 if new else 200
    return _order(parts, record, ())


@routes.post(
    "/orders/{order}/cancel",
    summary="Cancel a purchase that the till reported; the codes it used are given back",
    responses=declared(404),
)
async def cancel(parts: Parts, _caller: Cashier, order: OrderId) -> OrderOut:
    try:
        record = await parts.till.cancel(order)
    except NotCommittedError as error:
        raise _busy() from error
    except NoSuchOrderError as error:
        raise ProblemError(404, f"The till reported no order '{order}'.") from error
    return _order(parts, record, ())


@routes.get(
    "/visitors/{visitor}/orders", summary="Her purchases in any shop, the newest first", responses=declared(404)
)
async def list_orders(parts: Parts, _caller: Cashier, visitor: VisitorId) -> OrdersOut:
    customer = (await _visitor(parts, visitor)).customer
    found = await parts.database.read(
        lambda connection: [
            (record, orders.read_refunds(connection, record.source, record.id))
            for record in orders.read_of_visitor(connection, visitor, customer)
        ]
    )
    return OrdersOut(items=[_order(parts, record, refunds) for record, refunds in found])


async def _used(parts: ApiParts, shown: Shown, body: Use) -> Settled:
    order = None if body.order is None else f"{SOURCE}:{body.order}"
    try:
        return await parts.till.redeem(shown, _money(body.amount), order, late=body.late)
    except NotCommittedError as error:
        raise _busy() from error
    except (NoSuchOfferError, RefusedError) as error:
        raise _refused(error) from error


async def _given_back(parts: ApiParts, shown: Shown) -> Settled:
    try:
        return await parts.till.give_back(shown)
    except NotCommittedError as error:
        raise _busy() from error
    except (NoSuchOfferError, RefusedError) as error:
        raise _refused(error) from error


async def _by_number(parts: ApiParts, decision: int) -> Shown:
    key = await parts.database.read(lambda connection: decisions.key_of(connection, decision))
    if key is None:
        raise ProblemError(404, f"There is no decision {decision}. GET {PREFIX}/decisions lists them.")
    return Shown(key=key)


async def _buyer(parts: ApiParts, body: Purchase) -> Visitor | None:
    """Who bought, by her id or her loyalty number; ``None`` for somebody who is not known."""
    if body.visitor is not None:
        return await _visitor(parts, body.visitor)
    if body.loyalty is None:
        return None
    loyalty = body.loyalty
    return await parts.database.read(lambda connection: visitor_pages.with_loyalty(connection, loyalty))


async def _household(parts: ApiParts, loyalty: str | None) -> str | None:
    """The customer id of several who share a loyalty number; of a number that nobody has nothing is kept."""
    if loyalty is None:
        return None
    shared = await parts.database.read(lambda connection: visitor_pages.is_shared(connection, loyalty))
    return by_loyalty(loyalty) if shared else None


async def _visitor(parts: ApiParts, visitor: str) -> Visitor:
    try:
        return (await parts.database.read(lambda connection: visitor_pages.one(connection, visitor))).visitor
    except UnknownVisitorError as error:
        raise ProblemError(404, f"Nobody is enrolled as '{visitor}'. GET {PREFIX}/visitors lists who is.") from error


def _money(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _refused(error: Exception) -> ProblemError:
    return ProblemError(404 if isinstance(error, NoSuchOfferError) else 409, str(error))


def _busy() -> ProblemError:
    return ProblemError(503, "Nothing could be written, and nothing happened. Try again.", headers={"Retry-After": "2"})


def _redemption(parts: ApiParts, caller: Caller, settled: Settled) -> RedemptionOut:
    use = settled.use
    return RedemptionOut(
        offer=use.offer,
        campaign=use.campaign,
        state=use.state,
        visitor=None if use.visitor is None else parts.ref(use.visitor, caller),
        amount=str(use.money),
        currency=parts.store.currency,
        made_at=utc(use.at),
        settled_at=None if use.settled_at is None else utc(use.settled_at),
    )


def _order(
    parts: ApiParts, record: OrderRecord, refunds: "list[tuple[str, str | None, float]] | tuple[()]"
) -> OrderOut:
    order = record.order
    return OrderOut(
        id=record.id,
        source=record.source,
        state=record.state,
        placed_at=None if record.placed_at is None else utc(record.placed_at),
        total=None if order is None else str(order.total),
        currency=(order.currency if order else None) or parts.store.currency,
        coupons=[] if order is None else [used.code for used in order.coupons],
        refunds=[
            RefundOut(amount=amount, currency=currency or parts.store.currency, at=utc(at))
            for amount, currency, at in refunds
        ],
    )
