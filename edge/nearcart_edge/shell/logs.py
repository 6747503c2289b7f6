"""Logging: for a person in a terminal, JSON lines for a journal."""

import logging
import sys

from nearcart_contract.edge_file import EdgeFile
from nearcart_edge.shell.light_structlog import structlog

_LIBRARIES_SAY = logging.WARNING
"""Whatever ``log:`` says: at debug level bleak and dbus-fast write down every address they hear, strangers' too."""


def configure_logs(level: str = EdgeFile.model_fields["log"].default) -> None:
    """Log to standard error from ``level`` up."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not terminal),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=_LIBRARIES_SAY, handlers=[_Forward()], force=True)


class _Forward(logging.Handler):
    """Warnings of libraries, as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(record.levelno, record.getMessage())
