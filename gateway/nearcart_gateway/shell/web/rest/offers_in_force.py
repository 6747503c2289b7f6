"""The offer and campaign files of the revision in force, and a check of a text against them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.names import UserFile
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, Problem, Source, parse_source, source_of
from nearcart_gateway.core.offers.check import CheckedOffers, Documents, check_documents
from nearcart_gateway.shell.offer_files import documents_of
from nearcart_gateway.shell.storage import revisions
from nearcart_gateway.shell.web.rest.models import (
    CampaignFileOut,
    CampaignOut,
    CheckedOut,
    FileMistake,
    OfferFileOut,
    OfferOut,
)
from nearcart_gateway.shell.web.rest.requests import TextToCheck

T = TypeVar("T", bound=UserFile)

NO_REVISION = "none"


@dataclass(frozen=True, slots=True)
class InForce:
    """What a revision holds, by name."""

    revision: str
    offers: dict[str, OfferOut]
    campaigns: dict[str, CampaignOut]


class OffersInForce:
    """Reads a revision once. All methods work on the thread that reads."""

    def __init__(self, store: Store, revision: Callable[[], str], now: Callable[[], float]) -> None:
        self._store = store
        self._revision = revision
        self._now = now
        self._read = InForce(NO_REVISION, {}, {})

    def listed(self, connection: sqlite3.Connection) -> InForce:
        """The offers and campaigns in force."""
        revision = self._revision()
        if self._read.revision != revision:
            self._read = _in_force(revision, _documents(connection, revision))
        return self._read

    def offer(self, connection: sqlite3.Connection, name: str) -> OfferFileOut | None:
        """An offer in force with the text of its file, or ``None`` when there is none of that name."""
        known = self.listed(connection)
        found = known.offers.get(name)
        if found is None:
            return None
        text = _texts(connection, known.revision)[found.file]
        return OfferFileOut(**found.model_dump(), revision=known.revision, text=text)

    def campaign(self, connection: sqlite3.Connection, name: str) -> CampaignFileOut | None:
        """A campaign in force with the text of its file, or ``None`` when there is none of that name."""
        known = self.listed(connection)
        found = known.campaigns.get(name)
        if found is None:
            return None
        text = _texts(connection, known.revision)[found.file]
        return CampaignFileOut(**found.model_dump(), revision=known.revision, text=text)

    def check(self, connection: sqlite3.Connection, wanted: TextToCheck) -> CheckedOut:
        """What is wrong with a text that would stand in a file, among the files in force: as ``nearcart offers check`` says."""
        known = self.listed(connection)
        documents = _documents(connection, known.revision)
        name, problems, checked = self._checked(known, documents, wanted)
        warnings = checked.warnings if checked else ()
        return CheckedOut(
            ok=not problems,
            problems=[_mistake(problem) for problem in problems],
            warnings=[_mistake(warning) for warning in warnings if str(warning.file) == name],
        )

    def _checked(
        self, known: InForce, documents: Documents, wanted: TextToCheck
    ) -> tuple[str, list[Problem], CheckedOffers | None]:
        folder = f"{wanted.kind}s"
        try:
            source = source_of(Path(f"{folder}/{wanted.file or 'new.yaml'}"), wanted.text)
        except FileProblems as error:
            return str(error.problems[0].file), list(error.problems), None
        name = f"{folder}/{wanted.file}" if wanted.file else _file_of(source, known, wanted.kind)
        source = source_of(Path(name), wanted.text)
        offers, campaigns = dict(documents.offers), dict(documents.campaigns)
        (offers if wanted.kind == "offer" else campaigns)[name] = source
        checked = check_documents(self._store, Documents(offers, campaigns), self._now())
        return name, [problem for problem in checked.problems if str(problem.file) == name], checked


def _file_of(source: Source, known: InForce, kind: str) -> str:
    """The file of the offer or campaign that has this name, or a new one."""
    name = source.data.get(kind) if isinstance(source.data, dict) else None
    files: Iterator[tuple[str, str]] = (
        ((offer.offer, offer.file) for offer in known.offers.values())
        if kind == "offer"
        else ((campaign.campaign, campaign.file) for campaign in known.campaigns.values())
    )
    return next((file for known_name, file in files if known_name == name), f"{kind}s/new.yaml")


def _in_force(revision: str, documents: Documents) -> InForce:
    offers = {
        offer.offer: OfferOut(
            offer=offer.offer, campaign=offer.campaign, active=offer.active, priority=offer.priority, file=file
        )
        for file, offer in _parsed(documents.offers.items(), Offer)
    }
    campaigns = {
        campaign.campaign: CampaignOut(campaign=campaign.campaign, name=campaign.name, file=file)
        for file, campaign in _parsed(documents.campaigns.items(), Campaign)
    }
    return InForce(revision, dict(sorted(offers.items())), dict(sorted(campaigns.items())))


def _parsed(sources: Iterable[tuple[str, Source]], model: type[T]) -> Iterator[tuple[str, T]]:
    """Files that this version reads; one that it no longer does is in nobody's way."""
    for file, source in sources:
        try:
            yield file, parse_source(source, model)
        except FileProblems:
            continue


def _texts(connection: sqlite3.Connection, revision: str) -> dict[str, str]:
    kept = revisions.last_good(connection)
    return kept.documents if kept is not None and kept.revision == revision else {}


def _documents(connection: sqlite3.Connection, revision: str) -> Documents:
    return documents_of(_texts(connection, revision))


def _mistake(problem: Problem) -> FileMistake:
    return FileMistake(
        file=str(problem.file), line=problem.line, column=problem.column, field=problem.field, message=problem.message
    )
