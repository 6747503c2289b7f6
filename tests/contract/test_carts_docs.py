"""The lines of docs/carts.md that are for pasting are good ones."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from nearcart_contract.store_file import Source

DOCS = (Path(__file__).parents[2] / "docs" / "carts.md").read_text()
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if block.startswith("sources:")]
SOURCES: TypeAdapter[dict[str, Source]] = TypeAdapter(dict[str, Source])


@pytest.mark.parametrize("block", BLOCKS)
def test_a_source_can_be_pasted(block: str) -> None:
    assert SOURCES.validate_python(yaml.safe_load(block)["sources"])


def test_every_platform_has_its_lines() -> None:
    platforms = {source["platform"] for block in BLOCKS for source in yaml.safe_load(block)["sources"].values()}
    assert platforms == {"standard", "shopify", "woocommerce", "bigcommerce"}
