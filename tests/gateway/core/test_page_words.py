"""What a visitor's own page says by itself, in every language that it speaks."""

import re
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.page_words.registry import ENGLISH, LANGUAGES, words_accepted, words_for
from nearcart_gateway.core.page_words.words import PageWords

MAY_BE_ALIKE = {"code"}


def filled(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w*)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_fills_in_the_same(language: str) -> None:
    words = LANGUAGES[language]
    assert words.language == language
    for field in fields(PageWords):
        text, english = getattr(words, field.name), getattr(ENGLISH, field.name)
        assert text.strip() == text != "", field.name
        assert filled(text) == filled(english), field.name
        if words is not ENGLISH and field.name not in MAY_BE_ALIKE:
            assert text != english, field.name


@pytest.mark.parametrize(
    ("asked", "spoken"), [("de", "de"), ("DE-at", "de"), ("nl-BE", "nl"), ("pl", "en"), ("", "en"), (None, "en")]
)
def test_she_reads_her_language_or_what_it_is_a_kind_of_or_english(asked: str | None, spoken: str) -> None:
    assert words_for(asked).language == spoken


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pl, en;q=0.3, fr;q=0.7", "fr"),
        ("pl", "en"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("*", "en"),
        (None, "en"),
        ("x" * 10_000, "en"),
        ("de;q=7", "en"),
    ],
)
def test_whose_page_it_is_not_reads_what_the_browser_prefers(header: str | None, spoken: str) -> None:
    assert words_accepted(header).language == spoken


@given(st.text(max_size=600) | st.text(alphabet="dfe;,q=01. -*", max_size=80))
def test_any_header_is_answered_in_some_language(header: str) -> None:
    assert asdict(words_accepted(header))["language"] in LANGUAGES
