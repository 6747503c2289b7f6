"""``nearcart visitors merge | erase``: two who are one, and one who is to be forgotten."""

from pathlib import Path
from typing import Annotated

import typer

from nearcart.visitors_changes import visitors_app
from nearcart.visitors_commands import Config, fail

__all__ = ["visitors_app"]


@visitors_app.command()
def merge(
    visitor: Annotated[str, typer.Argument(metavar="A", help="Who ends.")],
    into: Annotated[str, typer.Argument(metavar="into", help="The word itself.")],
    target: Annotated[str, typer.Argument(metavar="B", help="Whose everything is then.")],
    config: Config = Path("store.yaml"),
) -> None:
    """Merge visitor A into visitor B: visits, offers had, coupons and consents; of two words about consent the narrower counts."""
    from nearcart_gateway.shell.people_files import merge as merge_visitors
    from nearcart_gateway.shell.visitor_files import EnrolmentError, described

    if into.lower() != "into":
        fail(f"write: nearcart visitors merge {visitor} into {target}")
    try:
        merge_visitors(config, visitor, target)
        row = next((row for row in described(config) if row["id"] == target), {})
    except EnrolmentError as error:
        fail(str(error))
    agreed = ", ".join(row.get("consents", ())) or "nothing that both agreed to: ask her"
    typer.echo(f"{visitor} is {target} now. Her consents: {agreed}.")


@visitors_app.command()
def erase(visitor: Annotated[str, typer.Argument(metavar="ID")], config: Config = Path("store.yaml")) -> None:
    """Erase everything that is kept of a visitor, and make sure that nothing of it is left in the database's files."""
    from nearcart_gateway.shell.people_files import erase as erase_visitor
    from nearcart_gateway.shell.visitor_files import EnrolmentError

    try:
        rows = erase_visitor(config, visitor)
    except EnrolmentError as error:
        fail(str(error))
    if rows is None:
        typer.echo(f"Nothing is kept of '{visitor}'.")
    else:
        typer.echo(f"{visitor} is erased: {rows} rows. What she added to reports stays as sums, without her.")
