"""Mistakes in an offer's names, condition and texts, as they stand in its file: told also where the file has others."""

from collections.abc import Iterable, Iterator
from typing import Any

from nearcart_contract.offer_file import Offer
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import Problem, Source
from nearcart_gateway.core.offers.where import WhereError, check_where
from nearcart_gateway.core.say import VARIABLES, give_parts, text_mistakes

Location = tuple[str | int, ...]


def as_written(source: Source, store: Store, campaigns: tuple[str, ...], offer: Offer | None) -> Iterator[Problem]:
    """``offer`` is the file's, where it is one: what it gives says what a text may speak of."""
    yield from _names(source, store, campaigns)
    where = _at(source, "where")
    if isinstance(where, str):
        try:
            check_where(where)
        except WhereError as error:
            yield source.problem(("where",), str(error))
    gives = VARIABLES["give"] if offer is None else give_parts(offer.give)
    for loc, text in _texts(source):
        for mistake in text_mistakes(text, gives):
            within = f" (line {mistake.line} of the text)" if "\n" in text.strip() else ""
            yield source.problem(loc, mistake.message + within)


def _names(source: Source, store: Store, campaigns: tuple[str, ...]) -> Iterator[Problem]:
    """Zones, tags, channels and the campaign that are nowhere else."""
    tags = tuple(dict.fromkeys(tag for zone in store.zones.values() for tag in zone.tags))
    yield from _unknown(source, ("when", "zones"), store.zone_names, "there are no zones in store.yaml yet")
    yield from _unknown(source, ("when", "from_zones"), store.zone_names, "there are no zones in store.yaml yet")
    no_tags = "no zone of store.yaml has tags yet: write 'tags: [{}]' on those that are meant"
    yield from _unknown(source, ("when", "zone_tags"), tags, no_tags)
    yield from _unknown(source, ("through",), tuple(store.channels), "there are no channels in store.yaml yet")
    campaign = _at(source, "campaign")
    if isinstance(campaign, str) and campaign not in campaigns:
        allowed = allowed_words(campaign, campaigns) if campaigns else "but there are no campaigns yet"
        yield source.problem(("campaign",), f"found '{campaign}', {allowed}")


def _unknown(source: Source, place: Location, allowed: tuple[str, ...], none: str) -> Iterator[Problem]:
    """Words of a list that are not allowed in it; ``none`` says so where nothing would be."""
    words = _at(source, *place)
    for index, word in enumerate(words if isinstance(words, list) else ()):
        if isinstance(word, str) and word not in allowed:
            said = allowed_words(word, allowed) if allowed else f"but {none.format(word)}"
            yield source.problem((*place, index), f"found '{word}', {said}")


def _texts(source: Source) -> Iterable[tuple[Location, str]]:
    say = _at(source, "say")
    texts = (
        {(): say}
        if isinstance(say, str)
        else {(name,): text for name, text in say.items()}
        if isinstance(say, dict)
        else {}
    )
    return [(("say", *name), text) for name, text in texts.items() if isinstance(text, str)]


def _at(source: Source, *path: str | int) -> Any:
    value = source.data
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
