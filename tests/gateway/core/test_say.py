"""What an offer may say, what it may not, and what it costs."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_contract.offer_message import AmountOff, PercentOff
from nearcart_gateway.core.money import money
from nearcart_gateway.core.say import MAX_ITEMS, MAX_TEXT, SayError, Words, check_text, compile_say, text_mistakes


def say(shop: Any, text: Any, **given: Any) -> str:
    words = Words(
        given.get("visitor", shop.visitor()),
        shop.moment(zone=given.get("zone", "wine")),
        given.get("cart", shop.cart()),
        given.get("give"),
        shop.store(),
    )
    return compile_say(text).render(words)[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "Hello"),
        ("{{ store.name }} / {{ zone.name }} / {{ visitor.language }}", "Corner Shop / Wine / en"),
        ("{{ cart.count }} pieces, {{ cart.value }}", "2 pieces, 30.00 EUR"),
        ("{{ cart.items | first }}", "Zweigelt"),
        ("{{ cart.items | join(' and ') | upper }}", "ZWEIGELT"),
        ("{% for item in cart.items %}{{ item }};{% endfor %}", "Zweigelt;"),
        ("{% if cart.count > 1 %}all{% else %}it{% endif %}", "all"),
        ("{{ 'two' if cart.count == 2 else 'many' }}", "two"),
        ("  \n Hello \n", "Hello"),
        ("<b>{{ zone.name }}</b>", "<b>Wine</b>"),
    ],
)
def test_variables_are_filled_in(shop: Any, text: str, said: str) -> None:
    assert say(shop, text) == said


def test_a_benefit_is_written_as_people_read_it(shop: Any) -> None:
    assert say(shop, "{{ give.percent }} %", give=PercentOff(percent=Decimal("10.00"))) == "10 %"
    assert say(shop, "{{ give.amount }}", give=AmountOff(amount=Decimal(5), currency="EUR")) == "5.00 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("42.5", "EUR", "42.50 EUR"),
        ("0.125", "EUR", "0.12 EUR"),
        ("500", "JPY", "500 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("1e900", "EUR", "1e+900 EUR"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("language", "said"), [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("pt-BR", "pt-BR"), ("pt", "en"), ("fr", "en")]
)
def test_her_language_is_chosen_else_its_base_else_english(shop: Any, language: str, said: str) -> None:
    texts = {"de": "de", "en": "en", "pt-BR": "pt-BR"}
    assert say(shop, texts, visitor=shop.visitor(language=language)) == said


def test_without_english_the_first_is_said(shop: Any) -> None:
    assert say(shop, {"tr": "Merhaba", "de": "Hallo"}, visitor=shop.visitor(language="fr")) == "Merhaba"


def test_an_if_asks_for_what_may_not_be_there(shop: Any) -> None:
    text = "{% if cart and cart.count > 1 %}{{ cart.value }}{% elif zone %}{{ zone.name }}{% else %}Hello{% endif %}"
    assert say(shop, text) == "30.00 EUR"
    assert say(shop, text, cart=None) == "Wine"
    assert say(shop, text, cart=None, zone=None) == "Hello"
    assert say(shop, "{% if not cart %}Hello{% endif %}", cart=None) == "Hello"


@pytest.mark.parametrize(
    "text", ["{{ cart.value }}", "{% for item in cart.items %}x{% endfor %}", "{{ cart.items | first }}"]
)
def test_what_is_not_there_can_not_be_said(shop: Any, text: str) -> None:
    with pytest.raises(SayError, match="the text can't be made"):
        say(shop, text, cart=None)


def test_an_empty_text_is_not_said(shop: Any) -> None:
    with pytest.raises(SayError, match="the text is empty"):
        say(shop, "{% if cart %}{{ cart.value }}{% endif %}", cart=None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{{ card.value }}", "unknown variable 'card', allowed: visitor, zone, cart, give, store; did you mean 'cart'?"),
        ("{{ cart.valeu }}", "unknown variable 'cart.valeu', allowed: cart.value, cart.count, cart.items; did you mean"),
        ("{{ cart }}", "'cart' alone says nothing; write cart.value or the like"),
        ("{{ cart.value | uper }}", "unknown filter 'uper', allowed: capitalize"),
        ("{{ cart.value ", "not a template: unexpected end of template"),
        ("{% if cart.value %}", "not a template"),
        ("{{ cart.items() }}", "'call' is not allowed in a text"),
        ("{{ ''.__class__ }}", "'.__class__' does not follow a variable"),
        ("{{ cart.__class__ }}", "unknown variable 'cart.__class__'"),
        ("{{ cart.value.x.y }}", "'.y' does not follow a variable"),
        ("{{ cart['value'] }}", "'getitem' is not allowed"),
        ("{{ 'a' * 1000000000 }}", "'mul' is not allowed"),
        ("{{ 2 ** 100000000 }}", "'pow' is not allowed"),
        ("{% for i in range(100000000) %}{% endfor %}", "a loop goes over cart.items"),
        ("{% for a in cart.items %}{% for b in cart.items %}{% endfor %}{% endfor %}", "not inside another"),
        ("{% for a in cart.items recursive %}{% endfor %}", "neither 'if' nor 'recursive'"),
        ("{% if cart.value > 50 %}x{% endif %}", "'cart.value' is text, which is not more or less than anything"),
        ("{% set x = 1 %}", "'assign' is not allowed"),
        ("{% macro m() %}{% endmacro %}", "'macro' is not allowed"),
        ("{% include 'x' %}", "'include' is not allowed"),
        ("{{ lipsum }}", "unknown variable 'lipsum'"),
        ("{{ " + "not " * 60 + "1 }}", "too many conditions or brackets inside each other"),
        ("{{ " + "(" * 450 + "1" + ")" * 450 + " }}", "too many"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_before_it_is_ever_said(text: str, sentence: str) -> None:
    with pytest.raises(SayError) as caught:
        check_text(text)
    assert sentence in caught.value.message


def test_a_mistake_names_its_line() -> None:
    with pytest.raises(SayError) as caught:
        check_text("Hello\n\n{{ cart.valeu }}")
    assert caught.value.line == 3


def test_a_text_speaks_only_of_what_the_offer_gives() -> None:
    check_text("{{ give.percent }}", gives=("percent",))
    with pytest.raises(SayError, match=r"unknown variable 'give\.amount', allowed: give\.percent"):
        check_text("{{ give.amount }}", gives=("percent",))
    with pytest.raises(SayError, match=r"the offer has no 'give:'"):
        check_text("{{ give.amount }}", gives=())


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("Hello", set()),
        ("{{ cart.value }} {{ zone.name }}", {"cart", "zone"}),
        ("{% if cart %}{{ cart.value }}{% endif %}", set()),
        ("{% if cart %}x{% else %}{{ cart.value }}{% endif %}", {"cart"}),
        ("{% if cart %}{{ cart.value }}{% else %}{{ cart.value }}{% endif %}", {"cart"}),
    ],
)
def test_a_text_says_what_it_needs(text: str, uses: set[str]) -> None:
    assert check_text(text) == uses


def test_join_is_for_the_items_only(shop: Any) -> None:
    with pytest.raises(SayError, match=r"join is for cart\.items"):
        say(shop, "{{ cart.value | join('xxxx') }}")


def test_a_long_text_is_cut(shop: Any) -> None:
    assert say(shop, "x" * 5000) == "x" * (MAX_TEXT - 1) + "…"


def test_the_costliest_text_of_the_fullest_cart_is_bounded(shop: Any) -> None:
    items = [{"title": "x" * 500, "quantity": 1, "unit_price": 1}] * 1000
    text = "{% for i in cart.items %}" + "{{ cart.items | join }}" * 30 + "{% endfor %}"
    assert len(say(shop, text, cart=shop.cart(items=items))) == MAX_TEXT
    counted = say(shop, "{% for i in cart.items %}.{% endfor %}", cart=shop.cart(items=items))
    assert len(counted) == MAX_ITEMS


@settings(deadline=None)
@given(st.text(alphabet="{}%| .'\"()[]*+~-cartivluefndo0123\n", max_size=60))
def test_any_template_is_either_said_or_a_mistake(text: str) -> None:
    try:
        compile_say(text)
    except SayError as error:
        assert error.message
        assert error.line >= 1


def test_every_mistake_of_a_text_is_told_at_once() -> None:
    text = "{{ cart.valeu }}{% if cart %}{{ cart.items | frist }}{% endif %}\n{{ give.percnt }}{{ 1 + 1 }}"
    told = [(mistake.message.partition(",")[0], mistake.line) for mistake in text_mistakes(text)]
    assert told == [
        ("unknown variable 'cart.valeu'", 1),
        ("unknown filter 'frist'", 1),
        ("unknown variable 'give.percnt'", 2),
        ("'add' is not allowed in a text; variables", 2),
    ]
    assert [mistake.message for mistake in text_mistakes("{{ cart.value }")] == [
        "not a template: unexpected '}'; a variable stands between two braces on each side: {{ cart.value }}"
    ]
    assert text_mistakes("{{ cart.value }}") == ()
