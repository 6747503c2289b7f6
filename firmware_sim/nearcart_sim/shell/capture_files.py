"""Writes a simulated walk as files: capture and truth."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_sim.core.capture import capture_lines, truth_lines, world_of
from nearcart_sim.core.world import World
from nearcart_sim.shell.shop import demo_scenario
from nearcart_sim.shell.streams import seeded


def write_capture(
    store: Store,
    capture: Path,
    truth: Path | None,
    *,
    seconds: float,
    seed: int,
    starts_at: float,
    progress: Callable[[float], None] = lambda _: None,
) -> int:
    """The demo's people in ``store`` for ``seconds`` from ``starts_at`` (Unix seconds); the number of adverts written.

    ``progress`` is told how many of the seconds are done. Raises ``OSError`` where a file can't be written.
    """
    world = world_of(store, demo_scenario(store, seed), seeded(seed), seconds, starts_at=starts_at)
    written = _write(capture, _second_by_second(world, seconds, progress))
    if truth is not None:
        _write(truth, truth_lines(world, seconds))
    return written


def _second_by_second(world: World, seconds: float, progress: Callable[[float], None]) -> Iterator[str]:
    until = 0.0
    while until < seconds:
        until = min(seconds, until + 1.0)
        yield from capture_lines(world, until)
        progress(until)


def _write(path: Path, lines: Iterable[str]) -> int:
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(f"{line}\n")
            written += 1
    return written
