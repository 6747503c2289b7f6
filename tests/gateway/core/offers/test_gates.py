"""Every gate: what it stops, what it lets pass, and what it says."""

from typing import Any, ClassVar

import pytest

from nearcart_gateway.core.offers.gates.cart import effective_state


def test_active(shop: Any) -> None:
    assert shop.verdict(shop.offer(active=False)) == ("active", "silent: the offer is switched off")


class TestConsent:
    def test_without_consent_to_offers_nothing_is_said(self, shop: Any) -> None:
        only_measured = shop.visitor(consents=frozenset({"measurement"}))
        decision = shop.decide(visitor=only_measured)
        assert (decision.gate, decision.reason) == ("consent", "silent: no consent to offers")
        assert decision.considered[0].observed == "consents: measurement"

    def test_nobody_unknown_is_offered_anything(self, shop: Any) -> None:
        assert shop.verdict(visitor=None) == ("consent", "silent: nobody is enrolled by this name")


def test_staff(shop: Any) -> None:
    assert shop.verdict(visitor=shop.visitor(kind="staff")) == ("staff", "silent: staff are never offered anything")


def test_too_old(shop: Any) -> None:
    late, in_time = shop.moment(at=shop.now - 75), shop.moment(at=shop.now - 60)
    assert shop.verdict(moment=late) == ("too_old", "silent: heard of it 75 s late")
    assert shop.verdict(moment=in_time)[0] is None


class TestClockUnknown:
    @pytest.mark.parametrize(
        "when",
        [
            {"hours": {"start": "08:00", "end": "20:00"}},
            {"days": ["wed"]},
            {"starts": "2026-09-01"},
            {"ends": "2026-12-31"},
        ],
    )
    def test_hours_days_and_dates_wait_for_the_clock(self, shop: Any, when: dict[str, Any]) -> None:
        offer = shop.offer(when=when)
        assert shop.verdict(offer, clock_synchronised=False)[0] == "clock_unknown"
        assert shop.verdict(offer, clock_synchronised=True)[0] is None

    def test_so_do_quiet_hours_and_dated_campaigns(self, shop: Any) -> None:
        quiet = shop.store(quiet_hours={"start": "21:00", "end": "09:00"})
        dated = (shop.campaign(ends="2026-12-31"),)
        assert shop.verdict(store=quiet, clock_synchronised=False)[0] == "clock_unknown"
        offer = shop.offer(campaign="autumn")
        assert shop.verdict(offer, campaigns=dated, clock_synchronised=False)[0] == "clock_unknown"

    def test_what_needs_no_clock_goes_on(self, shop: Any) -> None:
        assert shop.verdict(clock_synchronised=False)[0] is None

    def test_a_wrong_clock_is_never_given_as_a_wrong_hour(self, shop: Any) -> None:
        offer = shop.offer(when={"hours": {"start": "08:00", "end": "09:00"}})
        assert shop.verdict(offer, clock_synchronised=False)[0] == "clock_unknown"


@pytest.mark.parametrize(
    ("dates", "gate", "reason"),
    [
        ({"starts": "2026-10-01"}, True, "starts on 2026-10-01"),
        ({"starts": "2026-09-30"}, False, ""),
        ({"ends": "2026-09-30"}, False, ""),
        ({"ends": "2026-09-29"}, True, "ended on 2026-09-29"),
    ],
)
def test_dates_of_offer_and_campaign_include_both_days(
    shop: Any, dates: dict[str, str], gate: bool, reason: str
) -> None:
    of_offer = shop.verdict(shop.offer(when=dates))
    of_campaign = shop.verdict(shop.offer(campaign="autumn"), campaigns=(shop.campaign(**dates),))
    assert of_offer[0] == ("offer_dates" if gate else None)
    assert of_campaign[0] == ("campaign_dates" if gate else None)
    if gate:
        assert of_offer[1] == f"silent: the offer {reason}"
        assert of_campaign[1] == f"silent: campaign autumn {reason}"


def test_a_date_is_the_stores_and_not_utc(shop: Any) -> None:
    just_after_midnight = shop.at(2026, 10, 1, 0, 30)  # 22:30 UTC on 30 September
    assert shop.verdict(shop.offer(when={"starts": "2026-10-01"}), now=just_after_midnight)[0] is None


def test_days(shop: Any) -> None:
    assert shop.verdict(shop.offer(when={"days": ["wed"]}))[0] is None
    assert shop.verdict(shop.offer(when={"days": ["sat", "sun"]})) == ("days", "silent: only on sat, sun")


def test_after_midnight_a_window_belongs_to_the_day_it_began_on(shop: Any) -> None:
    friday_night = shop.offer(when={"days": ["fri"], "hours": {"start": "22:00", "end": "02:00"}})
    friday, saturday = shop.at(2026, 10, 2, 1), shop.at(2026, 10, 3, 1)
    assert shop.verdict(friday_night, now=friday)[0] == "days"
    assert shop.verdict(friday_night, now=saturday)[0] is None


@pytest.mark.parametrize(("hour", "minute", "passes"), [(9, 59, False), (10, 0, True), (19, 59, True), (20, 0, False)])
def test_hours_include_their_start_and_not_their_end(shop: Any, hour: int, minute: int, passes: bool) -> None:
    offer = shop.offer(when={"hours": {"start": "10:00", "end": "20:00"}})
    gate, reason = shop.verdict(offer, now=shop.at(2026, 9, 30, hour, minute))
    assert gate == (None if passes else "hours")
    if not passes:
        assert reason == "silent: only from 10:00 to 20:00"


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"), [(20, 59, False), (21, 0, True), (0, 0, True), (8, 59, True), (9, 0, False)]
)
def test_quiet_hours_pass_midnight(shop: Any, hour: int, minute: int, quiet: bool) -> None:
    store = shop.store(quiet_hours={"start": "21:00", "end": "09:00"})
    gate, reason = shop.verdict(store=store, now=shop.at(2026, 9, 30, hour, minute))
    assert gate == ("quiet_hours" if quiet else None)
    if quiet:
        assert reason == "silent: quiet hours until 09:00"


def test_probability(shop: Any) -> None:
    offer = shop.offer(when={"probability": 0.6})
    unsure, sure = shop.moment(probability=0.42), shop.moment(probability=0.6)
    assert shop.verdict(offer, moment=unsure) == ("probability", "silent: only 42% sure where she is, needs 60%")
    assert shop.verdict(offer, moment=sure)[0] is None


def test_customer(shop: Any) -> None:
    nameless = shop.visitor(customer=None)
    known, unknown = shop.offer(who={"customer": "known"}), shop.offer(who={"customer": "unknown"})
    assert shop.verdict(known)[0] is None
    assert shop.verdict(known, visitor=nameless) == ("customer", "silent: the online shop does not know her")
    assert shop.verdict(unknown)[0] == "customer"
    assert shop.verdict(unknown, visitor=nameless)[0] is None


class TestCartState:
    @pytest.mark.parametrize(
        ("wanted", "cart", "reason"),
        [
            ("open", {}, None),
            ("open", {"age_s": 1800}, "the cart is abandoned, not open"),
            ("open", None, "no cart"),
            ("abandoned", {"age_s": 1800}, None),
            ("abandoned", {"age_s": 1799}, "the cart is still open, not abandoned"),
            ("abandoned", {"state": "abandoned", "age_s": 1}, None),
            ("abandoned", {"state": "ordered", "age_s": 9999}, "no cart"),
            ("abandoned", {"state": "empty", "age_s": 9999}, "no cart"),
            ("none", None, None),
            ("none", {"state": "ordered"}, None),
            ("none", {}, "the cart is still open"),
            ("any", None, None),
            ("any", {}, None),
        ],
    )
    def test_what_an_offer_asks_of_the_cart(self, shop: Any, wanted: str, cart: Any, reason: str | None) -> None:
        known = None if cart is None else shop.cart(**cart)
        gate, told = shop.verdict(shop.offer(cart={"state": wanted}), cart=known)
        found = gate, told.partition("; the cart was last heard of")[0]
        assert found == ((None, "sent: wine through phone") if reason is None else ("cart_state", f"silent: {reason}"))

    def test_a_platforms_clock_that_runs_ahead_makes_no_cart_younger(self, shop: Any) -> None:
        ahead = shop.cart(age_s=-3600, received_s=1800)
        assert effective_state(ahead, shop.now, shop.store().abandoned_after) == "abandoned"

    def test_a_webhook_that_comes_late_does_not_make_it_younger_either(self, shop: Any) -> None:
        late = shop.cart(age_s=7200, received_s=1)
        assert effective_state(late, shop.now, shop.store().abandoned_after) == "abandoned"

    def test_while_our_clock_is_unknown_only_the_time_since_the_arrival_counts(self, shop: Any) -> None:
        cart = shop.cart(age_s=7200, received_s=1)
        assert effective_state(cart, shop.now, shop.store().abandoned_after, clock_synchronised=False) == "open"


def test_a_value_is_never_compared_across_currencies(shop: Any) -> None:
    offer = shop.offer(cart={"value_at_least": 20})
    assert shop.verdict(offer, cart=shop.cart(currency="USD")) == (
        "currency",
        "silent: the cart is in USD, the store sells in EUR",
    )
    assert shop.verdict(offer, cart=shop.cart(currency="EUR"))[0] is None
    assert shop.verdict(offer, cart=shop.cart(currency=None))[0] is None
    assert shop.verdict(shop.offer(), cart=shop.cart(currency="USD"))[0] is None


@pytest.mark.parametrize(
    ("rule", "value", "passes"),
    [
        ({"value_at_least": "30"}, None, True),
        ({"value_at_least": "30.01"}, None, False),
        ({"value_at_most": "30"}, None, True),
        ({"value_at_most": "29.99"}, None, False),
        ({"value_at_least": "30.01"}, "31.5", True),
        ({"value_at_most": "100"}, "1e900", False),
    ],
)
def test_cart_value_counts_the_platforms_total_or_else_the_items(
    shop: Any, rule: dict[str, str], value: str | None, passes: bool
) -> None:
    gate, _ = shop.verdict(shop.offer(cart=rule), cart=shop.cart(value=value))
    assert gate == (None if passes else "cart_value")


def test_without_a_cart_there_is_no_value(shop: Any) -> None:
    assert shop.verdict(shop.offer(cart={"value_at_least": 1}))[0] == "cart_value"


def test_cart_items_counts_pieces(shop: Any) -> None:
    assert shop.verdict(shop.offer(cart={"items_at_least": 2}), cart=shop.cart())[0] is None
    assert shop.verdict(shop.offer(cart={"items_at_least": 3}), cart=shop.cart()) == (
        "cart_items",
        "silent: the cart holds 2 of 3 items",
    )

    assert shop.verdict(shop.offer(cart={"items_at_most": 2}), cart=shop.cart())[0] is None
    assert shop.verdict(shop.offer(cart={"items_at_most": 1}), cart=shop.cart()) == (
        "cart_items",
        "silent: the cart holds 2 items, at most 1 are meant",
    )
    assert shop.verdict(shop.offer(cart={"items_at_least": 2, "items_at_most": 2}), cart=shop.cart())[0] is None


def test_cart_category_is_the_same_in_upper_and_lower_case(shop: Any) -> None:
    assert shop.verdict(shop.offer(cart={"categories": ["beer", "wINE"]}), cart=shop.cart())[0] is None
    decision = shop.decide(shop.offer(cart={"categories": ["cheese", "bread"]}), cart=shop.cart())
    assert decision.reason == "silent: nothing of category cheese or bread in the cart"
    assert (decision.gate, decision.considered[0].observed) == ("cart_category", "Wine")


def test_cart_sku_is_matched_to_the_letter(shop: Any) -> None:
    assert shop.verdict(shop.offer(cart={"skus": ["W-1"]}), cart=shop.cart())[0] is None
    assert shop.verdict(shop.offer(cart={"skus": ["w-1"]}), cart=shop.cart())[0] == "cart_sku"
    assert shop.verdict(shop.offer(cart={"skus": ["W-1"]}))[0] == "cart_sku"


class TestPerVisitorLimit:
    @pytest.mark.parametrize(
        ("period", "reason"),
        [
            ("7d", "had 2 of 2 this week"),
            ("30d", "had 2 of 2 in 30 days"),
            ("1h", "had 2 of 2 in the last hour"),
            ("2h", "had 2 of 2 in 2 hours"),
        ],
    )
    def test_it_says_how_many_she_had(self, shop: Any, period: str, reason: str) -> None:
        offer = shop.offer(limits={"per_visitor": {"times": 2, "period": period}})
        shop.ledger.load([("anna", "wine", None, shop.now - 60), ("anna", "wine", None, shop.now - 120)])
        assert shop.verdict(offer) == ("per_visitor_limit", f"silent: {reason}")

    def test_the_period_slides(self, shop: Any) -> None:
        offer = shop.offer(limits={"per_visitor": {"times": 1, "period": "1d"}})
        shop.ledger.add("anna", "wine", None, shop.moment().at)
        assert shop.verdict(offer, now=shop.now + 86_399)[0] == "per_visitor_limit"
        assert shop.verdict(offer, now=shop.now + 86_400)[0] is None

    def test_other_offers_and_other_visitors_do_not_count(self, shop: Any) -> None:
        offer = shop.offer(limits={"per_visitor": {"times": 1, "period": "1d"}})
        shop.ledger.load([("anna", "cheese", None, shop.now - 1), ("bea", "wine", None, shop.now - 1)])
        assert shop.verdict(offer)[0] is None


def test_quiet_after_any(shop: Any) -> None:
    offer = shop.offer(limits={"quiet_after_any": "10m"})
    shop.ledger.add("anna", "cheese", None, shop.moment().at)
    assert shop.verdict(offer, now=shop.now + 30) == ("quiet_after_any", "silent: had an offer 30 s ago")
    assert shop.verdict(offer, now=shop.now + 599) == ("quiet_after_any", "silent: had an offer 9 min ago")
    assert shop.verdict(offer, now=shop.now + 600)[0] is None


class TestChannel:
    """Whether any way out reaches her; the decision then takes the first that does."""

    BOTH: ClassVar = {"phone": {"kind": "phone"}, "screen": {"kind": "screen"}}

    def said(self, shop: Any, through: list[str], *, zone: str | None = "wine", **visitor: Any) -> tuple[Any, ...]:
        offer = shop.offer(through=through, when={"moment": "press"})
        moment = shop.moment(kind="press", zone=zone, dwell_s=None)
        store = shop.store(channels=self.BOTH)
        decision = shop.decide(offer, store=store, moment=moment, visitor=shop.visitor(**visitor))
        return decision.gate, decision.channel, decision.reason

    def test_a_screen_needs_a_zone_and_a_phone_does_not(self, shop: Any) -> None:
        assert self.said(shop, ["screen"])[:2] == (None, "screen")
        assert self.said(shop, ["screen"], zone=None) == ("channel", None, "silent: no screen where she is")
        assert self.said(shop, ["screen", "phone"], zone=None)[:2] == (None, "phone")

    def test_a_channel_that_she_did_not_agree_to_is_passed_over(self, shop: Any) -> None:
        only_phone = {"consents": frozenset({"offers/phone"})}
        assert self.said(shop, ["screen", "phone"], **only_phone)[:2] == (None, "phone")
        assert self.said(shop, ["screen"], **only_phone) == ("channel", None, "silent: no consent to its channels")
        refused = {"refused": frozenset({"offers/phone"})}
        assert self.said(shop, ["phone"], **refused) == ("channel", None, "silent: no consent to its channels")
        assert self.said(shop, ["phone", "screen"], **refused)[:2] == (None, "screen")

    def test_one_that_store_yaml_does_not_have_any_more_is_passed_over(self, shop: Any) -> None:
        assert self.said(shop, ["fax", "phone"])[:2] == (None, "phone")
        assert self.said(shop, ["fax"])[0] == "channel"
