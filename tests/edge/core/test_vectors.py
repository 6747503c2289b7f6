"""Public test vectors, through what ``nearcart decode`` runs. Where each is from stands in its line."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearcart_contract.roster import RosterFile
from nearcart_edge.core.decode_lines import decode_lines

FOLDER = Path(__file__).parents[2] / "data" / "vectors"
ROSTER = RosterFile.model_validate_json((FOLDER / "roster.json").read_bytes()).identities


def vectors() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            vector = json.loads(line)
            yield pytest.param(vector, id=f"{path.stem}:{number}")


def agrees(want: object, found: object) -> bool:
    """More keys than these are welcome; numbers agree to a millionth."""
    if isinstance(want, dict):
        return isinstance(found, dict) and all(name in found and agrees(want[name], found[name]) for name in want)
    if isinstance(want, list):
        return isinstance(found, list) and len(want) == len(found) and all(map(agrees, want, found))
    if isinstance(want, bool | str) or want is None:
        return want == found and type(want) is type(found)
    assert isinstance(want, int | float)
    return isinstance(found, int | float) and not isinstance(found, bool) and math.isclose(want, found, abs_tol=1e-6)


@pytest.mark.parametrize("vector", list(vectors()))
def test_a_vector(vector: dict[str, Any]) -> None:
    ((readable, line),) = decode_lines([json.dumps(vector["capture"])], ROSTER)
    row = json.loads(line)
    assert readable
    if "identity" in vector:
        assert row["identity"] == vector["identity"]
        assert agrees(vector["frames"], row["frames"]), row["frames"]
    else:
        ((_, line),) = decode_lines([json.dumps(vector["capture"])])
        frames = json.loads(line)["frames"]
        assert agrees(vector["frames"], frames), frames
    assert row.get("stranger") == vector.get("stranger")


def test_all_at_once_prove_the_same_whatever_their_order() -> None:
    proven = [vector for param in vectors() if "identity" in (vector := param.values[0])]
    for order in (proven, proven[::-1]):
        rows = decode_lines([json.dumps(vector["capture"]) for vector in order], ROSTER)
        assert [json.loads(line)["identity"] for _, line in rows] == [vector["identity"] for vector in order]


def test_there_are_enough_and_each_names_its_source() -> None:
    sources = [vector.values[0]["source"] for vector in vectors()]
    assert len(sources) >= 120
    assert len({source.split(",")[0].split(" (")[0].split(":")[0] for source in sources}) >= 8
