"""The virtual BlueZ and an unmodified BleakScanner on it: adverts a second, loss, and CPU an advert. Prints one JSON object.

    python benchmarks/bluez.py [--seconds 5]

bleak runs in a process of its own, pinned to one core; the virtual BlueZ and its D-Bus daemon have the other. ``flat_out`` sends
as fast as the daemon takes it, ``radio`` 2,660 adverts/s (what one radio can hear at most), ``shop`` 300/s (a full shop).
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from typing import Any

from nearcart_sim.shell.bluez import VirtualBluez

TAGS = 100
BURST_S = 0.01
IBEACON_HEAD = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825")
RATES: dict[str, float | None] = {"flat_out": None, "radio": 2660.0, "shop": 300.0}

LISTENER = """
import asyncio, json, resource, sys, time
from bleak import BleakScanner

async def main():
    heard = 0
    def callback(device, data):
        nonlocal heard
        heard += 1
    async with BleakScanner(callback, bluez={"adapter": "hci0", "filters": {"DuplicateData": True}}):
        before = time.process_time()
        print("ready", flush=True)
        wanted = int(await asyncio.to_thread(sys.stdin.readline))
        deadline = time.monotonic() + 10
        while heard < wanted and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        cpu = time.process_time() - before
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"heard": heard, "cpu_s": cpu, "rss_mb": rss}), flush=True)

asyncio.run(main())
"""


async def measure(rate: float | None, seconds: float, core: int) -> dict[str, Any]:
    """One run at ``rate`` adverts/s (``None``: flat out), with bleak on ``core``."""
    async with VirtualBluez() as bluez:
        listener = await listen(bluez.bus_address, core)
        assert listener.stdin is not None and listener.stdout is not None
        await listener.stdout.readline()
        own_cpu, began = time.process_time(), time.monotonic()
        await (send_paced(bluez, rate, seconds) if rate else send_flat_out(bluez, seconds))
        sent = bluez.counts("hci0").adverts_sent
        listener.stdin.write(f"{sent}\n".encode())
        answer = json.loads(await listener.stdout.readline())
        took = time.monotonic() - began
        own_cpu = time.process_time() - own_cpu
        await listener.wait()
    heard = answer["heard"]
    return {
        "sent": sent,
        "heard": heard,
        "lost": sent - heard,
        "adverts_per_s": round(heard / took),
        "bleak_us_per_advert": round(answer["cpu_s"] / heard * 1e6, 1),
        "bluez_us_per_advert": round(own_cpu / sent * 1e6, 1),
        "bleak_rss_mb": round(answer["rss_mb"], 1),
    }


async def listen(address: str, core: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        LISTENER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address},
    )
    os.sched_setaffinity(process.pid, {core})
    return process


async def send_flat_out(bluez: VirtualBluez, seconds: float) -> None:
    ends, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        for _ in range(200):
            send(bluez, number)
            number += 1
        await bluez.drain()


async def send_paced(bluez: VirtualBluez, rate: float, seconds: float) -> None:
    began, number = time.monotonic(), 0
    while (elapsed := time.monotonic() - began) < seconds:
        while number < elapsed * rate:
            send(bluez, number)
            number += 1
        await asyncio.sleep(BURST_S)
    await bluez.drain()


def send(bluez: VirtualBluez, number: int) -> None:
    tag = number % TAGS
    payload = IBEACON_HEAD + tag.to_bytes(4, "big") + b"\xc5"
    bluez.advertise("hci0", f"C4:64:E3:00:00:{tag:02X}", -40 - number % 50, manufacturer_data={0x004C: payload})


async def main(seconds: float) -> None:
    *ours, listeners = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, ours or {listeners})
    results = {name: await measure(rate, seconds, listeners) for name, rate in RATES.items()}
    print(json.dumps({"benchmark": "bluez", "python": platform.python_version(), "cpus": os.cpu_count(), **results}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    asyncio.run(main(parser.parse_args().seconds))
