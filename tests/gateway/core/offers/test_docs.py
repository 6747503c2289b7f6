"""docs/offers.md: every example goes through the check, and every field is told."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from pydantic import BaseModel

from nearcart_contract.offer_file import (
    CartRule,
    GiveAmount,
    GiveGift,
    GivePercent,
    GivePoints,
    Limits,
    Offer,
    When,
    Who,
)
from nearcart_contract.published import FILES
from nearcart_contract.schema import schema_of
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml, source_of
from nearcart_gateway.core.offers.check import Documents, check_documents
from nearcart_gateway.core.say import VARIABLES
from nearcart_gateway.shell.offer_files import read_folder

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "offers.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_example_goes_through_the_check() -> None:
    store = load_yaml(ROOT / "examples" / "shop" / "store.yaml", Store)
    store = store.model_copy(update={"shelf": Path("shelf.csv"), "coupons": {"autumn": Path("codes.txt")}})
    campaigns = read_folder(Path("/nowhere"), ROOT / "examples" / "shop" / "campaigns").campaigns
    sources = {f"{number}.yaml": source_of(Path(f"{number}.yaml"), text) for number, text in enumerate(EXAMPLES)}
    checked = check_documents(store, Documents(sources, campaigns), 1_790_000_000.0)
    assert (checked.problems, checked.warnings) == ((), ())
    assert len(checked.offers) == len(EXAMPLES) >= 8


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("offer: ")[1].split()[0])
def test_an_editor_accepts_every_example(text: str) -> None:
    offer = next(schema_of(file) for file in FILES if file.name == "offer")
    Draft202012Validator(offer).validate(source_of(Path("a.yaml"), text).data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("maximum: 15", "maximun: 15"),
        ("tier: [gold, platinum]", "teir: [gold]"),
        ("dwell: 20s", "dwell: 20"),
        ("kind: percent", "kind: percant"),
        ("applies_to: {categories: [wine]}", "applies_to: {category: [wine]}"),
    ],
)
def test_an_editor_refuses_what_the_check_refuses(old: str, new: str) -> None:
    offer = next(schema_of(file) for file in FILES if file.name == "offer")
    assert old in EXAMPLES[0]
    with pytest.raises(ValidationError):
        Draft202012Validator(offer).validate(source_of(Path("a.yaml"), EXAMPLES[0].replace(old, new)).data)


@pytest.mark.parametrize(
    "model",
    [Offer, When, Who, CartRule, Limits, GivePercent, GiveAmount, GiveGift, GivePoints],
    ids=lambda m: m.__name__,
)
def test_every_field_is_told(model: type[BaseModel]) -> None:
    untold = [
        name for name in model.model_fields if not re.search(rf"`{name}[`:]|^## {name}$", PAGE, flags=re.MULTILINE)
    ]
    assert untold == []


def test_every_variable_of_a_text_is_told() -> None:
    assert [f"{v}.{part}" for v, parts in VARIABLES.items() for part in parts if f"`{v}.{part}`" not in PAGE] == []
