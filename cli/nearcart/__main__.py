"""``python -m nearcart`` is the ``nearcart`` command."""

import sys

import typer

from nearcart.main import app
from nearcart.missing_extra import missing_extra


def main() -> None:
    """Run the command. What it has no libraries for is said, not traced back."""
    try:
        app(prog_name="nearcart")
    except ModuleNotFoundError as error:
        told = missing_extra(error)
        if told is None:
            raise
        typer.echo(told, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
