"""Logs: lines for a person in a terminal, JSON for a machine otherwise. Secrets are never passed to a logger."""

import logging
import sys

import structlog


def set_up_logging(level: int = logging.INFO) -> None:
    """Set up structlog once for the process, on standard error."""
    in_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if in_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # aiomqtt logs lost connections itself at error level; the link says it in one line of its own.
    logging.getLogger("mqtt").setLevel(logging.CRITICAL)
