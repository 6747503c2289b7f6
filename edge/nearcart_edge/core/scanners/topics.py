"""Topics against topic filters (MQTT 3.1.1, 4.7), quickly: every message is held against every scanner's."""

import re
from collections.abc import Callable, Iterable


def matcher(filters: Iterable[str]) -> Callable[[str], bool]:
    """Whether a topic is one of those that the filters stand for; without filters none is."""
    patterns = [_pattern(each) for each in filters]
    if not patterns:
        return lambda _: False
    match = re.compile("|".join(patterns), re.DOTALL).fullmatch
    return lambda topic: match(topic) is not None


def _pattern(topic_filter: str) -> str:
    if topic_filter == "#":
        return ".*"
    before, _, last = topic_filter.rpartition("/")
    levels = (before if last == "#" else topic_filter).split("/")
    plain = "/".join("[^/]*" if level == "+" else re.escape(level) for level in levels)
    return f"{plain}(?:/.*)?" if last == "#" else plain  # 'a/#' is 'a' too
