"""One demo from start to end."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from nearcart.demo.accounts import draw_up
from nearcart.demo.acts import fall_quiet, get_ready, walk
from nearcart.demo.follow import Follower
from nearcart.demo.live import LiveShow
from nearcart.demo.names import pseudonyms_of
from nearcart.demo.options import DemoError, DemoOptions
from nearcart.demo.records import Records, reading
from nearcart.demo.show import Names, PlainShow, Show
from nearcart.demo.stage import Stage, staged
from nearcart.demo.summary import Summary
from nearcart_contract.problem import FileProblems
from nearcart_gateway.shell.broker import BrokerError
from nearcart_gateway.shell.logs import set_up_logging
from nearcart_gateway.shell.supervised import ProcessError, Restart
from nearcart_sim.shell.bluez.private_bus import DBusDaemonError

STOPPED_BY_HAND = 130


def run_demo(options: DemoOptions, began: float) -> int:
    """Run a demo and give the exit code. ``began``: when the command was started, on the monotonic clock."""
    set_up_logging(logging.ERROR)
    try:
        summary = asyncio.run(_run(options, began))
    except (DemoError, BrokerError, ProcessError, DBusDaemonError, FileProblems) as error:
        print(f"The demo can't run.\n{error}", file=sys.stderr)
        return 1
    if summary is None:
        return STOPPED_BY_HAND if options.seconds is not None else 0
    if options.as_json:
        print(json.dumps(summary.as_json()), flush=True)
    return 0


async def _run(options: DemoOptions, began: float) -> Summary | None:
    restarts: list[Restart] = []
    aside = sys.stderr if options.as_json else sys.stdout
    with _stop_signals() as stop:
        print("starting a broker, the radios, the gateway and its edges …", file=aside, flush=True)
        async with staged(options, restarts.append) as stage:
            finished = await _perform(stage, options, began, restarts, stop)
            print("stopping …", file=aside, flush=True)
            await stage.processes.stop()
            summary = draw_up(stage, began)
        print(_farewell(summary), file=aside, flush=True)
        return summary if finished else None


async def _perform(
    stage: Stage, options: DemoOptions, began: float, restarts: Sequence[Restart], stop: asyncio.Event
) -> bool:
    """Whether it came to its own end, and not to one by hand."""
    with reading(stage.folder.database) as records, ExitStack() as stack:
        names = pseudonyms_of(stage)
        show = _show(stage, options, names, stack)
        work = asyncio.create_task(_acts(stage, records, show, options, began))
        beside = (
            asyncio.create_task(Follower(stage, records, show, names, restarts).run()),
            asyncio.create_task(stop.wait()),
        )
        try:
            await asyncio.wait((work, *beside), return_when=asyncio.FIRST_COMPLETED)
            finished = work.done()
        finally:
            for task in (work, *beside):
                task.cancel()
            results = await asyncio.gather(work, *beside, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return finished


async def _acts(stage: Stage, records: Records, show: Show, options: DemoOptions, began: float) -> None:
    await get_ready(stage)
    show.say(_open(stage, options))
    await walk(stage, None if options.seconds is None else began + options.seconds)
    await fall_quiet(stage, records)


def _show(stage: Stage, options: DemoOptions, names: Names, stack: ExitStack) -> Show:
    store = stage.folder.store
    title = f"{store.name} · {len(stage.edges)} edges, {stage.broker.kind} broker"
    show: Show
    if options.as_json or not sys.stdout.isatty():
        show = PlainShow(store.zone_info, names, sys.stderr if options.as_json else sys.stdout)
        show.say(title)
    else:
        show = stack.enter_context(LiveShow(title, stage.page, store.zone_info, names))
    return show


def _open(stage: Stage, options: DemoOptions) -> str:
    """Said when the page answers, so that nobody opens it too early."""
    taken = "" if stage.page.endswith(f":{options.port}") else f"port {options.port} is taken, so "
    return f"{taken}the page is on {stage.page}"


def _farewell(summary: Summary) -> str:
    return (
        f"{summary.visits} visits, {summary.offers_delivered} offers delivered, "
        f"{sum(decision.outcome == 'withheld' for decision in summary.decisions)} times silent"
    )


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set; a second one changes nothing, since stopping takes a few seconds at most."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    yield stop
