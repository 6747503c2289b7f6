"""Button presses, each told once: a tag sends the packet of a press many times, and nobody may send it again later."""

from dataclasses import dataclass

from nearcart_edge.core.formats.frame import Frame

SAME_NUMBER_S = 10.0
"""A packet id counts to 255 only: heard again after this silence it is another press."""

SAME_PACKET_S = 2.0
"""Without any number a packet is the same press as long as it is repeated at least this often."""

COUNTER_STARTS_ANEW_S = 3600.0
"""An encrypted counter that is lower than before is an old packet, sent again by somebody; after this long, a new battery."""


@dataclass(slots=True)
class _Last:
    number: int | None
    presses: tuple[str, ...]
    at: float


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
        last.number, last.presses, last.at = number, presses, now
        return presses

    def forget(self, identity: str) -> None:
        self._last.pop(identity, None)


def _is_new(last: _Last, frame: Frame, now: float) -> bool:
    number, silence = frame.press_number, now - last.at
    if number is None or last.number is None:
        return number != last.number or frame.presses != last.presses or silence > SAME_PACKET_S
    if not frame.press_numbers_rise:
        return number != last.number or silence > SAME_NUMBER_S
    return number > last.number or (number < last.number and silence > COUNTER_STARTS_ANEW_S)
