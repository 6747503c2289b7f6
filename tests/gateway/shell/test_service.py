"""The gateway as a process, over a real broker and a real database."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.shell.visitor_files import change_consent

Wait = Callable[..., Any]

HELP = """\
offer: help
when: {moment: dwell, zones: [door], dwell: 1s}
say: "Somebody waits at {{ zone.name }}."
through: [team]
"""


async def test_an_enter_becomes_an_offer_and_is_acknowledged_only_when_it_is_on_disk(
    shop: Any, wait_until: Wait
) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    assert [entry["id"] for entry in door.rosters[-1]["identities"]] == [tag]
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: door.committed == 1)
    assert shop.rows("SELECT kind, visitor, edge, sequence FROM transitions") == [("enter", "anna", "door", 1)]
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Hello."
    assert shop.offers[0]["visitor"] == "anna"
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("sent",)])


async def test_a_batch_sent_twice_is_applied_once(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    enter = door.transition("enter", tag)
    for _ in range(3):
        await door.batch(enter)
    await wait_until(lambda: len(door.acks) >= 1 and door.committed == 1)
    await door.batch(enter, door.transition("exit", tag))
    await wait_until(lambda: door.committed == 2)
    assert shop.rows("SELECT count(*) FROM transitions") == [(2,)]
    assert shop.rows("SELECT count(*) FROM decisions WHERE kind = 'enter'") == [(1,)]


async def test_past_a_gap_the_ack_is_repeated(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    first, second = door.transition("enter", tag), door.transition("exit", tag)
    await door.batch(second)
    await wait_until(lambda: door.committed == 0)
    await door.batch(first, second)
    await wait_until(lambda: door.committed == 2)


async def test_a_consent_that_is_withdrawn_leaves_the_rosters_within_a_second(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    from nearcart_gateway.shell.visitor_files import withdraw

    withdraw(shop.config, "anna")
    await wait_until(lambda: door.rosters[-1].get("removed") == [tag], 3.0)
    assert door.rosters[-1]["number"] == 2


async def test_edges_may_tell_heart_rates_when_store_and_visitor_say_so_and_no_longer(
    shop: Any, wait_until: Wait
) -> None:
    tag = shop.enrol(consents=["offers", "health"])
    shop.config.write_text(shop.config.read_text() + "health_data: true\n")
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    assert [(entry["id"], entry.get("health")) for entry in door.rosters[-1]["identities"]] == [(tag, True)]
    change_consent(shop.config, "anna", ConsentChange("health", False, 1.79e9))
    await wait_until(lambda: len(door.rosters) >= 2, 3.0)
    assert [(entry["id"], entry.get("health")) for entry in door.rosters[-1]["identities"]] == [(tag, None)]
    assert "removed" not in door.rosters[-1], "she is heard as before"


@pytest.mark.parametrize(("health_data", "consents"), [(False, ["offers", "health"]), (True, ["offers"])])
async def test_one_of_the_two_is_not_enough(
    shop: Any, wait_until: Wait, health_data: bool, consents: list[str]
) -> None:
    shop.enrol(consents=consents)
    if health_data:
        shop.config.write_text(shop.config.read_text() + "health_data: true\n")
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    assert [entry.get("health") for entry in door.rosters[-1]["identities"]] == [None]


async def test_who_never_consented_is_on_no_roster(shop: Any, wait_until: Wait) -> None:
    shop.enrol(consents=[])
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    assert door.rosters[-1].get("identities", []) == []


async def test_bad_messages_are_refused_counted_and_stop_nothing(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.say("presence", "not json {")
    await door.say("presence", json.dumps({"epoch": str(UUID(int=1)), "after": 0}))
    await door.say("presence", b"x" * 300_000)
    await door.say("presence", b"\xff\xfe")
    await door.say("state", json.dumps({"online": "maybe"}))
    stranger = shop.edges["wine"]
    stranger.name = "cellar"
    await stranger.say("health", "{}")
    await door.client.publish("nearcart/v1/test-shop/edge/D%20oor/presence", "{}")
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: door.committed == 1)
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"{shop.url}/metrics")).text
    for line in ('{why="unreadable"} 4.0', '{why="oversize"} 1.0', '{why="edge"} 1.0', '{why="topic"} 1.0'):
        assert f"nearcart_messages_refused_total{line}" in metrics
    log = shop.log.read_text()
    assert log.count("message_refused") == 7
    assert "edge 'cellar' has no scanner in store.yaml; known: door, wine" in log


async def test_a_message_for_another_store_is_not_ours(shop: Any, wait_until: Wait) -> None:
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import load_yaml
    from nearcart_gateway.shell.intake import Intake, RefusedError

    intake = Intake(load_yaml(shop.config, Store))
    with pytest.raises(RefusedError, match="a message for store 'other' came to store 'test-shop'") as refused:
        intake.read("nearcart/v1/other/edge/door/presence", b"{}")
    assert refused.value.counter == "store"


async def test_a_broken_offer_changes_nothing_and_says_why(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    shop.write("offers/hello.yaml", "offer: hello\nwhen: {moment: entr}\nsay: Hi\n")
    await wait_until(lambda: "offers_broken" in shop.log.read_text())
    assert "did you mean 'enter'?" in shop.log.read_text()
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Hello."


async def test_a_good_change_comes_into_force_and_is_kept(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    shop.write("offers/hello.yaml", 'offer: hello\nwhen: {moment: enter}\nsay: "Good day."\nthrough: [phone]\n')
    await wait_until(lambda: len(shop.rows("SELECT revision FROM revisions")) == 2)
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Good day."


async def test_started_with_a_broken_offer_the_last_good_revision_is_in_force(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await shop.kill()
    shop.write("offers/hello.yaml", "offer: hello\nwhen: [\n")
    await shop.start()
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Hello."


async def test_a_broken_store_file_refuses_to_start_and_says_why(shop: Any, wait_until: Wait) -> None:
    shop.write("store.yaml", shop.config.read_text().replace("Europe/Istanbul", "Europe/Istambul"))
    await shop.start()
    assert shop.process.returncode == 2
    assert "time_zone" in shop.log.read_text()
    assert "Istambul" in shop.log.read_text()


async def test_what_the_gateway_commits_with(shop: Any, wait_until: Wait) -> None:
    """A kill can't tell a missing fsync: a power cut would."""
    from nearcart_gateway.shell.storage.database import connect

    connection = connect(shop.folder / "nearcart.sqlite")
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_secrets_are_in_no_log(shop: Any, wait_until: Wait) -> None:
    shop.enrol()
    await shop.start()
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{shop.url}/hooks/web",
            content=b"{}",
            headers={"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
        )
    assert answer.status_code == 401
    assert "dGVzdC1zZWNyZXQ" not in shop.log.read_text() + answer.text


POINTS = ["before_commit", "in_transaction", "after_commit", "after_ack", "before_send", "after_send", "before_mark"]


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_nothing_is_lost_and_no_offer_is_two(shop: Any, wait_until: Wait, point: str) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start(NEARCART_CRASH_AT=point)
    transitions = [door.transition("enter", tag), door.transition("exit", tag)]
    await door.batch(*transitions)
    await wait_until(lambda: shop.ended)
    assert shop.process.returncode == -9
    await shop.start()
    await door.batch(*transitions)
    await wait_until(lambda: door.committed == 2)
    await wait_until(lambda: shop.rows("SELECT state FROM deliveries") == [("sent",)])
    await wait_until(lambda: shop.offers)
    assert shop.rows("SELECT sequence FROM transitions ORDER BY sequence") == [(1,), (2,)]
    assert shop.rows("SELECT count(*) FROM decisions WHERE kind = 'enter'") == [(1,)]
    assert len({offer["key"] for offer in shop.offers}) == 1


async def test_staff_are_told_whom_to_help(shop: Any, wait_until: Wait) -> None:
    shop.write("offers/hello.yaml", HELP)
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.batch(door.transition("enter", tag))
    for _ in range(10):
        await door.hears(tag, -50)
        if shop.offers:
            break
        await asyncio.sleep(0.3)
    await wait_until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Somebody waits at Door."
    assert (shop.offers[0]["visitor"], shop.offers[0]["zone"]) == ("anna", "door")
    await wait_until(lambda: shop.rows("SELECT channel, state FROM deliveries") == [("team", "sent")])
