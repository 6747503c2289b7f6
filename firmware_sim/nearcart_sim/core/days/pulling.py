"""Ways over squares, pulled straight: of all places only those where one has to turn. Many ways at once, a question to the floor at a time."""

from collections.abc import Callable, Generator, Sequence

from nearcart_sim.core.floor import Spot

Line = tuple[Spot, Spot]
Clear = Callable[[Sequence[Line]], Sequence[bool]]
"""Whether one can walk straight along each of these lines."""

_Pulling = Generator[Line, bool, tuple[Spot, ...]]


def pulled_straight(ways: Sequence[Sequence[Spot]], clear: Clear) -> list[tuple[Spot, ...]]:
    """The turning points of each way, both ends included."""
    found: list[tuple[Spot, ...]] = [()] * len(ways)
    asking: list[tuple[int, _Pulling, Line]] = []

    def go_on(number: int, pulling: _Pulling, answer: bool | None) -> None:
        try:
            asking.append((number, pulling, next(pulling) if answer is None else pulling.send(answer)))
        except StopIteration as ended:
            found[number] = ended.value

    for number, way in enumerate(ways):
        go_on(number, _pulled(way), None)
    while asking:
        asked, asking = asking, []
        for (number, pulling, _), answer in zip(asked, clear([line for _, _, line in asked]), strict=True):
            go_on(number, pulling, answer)
    return found


def _pulled(way: Sequence[Spot]) -> _Pulling:
    """One of them: asks about lines, and ends with the turning points."""
    at, turns = 0, [way[0]]
    while at < len(way) - 1:
        at = yield from _furthest_in_sight(way, at)
        turns.append(way[at])
    return tuple(turns)


def _furthest_in_sight(way: Sequence[Spot], at: int) -> Generator[Line, bool, int]:
    """By doubling, then halving: what is in sight is taken to stay so up to the first place that is not."""
    step = 1
    while at + 2 * step < len(way) and (yield way[at], way[at + 2 * step]):
        step *= 2
    near, far = at + step, min(at + 2 * step, len(way))
    while far - near > 1:
        between = (near + far) // 2
        near, far = (between, far) if (yield way[at], way[between]) else (near, between)
    return near
