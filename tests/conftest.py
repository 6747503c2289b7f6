"""For every test."""

import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

# Small matrices on a busy machine: threads of numpy's BLAS wait for each other many times as long as the work takes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shared machine may stop for a moment in the middle of an example: that is no fault of what is tested.
# `make test` tries the same examples everywhere, so that a change is judged by what it changed; `make explore` tries new ones.
settings.register_profile("nearcart", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("NEARCART_HYPOTHESIS", "nearcart"))


@pytest.fixture(autouse=True)
def logs_stay_as_they_were() -> Iterator[None]:
    """A command under test sets up logging on its own standard error, which is closed when the next test runs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
