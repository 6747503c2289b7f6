"""``nearcart edge run``, ``nearcart record`` and ``nearcart decode``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nearcart_edge.shell.doctor import Finding

edge_app = typer.Typer(help="An edge agent: one per radio.", no_args_is_help=True)


@edge_app.callback()
def edge() -> None:
    """An edge agent: one per radio."""


@edge_app.command()
def run(config: Annotated[Path, typer.Option(help="The agent's file.", readable=False)] = Path("edge.yaml")) -> None:
    """Run the agent until Ctrl-C or SIGTERM."""
    _become("nearcart_edge", config)


@edge_app.command()
def bridge(
    config: Annotated[Path, typer.Option(help="The bridge's file.", readable=False)] = Path("bridge.yaml"),
) -> None:
    """Take other people's scanners (ESPresense, Theengs Gateway, OpenMQTTGateway) as edges, until Ctrl-C or SIGTERM."""
    _become("nearcart_edge.bridge", config)


def _become(module: str, config: Path) -> None:
    """A fresh interpreter in the same process: the command line's own libraries would stay in a small machine's memory."""
    import os
    import sys

    from nearcart.missing_extra import needs

    needs("bleak", "edge")
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, "--config", str(config)])  # noqa: S606


@edge_app.command()
def doctor(
    config: Annotated[Path, typer.Option(help="The agent's file.", readable=False)] = Path("edge.yaml"),
    bridge: Annotated[
        Path | None, typer.Option(help="A bridge's file in its place: listens to its scanners.", readable=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at all that an agent, or a bridge, needs on this machine; what is wrong is told with its fix. It changes nothing."""
    import json
    from dataclasses import asdict

    from nearcart_contract.problem import FileProblems
    from nearcart_edge.shell.doctor import worst

    try:
        findings = _examined(config) if bridge is None else _bridge_examined(bridge)
    except FileProblems as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        marks = {"ok": "✓", "look": "!", "wrong": "✗"}
        width = max(8, *(len(finding.what) for finding in findings))
        for finding in findings:
            typer.echo(f"{marks[finding.verdict]} {finding.what:<{width}} {finding.told}")
    raise typer.Exit(1 if worst(findings) == "wrong" else 0)


def _examined(path: Path) -> "tuple[Finding, ...]":
    import asyncio

    from nearcart_edge.shell.doctor import examine
    from nearcart_edge.shell.run import read_edge_file

    return asyncio.run(examine(read_edge_file(path), path))


def _bridge_examined(path: Path) -> "tuple[Finding, ...]":
    import asyncio

    from nearcart_edge.shell.bridge.doctor import examine_bridge
    from nearcart_edge.shell.bridge.run import read_bridge_file

    return asyncio.run(examine_bridge(read_bridge_file(path), path))


@edge_app.command()
def enrol(
    config: Annotated[Path | None, typer.Option(help="Use the adapters of this edge.yaml.", readable=False)] = None,
    adapter: Annotated[str, typer.Option(help="Else the Bluetooth adapter to listen with.")] = "hci0",
    seconds: Annotated[float, typer.Option(help="How long to wait for a tag.", min=1)] = 30,
) -> None:
    """Print what to register a tag by: hold it against the scanner's antenna.

    Nothing that is heard is written anywhere. Phones and rolling identifiers can't be found so: docs/tags.md says how they are enrolled.
    """
    from nearcart_contract.problem import FileProblems
    from nearcart_edge.shell.run import enrol as enrol_tag
    from nearcart_edge.shell.run import read_edge_file

    try:
        found = enrol_tag(read_edge_file(config) if config else None, adapter, seconds)
    except FileProblems as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if found is None:
        typer.echo(f"No tag stood out in {seconds:g} s: hold one, and only one, within a hand's breadth.", err=True)
        raise typer.Exit(1)
    typer.echo(f"--{found.option} {found.text}")
    typer.echo(f"Enrol her with: nearcart visitors add NAME --{found.option} {found.text} --consent offers", err=True)


def record(
    file: Annotated[Path, typer.Argument(help="The capture to write; it is added to where it exists.")],
    config: Annotated[Path | None, typer.Option(help="Use the adapters of this edge.yaml.", readable=False)] = None,
    adapter: Annotated[str, typer.Option(help="Else the Bluetooth adapter to listen with.")] = "hci0",
) -> None:
    """Write everything heard to a capture file until Ctrl-C.

    It records strangers' devices too, with their addresses: do it where you may, tell the people there, and delete the file
    when it has served.
    """
    from nearcart_contract.problem import FileProblems
    from nearcart_edge.shell.run import read_edge_file
    from nearcart_edge.shell.run import record as record_adverts

    try:
        written = record_adverts(file, read_edge_file(config) if config else None, adapter)
    except (FileProblems, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{written} adverts written to {file}", err=True)


def decode(
    roster: Annotated[Path | None, typer.Option(help="Roster file: tell whose identity each advert proves.")] = None,
) -> None:
    """Read capture lines on standard input and print the frames in each as a line of JSON.

    A line that can't be read gives {"error": …} on standard error, and on it goes.
    """
    import sys

    from pydantic import ValidationError

    from nearcart_contract.roster import RosterFile
    from nearcart_edge.core.decode_lines import decode_lines

    try:
        identities = RosterFile.model_validate_json(roster.read_bytes()).identities if roster else None
    except (OSError, ValidationError) as error:
        typer.echo(_roster_sentence(roster, error), err=True)
        raise typer.Exit(2) from None
    for readable, line in decode_lines(sys.stdin.buffer, identities):
        print(line, file=sys.stdout if readable else sys.stderr)


def _roster_sentence(roster: Path | None, error: Exception) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return f"{roster}: {error}"
    first = error.errors(include_url=False, include_input=False)[0]  # the input may hold keys
    return f"{roster}: {'.'.join(map(str, first['loc']))}: {first['msg']}"
