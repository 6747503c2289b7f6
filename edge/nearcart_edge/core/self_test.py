"""Does passive scanning hear here what it should? Tried at an adapter's start against what active scanning hears.

In passive mode the controller reports only adverts that begin with one of a few patterns. Those of this edge are the formats that it reads
(``registry``), and none asks for FLAGS, which many tags leave out; whatever is known by its address alone it does not hear at all.
"""

from nearcart_contract.advertisement import Advertisement, short_uuid
from nearcart_edge.core.formats.registry import MANUFACTURER_STARTS, SERVICE_STARTS

ENOUGH = 3
"""So many devices that active scanning heard don't all leave in the seconds of the test."""

_MOST_REMEMBERED = 256


class SelfTest:
    """First everything that active scanning hears, then everything that passive scanning does."""

    def __init__(self) -> None:
        self._expected: set[str] = set()
        self._others: set[str] = set()
        self._heard: set[str] = set()

    def hear_actively(self, advertisement: Advertisement) -> bool:
        """One packet; whether passive scanning should hear it too."""
        passes = passes_passively(advertisement)
        devices = self._expected if passes else self._others
        if len(devices) < _MOST_REMEMBERED:
            devices.add(advertisement.address)
        return passes

    def hear_passively(self, advertisement: Advertisement) -> None:
        """One packet."""
        if advertisement.address in self._expected:
            self._heard.add(advertisement.address)

    @property
    def passed(self) -> bool:
        """Whether passive scanning may be used. With too few devices on the air nothing speaks against it."""
        return bool(self._heard) or len(self._expected) < ENOUGH

    @property
    def complete(self) -> bool:
        """Whether every device that it should hear was heard."""
        return self._expected <= self._heard

    @property
    def told(self) -> str:
        """What was found, in a sentence."""
        if not self._expected and not self._others:
            return "nothing was on the air to test it with"
        heard, expected = len(self._heard), len(self._expected)
        return f"it heard {heard} of {expected} devices that it should hear; {len(self._others)} others it never will"


def passes_passively(advertisement: Advertisement) -> bool:
    """Whether one of the patterns that passive scanning asks for is in this packet."""
    for company, data in advertisement.manufacturer_data.items():
        whole = company.to_bytes(2, "little") + data
        if any(whole.startswith(start, at) for at, start in MANUFACTURER_STARTS):
            return True
    for uuid, data in advertisement.service_data.items():
        short = short_uuid(uuid)
        if len(short) == 4 and any(
            (int(short, 16).to_bytes(2, "little") + data).startswith(start, at) for at, start in SERVICE_STARTS
        ):
            return True
    return False
