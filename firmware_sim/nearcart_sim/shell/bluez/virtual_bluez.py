"""A BlueZ without Bluetooth: what bleak, bluetoothctl or any D-Bus client sees of bluetoothd, on a bus of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Self

from dbus_fast import Message, MessageType
from dbus_fast.errors import DBusError

from nearcart_sim.shell.bluez.adapter import TEMPORARY_TIMEOUT_S, Adapter, AdapterCounts, Fault
from nearcart_sim.shell.bluez.connection import Connection
from nearcart_sim.shell.bluez.dispatch import Dispatch
from nearcart_sim.shell.bluez.monitor_clients import exported, find, follow
from nearcart_sim.shell.bluez.monitors import Application
from nearcart_sim.shell.bluez.names import DBUS, OBJECT_MANAGER
from nearcart_sim.shell.bluez.packet import AddressType, ReceivedPacket
from nearcart_sim.shell.bluez.private_bus import PrivateBus

_EXPIRY_INTERVAL_S = 1.0


class VirtualBluez:
    """Owns ``org.bluez`` on a private bus while the context is open.

    Give ``bus_address`` to a client as ``DBUS_SYSTEM_BUS_ADDRESS``, then ``advertise``::

        async with VirtualBluez(adapters=("hci0",)) as bluez:
            bluez.advertise("hci0", "C4:64:E3:00:00:01", -60, manufacturer_data={0x004C: payload})
            await bluez.drain()
    """

    def __init__(
        self,
        adapters: Sequence[str] = ("hci0",),
        *,
        temporary_timeout: float = TEMPORARY_TIMEOUT_S,
        rssi_needs_proximity: bool = False,
    ) -> None:
        """``temporary_timeout``: seconds of silence after which a device is forgotten. ``rssi_needs_proximity``: like a
        bluetoothd since July 2026, which tells each RSSI only to clients with an RSSI or path loss filter."""
        self.bus_address = ""
        self._adapters = {
            name: Adapter(
                name, self._emit, temporary_timeout=temporary_timeout, rssi_needs_proximity=rssi_needs_proximity
            )
            for name in adapters
        }
        self._plugged = dict(self._adapters)
        self._dispatch = Dispatch(self._plugged, self._monitor_registered)
        self._daemon = PrivateBus()
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        """Raises ``DBusDaemonError`` when there is no dbus-daemon to start."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._daemon)
            self.bus_address = self._daemon.address
            stack.push_async_callback(self._disconnect)
            self._connection = await Connection.open(self.bus_address, self._take)
            stack.push_async_callback(_end, asyncio.create_task(self._expire_for_ever()))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def advertise(
        self,
        adapter: str,
        address: str,
        rssi: int,
        *,
        manufacturer_data: Mapping[int, bytes] | None = None,
        service_data: Mapping[str, bytes] | None = None,
        service_uuids: Sequence[str] = (),
        tx_power: int | None = None,
        name: str | None = None,
        address_type: AddressType = "random",
        connectable: bool = False,
    ) -> None:
        """One packet reaches the antenna of ``adapter`` (``hci0``). ``rssi`` and ``tx_power`` in dBm, UUIDs in full.

        Returns at once; after a burst of thousands wait for ``drain``. An adapter that is unplugged or does not scan
        hears nothing. Raises ``KeyError`` for an adapter that never was.
        """
        packet = ReceivedPacket(
            address,
            rssi,
            manufacturer_data or {},
            service_data or {},
            tuple(service_uuids),
            tx_power,
            name,
            address_type,
            connectable,
        )
        self._adapters[adapter].receive(packet, asyncio.get_running_loop().time())

    async def drain(self) -> None:
        """Until the D-Bus daemon has taken every signal so far, so that nothing piles up in this process."""
        if self._connection is not None:
            await self._connection.outbound.drain()

    def counts(self, adapter: str) -> AdapterCounts:
        """What one adapter received and told; the truth to compare a client's count with."""
        return self._adapters[adapter].counts

    @property
    def adverts_sent(self) -> int:
        """Packets of all adapters that scanning clients were told of."""
        return sum(adapter.counts.adverts_sent for adapter in self._adapters.values())

    def discovering(self, adapter: str) -> bool:
        """Whether a client scans actively on it."""
        return self._adapters[adapter].discovering

    def floors(self, adapter: str) -> tuple[int | None, ...]:
        """The RSSI filter of each active scan on it, in dBm."""
        return self._adapters[adapter].floors

    def monitored(self, adapter: str) -> bool:
        """Whether a client scans passively on it."""
        return self._adapters[adapter].monitors.active

    @property
    def daemon_pid(self) -> int | None:
        """Process id of the D-Bus daemon, ``None`` while it does not run."""
        return self._daemon.pid

    def devices(self, adapter: str) -> tuple[str, ...]:
        """Addresses that bluetoothd knows now."""
        return self._adapters[adapter].devices

    # faults on command

    def break_adapter(self, adapter: str, fault: Fault | None) -> None:
        """Let it misbehave until it is mended as the fault says; ``None`` mends it. It knows no device then, whose data a client
        might still have."""
        self._adapters[adapter].fault = fault
        for address in self._adapters[adapter].devices:
            self._adapters[adapter].remove(address)

    def set_powered(self, adapter: str, powered: bool) -> None:
        """Switch an adapter off or on."""
        self._adapters[adapter].set_powered(powered)

    def remove_adapter(self, adapter: str) -> None:
        """Pull it out of its socket. Raises ``KeyError`` when it is out already."""
        self._plugged.pop(adapter).unplug()

    def add_adapter(self, adapter: str) -> None:
        """Plug a removed adapter in again."""
        self._plugged[adapter] = self._adapters[adapter]
        self._adapters[adapter].appear()

    async def restart_bluetoothd(self, down_for: float = 0.0) -> None:
        """bluetoothd dies without a word, is away for ``down_for`` seconds, and comes back knowing nobody."""
        await self._disconnect()
        for adapter in self._adapters.values():
            adapter.reset()
        await asyncio.sleep(down_for)
        self._connection = await Connection.open(self.bus_address, self._take)
        for adapter in self._plugged.values():
            adapter.appear()

    # details

    def _emit(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.outbound.put(message)

    def _take(self, message: Message) -> bool:
        """Everything that arrives on the bus; true when it is dealt with."""
        if message.message_type is MessageType.METHOD_CALL:
            return self._answer(message)
        if message.message_type is MessageType.SIGNAL:
            self._take_signal(message)
        return False

    def _answer(self, call: Message) -> bool:
        if call.interface in ("org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer"):
            return False
        try:
            reply = self._dispatch.answer(call)
        except DBusError as error:
            reply = Message.new_error(call, error.type, error.text)
        self._emit(reply)
        return True

    def _take_signal(self, signal: Message) -> None:
        if signal.member == "NameOwnerChanged" and signal.sender == DBUS:
            name, _, new_owner = signal.body
            if not new_owner:
                for adapter in self._adapters.values():
                    adapter.client_gone(name)
        elif signal.interface == OBJECT_MANAGER and self._connection is not None and signal.sender:
            path, changed = signal.body
            for adapter in self._plugged.values():
                if signal.member == "InterfacesAdded":
                    exported(adapter, signal.sender, path, changed, self._connection.outbound)
                else:
                    adapter.monitors.deactivate(signal.sender, path)

    def _monitor_registered(self, adapter: Adapter, application: Application) -> None:
        if self._connection is not None:
            follow(application, self._connection.outbound)
            self._connection.start(find(adapter, application, self._connection.outbound))

    async def _expire_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_EXPIRY_INTERVAL_S)
            for adapter in self._plugged.values():
                adapter.expire(asyncio.get_running_loop().time())

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
