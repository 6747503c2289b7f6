"""Other people's scanners: CPU a report, and the memory of a bridge whose ten scanners are one edge, or ten. Prints one JSON object.

    python benchmarks/scanners.py [--reports 20000] [--irks 5000]

``us_per_report``: from a report's bytes to the tracker, with its own kind's report of an enrolled iBeacon; ``stranger``: of somebody else. Memory is what
the agents of one bridge.yaml and their rosters add to a process (each roster as many phones' keys, after one unknown address was looked for).
"""

import argparse
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.roster import IBeaconIdentity, IrkIdentity
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.scanners.kind import Arrival
from nearcart_edge.core.scanners.registry import KINDS
from nearcart_edge.shell.bridge.run import Bridge
from nearcart_edge.shell.resident_memory import resident_mb

UUID = "f7826da6-4fa2-4e98-8024-bc5b71e0893e"
THEENGS = (
    '{"id": "ADDRESS", "rssi": -61, "brand": "GENERIC", "model": "iBeacon", "model_id": "IBEACON", "mfid": "4c00",'
    f' "uuid": "{UUID.replace("-", "")}", "major": 1, "minor": MINOR, "txpower": -59}}'
)
REPORTS = {
    "espresense": '{"mac":"ADDRESS","id":"iBeacon:'
    + UUID
    + '-1-MINOR","rssi@1m":-59,"rssi":-61.10,"rxAdj":0,"rssiVar":7.42,"distance":1.58,"var":4.00,"int":2028}',
    "theengs": THEENGS,
    "openmqttgateway": THEENGS,
}
SCANNERS = 10


def us_per_report(kind: str, reports: int, minor: int) -> float:
    """CPU time of one report."""
    pipeline = EdgePipeline([IBeaconIdentity(id="anna", kind="ibeacon", uuid=UUID, major=1, minor=7)])
    text = REPORTS[kind].replace("ADDRESS", "C4:64:E3:00:00:01").replace("MINOR", str(minor)).encode()
    read, began = KINDS[kind].read, time.process_time()  # type: ignore[index]
    for number in range(reports):
        advert = read(text, Arrival(number / 10, "door"))
        assert advert is not None
        pipeline.hear(advert, number / 10)
        if number % 100 == 0:
            pipeline.take_samples(number / 10)
    return round((time.process_time() - began) / reports * 1e6, 1)


def bridge_mb(shared: bool, irks: int, folder: Path) -> float:
    """What a bridge of ten scanners adds to this process, in MB."""
    scanner: dict[str, Any] = {"kind": "espresense"} | ({"edge": "bridge"} if shared else {})
    config = BridgeFile.model_validate(
        {
            "store": "bench",
            "outbox": {"path": folder / "outbox.sqlite"},
            "scanners": {f"s{number}": scanner for number in range(SCANNERS)},
        }
    )
    phones = [IrkIdentity(id=f"p{number}", kind="irk", irk=secrets.token_hex(16)) for number in range(irks)]
    before = resident_mb() or 0.0
    for agent in Bridge(config).agents:
        agent._pipeline.enrol(0.0, [phone.model_copy() for phone in phones])
        agent._pipeline._identifier._resolving.resolve("40:00:00:00:00:01")
    return round((resident_mb() or 0.0) - before, 1)


def measured_apart(shared: bool, irks: int) -> float:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--irks", str(irks), "--only", "shared" if shared else "apart"]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(options: argparse.Namespace) -> None:
    if options.only:
        with tempfile.TemporaryDirectory() as folder:
            print(bridge_mb(options.only == "shared", options.irks, Path(folder)))
        return
    print(
        json.dumps(
            {
                "benchmark": "scanners",
                "python": platform.python_version(),
                "cpus": os.cpu_count(),
                "us_per_report": {kind: us_per_report(kind, options.reports, 7) for kind in REPORTS},
                "us_per_report_stranger": {kind: us_per_report(kind, options.reports, 8) for kind in REPORTS},
                "irks": options.irks,
                "mb_ten_scanners_one_edge": measured_apart(True, options.irks),
                "mb_ten_scanners_ten_edges": measured_apart(False, options.irks),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("--irks", type=int, default=5000)
    parser.add_argument("--only", choices=("shared", "apart"), help=argparse.SUPPRESS)
    main(parser.parse_args())
