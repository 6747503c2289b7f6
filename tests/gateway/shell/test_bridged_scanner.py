"""An OpenMQTTGateway's messages, the bridge as a process, and the gateway as another: from a report to an offer, and to a lost sensor."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from .conftest import Shop, until

UUID = "f7826da64fa24e988024bc5b71e0893e"
REPORT = {
    "id": "58:78:20:76:BC:24", "mac_type": 1, "rssi": -60, "brand": "GENERIC", "model": "iBeacon", "model_id": "IBEACON",
    "mfid": "4c00", "uuid": UUID, "major": 1, "minor": 1, "txpower": -66,
}  # fmt: skip
"""As docs/use/ble.md of OpenMQTTGateway has it, with the test's own beacon."""


@pytest.fixture
async def bridge(shop: Shop) -> AsyncIterator[asyncio.subprocess.Process]:
    shop.write(
        "bridge.yaml",
        f"store: test-shop\nbroker: {{port: {shop.port}}}\nscanners:\n  wine: {{kind: openmqttgateway, node: wine-omg}}\n",
    )
    with shop.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nearcart", "edge", "bridge", "--config", str(shop.folder / "bridge.yaml"),
            stdout=log, stderr=log,
        )  # fmt: skip
    yield process
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_a_report_becomes_a_visit_and_an_offer_and_a_last_will_ends_it(
    shop: Shop, bridge: asyncio.subprocess.Process
) -> None:
    shop.enrol()
    await shop.start()
    client = shop.edges["wine"].client
    await until(lambda: '"roster"' in shop.log.read_text())
    await until(lambda: '"listening"' in shop.log.read_text())
    await client.publish("home/wine-omg/LWT", "online", retain=True)
    for _ in range(2):
        await client.publish(f"home/wine-omg/BTtoMQTT/{REPORT['id'].replace(':', '')}", json.dumps(REPORT))
    await until(lambda: shop.offers)
    assert shop.offers[0]["text"] == "Hello."
    assert shop.rows("SELECT visitor, edge, scanner FROM presences") == [("anna", "wine", "wine")]
    await client.publish("home/wine-omg/LWT", "offline", retain=True)
    await until(lambda: shop.rows("SELECT exit_reason FROM visits") == [("sensor_lost",)])
