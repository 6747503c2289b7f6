"""D-Bus names of BlueZ (https://github.com/bluez/bluez, folder doc) and of D-Bus itself."""

BLUEZ = "org.bluez"
ROOT_PATH = "/org/bluez"
ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
MONITOR_MANAGER = "org.bluez.AdvertisementMonitorManager1"
MONITOR = "org.bluez.AdvertisementMonitor1"

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
DBUS = "org.freedesktop.DBus"
DBUS_PATH = "/org/freedesktop/DBus"


def adapter_path(adapter: str) -> str:
    """``hci0`` as BlueZ's object path."""
    return f"{ROOT_PATH}/{adapter}"


def device_path(adapter: str, address: str) -> str:
    """A device of an adapter as BlueZ's object path."""
    return f"{ROOT_PATH}/{adapter}/dev_{address.replace(':', '_')}"
