"""``nearcart schema DIR``."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer


def schema(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; made if need be.")],
) -> None:
    """Write a JSON Schema of every message and file, an AsyncAPI document of MQTT, and an OpenAPI one of HTTP."""
    from nearcart_contract.schema import write_schemas

    try:
        written = [*write_schemas(folder, version("nearcart")), *_openapi(folder), *_scenario(folder)]
    except OSError as error:
        typer.echo(f"can't write to {folder}: {error.strerror}. Choose a folder that you may write to.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"wrote {len(written)} files to {folder}")


def _openapi(folder: Path) -> list[Path]:
    """``openapi.json``, where the gateway's libraries are installed: an edge has none."""
    try:
        from nearcart_gateway.shell.web.rest.app import Api
    except ModuleNotFoundError:
        typer.echo("without openapi.json: it needs the gateway's libraries (pip install 'nearcart[gateway]')", err=True)
        return []
    path = folder / "openapi.json"
    path.write_text(json.dumps(Api().document(), indent=2, ensure_ascii=False) + "\n")
    return [path]


def _scenario(folder: Path) -> list[Path]:
    """``scenario.schema.json``, where the simulator's libraries are installed."""
    from nearcart_contract.published import Publication
    from nearcart_contract.schema import schema_of

    try:
        from nearcart_sim.core.days.scenario_file import ScenarioFile
    except ModuleNotFoundError:
        typer.echo(
            "without scenario.schema.json: it needs the simulator's libraries (pip install 'nearcart[sim]')", err=True
        )
        return []
    path = folder / "scenario.schema.json"
    described = schema_of(
        Publication("scenario", ScenarioFile, "*.scenario.yaml: a store, its people, and what goes wrong.")
    )
    path.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    return [path]
