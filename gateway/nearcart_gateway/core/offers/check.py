"""All mistakes of a folder of offers at once, and what is no mistake but surely not meant."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.names import UserFile
from nearcart_contract.offer_file import Give, Offer
from nearcart_contract.offer_message import AmountOff
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, Problem, Source, parse_source
from nearcart_gateway.core.offers.as_written import as_written
from nearcart_gateway.core.offers.check_campaigns import campaign_mistakes, offer_doubts, offer_mistakes
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.offers.doubts import Doubt, doubts
from nearcart_gateway.core.offers.longest import longest_text, shown_by
from nearcart_gateway.core.offers.shadows import shadowed
from nearcart_gateway.core.offers.stacked import TOO_MUCH, WorstDiscount, worst_discount
from nearcart_gateway.core.offers.store_terms import FILE, terms_of
from nearcart_gateway.core.say import SayError

T = TypeVar("T", bound=UserFile)


@dataclass(frozen=True, slots=True)
class Documents:
    """The files of one revision as read, by their name: ``offers/wine.yaml``. ``problems`` are those of reading."""

    offers: Mapping[str, Source] = field(default_factory=dict)
    campaigns: Mapping[str, Source] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def texts(self) -> dict[str, str]:
        """Name to text of every file."""
        return {name: source.text for name, source in sorted({**self.offers, **self.campaigns}.items())}

    def kept_with(self, store: Store) -> dict[str, str]:
        """What is kept of a revision: every file, and what of store.yaml its decisions depend on."""
        return {**self.texts(), FILE: json.dumps(terms_of(store), ensure_ascii=False, sort_keys=True)}

    @property
    def revision(self) -> str:
        """The name of the files alone."""
        return revision_of(self.texts())


def revision_of(texts: Mapping[str, str]) -> str:
    """A short hash of every file's name and text; line ends do not count."""
    digest = hashlib.sha256()
    for name, text in texts.items():
        canonical = "\n".join(text.splitlines())
        digest.update(f"{len(name)}:{name}:{len(canonical)}:{canonical}".encode())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class CheckedOffers:
    """What a folder holds. With ``problems`` it must not go into force; ``warnings`` are for the author's eyes.

    ``worst`` is the most that offers held together take off one cart, ``None`` where no two of them do.
    """

    offers: tuple[Offer, ...]
    campaigns: Mapping[str, Campaign]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    revision: str
    worst: WorstDiscount | None = None

    def compile(self, store: Store, salt: bytes = b"") -> CompiledOffers:
        """The offers ready to decide with. Raises ``FileProblems`` when there are any."""
        if self.problems:
            raise FileProblems(self.problems)
        return compile_offers(store, self.campaigns, self.offers, self.revision, salt)


def check_documents(store: Store, documents: Documents, now: float) -> CheckedOffers:
    """Check every file by itself and against the store and each other. ``now`` is Unix seconds."""
    problems = list(documents.problems)
    campaigns = _parse(documents.campaigns.values(), Campaign, problems)
    offers = _parse(documents.offers.values(), Offer, problems)
    problems += _twice(campaigns, "campaign")
    problems += _twice(offers, "offer")
    by_name = {campaign.campaign: campaign for _, campaign in campaigns}
    names = _campaign_names(documents)
    parsed = {source.file: offer for source, offer in offers}
    told = {(problem.file, problem.line, problem.column) for problem in problems}
    for source in documents.offers.values():
        for problem in as_written(source, store, names, parsed.get(source.file)):
            if (problem.file, problem.line, problem.column) not in told:
                problems.append(problem)
    for source, offer in offers:
        problems += _against_store(source, offer, store)
        problems += [source.problem(loc, message) for loc, message in offer_mistakes(offer, by_name, store)]
    for source, campaign in campaigns:
        problems += [source.problem(loc, message) for loc, message in campaign_mistakes(campaign, store)]
    today = datetime.fromtimestamp(now, store.zone_info).date()
    worst = worst_discount(offer for _, offer in offers)
    warnings = _warnings(offers, campaigns, store, by_name, today, worst)
    return CheckedOffers(
        offers=tuple(offer for _, offer in offers),
        campaigns=by_name,
        problems=_sorted(problems),
        warnings=_sorted(warnings),
        revision=revision_of(documents.kept_with(store)),
        worst=worst,
    )


def _parse(sources: Iterable[Source], model: type[T], problems: list[Problem]) -> list[tuple[Source, T]]:
    parsed: list[tuple[Source, T]] = []
    for source in sources:
        try:
            parsed.append((source, parse_source(source, model)))
        except FileProblems as found:
            problems += found.problems
    return parsed


def _twice(parsed: list[tuple[Source, T]], field_name: str) -> Iterable[Problem]:
    """Every name that an earlier file has already."""
    first: dict[str, Source] = {}
    for source, document in parsed:
        name = getattr(document, field_name)
        if name in first:
            yield source.problem((field_name,), f"'{name}' is also the name in {first[name].file}; each needs its own")
        else:
            first[name] = source


def _campaign_names(documents: Documents) -> tuple[str, ...]:
    """Names of all campaigns, those of files with other mistakes too: a mistake is told once, where it is."""
    found = [source.data.get("campaign") for source in documents.campaigns.values() if isinstance(source.data, dict)]
    return tuple(dict.fromkeys(name for name in found if isinstance(name, str)))


def _against_store(source: Source, offer: Offer, store: Store) -> Iterable[Problem]:
    for place in ("in_stock", "price_dropped_percent"):
        if getattr(offer.cart, place) and store.shelf is None:
            message = "asks what is on the shelf here, and store.yaml has no 'shelf: shelf.csv' that would say"
            yield source.problem(("cart", place), message)
    pool = offer.give.pool if offer.give is not None else None
    if pool is not None and pool not in store.coupons:
        message = f"found '{pool}', {_allowed(pool, tuple(store.coupons), 'coupons in store.yaml')}"
        yield source.problem(("give", "pool"), message)
    if isinstance(offer.give, AmountOff) and offer.give.currency != store.currency:
        message = f"found '{offer.give.currency}', allowed: {store.currency}, the currency of store.yaml"
        yield source.problem(("give", "currency"), message)


def _allowed(found: str, words: tuple[str, ...], what: str) -> str:
    return allowed_words(found, words) if words else f"but there are no {what} yet"


def _warnings(
    offers: list[tuple[Source, Offer]],
    campaigns: list[tuple[Source, Campaign]],
    store: Store,
    by_name: Mapping[str, Campaign],
    today: date,
    worst: WorstDiscount | None,
) -> Iterable[Problem]:
    for source, campaign in campaigns:
        if campaign.ends and campaign.ends < today:
            yield source.problem(("ends",), f"ended on {campaign.ends}: none of its offers can be made any more")
    for source, offer in offers:
        campaign_of = by_name.get(offer.campaign or "")
        for loc, message in (*doubts(offer, store, campaign_of, today), *offer_doubts(offer, campaign_of)):
            yield source.problem(loc, message)
        for loc, message in _too_long(offer, store):
            yield source.problem(loc, message)
    yield from _among(offers, store, by_name, today, worst)


def _too_long(offer: Offer, store: Store) -> Iterable[Doubt]:
    """Texts that a channel of the offer would cut, filled with the longest words they could meet."""
    shows = shown_by(offer, store)
    if shows is None or not offer.active:
        return
    says: list[tuple[tuple[str, ...], str | dict[str, str], Give | None]] = [(("say",), offer.say, offer.give)]
    for name, variant in offer.variants.items():
        if variant.say is not None:
            says.append((("variants", name, "say"), variant.say, variant.give or offer.give))
    for place, say, give in says:
        for language, text in {"": say}.items() if isinstance(say, str) else say.items():
            try:
                length = len(longest_text(text, offer, give, store))
            except SayError:
                continue
            if length > shows[0]:
                loc = (*place, language) if language else place
                yield loc, f"may be {length} characters long, and channel {shows[1]} shows {shows[0]}"


def _among(
    offers: list[tuple[Source, Offer]],
    store: Store,
    by_name: Mapping[str, Campaign],
    today: date,
    worst: WorstDiscount | None,
) -> Iterable[Problem]:
    """What is surely not meant among the offers of a folder."""
    sources = {offer.offer: source for source, offer in offers}
    for offer, by in shadowed((offer for _, offer in offers), by_name, store, today):
        goes_first = f"{by.offer} (priority {by.priority}) goes first whenever it could be made"
        yield sources[offer.offer].problem(("priority",), f"can never win: {goes_first}")
    if worst is not None and worst.percent >= TOO_MUCH:
        yield sources[worst.offers[0]].problem(("give",), worst.sentence(store.currency))


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (str(problem.file), problem.line, problem.column)))
