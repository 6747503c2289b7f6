"""What a revision changed: a line for each offer and campaign, in the words of its file."""

from nearcart_gateway.core.offers.revision_changes import changes_between

WINE = "offer: wine\nwhen: {moment: enter}\nsay: Hello\npriority: 5\ngive: {kind: percent, percent: 10}\n"


def told(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, str, str]]:
    return [(change.what, change.name, change.did, change.summary) for change in changes_between(before, after)]


def test_fields_are_told_with_what_they_were_and_are() -> None:
    after = WINE.replace("percent: 10", "percent: 15").replace("say: Hello", "say: {en: Hello, de: Hallo}")
    found = told({"offers/wine.yaml": WINE}, {"offers/wine.yaml": after + "active: false\n"})
    assert found == [
        ("offer", "wine", "changed", "say: Hello → {en: Hello, de: Hallo}, give.percent: 10 → 15, active: false (new)")
    ]


def test_files_that_come_go_and_move() -> None:
    before = {"offers/a.yaml": WINE, "campaigns/c.yaml": "campaign: autumn\nname: A\n"}
    after = {"offers/b.yaml": WINE, "offers/d.yaml": "offer: new\n"}
    assert told(before, after) == [
        ("campaign", "autumn", "removed", ""),
        ("offer", "wine", "changed", "moved from offers/a.yaml"),
        ("offer", "new", "added", ""),
    ]


def test_comments_alone_are_said_to_be_comments() -> None:
    assert told({"offers/a.yaml": WINE}, {"offers/a.yaml": "# why\n" + WINE})[0][3] == "comments or layout only"


def test_the_terms_of_the_store_are_told_by_field() -> None:
    before, after = '{"store": "s", "currency": "EUR"}', '{"store": "s", "currency": "USD"}'
    assert told({"store.yaml": before}, {"store.yaml": after}) == [("store", "s", "changed", "currency: EUR → USD")]


def test_many_fields_are_counted_not_listed() -> None:
    before = "offer: a\n" + "".join(f"f{n}: 1\n" for n in range(9))
    after = before.replace(": 1", ": 2")
    assert told({"offers/a.yaml": before}, {"offers/a.yaml": after})[0][3].endswith("f5: 1 → 2, and 3 more")
