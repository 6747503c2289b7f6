"""Errors as bluetoothd words them (BlueZ src/error.c)."""

from dbus_fast.errors import DBusError


def not_ready() -> DBusError:
    """The adapter is switched off."""
    return DBusError("org.bluez.Error.NotReady", "Resource Not Ready")


def in_progress() -> DBusError:
    """This client scans already."""
    return DBusError("org.bluez.Error.InProgress", "Operation already in progress")


def failed(text: str) -> DBusError:
    return DBusError("org.bluez.Error.Failed", text)


def invalid_arguments() -> DBusError:
    return DBusError("org.bluez.Error.InvalidArguments", "Invalid arguments in method call")


def already_exists() -> DBusError:
    return DBusError("org.bluez.Error.AlreadyExists", "Already Exists")


def does_not_exist() -> DBusError:
    return DBusError("org.bluez.Error.DoesNotExist", "Does Not Exist")


def unknown_object(path: str) -> DBusError:
    return DBusError("org.freedesktop.DBus.Error.UnknownObject", f"Object path {path} is not there")


def unknown_method(interface: str, member: str) -> DBusError:
    return DBusError(
        "org.freedesktop.DBus.Error.UnknownMethod", f'Method "{member}" on interface "{interface}" doesn\'t exist'
    )


def unknown_property(name: str) -> DBusError:
    return DBusError("org.freedesktop.DBus.Error.InvalidArgs", f"No such property '{name}'")


def read_only(name: str) -> DBusError:
    return DBusError("org.freedesktop.DBus.Error.PropertyReadOnly", f"Property '{name}' is not writable")
