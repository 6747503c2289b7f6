"""Folders of offers on a disk: what is read, what is not there, and what was kept."""

import os
import shutil
from pathlib import Path

import pytest

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.offers.check import check_documents
from nearcart_gateway.shell.offer_files import check_folder, check_store_folder, documents_of, read_folder

SHOP = Path(__file__).parents[3] / "examples" / "shop"
NOON = 1_790_762_400.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


def test_the_example_shop_has_neither_mistakes_nor_doubts(folder: Path) -> None:
    found = check_store_folder(folder, NOON)
    assert (found.problems, found.warnings) == ((), ())
    assert found.offers is not None
    assert found.store is not None
    assert "wine-in-cart" in [offer.offer for offer in found.offers.offers]
    assert len(found.offers.compile(found.store)) == len(found.offers.offers)


@pytest.mark.parametrize("given", [".", "offers", "offers/", "offers/../offers"])
def test_the_offers_folder_finds_the_store_above_it(folder: Path, given: str) -> None:
    by_offers, by_store = check_store_folder(folder / given, NOON), check_store_folder(folder, NOON)
    assert by_offers.offers is not None
    assert by_store.offers is not None
    assert by_offers.offers.revision == by_store.offers.revision


def test_it_is_found_from_inside_the_folder_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for inside in (folder, folder / "offers"):
        monkeypatch.chdir(inside)
        assert check_store_folder(Path(), NOON).problems == ()


def test_every_mistake_names_its_file(folder: Path) -> None:
    (folder / "offers" / "a.yaml").write_text("offer: [")
    (folder / "offers" / "b.yaml").write_bytes(b"\xff")
    (folder / "offers" / "c.yml").write_text("offer: c\n")
    (folder / "campaigns" / "d.yaml").write_text("campaign: autumn\nname: Twice\n")
    found = check_store_folder(folder, NOON)
    assert {problem.file.name for problem in found.problems} == {"a.yaml", "b.yaml", "c.yml", "d.yaml"}
    assert all(problem.file.exists() for problem in found.problems)


def test_other_files_and_hidden_ones_are_left_alone(folder: Path) -> None:
    for name in (".swap.yaml", "notes.txt", "wine-in-cart.yaml~"):
        (folder / "offers" / name).write_text("offer: [")
    assert check_store_folder(folder, NOON).problems == ()


def test_missing_folders_and_files_are_problems_and_no_surprise(folder: Path, tmp_path: Path) -> None:
    assert str(check_store_folder(tmp_path / "nowhere").problems[0]).endswith("there is no such folder")
    assert str(check_store_folder(tmp_path).problems[0]) == f"{tmp_path / 'store.yaml'}  there is no such file"
    shutil.rmtree(folder / "offers")
    assert str(check_store_folder(folder).problems[0]).endswith("offers  there is no such folder of offers")


def test_without_campaigns_there_need_be_no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "campaigns")
    found = check_store_folder(folder, NOON)
    assert {problem.field for problem in found.problems} == {"campaign"}


def test_a_broken_store_file_is_all_that_is_told(folder: Path) -> None:
    (folder / "store.yaml").write_text("store: corner\n")
    found = check_store_folder(folder, NOON)
    assert (found.store, found.offers) == (None, None)
    assert {problem.field for problem in found.problems} == {"name", "time_zone", "currency", "scanners"}


def test_a_file_nobody_may_read_is_a_problem(folder: Path) -> None:
    (folder / "offers" / "loop.yaml").symlink_to("loop.yaml")
    found = check_store_folder(folder, NOON)
    assert [problem.file.name for problem in found.problems] == ["loop.yaml"]
    assert os.strerror(40) in found.problems[0].message


def test_what_was_kept_of_a_revision_is_that_revision(folder: Path) -> None:
    store = load_yaml(folder / "store.yaml", Store)
    read = read_folder(folder / "offers", folder / "campaigns")
    kept = documents_of(read.texts())
    assert kept.revision == read.revision
    again = check_documents(store, kept, NOON)
    now = check_folder(store, folder / "offers", folder / "campaigns", NOON)
    assert (again.offers, again.campaigns, again.problems) == (now.offers, now.campaigns, ())


def test_a_kept_text_that_can_not_be_read_any_more_is_a_problem() -> None:
    assert [str(problem)[:13] for problem in documents_of({"offers/a.yaml": "a: ["}).problems] == ["offers/a.yaml"]
