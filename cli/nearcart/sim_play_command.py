"""``nearcart sim play``: a scenario in real time, for any program that scans with BlueZ."""

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearcart.sim_run_commands import duration, sentence
from nearcart.waiting_bar import WaitingBar
from nearcart_contract.problem import FileProblems

if TYPE_CHECKING:
    from nearcart_sim.core.days.play import Chunk
    from nearcart_sim.core.days.scenario_file import ScenarioFile
    from nearcart_sim.shell.live import LiveScenario


def play(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario's name (nearcart sim list) or file.")],
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 0,
    begins: Annotated[str, typer.Option("--from", metavar="2h", help="Begin so far into it; its clock is now.")] = "0s",
    lasts: Annotated[str | None, typer.Option("--for", metavar="10m", help="Only so much of it, such as 10m.")] = None,
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="Times real time; rolling tags need 1.")] = 1.0,
    truth: Annotated[Path | None, typer.Option(help="Write where everybody truly was, each half second.")] = None,
    layout: Annotated[Path | None, typer.Option(help="Write the floor, zones and scanners.")] = None,
    roster: Annotated[Path | None, typer.Option(help="Write who is enrolled, for decode.")] = None,
    visitors: Annotated[Path | None, typer.Option(help="Write who is enrolled and with which account.")] = None,
    shop: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write store.yaml, an edge.yaml an edge, and a database of who is enrolled."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the bus and the adapters as one line of JSON.")
    ] = False,
) -> None:
    """Play a scenario live into a virtual BlueZ on a D-Bus of its own: an unmodified bleak program hears its shoppers.

    While it plays, faults may be typed: a line each, such as "stall wine" or "restart 5".
    """
    from nearcart_sim.core.days.radio_faults import not_played
    from nearcart_sim.shell.bluez import DBusDaemonError
    from nearcart_sim.shell.live import Excerpt, LiveScenario
    from nearcart_sim.shell.scenario_files import load_scenario
    from nearcart_sim.shell.scenario_run import Files, write_people

    try:
        excerpt = Excerpt(duration("--from", begins) or 0.0, duration("--for", lasts), speed)
        loaded = load_scenario(scenario)
        with WaitingBar() as bar:
            live = LiveScenario(loaded, seed, excerpt, planned=lambda people, total: bar.show("plan", people, total))
        write_people(live.play, Files(layout=layout, roster=roster, visitors=visitors))
        if shop is not None:
            _write_shop(shop, loaded, live)
        for kind in not_played(loaded):
            typer.echo(f"{kind} is not played: the clock and the network are those of whoever listens", err=True)
        asyncio.run(_play(live, truth, lambda: _say(live, shop, as_json)))
    except (FileProblems, ValueError, OSError, DBusDaemonError) as error:
        typer.echo(sentence(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        pass
    late = f"; this machine was up to {live.behind_s:.1f} s behind" if live.behind_s > 1 else ""
    typer.echo(f"{live.told:,} packets told to those who scanned{late}", err=True)


def _write_shop(folder: Path, scenario: "ScenarioFile", live: "LiveScenario") -> None:
    from nearcart.sim_play_shop import write_shop
    from nearcart_gateway.shell.visitor_files import EnrolmentError

    try:
        write_shop(folder, scenario, live)
    except EnrolmentError as error:
        raise ValueError(str(error)) from None


async def _play(live: "LiveScenario", truth: Path | None, say: Callable[[], None]) -> None:
    from nearcart_sim.shell.scenario_run import truth_lines

    file = truth.open("wb", buffering=0) if truth is not None else None
    began = live.now_us

    def played(chunk: "Chunk") -> None:
        if file is not None:
            file.writelines(truth_lines(live.play, chunk))
        people = "person" if len(chunk.carriers) == 1 else "people"
        scanned = ", ".join(live.scanned()) or "nobody scans"
        bar.show(
            f"{len(chunk.carriers)} {people} inside; {scanned}", live.now_us - began, live.play.seconds * 1e6 - began
        )

    try:
        with WaitingBar() as bar:
            async with live:
                say()
                typed = asyncio.create_task(_obey(live))
                await live.run(played, places=file is not None)
                typed.cancel()
    finally:
        if file is not None:
            file.close()


def _say(live: "LiveScenario", shop: Path | None, as_json: bool) -> None:
    """How to listen, before anything is on the air."""
    from nearcart_sim.core.days.radio_faults import COMMANDS

    bus = live.bluez.bus_address
    if as_json:
        typer.echo(json.dumps({"DBUS_SYSTEM_BUS_ADDRESS": bus, "adapters": live.adapters}))
        return
    typer.echo(f"export DBUS_SYSTEM_BUS_ADDRESS={bus}")
    typer.echo(
        "\nThat line in another terminal, then any program that scans with bleak or BlueZ, or\n"
        + "\n".join(_ways_to_listen(live, shop))
        + "\n\nAdapters: "
        + ", ".join(f"{adapter} {scanner}" for scanner, adapter in live.adapters.items())
        + f"\nFaults to type here: {COMMANDS}\nCtrl-C ends it.",
        err=True,
    )


def _ways_to_listen(live: "LiveScenario", shop: Path | None) -> list[str]:
    first = next(iter(live.adapters.values()))
    ways = [f"  nearcart record heard.capture.jsonl --adapter {first}"]
    if shop is not None:
        ways += [f"  nearcart gateway run --config {shop / 'store.yaml'}"]
        ways += [f"  nearcart edge run --config {shop / f'{edge}.edge.yaml'}" for edge in live.play.layout.edges()]
    return ways


async def _obey(live: "LiveScenario") -> None:
    """Faults as they are typed."""
    from nearcart_sim.core.days.radio_faults import act_of

    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, daemon=True).start()
    async with asyncio.TaskGroup() as doing:
        while True:
            line = await lines.get()
            if not line.strip():
                continue
            try:
                act = act_of(line, live.now_us, live.play.scanners)
            except ValueError as error:
                typer.echo(str(error), err=True)
                continue
            doing.create_task(live.do(act))
            typer.echo(f"done: {line.strip()}", err=True)
