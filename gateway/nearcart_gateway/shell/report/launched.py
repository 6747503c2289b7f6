"""The experiments of a campaign, each with the terms that it was launched on."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.problem import allowed_words
from nearcart_contract.report_tables import HELD_OUT, OFFERED, Terms, minor
from nearcart_contract.store_file import Store
from nearcart_gateway.core.offers.assign import SLOTS, Experiment, Shares, experiment_of, shares_of
from nearcart_gateway.shell.report import queries
from nearcart_gateway.shell.storage import revisions
from nearcart_gateway.shell.storage.campaigns_kept import CampaignsKept


class NoReportError(Exception):
    """Why there is nothing to report, in a sentence."""


@dataclass(frozen=True, slots=True)
class Launched:
    """One experiment: its terms, and how slots are drawn in it."""

    terms: Terms
    experiment: Experiment
    campaign: Campaign


def launched(connection: sqlite3.Connection, store: Store, campaign: str, number: int | None, now: float) -> Launched:
    """The newest experiment of a campaign, or its ``number``-th. Raises ``NoReportError``."""
    kept = CampaignsKept(connection)
    runs = [run for run in _runs(connection, campaign) if number is None or run.number == number]
    if not runs:
        raise NoReportError(_nothing(connection, kept, campaign, number))
    run = max(runs, key=lambda each: each.until)
    first, last = kept.of(run.first_revision, campaign), kept.of(revisions.in_force(connection), campaign)
    if last is None or last.experiment != run.number:
        last = kept.of(run.last_revision, campaign)
    if first is None or last is None:
        raise NoReportError(
            f"the file of campaign {campaign} as it was in force was not kept, so its terms are not known"
        )
    shares = shares_of(last)
    salt = revisions.read_assignment_salt(connection)
    drawn = experiment_of(campaign, run.number, shares, salt)
    notes = () if drawn.id == run.id else ("Slots were drawn with another secret than today's, so nobody without an offer or a ghost is counted as assigned.",)  # fmt: skip
    terms = Terms(
        experiment=run.id,
        campaign=campaign,
        name=last.name,
        store=store.name,
        time_zone=store.time_zone,
        currency=store.currency,
        outcome=first.outcome,
        window_s=first.window.total_seconds(),
        tau=float(first.expected_visitors),
        cap=None if first.cap_per_visitor is None else minor(first.cap_per_visitor, store.currency),
        arms=arms_of(shares),
        since=run.since,
        ends=_end(last, store),
        now=now,
        notes=notes,
    )
    return Launched(terms, drawn, last)


def every_experiment(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """(campaign, number) of all that a decision was made in, oldest first."""
    rows = connection.execute(queries.EVERY)
    return list(dict.fromkeys((campaign, _number(experiment)) for campaign, experiment, _ in rows))


def arms_of(shares: Shares) -> tuple[tuple[str, int], ...]:
    """Slots by arm, the hold-out's first; an arm without slots is left out."""
    found = {HELD_OUT: shares.held_out}
    for slot in range(SLOTS - shares.offered, SLOTS):
        arm = shares.variant(slot) or OFFERED
        found[arm] = found.get(arm, 0) + 1
    return tuple((arm, slots) for arm, slots in found.items() if slots)


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    number: int
    since: float
    until: float
    first_revision: str | None
    last_revision: str | None


def _runs(connection: sqlite3.Connection, campaign: str) -> Iterator[_Run]:
    """Every experiment that a decision was made in, by what the decisions say."""
    for experiment, since, until in connection.execute(queries.RUNS, (campaign,)).fetchall():
        values = campaign, experiment
        [(first,), (last,)] = (
            connection.execute(queries.REVISION.format(end), values).fetchone() for end in ("ASC", "DESC")
        )
        yield _Run(experiment, _number(experiment), since, until, first, last)


def _number(experiment: str) -> int:
    return int(experiment.rpartition("#")[2].partition(".")[0])


def _nothing(connection: sqlite3.Connection, kept: CampaignsKept, campaign: str, number: int | None) -> str:
    names = kept.names()
    known = connection.execute(queries.KNOWN, (campaign,)).fetchone()
    if campaign not in names and known is None:
        return (
            f"found campaign '{campaign}', {allowed_words(campaign, names)}" if names else "there are no campaigns yet"
        )
    if number is not None:
        return f"campaign {campaign} has no experiment {number} in which anybody had an offer, or would have had one"
    return f"nobody had an offer of campaign {campaign} yet, or would have had one: there is nothing to compare"


def _end(campaign: Campaign, store: Store) -> float | None:
    """When its last day ends, in the store's time zone."""
    if campaign.ends is None:
        return None
    return datetime.combine(campaign.ends + timedelta(days=1), time(), store.zone_info).timestamp()
