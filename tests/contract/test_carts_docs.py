"""The lines of docs/carts.md and docs/relay.md that are for pasting are good ones."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from nearcart_contract.relay_file import RelayFile
from nearcart_contract.store_file import Relay, Source

DOCS = (Path(__file__).parents[2] / "docs" / "carts.md").read_text()
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if block.startswith("sources:")]
SOURCES: TypeAdapter[dict[str, Source]] = TypeAdapter(dict[str, Source])


@pytest.mark.parametrize("block", BLOCKS)
def test_a_source_can_be_pasted(block: str) -> None:
    assert SOURCES.validate_python(yaml.safe_load(block)["sources"])


def test_every_platform_has_its_lines() -> None:
    platforms = {source["platform"] for block in BLOCKS for source in yaml.safe_load(block)["sources"].values()}
    assert platforms == {"standard", "shopify", "woocommerce", "bigcommerce"}


def test_the_relays_files_can_be_pasted() -> None:
    text = (Path(__file__).parents[2] / "docs" / "relay.md").read_text()
    relay, store = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    assert RelayFile.model_validate(relay).sources
    assert Relay.model_validate(store["relay"]).key.get_secret_value() == relay["key"]
