"""Writes a simulated walk as files: capture and truth."""

from collections.abc import Iterable
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_sim.core.capture import capture_lines, truth_lines, world_of
from nearcart_sim.shell.shop import demo_scenario
from nearcart_sim.shell.streams import seeded


def write_capture(
    store: Store, capture: Path, truth: Path | None, *, seconds: float, seed: int, starts_at: float
) -> int:
    """The demo's people in ``store`` for ``seconds`` from ``starts_at`` (Unix seconds); the number of adverts written.

    Raises ``OSError`` where a file can't be written.
    """
    world = world_of(store, demo_scenario(store, seed), seeded(seed), seconds, starts_at=starts_at)
    written = _write(capture, capture_lines(world, seconds))
    if truth is not None:
        _write(truth, truth_lines(world, seconds))
    return written


def _write(path: Path, lines: Iterable[str]) -> int:
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(f"{line}\n")
            written += 1
    return written
