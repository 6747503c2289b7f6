"""Serves the survey's page until the surveyor is done, or Ctrl-C."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from nearcart_gateway.core.survey_walk import SurveyWalk
from nearcart_gateway.shell.survey.app import create_survey, new_key, wall_clock
from nearcart_gateway.shell.web.listen import bind, quiet_server
from nearcart_gateway.shell.web.views import FloorView


async def serve_survey(
    floor: FloorView, walk: SurveyWalk, truth: Path, host: str, port: int, say: Callable[[str], None]
) -> None:
    """``say`` is told the link. Raises ``ListenError``."""
    key = new_key()
    listener = bind(host, port, elsewhere=False, fields="--host and --port")

    def stop() -> None:
        server.should_exit = True

    server = quiet_server(create_survey(floor, walk, truth, key, stop, wall_clock), stop_within_s=2)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    shown = f"[{host}]" if ":" in host else host
    say(f"http://{shown}:{listener.getsockname()[1]}/{key}/")
    try:
        await server.serve(sockets=[listener])
    finally:
        listener.close()
