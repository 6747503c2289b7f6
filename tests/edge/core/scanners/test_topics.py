"""Topic filters, held against paho-mqtt's own reading of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from nearcart_edge.core.scanners.topics import matcher

LEVEL = st.sampled_from(["home", "BTtoMQTT", "+", "a.b", "", "(x", "omg\n1"])
TOPIC = st.lists(LEVEL.filter(lambda level: level != "+"), min_size=1, max_size=5).map("/".join).filter(bool)
FILTER = st.tuples(st.lists(LEVEL, min_size=1, max_size=5).map("/".join), st.sampled_from(["", "/#"])).map("".join)


@given(wanted=st.lists(FILTER | st.just("#"), max_size=3), topic=TOPIC)
def test_a_topic_is_matched_as_paho_matches_it(wanted: list[str], topic: str) -> None:
    assert matcher(wanted)(topic) == any(topic_matches_sub(each, topic) for each in wanted if each)


@pytest.mark.parametrize(
    ("wanted", "topic", "matches"),
    [
        ("home/+/BTtoMQTT/+", "home/omg/BTtoMQTT/AABBCC", True),
        ("home/+/BTtoMQTT/+", "home/omg/BTtoMQTT/AABBCC/more", False),
        ("home/+/BTtoMQTT/#", "home/omg/BTtoMQTT", True),
        ("home/omg/LWT", "home/omgXLWT", False),
    ],
)
def test_examples_of_the_specification(wanted: str, topic: str, matches: bool) -> None:
    assert matcher([wanted])(topic) is matches
