"""The acts of a demo: getting ready, people walking, and the quiet after the last has left."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from nearcart.demo.opening import send_carts
from nearcart.demo.options import DemoError
from nearcart.demo.records import Records
from nearcart.demo.stage import Stage

_LOOK_EVERY_S = 0.05
_READY_WITHIN_S = 60.0
_QUIET_WITHIN_S = 60.0
"""Exits take some ten seconds, those of a killed edge half a minute."""


async def get_ready(stage: Stage) -> None:
    """Until edges scan and know the visitors, phones listen and the carts are in. Raises ``DemoError``."""
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            await asyncio.gather(
                send_carts(stage.folder, stage.scenario, stage.page, stage.clock()),
                stage.phones.connected.wait(),
                _until(lambda: stage.watch.know(stage.edges, stage.identities) and stage.shop.scanning()),
            )
    except TimeoutError:
        raise DemoError(
            f"the shop was not ready after {_READY_WITHIN_S:g} s; "
            "what its processes wrote stays where `nearcart demo --folder DIR` says"
        ) from None


async def walk(stage: Stage, until: float | None) -> None:
    """People come and go until ``until`` (monotonic), or for ever; then the doors close and no tag is heard any more."""
    playing = asyncio.create_task(stage.shop.play())
    try:
        left = None if until is None else max(0.0, until - time.monotonic())
        await asyncio.wait((playing,), timeout=left)
        if playing.done():
            playing.result()
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


async def fall_quiet(stage: Stage, records: Records) -> None:
    """Until edges have told every exit and their last counts, and no offer is on its way; gives up after a while."""
    stage.watch.forget_health()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_QUIET_WITHIN_S):
            await _until(lambda: records.settled() and stage.watch.told(stage.edges))


async def _until(holds: Callable[[], bool]) -> None:
    """Looks again and again: what is looked at is other processes' doing, and nobody tells."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY_S)
