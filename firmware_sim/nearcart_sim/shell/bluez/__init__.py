"""The virtual BlueZ: ``VirtualBluez`` stands in for bluetoothd and its adapters."""

from nearcart_sim.shell.bluez.private_bus import DBusDaemonError
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

__all__ = ["DBusDaemonError", "VirtualBluez"]
