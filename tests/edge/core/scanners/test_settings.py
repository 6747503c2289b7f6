"""What holds for a scanner of which bridge.yaml says little, and what it may say otherwise."""

import pytest

from nearcart_contract.bridge_file import BridgedScanner
from nearcart_edge.core.scanners.registry import KINDS
from nearcart_edge.core.scanners.settings import settings_of, tracking_of


@pytest.mark.parametrize(
    ("scanner", "topics"),
    [
        (
            BridgedScanner(kind="espresense"),
            ("espresense/devices/+/door", "espresense/rooms/door/status", "espresense/rooms/door/telemetry"),
        ),
        (BridgedScanner(kind="theengs"), ("home/TheengsGateway/BTtoMQTT/+", "home/TheengsGateway/LWT")),
        (
            BridgedScanner(kind="openmqttgateway", node="OMG_1"),
            ("home/OMG_1/BTtoMQTT/+", "home/OMG_1/LWT", "home/OMG_1/SYStoMQTT"),
        ),
        (
            BridgedScanner(
                kind="theengs", node="pi", reports=("a/{node}/+", "b/#"), status="a/{node}/will", heartbeats=()
            ),
            ("a/pi/+", "b/#", "a/pi/will"),
        ),
    ],
    ids=["espresense", "theengs", "openmqttgateway", "otherwise"],
)
def test_topics_are_the_maker_s_unless_the_file_says_others(scanner: BridgedScanner, topics: tuple[str, ...]) -> None:
    assert settings_of("door", scanner).topics == topics


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_scanner_is_doubted_before_a_tag_is_gone_and_lost_after_it_is_doubted(kind: str) -> None:
    scanner = BridgedScanner.model_validate({"kind": kind})
    settings = settings_of("door", scanner)
    assert settings.doubt_after < tracking_of(scanner).exit_after_s
    assert settings.doubt_after < settings.quiet_after == KINDS[scanner.kind].quiet_after


def test_what_the_file_says_of_tracking_leaves_the_rest_to_the_kind() -> None:
    scanner = BridgedScanner.model_validate(
        {"kind": "openmqttgateway", "quiet_after": "2m", "tracking": {"exit_after_s": 180, "enter_packets": 1}}
    )
    tracking = tracking_of(scanner)
    assert (tracking.exit_after_s, tracking.enter_packets, tracking.enter_within_s) == (180, 1, 12)
    assert (settings_of("door", scanner).quiet_after, settings_of("door", scanner).doubt_after) == (120, 90)
