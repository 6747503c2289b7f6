"""Who changed an offer: by git's word where the folder is a work tree, over a real database and a real git."""

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.authors import authors_of
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.past_offers import PastOffers
from nearcart_gateway.shell.storage import revisions
from nearcart_gateway.shell.storage.database import connect

STORE = "store: s\nname: S\ntime_zone: UTC\ncurrency: EUR\nscanners: {door: {x: 1, y: 1, zone: door}}\n"
HELLO = "offer: hello\nwhen: {moment: enter}\nsay: Hello\npriority: 1\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "offers").mkdir()
    (tmp_path / "store.yaml").write_text(STORE)
    (tmp_path / "offers" / "hello.yaml").write_text(HELLO)
    return tmp_path


def git(home: Path, *words: str, author: str = "Anna Author") -> None:
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", author), ("EMAIL", "a@x"))
    }
    subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words],
        cwd=home,
        check=True,
        capture_output=True,
        env={**os.environ, **who},
    )


def taken_up(home: Path) -> str:
    """What a gateway that starts does with the folder; the revision."""
    connection = connect(home / "nearcart.sqlite")
    try:
        return OfferWatch(home, load_yaml(home / "store.yaml", Store), connection, StoreClock(0.0)).compiled.revision
    finally:
        connection.close()


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["offers", *words, "--config", str(home / "store.yaml")])


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_author_of_the_commit_is_named_and_of_what_is_not_committed_the_owner(home: Path) -> None:
    git(home, "init")
    git(home, "add", ".")
    git(home, "commit", "-m", "hello")
    taken_up(home)
    (home / "offers" / "hello.yaml").write_text(HELLO.replace("priority: 1", "priority: 7"))
    git(home, "commit", "-am", "up", author="Ben Büro")
    taken_up(home)
    (home / "offers" / "hello.yaml").write_text(HELLO.replace("Hello\n", "Hi\n"))
    taken_up(home)
    owner = (home / "offers" / "hello.yaml").owner()
    changes = json.loads(run(home, "log", "hello", "--json").output)
    assert [(change["author"], change["did"]) for change in changes] == [
        (owner, "changed"),
        ("Ben Büro", "changed"),
        ("Anna Author", "added"),
    ]
    assert changes[1]["summary"] == "priority: 1 → 7"


def test_without_git_it_is_whose_file_it_is(home: Path) -> None:
    assert authors_of(home / "offers", ["hello.yaml", "gone.yaml"]) == {
        "hello.yaml": (home / "offers" / "hello.yaml").owner(),
        "gone.yaml": "unknown",
    }


def test_a_line_for_each_change_and_the_file_as_it_was(home: Path) -> None:
    first = taken_up(home)
    (home / "offers" / "hello.yaml").write_text(HELLO.replace("say: Hello", "say: Hi"))
    second = taken_up(home)
    assert taken_up(home) == second
    lines = run(home, "log").output.splitlines()
    assert len(lines) == 3
    assert lines[0].split("  ")[-1] == "changed offer hello: say: Hello → Hi"
    assert "say: Hi" in run(home, "show", "hello").output
    for then in (first, "1"):
        assert "say: Hello" in run(home, "show", "hello", "--revision", then).output
    diff = run(home, "show", "hello", "--diff").output.splitlines()
    assert [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")] == ["-say: Hello", "+say: Hi"]


def test_a_file_that_another_offer_took_over_is_not_taken_for_the_one_it_was(home: Path) -> None:
    first = taken_up(home)
    (home / "offers" / "z.yaml").write_text(HELLO)
    (home / "offers" / "hello.yaml").write_text(HELLO.replace("offer: hello", "offer: other"))
    taken_up(home)
    assert run(home, "show", "hello").output.startswith("offer: hello")
    assert run(home, "show", "other").output.startswith("offer: other")
    assert "moved from offers/hello.yaml" in run(home, "log", "hello").output
    assert run(home, "show", "hello", "--revision", first).output.startswith("offer: hello")


def test_a_change_of_the_store_is_a_revision_of_its_own_and_the_old_one_keeps_its_terms(home: Path) -> None:
    first = taken_up(home)
    (home / "store.yaml").write_text(
        STORE.replace("currency: EUR", "currency: USD").replace("zone: door", "zone: gate")
    )
    second = taken_up(home)
    assert first != second
    connection = sqlite3.connect(home / "nearcart.sqlite")
    past = PastOffers(load_yaml(home / "store.yaml", Store), connection)
    then, now = past.of(first), past.of(second)
    connection.close()
    assert then is not None
    assert now is not None
    assert (then.store.currency, then.store.zone_names, then.revision) == ("EUR", ("door",), first)
    assert (now.store.currency, now.store.zone_names, now.revision) == ("USD", ("gate",), second)
    assert "currency: EUR → USD" in run(home, "log", "s").output


def test_a_folder_that_broke_while_the_store_changed_keeps_the_last_good_files_with_the_new_terms(home: Path) -> None:
    first = taken_up(home)
    (home / "store.yaml").write_text(STORE.replace("EUR", "USD"))
    (home / "offers" / "hello.yaml").write_text("offer: [")
    second = taken_up(home)
    connection = sqlite3.connect(home / "nearcart.sqlite")
    kept = revisions.read_revision(connection, second)
    connection.close()
    assert second != first
    assert kept is not None
    assert kept.documents["offers/hello.yaml"] == HELLO


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("log", "helo"), "nothing named 'helo' was ever in force"),
        (("show", "hello", "--revision", "99"), "'99' is neither a revision nor a change of hello"),
        (("show", "hello", "--revision", "abc"), "'abc' is neither a revision nor a change of hello"),
    ],
)
def test_what_was_never_there_is_said(home: Path, words: tuple[str, ...], said: str) -> None:
    taken_up(home)
    found = run(home, *words)
    assert (found.exit_code, said in found.output) == (1, True)


def test_without_a_database_it_is_said(home: Path) -> None:
    found = run(home, "log")
    assert (found.exit_code, "there is no database" in found.output) == (1, True)
