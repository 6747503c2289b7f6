"""A whole chain's worth of edges on one gateway process: ``nearcart sim load``. Prints one JSON object.

    python benchmarks/load.py [--edges 200] [--tags 10000] [--for 60s]

Mosquitto, the edges and the gateway share this machine; the gateway is pinned to a core of its own.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
from gateway import OFFER, cpu_of, enrol, free_port, rss_of, samples_shed

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.broker import MosquittoBroker


def store_file(edges: int, port: int, page: int) -> str:
    scanners = "\n".join(
        f"  edge-{n:03}: {{x: {n % 20 * 5}, y: {n // 20 * 5}, zone: zone-{n:03}}}" for n in range(edges)
    )
    return (
        f"store: bench\nname: Bench\ntime_zone: UTC\ncurrency: EUR\nscanners:\n{scanners}\n"
        f"broker: {{host: 127.0.0.1, port: {port}}}\nconsole: {{port: {page}}}\nchannels: {{phone: {{kind: phone}}}}\n"
    )


async def run(edges: int, tags: int, lasts: str) -> dict[str, Any]:
    os.sched_setaffinity(0, {0})
    page = free_port()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        config = home / "store.yaml"
        async with MosquittoBroker() as broker:
            config.write_text(store_file(edges, broker.port, page))
            (home / "offers").mkdir()
            (home / "offers" / "hello.yaml").write_text(OFFER)
            enrol(home / load_yaml(config, Store).database, tags)
            gateway = await _nearcart("gateway", "run", "--config", str(config))
            os.sched_setaffinity(gateway.pid, {os.cpu_count() - 1 if os.cpu_count() else 0})
            try:
                load = await _nearcart("sim", "load", "--config", str(config), "--for", lasts, "--json")
                before = cpu_of(gateway.pid)
                told, _ = await load.communicate()
                figures: dict[str, Any] = json.loads(told)
                figures["gateway_cpu_s"] = round(cpu_of(gateway.pid) - before, 1)
                figures["gateway_rss_mb"] = rss_of(gateway.pid)
                figures["samples_shed"] = await samples_shed(f"http://127.0.0.1:{page}")
                return figures
            finally:
                psutil.Process(gateway.pid).terminate()
                await gateway.wait()


async def _nearcart(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=200)
    parser.add_argument("--tags", type=int, default=10_000)
    parser.add_argument("--for", dest="lasts", default="60s")
    asked = parser.parse_args()
    print(json.dumps(asyncio.run(run(asked.edges, asked.tags, asked.lasts))))
