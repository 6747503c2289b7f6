"""Libraries without the extras that they look for and a gateway never uses: together they cost it 19 MB of memory.

structlog and httpx look once, when they are imported, for rich and pygments (coloured tracebacks, a command line), sqlite-utils for
numpy; all do well without. Who needs one of them for itself imports it afterwards as ever.
"""

import importlib
import sys

_UNUSED = ("rich", "pygments", "greenlet", "numpy", "pandas")


def load_lightly(name: str) -> None:
    """Import a library, the extras hidden from it, so that an ``import`` after this finds it as it is."""
    if name in sys.modules:
        return
    hidden = [unused for unused in _UNUSED if unused not in sys.modules]
    for unused in hidden:
        sys.modules[unused] = None  # type: ignore[assignment] # documented: importing it then raises ModuleNotFoundError
    try:
        importlib.import_module(name)
    finally:
        for unused in hidden:
            del sys.modules[unused]


load_lightly("structlog")
