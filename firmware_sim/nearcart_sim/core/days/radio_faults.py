"""What goes wrong with radios and bluetoothd while a scenario is played live: acts in order of time, from its file or as somebody types them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Layout
from nearcart_sim.core.days.scenario_file import (
    AdapterLoss,
    BluetoothdRestart,
    DeadScanner,
    PowerCut,
    Replay,
    ScenarioFile,
    Spoof,
    StalledScan,
)

Doing = Literal["unplug", "plug", "deafen", "stall", "mend", "restart"]
MendedBy = Literal["scan", "power"]

_IN_THE_AIR = (Spoof, Replay)
_WORDS: tuple[Doing, ...] = ("stall", "deafen", "mend", "unplug", "plug", "restart")
_RESTART_S = 2.0

COMMANDS = (
    "stall SCANNER (until its scan is started again), deafen SCANNER (whatever is done), mend SCANNER, "
    "unplug SCANNER, plug SCANNER, restart [SECONDS] (bluetoothd, away for so long)"
)


@dataclass(frozen=True, slots=True)
class Act:
    """``at`` in microseconds since the scenario's beginning; ``seconds``: how long a bluetoothd stays away, in the scenario's time."""

    at: int
    doing: Doing
    scanner: str = ""
    seconds: float = 0.0
    mended_by: MendedBy | None = None


def without_radio_faults(scenario: ScenarioFile) -> ScenarioFile:
    """The same with only those faults that are in the air: what others send. Radios are broken by acts."""
    return scenario.model_copy(
        update={"faults": tuple(each for each in scenario.faults if isinstance(each, _IN_THE_AIR))}
    )


def not_played(scenario: ScenarioFile) -> tuple[str, ...]:
    """Kinds of faults that have nothing to do with radio: clocks and networks are those of whoever listens."""
    return tuple(sorted({each.kind for each in scenario.faults if each.kind in ("no-clock", "network-outage")}))


def acts(scenario: ScenarioFile, layout: Layout) -> list[Act]:
    """Everything that the file has to happen to radios, in order of time. A power cut takes an edge's adapters away."""
    return sorted(_acts(scenario, layout), key=lambda act: act.at)


def _acts(scenario: ScenarioFile, layout: Layout) -> Iterator[Act]:
    edges = layout.edges()
    for fault in scenario.faults:
        match fault:
            case PowerCut():
                for edge in fault.edges or tuple(edges):
                    for scanner in edges[edge]:
                        yield from _away(fault, scanner)
            case AdapterLoss():
                yield from _away(fault, fault.scanner)
            case DeadScanner():
                yield Act(_us(fault.at), "deafen", fault.scanner)
            case StalledScan():
                yield Act(_us(fault.at), "stall", fault.scanner, mended_by=fault.mended_by)
                yield Act(_us(fault.at + fault.lasts), "mend", fault.scanner)
            case BluetoothdRestart():
                yield Act(_us(fault.at), "restart", seconds=fault.lasts.total_seconds())


def _away(fault: PowerCut | AdapterLoss, scanner: str) -> Iterator[Act]:
    yield Act(_us(fault.at), "unplug", scanner)
    yield Act(_us(fault.at + fault.lasts), "plug", scanner)


def _us(since: timedelta) -> int:
    return round(since.total_seconds() * 1e6)


def act_of(line: str, at: int, scanners: Sequence[str]) -> Act:
    """What somebody typed. Raises ``ValueError`` with what is allowed."""
    word, _, rest = line.strip().partition(" ")
    if word not in _WORDS:
        raise ValueError(f"'{word}' is no command; there are: {COMMANDS}")
    if word == "restart":
        return Act(at, "restart", seconds=_seconds(rest))
    scanner = rest.strip()
    if scanner not in scanners:
        raise ValueError(f"there is no scanner '{scanner}'; {allowed_words(scanner, tuple(scanners))}")
    return Act(at, word, scanner, mended_by="scan" if word == "stall" else None)


def _seconds(text: str) -> float:
    if not text.strip():
        return _RESTART_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise ValueError(f"restart takes seconds from 0 to 3600, found '{text.strip()}'")
    return seconds
