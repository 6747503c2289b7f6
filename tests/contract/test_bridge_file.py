"""bridge.yaml: what it says where somebody erred, and what it says of edges."""

from pathlib import Path

import pytest

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.yaml_file import FileProblems, load_yaml

GOOD = """\
store: corner-shop
broker: {host: gateway.local, username: edge-door, password: secret-1}
logins:
  wine: {username: edge-wine, password: secret-2}
scanners:
  door: {kind: espresense}
  wine: {kind: theengs, node: wine-pi, quiet_after: 2m}
  till: {kind: espresense, node: till-node, edge: door}
"""


def mistakes(tmp_path: Path, text: str) -> str:
    file = tmp_path / "bridge.yaml"
    file.write_text(text)
    with pytest.raises(FileProblems) as problems:
        load_yaml(file, BridgeFile)
    return str(problems.value)


def test_scanners_are_grouped_into_edges_as_in_store_yaml(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text(GOOD)
    file = load_yaml(tmp_path / "bridge.yaml", BridgeFile)
    assert file.edges() == {"door": ("door", "till"), "wine": ("wine",)}
    assert "secret" not in repr(file)


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("kind: theengs", "kind: theeengs", "did you mean 'theengs'?"),
        ("node: wine-pi", "nod: wine-pi", "did you mean 'node'?"),
        ("node: wine-pi", "node: a/b", "scanners.wine.node"),
        ("quiet_after: 2m", "quiet_after: soon", "is not a duration"),
        ("node: wine-pi", "reports: ['home/+x/BTtoMQTT']", "a wildcard stands alone"),
        ("node: wine-pi", "reports: ['home/#/BTtoMQTT']", "only the last place"),
        ("node: wine-pi", "status: home/+/LWT", "without wildcards"),
        ("kind: espresense, node: till-node", "kind: openmqttgateway", "which tracks by one rule"),
        ("  wine: {username", "  vine: {username", "did you mean 'wine'?"),
    ],
    ids=["kind", "field", "node", "duration", "wildcard", "rest", "status", "kinds", "login"],
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    assert wrong in GOOD
    told = mistakes(tmp_path, GOOD.replace(wrong, right))
    assert said in told
    assert "secret-" not in told


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("theengs", "theengs", True),
        ("theengs", "openmqttgateway", False),
        ("espresense", "espresense", False),
        ("espresense, node: x", "espresense, node: x", True),
        ("theengs, reports: [a/+]", "theengs, reports: [b/+]", False),
        ("theengs, node: x", "theengs", False),
    ],
)
def test_two_scanners_that_would_hear_the_same_are_a_mistake(tmp_path: Path, one: str, other: str, same: bool) -> None:
    text = f"store: shop\nscanners:\n  a: {{kind: {one}}}\n  b: {{kind: {other}}}\n"
    if same:
        assert "say each one's node" in mistakes(tmp_path, text)
    else:
        (tmp_path / "bridge.yaml").write_text(text)
        load_yaml(tmp_path / "bridge.yaml", BridgeFile)


def test_an_edge_has_no_more_scanners_than_its_birth_may_name(tmp_path: Path) -> None:
    scanners = "".join(f"  s{number}: {{kind: theengs, node: n{number}, edge: all}}\n" for number in range(17))
    assert "at most 16" in mistakes(tmp_path, f"store: shop\nscanners:\n{scanners}")
