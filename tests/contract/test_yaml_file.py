"""Reading the YAML files that people write: what is read, and what each mistake says."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from nearcart_contract.annotation_walk import _leaves, _models
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Layout, Store
from nearcart_contract.yaml_file import FileProblems, Problem, load_yaml, parse_source, read_source, source_of
from nearcart_contract.yaml_tree import MAX_DEPTH, resolve_scalar

OFFER = """\
offer: wine-hello
when: {moment: dwell, zones: [wine], dwell: 20s}
say: Hello
"""
STORE = """\
store: corner-shop
name: Corner shop
time_zone: Europe/Vienna
currency: EUR
scanners:
  entrance: {x: 1, y: 2, zone: entrance}
"""


def problems_of(text: str, model: type[BaseModel] = Offer) -> list[str]:
    """Each mistake as it is printed, without the file's name."""
    with pytest.raises(FileProblems) as caught:
        parse_source(source_of(Path("x.yaml"), text), model)
    return [str(problem).removeprefix("x.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("22:00", "22:00"),
        ("2026-09-30", "2026-09-30"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("-12", -12),
        ("1.5", 1.5),
        (".5e1", 5.0),
        ("-.inf", float("-inf")),
        ("1e3", 1000.0),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = resolve_scalar(text)
    assert (type(found), found) == (type(value), value)


def test_quoted_and_block_text_stays_text() -> None:
    source = source_of(Path("x.yaml"), "a: '12'\nb: \"true\"\nc: |\n  7\nd: !!str 5\n")
    assert source.data == {"a": "12", "b": "true", "c": "7\n", "d": "5"}


def test_every_value_knows_its_line_and_column() -> None:
    source = source_of(Path("x.yaml"), "when:\n  zones:\n    - wine\n    - cheese\n")
    assert source.position(("when", "zones", 1)) == (4, 7)
    assert source.key_position(("when", "zones")) == (2, 3)
    assert source.position(("when", "nothing", "here")) == (2, 3)
    assert str(source.problem(("when", "zones", 1), "no such zone")) == "x.yaml:4:7  when.zones[1]: no such zone"


def test_a_good_file_is_its_model(tmp_path: Path) -> None:
    path = tmp_path / "wine.yaml"
    path.write_text(OFFER)
    offer = load_yaml(path, Offer)
    assert (offer.offer, offer.when.zones, offer.say) == ("wine-hello", ("wine",), "Hello")


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "wine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + OFFER.encode())
    assert load_yaml(path, Offer).offer == "wine-hello"


def test_a_recordings_layout_is_read(tmp_path: Path) -> None:
    path = tmp_path / "layout.yaml"
    path.write_text("# anchors\nscanners:\n  anchor1: {x: 5.48, y: 2.41, z: 2.08, zone: anchor1}\n")
    assert load_yaml(path, Layout).zone_names == ("anchor1",)


def test_anchors_and_aliases_repeat_a_value() -> None:
    text = OFFER.replace("zones: [wine]", "zones: &z [wine], zone_tags: *z")
    assert parse_source(source_of(Path("x.yaml"), text), Offer).when.zone_tags == ("wine",)


def test_all_mistakes_of_a_file_come_at_once_in_their_order() -> None:
    text = "offer: A b\noffer: c\nwhen: {moment: dwel, dayz: [mon]}\nsay: 5\npriority: high\n"
    assert problems_of(text) == [
        "1:8  offer: found 'A b', allowed: a name of 1 to 64 lower-case letters, digits and hyphens",
        "2:1  offer: written twice, first on line 1; keep one",
        "3:16  when.moment: found 'dwel', allowed: enter, dwell, move, exit, return, press; did you mean 'dwell'?",
        "3:22  when.dayz: unknown field 'dayz', allowed: moment, zones, zone_tags, from_zones, dwell, away, press, hours, days, starts, ends, "
        "probability; did you mean 'days'?",
        "4:6  say: found 5, allowed: text; put it in quotes: '5' or fields below it, each 'name: value'",
        "5:11  priority: found 'high', allowed: a whole number",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("when: {moment: enter, days: [mon, mo]}", "when.days[1]: found 'mo', allowed: mon, tue, wed, thu, fri, sat, sun; did"),
        ("when: {moment: enter, hours: {start: 21, end: 9:00}}", "'21' is not a time of day: write hours and minutes"),
        ("when: {moment: enter, hours: {start: '24:00', end: 9:00}}", "from 00:00 to 23:59"),
        ("when: {moment: enter, starts: 20260930}", "'20260930' is not a day: write year, month and day"),
        ("when: {moment: enter, starts: 2026-02-30}", "'2026-02-30' is not a day"),
        ("when: {moment: enter, starts: 2026-09-02, ends: 2026-09-01}", "ends on 2026-09-01, before it starts"),
        ("when: {moment: dwell, dwell: 20}", "when.dwell: '20' is not a duration"),
        ("when: {moment: enter, probability: 2}", "found 2, allowed: at most 1"),
        ("when: enter", "found a single value, allowed: fields below it: moment, zones"),
        ("through: phone", "found 'phone', allowed: a list such as [phone]"),
        ("through: []", "found an empty list, allowed: at least 1 item"),
        ("active: perhaps", "found 'perhaps', allowed: true or false"),
        ("give: {kind: percant, percent: 5}", "give.kind: found 'percant', allowed: percent, amount, gift, free_shipping, points; did you mean 'percent'?"),
        ("give: {percent: 5}", "give.kind: missing; allowed: percent, amount"),
        ("give: {kind: percent, percent: ten}", "give.percent: found 'ten', allowed: a number"),
        ("give: {kind: amount, amount: 1, currency: eur}", "found 'eur', allowed: a currency of three capital letters"),
        ("cart: {value_at_least: .inf}", "allowed: a finite number"),
        ("limits: {per_visitor: {times: 0, period: 7d}}", "limits.per_visitor.times: found 0, allowed: 1 or more"),
        ("limits: {per_visitor: }\nwho:", "who: found nothing, allowed: fields below it: customer"),
        ("404: x", "unknown field '404'"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_was_found_and_what_is_allowed(line: str, sentence: str) -> None:
    kept = [row for row in OFFER.splitlines() if row.split(":")[0] != line.split(":")[0]]
    found = problems_of("\n".join([*kept, line]))
    assert len(found) == 1
    assert sentence in found[0]


def test_a_union_speaks_of_the_member_that_was_meant() -> None:
    assert problems_of(OFFER.replace("say: Hello", "say: {de: ''}")) == [
        "3:11  say.de: found '', allowed: at least 1 character"
    ]


def test_missing_fields_are_named_where_they_belong() -> None:
    assert problems_of("offer: a\nsay: Hi\nwhen:\n  zones: [wine]\n") == [
        "4:3  when.moment: missing; allowed: enter, dwell, move, exit, return, press"
    ]


def test_an_empty_file_says_what_it_needs() -> None:
    assert [row.split("  ")[1].split(":")[0] for row in problems_of("# nothing yet\n")] == ["offer", "when", "say"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1, 2\nb: 3", "(while parsing a flow sequence that begins on line 1)"),
        ("a: 1\n\tb: 2", "2:1  not YAML: a tab stands here; indent with spaces"),
        ("a: 1\n---\nb: 2", "2:1  a second document starts here"),
        ("a: *missing", "1:4  an alias (*name) without its anchor"),
        ("a: &a [*a]", "1:8  an alias (*name) without its anchor"),
        ("a: !!python/object:os.system x", "1:4  tags (!name) are not read here"),
        ("a: !x!y z", "1:4  not YAML: tags"),
        ("? [a]\n: b", "1:3  a list, mapping or alias stands where a field's name belongs"),
        ("a: \x01", "1:4  character U+0001 is not allowed in YAML"),
        ("[" * 5000, f"more than {MAX_DEPTH} lists and mappings inside each other"),
    ],
)
def test_text_that_is_not_yaml_names_its_place(text: str, sentence: str) -> None:
    assert sentence in problems_of(text)[0]


def test_aliases_can_not_make_a_bomb() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "more than 50000 values in one file" in problems_of("\n".join(lines))[0]


def test_a_list_whose_only_member_is_wrong_is_one_mistake() -> None:
    edge = "store: shop\nedge: till\nadapters:\n  - {adapter: hc0}\n"
    assert problems_of(edge, EdgeFile) == [
        "4:15  adapters[0].adapter: found 'hc0', allowed: an adapter's name such as hci0"
    ]
    assert problems_of("store: shop\nedge: till\nadapters: []\n", EdgeFile) == [
        "3:11  adapters: found an empty list, allowed: at least 1 item"
    ]


def test_a_file_of_somebody_else_says_whose_it_has_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileProblems, match="this user may not read it: chown it"):
        read_source(tmp_path / "edge.yaml")


def test_a_missing_an_unreadable_and_a_large_file_are_problems_too(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"a" * 1_000_001)
    (tmp_path / "latin.yaml").write_bytes(b"offer: a\nsay: Gr\xfc\xdfe")
    said = {}
    for name in ("absent.yaml", ".", "large.yaml", "latin.yaml"):
        with pytest.raises(FileProblems) as caught:
            read_source(tmp_path / name)
        said[name] = str(caught.value)
    assert said["absent.yaml"] == f"{tmp_path / 'absent.yaml'}  there is no such file"
    assert "can't be read: Is a directory" in said["."]
    assert "larger than 1000 kB" in said["large.yaml"]
    assert "latin.yaml:2:8  not UTF-8 text" in said["latin.yaml"]


@pytest.mark.parametrize(
    "mistake",
    [
        "sources: {web: hunter2secret}",
        "sources: {web: {platform: standard, secret: [hunter2secret]}}",
        "sources: {web: {platform: standard, secret: 22222222}}",
        "sources: {web: {platform: standard, secrett: hunter2secret}}",
        "sources: {web: {platform: standard, secret: *hunter2secret}}",
        "sources: {web: {platform: standard, secret: !hunter2secret x}}",
        "sources: {web: {platform: standard, secret: hunter2secret, secret: hunter2secret}}",
        "sources: {web: {platform: nothing, secret: hunter2secret}}",
        "console: {host: 0.0.0.0, password: hunter2}",
        "broker: {password: {x: hunter2secret}}",
        "channels: {hook: {kind: webhook, url: 'ftp://user:hunter2secret@x', secret: y}}",
        "channels: {hook: hunter2secret}",
    ],
)
def test_secrets_are_never_shown(mistake: str) -> None:
    said = "\n".join(problems_of(STORE + mistake, Store))
    assert said
    assert "hunter2" not in said
    assert "22222222" not in said


class Locker(BaseModel):
    combination: SecretStr
    api_token: int


def test_a_secret_is_known_by_its_type_or_else_by_its_name() -> None:
    said = problems_of("combination: 22222222\napi_token: hunter2", Locker)
    assert said == [
        "1:14  combination: found a value that is not shown, allowed: text",
        "2:12  api_token: found a value that is not shown, allowed: a whole number",
    ]


def test_a_secret_is_not_in_the_exceptions_chain() -> None:
    with pytest.raises(FileProblems) as caught:
        parse_source(source_of(Path("x.yaml"), STORE + "broker: {port: x, password: hunter2secret}"), Store)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_value_that_looks_like_the_name_of_a_kind_is_still_found() -> None:
    assert problems_of(STORE + "channels: {phone: {kind: phone, x: 1}}", Store) == [
        "7:33  channels.phone.x: unknown field 'x', allowed: kind"
    ]


def test_a_time_zone_that_is_none_names_the_nearest() -> None:
    said = problems_of(STORE.replace("Vienna", "Viena"), Store)[0]
    assert said.endswith(
        "'Europe/Viena' is not an IANA time zone such as Europe/Istanbul; did you mean 'Europe/Vienna'?"
    )


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    assert str(Problem(Path("a.yaml"), 0, 0, "", "there is no such file")) == "a.yaml  there is no such file"


yaml_like = st.text(alphabet="abz019:-?,[]{}&*!|>'\"%@`# \n\t.é\x00\x85\ufeff", max_size=60)
plain = st.sampled_from([None, True, 0, -1, 7, 1.5, 1e300, "", "x", "7d", "21:00", "enter", "*", "é"])
values = st.one_of(
    plain,
    st.lists(plain, max_size=2),
    st.dictionaries(st.sampled_from(["kind", "moment", "zones", "start", "platform", "x"]), plain, max_size=3),
)
field_names = sorted({*Offer.model_fields, *Store.model_fields, *EdgeFile.model_fields})


@settings(deadline=None)
@given(yaml_like)
@example("- &a\n- *a")
@example("{a: }")
@example("? ")
@example("%YAML 9.9\n---\na")
@example("'")
def test_any_text_is_either_read_or_a_problem(text: str) -> None:
    try:
        source = source_of(Path("x.yaml"), text)
        parse_source(source, EdgeFile)
    except FileProblems as caught:
        assert caught.problems
        assert all(problem.line >= 1 and problem.column >= 1 and problem.message for problem in caught.problems)


@pytest.mark.parametrize("model", [Offer, Store, EdgeFile])
@settings(deadline=None)
@given(fields=st.dictionaries(st.sampled_from(field_names), values, max_size=5))
def test_any_value_in_any_field_is_either_read_or_a_problem_with_a_place(
    model: type[BaseModel], fields: dict[str, object]
) -> None:
    try:
        parse_source(source_of(Path("x.yaml"), json.dumps(fields)), model)
    except FileProblems as caught:
        assert all(problem.line == 1 and problem.column >= 1 and problem.message for problem in caught.problems)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("limits: {per_visitor: 1}", "fields below it: times, period, such as {times: 2, period: 7d}"),
        ("when: enter", "such as {moment: dwell, zones: [wine], dwell: 20s}"),
        ("when: {moment: enter, days: monday}", "allowed: a list such as [mon], of mon, tue, wed, thu, fri, sat, sun"),
        ("when: {moment: enter, days: 1}", "allowed: a list such as [mon], of mon,"),
        ("when: {moment: enter, hours: 9-18}", 'such as {start: "09:00", end: "18:00"}'),
    ],
)
def test_a_wrong_shape_is_told_with_how_it_is_written(line: str, sentence: str) -> None:
    kept = [row for row in OFFER.splitlines() if row.split(":")[0] != line.split(":")[0]]
    [problem] = problems_of("\n".join([*kept, line]))
    assert sentence in problem


@pytest.mark.parametrize("model", [Offer, Store])
def test_every_example_of_a_model_is_one(model: type[BaseModel]) -> None:
    seen: set[type[BaseModel]] = set()

    def walk(found: type[BaseModel]) -> None:
        if found in seen:
            return
        seen.add(found)
        written = found.__dict__.get("example")
        if written is not None:
            parse_source(source_of(Path("x.yaml"), written), found)
        for field in found.model_fields.values():
            for kind in _models(_leaves(field.annotation)):
                walk(kind)

    walk(model)
    assert any("example" in found.__dict__ for found in seen)


def test_an_empty_text_is_one_mistake() -> None:
    assert problems_of(OFFER.replace("say: Hello", 'say: ""')) == ["3:6  say: found '', allowed: at least 1 character"]
