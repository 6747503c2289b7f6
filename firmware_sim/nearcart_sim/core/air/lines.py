"""Lines of captures and truths in bulk: texts that repeat are made once, and a line is some of them side by side.

The lines are those of ``nearcart_contract.capture.format_line``, with ``at`` in tenths of a millisecond.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.advertisement import short_uuid
from nearcart_sim.core.firmware.broadcast import Broadcast

Texts = NDArray[np.bytes_]

_PER_SECOND = 10_000
_QUIETEST = -128
_ROWS = 16_384
"""Lines at a time: what they are made of fits into a processor's cache."""


class CaptureLines:
    """Lines of what was heard by these scanners."""

    def __init__(self, scanners: Sequence[str]) -> None:
        self._scanners = texts(f',"scanner":{json.dumps(scanner)},"address":"' for scanner in scanners)
        self._said = _Said()

    def blocks(
        self,
        at_us: NDArray[np.int64],
        scanner: NDArray[np.intp],
        said: NDArray[np.int32],
        rssi: NDArray[np.int32],
        broadcasts: Sequence[Broadcast],
    ) -> Iterator[bytes]:
        """A line for each row, in Unix microseconds; ``said`` are numbers of broadcasts."""
        addresses, rests = self._said.texts(broadcasts)
        for rows in _slices(len(at_us)):
            what = said[rows]
            level = _levels()[rssi[rows] - _QUIETEST]
            yield _side_by_side(
                *_times(at_us[rows]), self._scanners[scanner[rows]], addresses[what], level, rests[what]
            )


class _Said:
    """What broadcasts are as text: the part before the level, and the part behind it. Made once for each."""

    def __init__(self) -> None:
        self._broadcasts: list[Broadcast] = []
        self._pairs: dict[Broadcast, tuple[str, str]] = {}
        self._columns: tuple[Texts, Texts] = (texts([]), texts([]))

    def texts(self, broadcasts: Sequence[Broadcast]) -> tuple[Texts, Texts]:
        """By number."""
        if self._broadcasts != broadcasts:
            self._broadcasts = list(broadcasts)
            self._pairs = {each: self._pairs.get(each) or _said(each) for each in broadcasts}
            pairs = [self._pairs[each] for each in broadcasts]
            self._columns = texts(address for address, _ in pairs), texts(rest for _, rest in pairs)
        return self._columns


def _said(broadcast: Broadcast) -> tuple[str, str]:
    return f'{broadcast.address}","rssi":', f"{_payload(broadcast)}}}\n"


def truth_blocks(
    at_us: NDArray[np.int64],
    address: Texts,
    shopper: Texts,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    zone: Texts,
) -> Iterator[bytes]:
    """A line for each row: where somebody was, in whole millimetres, and what her device's address was then."""
    for rows in _slices(len(at_us)):
        yield _side_by_side(
            *_times(at_us[rows]),
            b',"address":"',
            address[rows],
            b'","x":',
            *_metres(x[rows]),
            b',"y":',
            *_metres(y[rows]),
            b',"zone":"',
            zone[rows],
            b'","shopper":"',
            shopper[rows],
            b'"}\n',
        )


def texts(words: Iterable[str]) -> Texts:
    """A column of them."""
    return np.array([word.encode() for word in words], dtype=np.bytes_)


def _slices(count: int) -> Iterator[slice]:
    return (slice(first, first + _ROWS) for first in range(0, count, _ROWS))


def _side_by_side(*columns: Texts | bytes) -> bytes:
    """The texts of each row one after the other. numpy fills up shorter ones with zeros, which no text has, and they are taken out again."""
    parts = [np.array(column) if isinstance(column, bytes) else column for column in columns]
    rows = np.empty(len(columns[0]), dtype=[(str(number), part.dtype) for number, part in enumerate(parts)])
    for number, part in enumerate(parts):
        rows[str(number)] = part
    return rows.tobytes().translate(None, b"\0")


def _times(at_us: NDArray[np.int64]) -> tuple[Texts, Texts]:
    """The beginning of a line: Unix seconds with four digits behind the point."""
    whole, part = np.divmod(at_us // (1_000_000 // _PER_SECOND), _PER_SECOND)
    return _numbers('{"at":', whole), _fractions(4)[part]


def _metres(places: NDArray[np.float64]) -> tuple[Texts, Texts, Texts]:
    """Sign, metres and millimetres."""
    whole, part = np.divmod(np.abs(np.rint(places * 1000).astype(np.int64)), 1000)
    return np.where(places < 0, b"-", b""), _numbers("", whole), _fractions(3)[part]


def _numbers(before: str, numbers: NDArray[np.int64]) -> Texts:
    """Whole numbers of which there are few."""
    found = np.sort(numbers)
    found = found[np.concatenate(([True], np.diff(found) > 0))]
    return texts(f"{before}{number}" for number in found.tolist())[np.searchsorted(found, numbers)]


@cache
def _fractions(digits: int) -> Texts:
    return texts(f".{part:0{digits}d}" for part in range(10**digits))


@cache
def _levels() -> Texts:
    return texts(str(level) for level in range(_QUIETEST, 128))


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
