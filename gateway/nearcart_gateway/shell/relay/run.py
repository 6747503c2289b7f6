"""Runs a relay until it is told to stop."""

import asyncio
import signal
import sqlite3
import sys
import time
from pathlib import Path

import structlog

from nearcart_contract.relay_file import RelayFile
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.shell.logs import set_up_logging
from nearcart_gateway.shell.relay.app import create_relay
from nearcart_gateway.shell.relay.outbox import Outbox, OutboxError
from nearcart_gateway.shell.web.listen import ListenError, bind, quiet_server

log = structlog.get_logger(__name__)

PRUNE_EVERY_S = 3600.0


def run_relay(config: Path) -> int:
    """Run until SIGINT or SIGTERM. Returns the exit code; a relay that can't start is said on standard error."""
    set_up_logging()
    try:
        file = load_yaml(config, RelayFile)
        asyncio.run(_until_stopped(config, file))
    except (FileProblems, OutboxError, ListenError) as error:
        print(f"The relay did not start.\n{error}", file=sys.stderr)  # noqa: T201 (for the operator)
        return 2
    return 0


async def _until_stopped(config: Path, file: RelayFile) -> None:
    outbox = Outbox(config.parent / file.outbox, file.most_payloads, file.most_megabytes * 1_000_000)
    listener = bind(file.host, file.port, elsewhere=False, fields=f"{config} (host, port)")
    server = quiet_server(create_relay(file, outbox))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    pruning = asyncio.create_task(_prune(outbox))
    log.info("relay_started", host=file.host, port=listener.getsockname()[1], waiting=outbox.payloads)
    try:
        await server.serve(sockets=[listener])
    finally:
        pruning.cancel()
        listener.close()
        outbox.close()
    log.info("relay_stopped")


async def _prune(outbox: Outbox) -> None:
    while True:
        try:
            gone = await asyncio.to_thread(outbox.prune, time.time())
            if gone:
                log.error("outbox_pruned", payloads=gone, note="nobody took them for 29 days")
        except sqlite3.Error as error:
            log.error("outbox_failed", problem=str(error))
        await asyncio.sleep(PRUNE_EVERY_S)
