"""A command whose libraries are not installed here says which to install: an edge's machine has no gateway's, and the other way round."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from types import TracebackType

import typer

_EXTRA_OF = {
    "nearcart_gateway": "gateway",
    "nearcart_edge": "edge",
    "nearcart_measure": "report",
    "nearcart_sim": "sim",
}
"""Which extra of pyproject.toml each package's libraries are in."""

_DEMO, _ALL_OF_DEMO = "nearcart.demo", "gateway,edge,sim"


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """The sentence for a library that one of our packages wanted; ``None`` for any other failure."""
    library = (error.name or "").partition(".")[0]
    if not library or library.startswith("nearcart"):
        return None
    importers = list(_modules(error.__traceback__))
    if any(name == _DEMO or name.startswith(f"{_DEMO}.") for name in importers):
        return _sentence(library, _ALL_OF_DEMO)
    packages = [name.partition(".")[0] for name in importers]
    extra = next((_EXTRA_OF[package] for package in reversed(packages) if package in _EXTRA_OF), None)
    return None if extra is None else _sentence(library, extra)


def needs(library: str, extra: str) -> None:
    """Stop with that sentence where ``library`` is not installed: for what is handed to a process of its own."""
    if find_spec(library) is None:
        typer.echo(_sentence(library, extra), err=True)
        sys.exit(2)


def _sentence(library: str, extra: str) -> str:
    return f"'{library}' is not installed here, which this command needs: in the project's folder, pip install '.[{extra}]'"


def _modules(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield str(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
