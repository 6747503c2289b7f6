"""A folder of offers: every mistake at once with its place, every doubt, and a revision of what was read."""

from pathlib import Path
from typing import Any

import pytest

from nearcart_contract.yaml_file import FileProblems, source_of
from nearcart_gateway.core.offers.check import CheckedOffers, Documents, check_documents

OFFER = "offer: wine\nwhen: {moment: dwell, zones: [wine], dwell: 5s}\nsay: Hello\n"
CAMPAIGN = "campaign: autumn\nname: Autumn\n"
TRIED = "campaign: tried\nname: Tried\nvariants: {long: {}, short: {weight: 2}}\n"


def documents(offers: dict[str, str], campaigns: dict[str, str] | None = None) -> Documents:
    def sources(kind: str, texts: dict[str, str]) -> dict[str, Any]:
        return {f"{kind}/{name}.yaml": source_of(Path(f"{kind}/{name}.yaml"), text) for name, text in texts.items()}

    return Documents(sources("offers", offers), sources("campaigns", campaigns or {}))


def checked(shop: Any, *offers: str, campaigns: tuple[str, ...] = (), **store: Any) -> CheckedOffers:
    by_name = {chr(ord("a") + number): text for number, text in enumerate(offers)}
    read = documents(by_name, {str(number): text for number, text in enumerate(campaigns)})
    return check_documents(shop.store(**store), read, shop.now)


def with_lines(*lines: str) -> str:
    keys = {line.split(":")[0] for line in lines}
    return "\n".join([*(row for row in OFFER.splitlines() if row.split(":")[0] not in keys), *lines]) + "\n"


def test_a_good_folder_compiles(shop: Any) -> None:
    found = checked(shop, OFFER + "campaign: autumn\n", campaigns=(CAMPAIGN,))
    assert (found.problems, found.warnings) == ((), ())
    compiled = found.compile(shop.store())
    assert (len(compiled), compiled.revision) == (1, found.revision)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["when: {moment: enter, zones: [entrance, wien]}"], "3:41  when.zones[1]: found 'wien', allowed: entrance, wine, cheese; did you mean 'wine'?"),
        (["when: {moment: enter, zone_tags: [drink]}"], "found 'drink', allowed: drinks, fresh; did you mean 'drinks'?"),
        (["when: {moment: move, zones: [wine], from_zones: [chese]}"], "when.from_zones[0]: found 'chese', allowed: entrance, wine, cheese; did you mean 'cheese'?"),
        (["when: {moment: move, zones: [wine], press: [press]}"], "when: 'press' belongs to moment press, and this is move"),
        (["when: {moment: press, press: [duble_press]}"], "did you mean 'double_press'?"),
        (["when: {moment: return, zones: [wine]}"], "when: a return is told at the door"),
        (["when: {moment: return, away: {at_least: 3d, at_most: 2d}}"], "when.away: at_least is longer than at_most"),
        (["when: {moment: return, away: {}}"], "when.away: write at_least, at_most or both"),
        (["who: {visits: {period: 30d}}"], "who.visits: write at_least, at_most or both"),
        (["who: {visits: {period: 500d, at_least: 2}}"], "who.visits: the period of visits is from 1h to 400d"),
        (["who: {visits: {period: 30d, at_least: 101}}"], "who.visits.at_least: found 101, allowed: at most 100"),
        (["who: {segments: [vip], not_segments: [vip]}"], "who: 'vip' stands in segments and in not_segments"),
        (["who: {languages: [german]}"], "who.languages[0]: found 'german', allowed: a language such as de or de-AT"),
        (["who: {teir: [gold]}"], "who.teir: unknown field 'teir', allowed: customer, segments, not_segments, tier"),
        (["cart: {in_stock: true}"], "4:18  cart.in_stock: asks what is on the shelf here, and store.yaml has no 'shelf: shelf.csv'"),
        (["cart: {price_dropped_percent: 0}"], "cart.price_dropped_percent: found 0, allowed: more than 0"),
        (["cart: {abandoned_for: 2h}"], "cart.abandoned_for: found a single value, allowed: fields below it: at_least, at_most" ),
        (["give: {kind: percent, percent: 10, maximun: 5}"], "4:36  give.maximun: unknown field 'maximun', allowed: applies_to, code, kind, percent, maximum, pool; did you mean 'maximum'?"),
        (["give: {kind: gfit, gift: Cheese}"], "give.kind: found 'gfit', allowed: percent, amount, gift, free_shipping, points; did you mean 'gift'?"),
        (["give: {kind: points, points: 0}"], "give.points: found 0, allowed: more than 0"),
        (["give: {kind: points, points: 50, applies_to: {}}"], "give.applies_to: write categories, skus or both"),
        (["give: {kind: points, points: 50, code: A, pool: autumn}"], "'code' is one coupon for all, 'pool' one for each"),
        (["give: {kind: points, points: 50, pool: autumn}"], "give.pool: found 'autumn', but there are no coupons in store.yaml yet"),
        (["give: {kind: gift, gift: Cheese}", "say: 'Take {{ give.points }}'"], "unknown variable 'give.points', allowed: give.gift"),
        (["where: cart.valeu > 2.0"], "4:8  where: unknown variable 'cart.valeu'"),
        (["through: [phone, sreen]"], "4:18  through[1]: found 'sreen', allowed: phone, screen; did you mean 'screen'?"),
        (["campaign: autum"], "4:11  campaign: found 'autum', allowed: autumn, tried; did you mean 'autumn'?"),
        (["give: {kind: amount, amount: 5, currency: USD}"], "4:43  give.currency: found 'USD', allowed: EUR, the currency of store.yaml"),
        (["say: 'Your {{ cart.valeu }}'"], "3:6  say: unknown variable 'cart.valeu'"),
        (["say: {en: Hi, de: 'Ihr {{ card.value }}'}"], "3:19  say.de: unknown variable 'card'"),
        (["say: |", "  Hello", "  {{ cart.value"], "3:6  say: not a template: unexpected end of template"),
        (["say: 'Take {{ give.percent }} %'"], "the offer has no 'give:'"),
        (["limits: {per_visitor: {times: 2, period: 401d}}"], "the period of a limit is from 1s to 400d"),
        (["limits: {per_campaign: {times: 2, period: 1d}}"], "4:24  limits.per_campaign: the offer names no campaign"),
        (["variants: {long: {say: Hi}}"], "the offer names no campaign, and variants are a campaign's"),
        (["campaign: autumn", "variants: {long: {say: Hi}}"], "5:18  variants.long: found 'long', but campaign autumn has no variants"),
        (["campaign: tried", "variants: {lnog: {say: Hi}, short: {say: Hi}}"], "found 'lnog', allowed: long, short; did you mean 'long'?"),
        (["campaign: tried", "variants: {long: {say: 'Take {{ give.percent }} %'}, short: {say: Hi}}"], "the offer has no 'give:'"),
        (["campaign: tried", "variants: {long: {give: {kind: amount, amount: 5, currency: USD}}, short: {say: Hi}}"], "variants.long.give.currency: found 'USD', allowed: EUR"),
        (["campaign: tried", "variants: {long: {}, short: {say: Hi}}"], "a variant changes 'say' or 'give', or both"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(shop: Any, lines: list[str], said: str) -> None:
    found = checked(shop, with_lines(*lines), campaigns=(CAMPAIGN, TRIED))
    assert len(found.problems) == 1
    assert said in str(found.problems[0])


def test_a_mistake_within_a_long_text_names_the_texts_line(shop: Any) -> None:
    found = checked(shop, with_lines("say: |", "  Hello", "  {{ cart.valeu }}"))
    assert str(found.problems[0]).endswith("(line 2 of the text)")


def test_mistakes_of_all_files_come_at_once_in_the_order_of_files_and_lines(shop: Any) -> None:
    bad = with_lines("offer: Wine", "through: [fax]")
    unreadable = "campaign: autumn\n"
    found = checked(shop, OFFER + "campaign: autumn\n", bad, OFFER, campaigns=(unreadable,))
    said = [(problem.file.as_posix(), problem.field) for problem in found.problems]
    assert said == [
        ("campaigns/0.yaml", "name"),
        ("offers/b.yaml", "offer"),
        ("offers/b.yaml", "through[0]"),
        ("offers/c.yaml", "offer"),
    ]
    assert "'wine' is also the name in offers/a.yaml" in found.problems[3].message
    with pytest.raises(FileProblems):
        found.compile(shop.store())


def test_without_any_campaign_a_campaign_is_unknown(shop: Any) -> None:
    found = checked(shop, OFFER + "campaign: autumn\n")
    assert str(found.problems[0]).endswith("campaign: found 'autumn', but there are no campaigns yet")


def test_two_campaigns_of_one_name(shop: Any) -> None:
    found = checked(shop, OFFER, campaigns=(CAMPAIGN, CAMPAIGN))
    assert "'autumn' is also the name in campaigns/0.yaml" in str(found.problems[0])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["when: {moment: enter, ends: 2026-09-29}"], "when.ends: ended on 2026-09-29: it can never fire again"),
        (["when: {moment: press, hours: {start: 10:00, end: 10:00}}"], "which is no time at all: it can never fire"),
        (["when: {moment: press, hours: {start: 22:00, end: 08:00}}"], "lies in the store's quiet hours, 21:00 to 09:00"),
        (["when: {moment: press, starts: 2027-02-01}", "campaign: autumn"], "starts after its campaign ended on 2026-12-31"),
        (["when: {moment: press, ends: 2026-10-02}", "campaign: autumn"], "ends before its campaign starts on 2026-10-05"),
        (["cart: {value_at_least: 20, value_at_most: 10}"], "less than value_at_least: it can never fire"),
        (["cart: {items_at_least: 3, items_at_most: 2}"], "less than items_at_least: it can never fire"),
        (["cart: {state: none, categories: [wine]}"], "cart.categories: asks about a cart, but state is none"),
        (["cart: {state: open}", "who: {customer: unknown}"], "only who is known to the online shop has a cart"),
        (["when: {moment: enter}", "through: [screen]"], "a screen needs a zone, and enter has none here"),
        (["when: {moment: exit, zones: [wine]}", "through: [screen]"], "a screen needs a zone, and exit has none here"),
        (["when: {moment: enter, zones: [cellar]}"], "no scanner stands in 'cellar' and it has no polygon"),
        (["when: {moment: enter, zones: [wine, street]}"], "when.zones[1]: 'street' is outside, where nobody visits the store"),
        (["say: 'Your {{ cart.value }}'"], "say: speaks of her cart, which she may not have"),
        (["when: {moment: enter}", "say: 'At {{ zone.name }}'"], "say: speaks of a zone, which may be unknown"),
    ],
)  # fmt: skip
def test_what_is_surely_not_meant_is_a_warning(shop: Any, lines: list[str], said: str) -> None:
    zones = {"entrance": {}, "wine": {}, "cheese": {}, "cellar": {}, "street": {"place": "outside"}}
    quiet = {"start": "21:00", "end": "09:00"}
    campaign = CAMPAIGN + "starts: 2026-10-05\nends: 2026-12-31\n"
    found = checked(shop, with_lines(*lines), campaigns=(campaign,), zones=zones, quiet_hours=quiet)
    assert found.problems == ()
    assert len(found.warnings) == 1
    assert said in str(found.warnings[0])


@pytest.mark.parametrize(
    "lines",
    [
        ["when: {moment: enter, ends: 2026-09-30}"],
        ["when: {moment: enter, hours: {start: 20:00, end: 21:01}}"],
        ["cart: {state: abandoned}", "say: 'Your {{ cart.value }}'"],
        ["say: '{% if cart %}{{ cart.value }}{% else %}Hi{% endif %}'"],
        ["say: 'At {{ zone.name }}'"],
        ["when: {moment: enter, ends: 2020-01-01}", "active: false"],
        ["when: {moment: enter}", "through: [screen, phone]"],
    ],
)
def test_what_may_be_meant_is_none(shop: Any, lines: list[str]) -> None:
    found = checked(shop, with_lines(*lines), quiet_hours={"start": "21:00", "end": "09:00"})
    assert (found.problems, found.warnings) == ((), ())


def test_a_campaign_in_the_past_is_a_warning(shop: Any) -> None:
    found = checked(shop, OFFER, campaigns=(CAMPAIGN + "ends: 2026-09-29\n",))
    assert "none of its offers can be made any more" in str(found.warnings[0])


class TestRevision:
    def test_it_follows_texts_and_names(self) -> None:
        one = documents({"a": OFFER}).revision
        assert one == documents({"a": OFFER}).revision
        assert len(one) == 12
        others = {documents({"b": OFFER}).revision, documents({"a": OFFER + "# x\n"}).revision, documents({}).revision}
        assert one not in others
        assert len(others) == 3

    def test_line_ends_do_not_count(self) -> None:
        assert documents({"a": OFFER}).revision == documents({"a": OFFER.replace("\n", "\r\n")}).revision

    def test_what_moves_from_one_file_to_the_next_counts(self) -> None:
        assert documents({"a": "x: 1\n", "b": "y: 1\n"}).revision != documents({"a": "x: 1\ny: 1\n", "b": ""}).revision


def test_five_hundred_offers_are_checked_at_once(shop: Any) -> None:
    """How fast is benchmarks/offers_check.py's to say."""
    text = """\
offer: wine-{n}
campaign: autumn
when: {{moment: dwell, zones: [wine], dwell: 20s, hours: {{start: 10:00, end: 20:00}}, days: [mon, tue]}}
cart: {{state: abandoned, value_at_least: 20, categories: [wine]}}
give: {{kind: percent, percent: 10}}
stack_group: wine
say: {{en: 'Offer {n}: {{{{ cart.value }}}}', de: 'Angebot {n}: {{{{ cart.value }}}}'}}
limits: {{per_visitor: {{times: 2, period: 7d}}, quiet_after_any: 1h}}
"""
    found = checked(shop, *(text.format(n=number) for number in range(500)), campaigns=(CAMPAIGN,))
    assert (found.problems, found.warnings, len(found.offers)) == ((), (), 500)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("budget: {money: {amount: 100, currency: USD}}", "3:41  budget.money.currency: found 'USD', allowed: EUR"),
        ("budget: {redemptions: 0}", "redemptions"),
        ("variants: {only: {}}", "one variant has nothing to be compared with"),
        ("window: 91d", "window must be from 1m to 90d"),
        ("outcome: clicks", "allowed: purchase, revenue, redemption"),
        ("starts: 2026-10-02\nends: 2026-10-01", "before it starts"),
    ],
)
def test_a_campaigns_mistake_is_told_with_its_place(shop: Any, lines: str, said: str) -> None:
    found = checked(shop, OFFER, campaigns=(CAMPAIGN + lines + "\n",))
    assert len(found.problems) == 1
    assert said in str(found.problems[0])


def test_doubts_about_budgets_and_variants(shop: Any) -> None:
    rich = TRIED + "budget: {money: {amount: 100, currency: EUR}}\n"
    offer = OFFER + "campaign: tried\ngive: {kind: percent, percent: 10}\nvariants: {long: {say: Hi}}\n"
    assert [problem.message for problem in checked(shop, offer, campaigns=(rich,)).warnings] == [
        "without a maximum, only what her cart is worth now is held of the campaign's budget; without a cart it is withheld",
        "says nothing of variant 'short' of campaign tried: it stays as the offer has it",
    ]


def said(found: CheckedOffers) -> list[str]:
    return [str(warning) for warning in found.warnings]


def test_an_offer_that_can_never_win(shop: Any) -> None:
    first = "offer: first\nwhen: {moment: dwell, zone_tags: [drinks], dwell: 5s}\nsay: Hello\npriority: 3\n"
    assert said(checked(shop, OFFER + "priority: 1\n", first)) == [
        "offers/a.yaml:4:11  priority: can never win: first (priority 3) goes first whenever it could be made"
    ]


def test_offers_that_take_half_of_a_cart(shop: Any) -> None:
    give = "give: {kind: percent, percent: 30}\nlimits: {per_visitor: {times: 1, period: 1d}}\n"
    found = checked(shop, OFFER + give, OFFER.replace("offer: wine", "offer: more") + give)
    assert said(found) == [
        "offers/b.yaml:4:7  give: held together, offers take 60.00 EUR off a cart of 100.00 EUR (60 %): more, wine"
    ]


def test_a_text_too_long_for_its_screen(shop: Any) -> None:
    text = "say: {en: Hi, de: '" + "x" * 150 + " {{ cart.value }}'}"
    found = checked(shop, with_lines("cart: {state: open}", text, "through: [phone, screen]"))
    assert said(found) == ["offers/a.yaml:4:19  say.de: may be 162 characters long, and channel screen shows 160"]


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        (["when: {moment: press, days: [sun], starts: 2026-10-05, ends: 2026-10-07}"], "none of these days lies between 2026-10-05 and 2026-10-07"),
        (["when: {moment: return, away: {at_most: 30m}}"], "away for less than an hour has not returned"),
        (["when: {moment: return, away: {at_least: 500d}}"], "visits are remembered for 400 days"),
        (["when: {moment: return}", "through: [screen]"], "a screen needs a zone, and return has none here"),
        (["when: {moment: move, zones: [wine], from_zones: [wine]}"], "nobody moves from a zone into the same"),
        (["cart: {state: open, abandoned_for: {at_least: 1h}}"], "asks for an abandoned cart, but state is open"),
        (["when: {moment: press, hours: {start: 12:00, end: 13:00}}", "limits: {quiet_hours: {start: 11:00, end: 14:00}}"], "all of it lies in its own quiet hours, 11:00 to 14:00"),
        (["cart: {state: none, brands: [A]}"], "asks about a cart, but state is none"),
    ],
)  # fmt: skip
def test_a_combination_that_can_never_fire(shop: Any, lines: list[str], doubt: str) -> None:
    (warning,) = said(checked(shop, with_lines(*lines)))
    assert doubt in warning


def test_a_file_with_mistakes_of_its_own_still_tells_the_others(shop: Any) -> None:
    """All of a folder at once: names, condition and texts are looked at though the file is no offer yet."""
    text = (
        "offer: wine\nwhen: {moment: entr, zones: [wien], zone_tags: [drink]}\nthrough: [sreen]\ncampaign: autum\n"
        "where: cart.valeu > 2.0\nsay: {en: '{{ cart.valeu }} {{ visitor.name }}', de: '{{ 1 + 1 }}'}\npriority: high\n"
    )
    told = [str(problem).partition("  ")[2] for problem in checked(shop, text, campaigns=(CAMPAIGN,)).problems]
    starts = [
        "when.moment: found 'entr'",
        "when.zones[0]: found 'wien', allowed: entrance, wine, cheese; did you mean 'wine'?",
        "when.zone_tags[0]: found 'drink', allowed: drinks, fresh; did you mean 'drinks'?",
        "through[0]: found 'sreen'",
        "campaign: found 'autum', allowed: autumn; did you mean 'autumn'?",
        "where: unknown variable 'cart.valeu'",
        "say.en: unknown variable 'cart.valeu'",
        "say.en: unknown variable 'visitor.name'",
        "say.de: 'add' is not allowed in a text",
        "priority: found 'high'",
    ]
    assert len(told) == len(starts)
    for said, start in zip(told, starts, strict=True):
        assert said.startswith(start)


@pytest.mark.parametrize(
    "text", ["", "- a\n", "x\n", "when: [enter]\nsay: 3\nthrough: {a: b}\nwhere: [a]\n", "when: {zones: [[wien], 3]}\n"]
)
def test_what_is_not_like_an_offer_at_all_is_only_that(shop: Any, text: str) -> None:
    assert all("found 'wien'" not in str(problem) for problem in checked(shop, text).problems)


def test_a_mistake_at_one_place_is_told_once(shop: Any) -> None:
    found = checked(shop, with_lines("when: {moment: enter, zones: [Wine!]}"))
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("visitor.tier = 'gold'", "write == to compare"),
        ("cart.count > 1 and visitor.known", "write && for and"),
        ("visitor.tier == “gold”", "write straight quotes"),
    ],
)
def test_a_condition_as_other_languages_write_it(shop: Any, where: str, hint: str) -> None:
    [problem] = checked(shop, with_lines(f'where: "{where}"')).problems
    assert problem.message.endswith(hint) or hint in problem.message


def test_a_right_condition_with_such_words_in_its_text_is_right(shop: Any) -> None:
    assert checked(shop, with_lines("where: \"visitor.tier != 'black and = white'\"")).problems == ()


def test_a_language_that_nobody_has_is_doubted(shop: Any) -> None:
    [doubt] = checked(shop, with_lines("say: {en: Hi, deutsch: Hallo, de-AT: Servus}")).warnings
    assert str(doubt).endswith("say.deutsch: nobody's language is called 'deutsch': write one such as de or de-AT")
