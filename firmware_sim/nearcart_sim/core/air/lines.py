"""Lines of captures and truths in bulk: texts that repeat are made once, and a line is four of them side by side.

The lines are those of ``nearcart_contract.capture.format_line``, with ``at`` in tenths of a millisecond.
"""

import json
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.advertisement import short_uuid
from nearcart_sim.core.firmware.broadcast import Broadcast

_PER_SECOND = 10_000
_QUIETEST = -128


class CaptureLines:
    """Lines of what was heard by these scanners."""

    def __init__(self, scanners: Sequence[str]) -> None:
        self._scanners = [f',"scanner":{json.dumps(scanner)},"address":"' for scanner in scanners]

    def text(
        self,
        at_us: NDArray[np.int64],
        scanner: NDArray[np.intp],
        said: NDArray[np.int32],
        rssi: NDArray[np.int32],
        broadcasts: Sequence[Broadcast],
    ) -> str:
        """A line for each row, in Unix microseconds; ``said`` are numbers of broadcasts."""
        addresses = [f'{broadcast.address}","rssi":' for broadcast in broadcasts]
        rests = [f"{_payload(broadcast)}}}\n" for broadcast in broadcasts]
        levels = _levels()
        scanners = self._scanners
        times = _times(at_us)
        return "".join(
            [
                f'{{"at":{time}{scanners[where]}{addresses[what]}{levels[level]}{rests[what]}'
                for time, where, what, level in zip(
                    times, scanner.tolist(), said.tolist(), (rssi - _QUIETEST).tolist(), strict=True
                )
            ]
        )


def truth_text(
    at_us: NDArray[np.int64],
    address: Sequence[str],
    shopper: Sequence[str],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    zone: Sequence[str],
) -> str:
    """A line for each row: where somebody was, and what her device's address was then."""
    return "".join(
        [
            f'{{"at":{time},"address":"{at}","x":{across:.3f},"y":{down:.3f},"zone":"{name}","shopper":"{who}"}}\n'
            for time, at, across, down, name, who in zip(
                _times(at_us), address, x.tolist(), y.tolist(), zone, shopper, strict=True
            )
        ]
    )


def _times(at_us: NDArray[np.int64]) -> list[str]:
    """Unix seconds with four digits behind the point."""
    whole, part = np.divmod(at_us // (1_000_000 // _PER_SECOND), _PER_SECOND)
    seconds = {second: str(second) for second in np.unique(whole).tolist()}
    parts = _parts()
    return [seconds[second] + parts[fraction] for second, fraction in zip(whole.tolist(), part.tolist(), strict=True)]


@cache
def _parts() -> list[str]:
    return [f".{part:04d}" for part in range(_PER_SECOND)]


@cache
def _levels() -> list[str]:
    return [str(level) for level in range(_QUIETEST, 128)]


def _payload(broadcast: Broadcast) -> str:
    """The fields that a payload has, with a comma before each."""
    payload = broadcast.payload
    text = ""
    if payload.manufacturer_data:
        data = {f"{company:04x}": value.hex() for company, value in payload.manufacturer_data.items()}
        text += f',"manufacturer_data":{json.dumps(data, separators=(",", ":"))}'
    if payload.service_data:
        data = {short_uuid(uuid): value.hex() for uuid, value in payload.service_data.items()}
        text += f',"service_data":{json.dumps(data, separators=(",", ":"))}'
    if payload.service_uuids:
        uuids = [short_uuid(uuid) for uuid in payload.service_uuids]
        text += f',"service_uuids":{json.dumps(uuids, separators=(",", ":"))}'
    return text
