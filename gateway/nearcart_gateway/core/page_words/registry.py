"""Which languages a visitor's own page speaks: one line each."""

import re
from collections.abc import Iterable

from nearcart_gateway.core.page_words import de, en, es, fr, it, nl
from nearcart_gateway.core.page_words.words import PageWords

LANGUAGES: dict[str, PageWords] = {
    "en": en.WORDS,
    "de": de.WORDS,
    "fr": fr.WORDS,
    "es": es.WORDS,
    "it": it.WORDS,
    "nl": nl.WORDS,
}

ENGLISH = LANGUAGES["en"]

_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,30})?\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def words_for(language: str | None) -> PageWords:
    """In a language, or in what it is a kind of (``de`` of ``de-AT``), else English."""
    return LANGUAGES.get((language or "").casefold().partition("-")[0], ENGLISH)


def words_accepted(header: str | None) -> PageWords:
    """What a browser prefers of the languages there are, by its ``Accept-Language`` (RFC 9110, section 12.5.4)."""
    wanted = sorted(_ranges((header or "")[:500].split(",")), key=lambda pair: -pair[1])
    return next((LANGUAGES[name] for name, weight in wanted if name in LANGUAGES and weight > 0), ENGLISH)


def _ranges(parts: Iterable[str]) -> Iterable[tuple[str, float]]:
    for part in parts:
        found = _RANGE.fullmatch(part)
        if found:
            yield found[1].casefold(), float(found[2] or 1)
