"""What a replay believed of everybody's way, kept to be drawn."""

from pathlib import Path

from nearcart.replay import Step
from nearcart.walk_picture import Believed, believed_picture, walk_picture
from nearcart_contract.store_file import Layout
from nearcart_contract.truth import read_truth
from nearcart_sim.shell.plot_files import write_picture


class BelievedWays:
    """By the address that was heard."""

    def __init__(self) -> None:
        self._ways: dict[str, list[Believed]] = {}

    def take(self, step: Step) -> None:
        for position in step.changes.positions:
            if position.x is not None and position.y is not None:
                who = step.addresses.get(position.visitor, position.visitor)
                belief = Believed(position.at, position.zone, position.x, position.y)
                self._ways.setdefault(who, []).append(belief)

    def draw(self, path: Path, name: str, layout: Layout, truth: Path | None) -> None:
        """Raises ``ValueError`` where there is nothing to draw, and for a path that is neither ``*.svg`` nor ``*.png``; ``OSError``."""
        if truth is None:
            picture = believed_picture(name, layout, self._ways)
        else:
            lines = list(read_truth(truth.read_text(encoding="utf-8").splitlines()))
            picture = walk_picture(name, layout, self._ways, lines)
        write_picture(picture, path)
