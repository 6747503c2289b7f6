"""Strangers leave no trace and secrets none either: in logs, whatever their level."""

import logging

import pytest

from nearcart_edge.shell.logs import configure_logs


def test_libraries_never_log_what_they_hear(capsys: pytest.CaptureFixture[str]) -> None:
    """At debug level bleak and dbus-fast write down each address they hear."""
    configure_logs("debug")
    for library in ("bleak.backends.bluezdbus.manager", "dbus_fast.message_bus", "mqtt"):
        logging.getLogger(library).debug("C4:64:E3:00:00:01")
        logging.getLogger(library).info("C4:64:E3:00:00:01")
        logging.getLogger(library).warning("%s fails", library)
    errors = capsys.readouterr().err
    assert "C4:64" not in errors
    assert errors.count(" fails") == 3
