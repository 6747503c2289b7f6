"""Named crash points: where a test lets the gateway die as by a power cut (``NEARCART_CRASH_AT=after_commit[:3]``).

The number after the colon is at which passing it dies, the first when left out. Unset, a point costs one comparison.
"""

import os
import signal
from typing import Literal

CrashPoint = Literal[
    "before_commit",
    "in_transaction",
    "after_commit",
    "after_ack",
    "before_send",
    "after_send",
    "before_mark",
    "in_erasure",
    "after_erasure",
    "after_truncation",
    "in_merge",
]

_NAME, _, _COUNT = os.environ.get("NEARCART_CRASH_AT", "").partition(":")
_left = int(_COUNT or 1)


def crash_point(name: CrashPoint) -> None:
    """Die here with SIGKILL when asked to."""
    global _left
    if name != _NAME:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
