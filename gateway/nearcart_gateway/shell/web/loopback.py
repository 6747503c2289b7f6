"""Which addresses only this machine can reach, and who the console may be opened to."""

import ipaddress

from nearcart_contract.store_file import Console

MIN_PASSWORD = 12
"""Characters that a password needs where others can reach the console."""


class OpenConsoleError(ValueError):
    """The console would stand open to others; the message says what to do."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host, named or numbered (``localhost``, ``127.0.0.1``, ``::1``, also in brackets)."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_without_port(header: str) -> str:
    """The host of a ``Host`` header, lower case: ``localhost:8080`` is ``localhost``, ``[::1]:8080`` is ``::1``."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def password_of(console: Console) -> str | None:
    """The console's password, or ``None`` on loopback without one.

    Raises ``OpenConsoleError`` when others could reach it without a password worth the name; the store file's model refuses
    that too, and this door does not rely on it.
    """
    password = console.password.get_secret_value() if console.password else ""
    if not is_loopback(console.host) and len(password) < MIN_PASSWORD:
        raise OpenConsoleError(
            f"console on {console.host} can be reached by others: give it a password of at least {MIN_PASSWORD} characters"
            " in store.yaml (console.password), or let it listen on 127.0.0.1"
        )
    return password or None
