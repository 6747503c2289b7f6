"""A client of an MQTT broker as this edge makes them, and what its failures mean."""

import asyncio
import socket
import ssl

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from nearcart_contract.broker import Broker

KEEPALIVE_S = 15
"""A broker declares a silent edge dead after one and a half of this, so a dead agent shows within 30 s."""

MAX_INCOMING = 1000
"""Messages that may wait to be read; more are dropped, which acks and the roster's numbers survive."""


def broker_client(
    broker: Broker, identifier: str, *, will: aiomqtt.Will | None = None, timeout: float | None = None
) -> aiomqtt.Client:
    """Not connected yet. ``identifier`` is its own: a second client of that name would put the first one out. ``timeout``: seconds
    that an answer may take, else aiomqtt's ten."""
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password.get_secret_value() if broker.password else None,
        identifier=identifier,
        clean_session=True,
        keepalive=KEEPALIVE_S,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        max_queued_incoming_messages=MAX_INCOMING,
        tls_params=aiomqtt.TLSParameters(ca_certs=str(broker.tls_ca)) if broker.tls_ca else None,
        will=will,
        timeout=timeout,
    )


def broker_sentence(broker: Broker, error: BaseException) -> str:
    """Why there is no connection to a broker, and what to look at."""
    where = f"{broker.host}:{broker.port}"
    if isinstance(error, MqttConnectError):
        return f"the broker at {where} refuses this edge ({error}): check broker.username and broker.password"
    cause = error if isinstance(error, OSError) else error.__context__
    if isinstance(cause, FileNotFoundError | PermissionError) and broker.tls_ca is not None:
        return f"broker.tls_ca can't be read ({cause.strerror}): put the authority's certificate at {broker.tls_ca}"
    return f"no connection to the broker at {where} ({str(error) or 'no answer'}): {_look_at(cause)}"


def _look_at(cause: BaseException | None) -> str:
    match cause:
        case ssl.SSLCertVerificationError():
            return "is broker.tls_ca of who signed its certificate, is broker.host the name in it, is this machine's clock right?"
        case ssl.SSLError():
            return "does it speak TLS on that port, and is broker.tls_ca a PEM file?"
        case socket.gaierror():
            return "is broker.host right, and this machine on the network?"
        case ConnectionRefusedError():
            return "is the broker running, and does it listen there?"
    return "is its address right, does a firewall stand between, does that port want TLS (broker.tls_ca)?"


def end_if_cancelled() -> None:
    """Take up a cancellation that got lost: before Python 3.12 ``asyncio.wait_for``, which aiomqtt waits with, swallows one that
    comes together with the broker's answer. Raises ``CancelledError``.

    A task whose own TaskGroup failed counts as cancelled there, too: hence a task for each connection."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first of a group, however deep."""
    error = errors.exceptions[0]
    return first_error(error) if isinstance(error, BaseExceptionGroup) else error
