"""structlog without rich and greenlet: an edge logs plain lines to a journal, and they would cost it 5 MB of memory.

structlog looks for both once, when it is imported, and does well without. Import it from here.
"""

import sys

_UNUSED = [name for name in ("rich", "greenlet") if name not in sys.modules]
for _name in _UNUSED:
    sys.modules[_name] = None  # type: ignore[assignment] # documented: importing it then raises ModuleNotFoundError

import structlog  # noqa: E402

for _name in _UNUSED:
    del sys.modules[_name]

Log = structlog.typing.FilteringBoundLogger

__all__ = ["Log", "structlog"]
