"""Named places at which a test can make the agent die as a power cut would: ``NEARCART_CRASH_AT=after_commit``.

Points: ``before_commit`` (numbered, not yet on disk), ``after_commit`` (on disk, not sent), ``after_send`` (the broker has it),
``after_ack`` (the gateway has it, the outbox has not forgotten it). Unset, as always outside tests, they cost a look-up.
"""

import os
import signal
from typing import Literal

CrashPoint = Literal["before_commit", "after_commit", "after_send", "after_ack"]

_CHOSEN = os.environ.get("NEARCART_CRASH_AT")


def crash_point(point: CrashPoint) -> None:
    """Die here, at once and without cleaning up, if this point was chosen."""
    if point == _CHOSEN:
        os.kill(os.getpid(), signal.SIGKILL)
