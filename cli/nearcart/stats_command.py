"""``nearcart stats``: plain tables in, the report's figures out, for whoever wants to check them."""

import sys

import typer


def stats() -> None:
    """Reckon the figures of tables: JSON lines {"family", "inputs"} on standard input, one JSON line out for each.

    The same code as the report's. Where a figure does not exist the line is {"error": "a sentence"}. docs/measure.md has the families.
    """
    try:
        from nearcart_measure.tables.lines import answers
    except ModuleNotFoundError as error:
        if error.name not in ("scipy", "numpy"):
            raise
        typer.echo("the figures need scipy, which is not installed: pip install 'nearcart[report]'", err=True)
        raise typer.Exit(1) from None
    for line in answers(sys.stdin.buffer):
        typer.echo(line)
