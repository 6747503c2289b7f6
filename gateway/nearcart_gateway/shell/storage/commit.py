"""One transaction for everything that one step of the engine changed."""

import sqlite3

from nearcart_gateway.core.changes import Changes
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.storage import (
    carts,
    coupons,
    decisions,
    deferrals,
    deliveries,
    erasure,
    ledger,
    merging,
    moments,
    orders,
    presence,
    revisions,
    set_aside,
    source_rows,
    visits,
)


def commit(connection: sqlite3.Connection, changes: Changes, now: float) -> None:
    """Write all of it or nothing. Raises ``sqlite3.Error`` after rolling back.

    A decision that was kept already is dropped from ``changes``, and with it its offer and what it counts.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        presence.write_transitions(connection, changes.transitions)
        presence.write_cursors(connection, list(changes.cursors.values()))
        for change in changes.presences:
            presence.write_presence(connection, change)
        for visit in changes.visits.values():
            visits.write_visit(connection, visit)
        for record in changes.cart_records:
            carts.write_record(connection, record)
        for order in changes.orders.values():
            orders.write_order(connection, order)
        for refund in changes.refunds:
            orders.write_refund(connection, refund, now)
        for withdrawal in changes.withdrawals.values():
            orders.write_withdrawal(connection, withdrawal)
        for key, told_at in changes.withdrawals_told.items():
            orders.withdrawal_told(connection, key, told_at)
        for source, key in changes.hooks:
            carts.remember_hook(connection, source, key, now)
        for kept in changes.set_aside:
            set_aside.write(connection, kept)
        if changes.sources:
            source_rows.write(connection, changes.sources, now)
        for revision in changes.revisions:
            revisions.keep_revision(connection, revision)
        _write_decisions(connection, changes, now)
        if changes.undecided:
            moments.write(connection, changes.undecided)
        _write_ledger(connection, changes)
        for delivery in changes.deliveries:
            deliveries.write_delivery(connection, delivery)
        for receipt in changes.receipts:
            deliveries.write_receipt(connection, receipt)
        _change_people(connection, changes, now)
        crash_point("in_transaction")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _change_people(connection: sqlite3.Connection, changes: Changes, now: float) -> None:
    """Last, so that what was written of her just now is not left behind."""
    for change in changes.people:
        if change.target is None:
            erasure.erase(connection, change.visitor, change.time_zone, change.currency, now)
            crash_point("in_erasure")
        else:
            merging.merge(connection, change.visitor, change.target, now)
            crash_point("in_merge")


def _write_decisions(connection: sqlite3.Connection, changes: Changes, now: float) -> None:
    for decision in list(changes.decisions):
        if not decisions.write_decision(connection, decision):
            changes.decisions.remove(decision)
            changes.offers.pop(decision.key, None)
            changes.through.pop(decision.key, None)
            changes.uses.pop(decision.key, None)
            changes.coupons.pop(decision.key, None)
            changes.deferred.pop(decision.moment.id, None)
            changes.counted["decisions_repeated"] += 1
            continue
        offer = changes.offers.get(decision.key)
        if offer is not None and decision.channel is not None:
            delivery = deliveries.first(decision, offer, now, changes.through.get(decision.key, ()))
            deliveries.write_delivery(connection, delivery)


def _write_ledger(connection: sqlite3.Connection, changes: Changes) -> None:
    """Counts and budgets, in the transaction of the decisions that change them."""
    for use in changes.uses.values():
        ledger.write_use(connection, use)
    for coupon in changes.coupons.values():
        coupons.write_given(connection, coupon)
    for use in changes.settled:
        ledger.settle_use(connection, use)
    for moment in changes.asked_again:
        deferrals.delete_deferred(connection, moment)
    for deferred in changes.deferred.values():
        deferrals.write_deferred(connection, deferred)
