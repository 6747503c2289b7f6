"""The two clocks of a demo: when the command began, and the shop's, which starts in the early afternoon."""

import os
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

OPENS_AT_HOUR = 14
"""So that quiet hours never spoil a demo."""

_START_TIME_FIELD = 19
"""Of /proc/[pid]/stat, counted after the command's name: field 22 in proc(5), in clock ticks since the boot."""


def offset_to_opening(zone: ZoneInfo, now: float) -> float:
    """Seconds to add to ``now`` (Unix) so that it is 14:00 of the same day in the store."""
    local = datetime.fromtimestamp(now, zone)
    opening = local.replace(hour=OPENS_AT_HOUR, minute=0, second=0, microsecond=0)
    return opening.timestamp() - now


def process_began() -> float:
    """When this process was started, on the monotonic clock: before Python began to load anything."""
    after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    since_boot = int(after_name[_START_TIME_FIELD]) / os.sysconf("SC_CLK_TCK")
    return time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)
