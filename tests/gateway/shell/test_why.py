"""Why she got it, or not: over the database that a real gateway left, decided again from what it saw."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_gateway.shell.storage.database import DatabaseError
from nearcart_gateway.shell.why import Told, why

Wait = Callable[..., Any]

OFFERS = {
    "hello": 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nlimits: {per_visitor: {times: 1, period: 1d}}\npriority: 5\n',
    "second": 'offer: second\nwhen: {moment: enter}\nsay: "Second."\n',
    "cart": 'offer: cart\nwhen: {moment: enter}\ncart: {state: abandoned}\nsay: "Your cart."\npriority: 9\n',
    "bye": 'offer: bye\nwhen: {moment: exit}\nsay: "Bye."\n',
}


async def visited(shop: Any, wait_until: Wait, *visitors: str) -> None:
    """Each walks in, and is decided about."""
    for name, text in OFFERS.items():
        shop.write(f"offers/{name}.yaml", text)
    tags = [
        shop.enrol(visitor, ibeacon=f"f7826da6-4fa2-4e98-8024-bc5b71e0893e/9/{number}")
        for number, visitor in enumerate(visitors)
    ]
    door = shop.edges["door"]
    await shop.start()
    await door.batch(*(door.transition("enter", tag) for tag in tags))
    await wait_until(lambda: shop.rows("SELECT count(*) FROM decisions WHERE kind = 'enter'")[0][0] >= len(tags))


def about(told: Told, offer: str) -> tuple[str | None, str | None, str | None]:
    (found,) = [considered for considered in told.considered if considered.offer == offer]
    return found.gate, found.observed, found.required


async def test_every_decision_is_told_and_comes_out_the_same_again(shop: Any, wait_until: Wait) -> None:
    await visited(shop, wait_until, "anna", "ben", "cleo")
    for visitor in ("anna", "ben", "cleo"):
        answer = why(shop.config, visitor)
        assert [told.replay for told in answer.told] == ["same"] * len(answer.told)
    told = why(shop.config, "anna").told[0]
    assert (told.outcome, told.offer, told.text) == ("sent", "hello", "Hello.")
    assert about(told, "hello") == (None, None, None)
    assert about(told, "cart")[0] == "cart_state"
    assert about(told, "second")[0] == "outranked"


async def test_an_offer_that_was_not_looked_at_is_explained_from_what_was_seen(shop: Any, wait_until: Wait) -> None:
    await visited(shop, wait_until, "anna")
    (bye, *_) = why(shop.config, "anna", offer="bye").told
    assert about(bye, "bye")[0] == "moment"
    (none, *_) = why(shop.config, "anna", offer="nope").told
    assert about(none, "nope")[0] == "no_such_offer"


async def test_what_store_yaml_says_now_does_not_change_what_was_decided(shop: Any, wait_until: Wait) -> None:
    await visited(shop, wait_until, "anna")
    await shop.kill()
    text = shop.config.read_text()
    text = text.replace("phone: {kind: phone}", "pager: {kind: phone}").replace("Europe/Istanbul", "Asia/Tokyo")
    shop.config.write_text(text.replace("door: {name: Door}", "gate: {name: Gate}").replace("zone: door", "zone: gate"))
    assert [told.replay for told in why(shop.config, "anna").told] == ["same"]


async def test_who_was_never_decided_about_hears_what_came_before(shop: Any, wait_until: Wait) -> None:
    await visited(shop, wait_until, "anna")
    shop.enrol("dora", ibeacon="f7826da6-4fa2-4e98-8024-bc5b71e0893e/9/77")
    shop.enrol("emil", ibeacon="f7826da6-4fa2-4e98-8024-bc5b71e0893e/9/78", consents=frozenset())
    assert "stranger" in why(shop.config, "nobody").before[0]
    assert why(shop.config, "dora").before[0].startswith("no edge heard what she carries")
    assert why(shop.config, "emil").before == ("she agreed to nothing, so no edge looks for her",)
    assert why(shop.config, "anna", at=1.0).told == ()


async def test_the_command_speaks_in_sentences(shop: Any, wait_until: Wait) -> None:
    await visited(shop, wait_until, "anna")
    command = CliRunner()
    said = command.invoke(app, ["why", "anna", "--config", str(shop.config)])
    assert said.exit_code == 0, said.output
    assert "enter: sent: hello through phone" in said.output
    assert "“Hello.”" in said.output
    assert "cart: cart in another state (it was" in said.output
    machine = command.invoke(app, ["why", "anna", "--json", "--config", str(shop.config)])
    assert json.loads(machine.output)["decisions"][0]["replay"] == "same"
    nothing = command.invoke(app, ["why", "anna", "--at", "1999-01-01T10:00", "--config", str(shop.config)])
    assert "Nothing was decided about anna" in nothing.output
    wrong = command.invoke(app, ["why", "anna", "--at", "noon", "--config", str(shop.config)])
    assert (wrong.exit_code, "'noon' is no time" in wrong.output) == (1, True)


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    store = "store: s\nname: S\ntime_zone: UTC\ncurrency: EUR\nscanners: {door: {x: 1, y: 1, zone: door}}\n"
    (tmp_path / "store.yaml").write_text(store)
    with pytest.raises(DatabaseError, match="there is no database"):
        why(tmp_path / "store.yaml", "anna")
