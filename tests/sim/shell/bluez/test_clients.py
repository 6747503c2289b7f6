"""What any D-Bus client sees of the virtual bluetoothd: sessions, properties, errors."""

import asyncio
import os
import signal
import sys

import psutil
import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio.message_bus import MessageBus

from nearcart_sim.shell.bluez import DBusDaemonError, VirtualBluez
from nearcart_sim.shell.bluez.connection import Connection

from ..conftest import Client, until

ADAPTER, PROPERTIES = "org.bluez.Adapter1", "org.freedesktop.DBus.Properties"
HCI0 = "/org/bluez/hci0"


async def test_a_session_belongs_to_one_client_and_ends_with_it(bluez: VirtualBluez, client: Client) -> None:
    other = await MessageBus(bus_address=bluez.bus_address).connect()
    await Client(other).adapter("StartDiscovery")
    await client.adapter("StartDiscovery")
    await client.adapter("StopDiscovery")
    assert bluez.discovering("hci0")
    other.disconnect()
    await until(lambda: not bluez.discovering("hci0"))


@pytest.mark.parametrize(
    ("calls", "error"),
    [
        (["StartDiscovery", "StartDiscovery"], "org.bluez.Error.InProgress"),
        (["StopDiscovery"], "org.bluez.Error.Failed"),
        (["StartDiscovery", "StopDiscovery", "StopDiscovery"], "org.bluez.Error.Failed"),
        (["Explode"], "org.freedesktop.DBus.Error.UnknownMethod"),
    ],
)
async def test_errors_are_bluetoothds(client: Client, calls: list[str], error: str) -> None:
    for member in calls[:-1]:
        assert (await client.adapter(member)).message_type is MessageType.METHOD_RETURN
    assert (await client.adapter(calls[-1])).error_name == error


async def test_an_adapter_that_is_off_is_not_ready(bluez: VirtualBluez, client: Client) -> None:
    bluez.set_powered("hci0", False)
    for member in ("StartDiscovery", "StopDiscovery"):
        assert (await client.adapter(member)).error_name == "org.bluez.Error.NotReady"
    await client.call(HCI0, PROPERTIES, "Set", "ssv", [ADAPTER, "Powered", Variant("b", True)])
    assert (await client.adapter("StartDiscovery")).error_name is None


async def test_an_adapter_that_is_not_there(client: Client) -> None:
    reply = await client.call("/org/bluez/hci9", ADAPTER, "StartDiscovery")
    assert reply.error_name == "org.freedesktop.DBus.Error.UnknownObject"


async def test_an_unreadable_filter_is_refused(client: Client) -> None:
    for filter_ in ({"RSSI": Variant("s", "loud")}, {"Volume": Variant("n", 1)}, {"Transport": Variant("s", "smoke")}):
        reply = await client.adapter("SetDiscoveryFilter", "a{sv}", [filter_])
        assert reply.error_name == "org.bluez.Error.InvalidArguments"


async def test_properties_can_be_read_and_some_written(client: Client) -> None:
    before = (await client.call(HCI0, PROPERTIES, "GetAll", "s", [ADAPTER])).body[0]
    assert (before["Powered"].value, before["Discovering"].value) == (True, False)
    assert "central" in before["Roles"].value
    await client.adapter("StartDiscovery")
    after = await client.call(HCI0, PROPERTIES, "Get", "ss", [ADAPTER, "Discovering"])
    assert after.body[0].value is True
    await client.call(HCI0, PROPERTIES, "Set", "ssv", [ADAPTER, "Alias", Variant("s", "till")])
    assert (await client.call(HCI0, PROPERTIES, "Get", "ss", [ADAPTER, "Alias"])).body[0].value == "till"


@pytest.mark.parametrize(
    ("member", "signature", "body", "error"),
    [
        ("Get", "ss", [ADAPTER, "Colour"], "org.freedesktop.DBus.Error.InvalidArgs"),
        ("Set", "ssv", [ADAPTER, "Address", Variant("s", "x")], "org.freedesktop.DBus.Error.PropertyReadOnly"),
        ("Set", "ssv", [ADAPTER, "Powered", Variant("s", "yes")], "org.bluez.Error.InvalidArguments"),
        ("GetAll", "s", ["org.example"], "org.freedesktop.DBus.Error.UnknownMethod"),
    ],
)
async def test_wrong_properties(client: Client, member: str, signature: str, body: list[object], error: str) -> None:
    assert (await client.call(HCI0, PROPERTIES, member, signature, body)).error_name == error


async def test_a_second_bluetoothd_gets_no_name(bluez: VirtualBluez) -> None:
    with pytest.raises(RuntimeError, match=r"org\.bluez on .* belongs to somebody else"):
        await Connection.open(bluez.bus_address, lambda _: False)


async def test_devices_can_be_listed_read_and_removed(bluez: VirtualBluez, client: Client) -> None:
    await client.adapter("StartDiscovery")
    bluez.advertise("hci0", "C4:64:E3:00:00:01", -60, manufacturer_data={0x004C: b"\x02\x15"})
    path = f"{HCI0}/dev_C4_64_E3_00_00_01"
    managed = (await client.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")).body[0]
    assert managed[path]["org.bluez.Device1"]["RSSI"].value == -60
    rssi = await client.call(path, PROPERTIES, "Get", "ss", ["org.bluez.Device1", "RSSI"])
    assert rssi.body[0].value == -60
    await client.adapter("RemoveDevice", "o", [path])
    assert bluez.devices("hci0") == ()
    assert (await client.adapter("RemoveDevice", "o", [path])).error_name == "org.bluez.Error.DoesNotExist"


async def test_a_long_answer_in_the_middle_of_a_flood_loses_nothing(bluez: VirtualBluez, client: Client) -> None:
    """Three thousand devices make an answer that no socket takes at once, with signals before and behind it."""
    await client.adapter("StartDiscovery")
    for number in range(3000):
        address = f"C4:64:E3:00:{number >> 8:02X}:{number & 0xFF:02X}"
        bluez.advertise("hci0", address, -60, manufacturer_data={0x004C: bytes(23)})
    asking = [client.call("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects") for _ in range(3)]
    answers = await asyncio.gather(*asking)
    for _ in range(2000):
        bluez.advertise("hci0", "C4:64:E3:00:00:00", -61, manufacturer_data={0x004C: bytes(23)})
    await bluez.drain()
    assert len(answers[-1].body[0]) == 3000 + 3  # with two adapters and /org/bluez
    assert (await client.adapter("StopDiscovery")).error_name is None


async def test_a_monitor_that_is_exported_as_soon_as_it_may_be_is_not_missed(
    bluez: VirtualBluez, client: Client
) -> None:
    """The daemon is asked for the client's signals before the client gets its answer."""
    seen: list[str] = []

    def overhear(message: Message) -> bool:
        seen.append(message.member or message.message_type.name)
        return True

    spy = await MessageBus(bus_address=bluez.bus_address).connect()
    rules = [
        "member='RegisterMonitor'",
        "member='AddMatch'",
        f"type='method_return',destination='{client.bus.unique_name}'",
    ]
    await spy.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus.Monitoring",
            member="BecomeMonitor",
            signature="asu",
            body=[rules, 0],
        )
    )
    spy.add_message_handler(overhear)
    await client.call(HCI0, "org.bluez.AdvertisementMonitorManager1", "RegisterMonitor", "o", ["/monitors"])
    await until(lambda: "METHOD_RETURN" in seen)
    assert seen[-3:] == ["RegisterMonitor", "AddMatch", "METHOD_RETURN"]
    spy.disconnect()


async def test_every_radio_has_a_bus_of_its_own() -> None:
    async with VirtualBluez() as one, VirtualBluez() as two:
        assert one.bus_address != two.bus_address


async def test_without_a_dbus_daemon_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DBusDaemonError, match="apt install dbus-daemon"):
        await VirtualBluez().__aenter__()


async def test_nothing_stays_behind_after_leaving() -> None:
    async with VirtualBluez() as bluez:
        assert bluez.daemon_pid is not None
        daemon = psutil.Process(bluez.daemon_pid)
    assert not daemon.is_running()


async def test_nothing_stays_behind_after_kill_9() -> None:
    script = """
import asyncio
from nearcart_sim.shell.bluez import VirtualBluez
async def main():
    async with VirtualBluez() as bluez:
        print(bluez.daemon_pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, env={**os.environ}
    )
    assert process.stdout is not None
    daemon = psutil.Process(int(await process.stdout.readline()))
    assert daemon.name() == "dbus-daemon"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    await until(lambda: not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE)


async def test_a_bus_that_dies_leaves_nobody_waiting() -> None:
    async with VirtualBluez() as bluez:
        assert bluez.daemon_pid is not None
        client = await MessageBus(bus_address=bluez.bus_address).connect()
        await client.call(Message(destination="org.bluez", path=HCI0, interface=ADAPTER, member="StartDiscovery"))
        os.kill(bluez.daemon_pid, signal.SIGKILL)
        with pytest.raises(EOFError):
            await client.wait_for_disconnect()
        for _ in range(500):
            bluez.advertise("hci0", "C4:64:E3:00:00:01", -60)
        await asyncio.wait_for(bluez.drain(), 5)
