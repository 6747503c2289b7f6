"""``python -m nearcart`` is the ``nearcart`` command."""

from nearcart.main import app

app(prog_name="nearcart")
