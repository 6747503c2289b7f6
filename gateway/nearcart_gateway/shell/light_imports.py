"""Libraries without the extras that they look for and a gateway never uses: together they cost it 19 MB of memory.

structlog and httpx look once, when they are imported, for rich and pygments (coloured tracebacks, a command line), sqlite-utils for
numpy; all do well without. Who needs one of them for itself imports it afterwards as ever.
"""

import sys

_UNUSED = [name for name in ("rich", "pygments", "greenlet", "numpy", "pandas") if name not in sys.modules]
for _name in _UNUSED:
    sys.modules[_name] = None  # type: ignore[assignment] # documented: importing it then raises ModuleNotFoundError

import httpx  # noqa: E402, F401
import sqlite_utils  # noqa: E402, F401
import structlog  # noqa: E402, F401

for _name in _UNUSED:
    del sys.modules[_name]
