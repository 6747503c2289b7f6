"""Button presses, each told once: a tag sends the packet of a press many times, and nobody may send it again later."""

from dataclasses import dataclass

from nearcart_edge.core.formats.frame import Frame

SAME_NUMBER_S = 10.0
"""A packet id counts to 255 only: heard again after this silence it is another press."""

SAME_PACKET_S = 2.0
"""Without any number a packet is the same press as long as it is repeated at least this often."""

COUNTER_STARTS_ANEW_S = 3600.0
"""An encrypted counter that is lower than before is an old packet, sent again by somebody; after this long, a new battery."""


_NUMBERS_REMEMBERED = 4
"""Two radios of one edge may tell a packet and the one before it in either order."""


@dataclass(slots=True)
class _Last:
    number: int | None
    presses: tuple[str, ...]
    at: float
    earlier: tuple[tuple[int, float], ...] = ()
    """Numbers before the last, and when they were heard."""

    def move_on(self, number: int | None, presses: tuple[str, ...], now: float) -> None:
        if self.number is not None:
            self.earlier = (*self.earlier[1 - _NUMBERS_REMEMBERED :], (self.number, self.at))
        self.number, self.presses, self.at = number, presses, now


class Presses:
    """The last press of every identity. Times are seconds and don't run backwards."""

    def __init__(self) -> None:
        self._last: dict[str, _Last] = {}

    def new(self, identity: str, frame: Frame, now: float) -> tuple[str, ...]:
        """The presses in this frame that were not told yet."""
        presses, number = frame.presses, frame.press_number
        if not presses:
            return ()
        last = self._last.get(identity)
        if last is None:
            self._last[identity] = _Last(number, presses, now)
            return presses
        if not _is_new(last, frame, now):
            if number == last.number:
                last.at = now
            return ()
        last.move_on(number, presses, now)
        return presses

    def forget(self, identity: str) -> None:
        self._last.pop(identity, None)


def _is_new(last: _Last, frame: Frame, now: float) -> bool:
    number, silence = frame.press_number, now - last.at
    if number is None or last.number is None:
        return number != last.number or frame.presses != last.presses or silence > SAME_PACKET_S
    if not frame.press_numbers_rise:
        if number == last.number:
            return silence > SAME_NUMBER_S
        return all(number != earlier or now - at > SAME_NUMBER_S for earlier, at in last.earlier)
    return number > last.number or (number < last.number and silence > COUNTER_STARTS_ANEW_S)
