"""Payloads of the platforms' documentation, and any JSON."""

from pathlib import Path

from hypothesis import strategies as st

DATA = Path(__file__).parents[3] / "data" / "hooks"


def sample(name: str) -> bytes:
    """A file of tests/data/hooks, as it is sent."""
    return (DATA / name).read_bytes()


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["1e-99999", "1E+400", "", "0", "2026-01-01T00:00:00", "Tue, 05 Mar 2019 21:40:11 -0000", "a, b", "\ud800"]
    ),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["id", "price", "code"]), inside, max_size=3)
    ),
    max_leaves=8,
)
