"""Mosquitto's three files: its configuration, who may connect, and who may say and hear what. Plain functions to text."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nearcart_contract.topics import FROM_EDGE, MAX_PAYLOAD_BYTES, RECEIPTS, ROOT, TO_EDGE, edge_topic
from nearcart_gateway.shell.broker import MAX_QUEUED_MESSAGES
from nearcart_gateway.shell.init.bridge_files import BRIDGE, SCANNERS_USER, Bridged, edges_of, hears, rules

_ITERATIONS = 101
"""Mosquitto's own default; our passwords are 192 random bits, which no number of rounds makes harder to guess."""
_SALT_BYTES = 12
_MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024
"""The largest payload, a topic of our names, and the packet's header."""

RandomBytes = Callable[[int], bytes]


def edge_user(edge: str) -> str:
    """The broker's user name of an edge; the prefix keeps an edge called ``gateway`` from being the gateway."""
    return f"edge-{edge}"


def users(edges: Sequence[str], bridged: Sequence[Bridged] = ()) -> tuple[str, ...]:
    """Everybody who has a password."""
    bridge = (edge_user(BRIDGE), SCANNERS_USER) if bridged else ()
    return ("gateway", *(edge_user(edge) for edge in edges), *bridge, "screens", "staff", "phones")


def password_hash(password: str, salt: bytes) -> str:
    """Mosquitto 2's ``$7$``: PBKDF2-HMAC-SHA512, then iterations, salt and hash in base64 (mosquitto_passwd(1))."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def password_lines(passwords: Mapping[str, str], random_bytes: RandomBytes) -> str:
    """The password file; ``random_bytes`` makes each user's salt."""
    return "".join(f"{user}:{password_hash(text, random_bytes(_SALT_BYTES))}\n" for user, text in passwords.items())


def access_list(store: str, edges: Sequence[str], bridged: Sequence[Bridged] = ()) -> str:
    """The ACL file: what is not allowed here is refused. ``bridged``: other people's scanners, all of one bridge."""
    blocks = [_user("gateway", "receives what edges say, answers them, sends offers", _gateway_rules(store))]
    blocks += [
        _user(edge_user(edge), "says and hears only what is its own", _edge_rules(store, edge)) for edge in edges
    ]
    if bridged:
        own = [rule for edge in edges_of(bridged) for rule in _edge_rules(store, edge)]
        heard = [f"read {topic}" for topic in hears(bridged)]
        blocks.append(_user(edge_user(BRIDGE), "hears other people's scanners, and speaks for them", own + heard))
        blocks.append(
            _user(SCANNERS_USER, "other people's scanners, and the settings that they ask for", rules(bridged))
        )
    blocks.append(_user("screens", "the screens of all zones", _listens(store, "screen/+", "screen/+/receipt")))
    blocks.append(_user("staff", "the staff's devices", _listens(store, "staff", "staff/receipt")))
    blocks.append(
        _user(
            "phones",
            "the service that hands offers on to visitors' phones",
            _listens(store, "visitor/+/offer", "visitor/+/receipt"),
        )
    )
    return "# Who may publish (write) and receive (read) what. Everything else is refused.\n\n" + "\n".join(blocks)


def configuration(folder: Path, host: str, port: int) -> str:
    """mosquitto.conf, with ``passwords`` and ``acl`` in ``folder`` (absolute: Mosquitto reads paths from where it starts)."""
    return f"""# Mosquitto for this store. Try it: mosquitto -c {folder / "mosquitto.conf"}
# As Debian's service: put this file into /etc/mosquitto/conf.d, passwords and acl (owner mosquitto, mode 600) where the two
# paths below say, and restart it: sudo systemctl restart mosquitto

# Where it listens. Off this machine passwords cross the network in the clear, unless these lines have certificates.
listener {port} {host}
# cafile /etc/mosquitto/certs/ca.pem
# certfile /etc/mosquitto/certs/gateway.pem
# keyfile /etc/mosquitto/certs/gateway.key

# One password for each edge, one for the gateway; acl says what each may do.
allow_anonymous false
password_file {folder / "passwords"}
acl_file {folder / "acl"}

# Nothing is trusted to the broker's memory: edges keep what the gateway has not confirmed, and send it again.
persistence false

# Messages leave at once: gathering small ones (Nagle) costs an offer 40 ms.
set_tcp_nodelay true

# A message over {MAX_PAYLOAD_BYTES // 1024} KiB is none of ours: whoever sends one is disconnected.
max_packet_size {_MAX_PACKET_BYTES}
# The default of 1000 drops messages without a word when a full shop comes back after an outage.
max_queued_messages {MAX_QUEUED_MESSAGES}

log_dest stderr
log_type error
log_type warning
"""


def _gateway_rules(store: str) -> list[str]:
    rules = [f"read {edge_topic(store, '+', channel)}" for channel in FROM_EDGE]
    rules += [f"write {edge_topic(store, '+', channel)}" for channel in TO_EDGE]
    base = f"{ROOT}/{store}"
    rules += [f"read {base}/{topic}" for topic in RECEIPTS]
    return [*rules, f"write {base}/visitor/+/offer", f"write {base}/screen/+", f"write {base}/staff"]


def _edge_rules(store: str, edge: str) -> list[str]:
    says = [f"write {edge_topic(store, edge, channel)}" for channel in FROM_EDGE]
    return says + [f"read {edge_topic(store, edge, channel)}" for channel in TO_EDGE]


def _listens(store: str, offers: str, receipts: str) -> list[str]:
    return [f"read {ROOT}/{store}/{offers}", f"write {ROOT}/{store}/{receipts}"]


def _user(name: str, about: str, rules: Sequence[str]) -> str:
    return f"# {about}\nuser {name}\n" + "".join(f"topic {rule}\n" for rule in rules)
