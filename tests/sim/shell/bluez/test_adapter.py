"""One adapter without a bus: which signal follows which packet."""

from typing import Any

import pytest
from dbus_fast import Message, Variant
from dbus_fast.errors import DBusError
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.shell.bluez.adapter import Adapter
from nearcart_sim.shell.bluez.discovery import DiscoveryFilter, read_filter
from nearcart_sim.shell.bluez.packet import ReceivedPacket

TAG = "C4:64:E3:00:00:01"
PATH = "/org/bluez/hci0/dev_C4_64_E3_00_00_01"
LE = DiscoveryFilter(transport="le")
DUPLICATES = DiscoveryFilter(transport="le", duplicate_data=True)


class Bus:
    """Where an adapter's signals go."""

    def __init__(self) -> None:
        self.signals: list[Message] = []

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        """The signals since the last look: member, and what changed in plain values."""
        taken, self.signals = self.signals, []
        return [(signal.member or "", _plain(signal)) for signal in taken]


def _plain(signal: Message) -> dict[str, Any]:
    if signal.member == "PropertiesChanged":
        return {name: variant.value for name, variant in signal.body[1].items()} | dict.fromkeys(signal.body[2])
    return {}


def scanning(filter_: DiscoveryFilter | None = DUPLICATES, **options: Any) -> tuple[Adapter, Bus]:
    bus = Bus()
    adapter = Adapter("hci0", lambda message: bus.signals.append(message), **options)
    adapter.set_discovery_filter(":1.1", filter_)
    adapter.start_discovery(":1.1")
    bus.take()
    return adapter, bus


def packet(rssi: int = -60, data: bytes = b"\x02\x15", **more: Any) -> ReceivedPacket:
    return ReceivedPacket(TAG, rssi, {0x004C: data}, **more)


def test_the_first_packet_makes_the_device_and_the_second_changes_it() -> None:
    adapter, bus = scanning()
    adapter.receive(packet(-60), 0.0)
    adapter.receive(packet(-61), 0.1)
    (added, _), (changed, properties) = bus.take()
    assert (added, changed) == ("InterfacesAdded", "PropertiesChanged")
    assert properties["RSSI"] == -61


def test_with_duplicates_an_unchanged_packet_is_told_again() -> None:
    adapter, bus = scanning(DUPLICATES)
    for _ in range(3):
        adapter.receive(packet(), 0.0)
    assert [set(properties) for _, properties in bus.take()[1:]] == [{"RSSI", "ManufacturerData"}] * 2


def test_without_duplicates_only_the_rssi_is() -> None:
    adapter, bus = scanning(LE)
    for data in (b"\x02\x15", b"\x02\x15", b"\x10\x05"):
        adapter.receive(packet(data=data), 0.0)
    assert [set(properties) for _, properties in bus.take()[1:]] == [{"RSSI"}, {"RSSI", "ManufacturerData"}]


def test_without_any_filter_small_changes_of_rssi_are_not_told() -> None:
    adapter, bus = scanning(None)
    for rssi in (-60, -67, -68, -61, -60):
        adapter.receive(packet(rssi), 0.0)
    assert [properties.get("RSSI") for _, properties in bus.take()[1:]] == [-68, -60]
    assert adapter.counts.unchanged == 2


def test_one_clients_wish_for_duplicates_holds_for_all() -> None:
    adapter, bus = scanning(LE)
    adapter.set_discovery_filter(":1.2", DUPLICATES)
    adapter.start_discovery(":1.2")
    for _ in range(2):
        adapter.receive(packet(), 0.0)
    assert "ManufacturerData" in bus.take()[-1][1]


def test_without_duplicates_payloads_add_up_and_with_them_the_last_one_stands() -> None:
    for filter_, companies in ((LE, {0x004C, 0x0118}), (DUPLICATES, {0x0118})):
        adapter, bus = scanning(filter_)
        adapter.receive(ReceivedPacket(TAG, -60, {0x004C: b"a"}), 0.0)
        adapter.receive(ReceivedPacket(TAG, -60, {0x0118: b"b"}), 0.0)
        assert set(bus.take()[-1][1]["ManufacturerData"]) == companies


def test_service_data_names_its_uuid_once() -> None:
    adapter, bus = scanning()
    adapter.receive(packet(), 0.0)
    for data in (b"\x00", b"\x20"):
        adapter.receive(ReceivedPacket(TAG, -60, service_data={full_uuid("feaa"): data}), 0.0)
    first, second = (properties for _, properties in bus.take()[1:])
    assert first["UUIDs"] == [full_uuid("feaa")]
    assert "UUIDs" not in second


def test_the_end_of_the_last_session_takes_rssi_back_and_beacons_away() -> None:
    adapter, bus = scanning()
    adapter.receive(packet(tx_power=-4), 0.0)
    bus.take()
    adapter.stop_discovery(":1.1")
    assert bus.take() == [
        ("PropertiesChanged", {"RSSI": None, "TxPower": None}),
        ("InterfacesRemoved", {}),
        ("PropertiesChanged", {"Discovering": False}),
    ]


def test_a_connectable_device_stays_until_it_times_out() -> None:
    adapter, bus = scanning(temporary_timeout=30.0)
    adapter.receive(packet(connectable=True), 0.0)
    adapter.stop_discovery(":1.1")
    assert adapter.devices == (TAG,)
    adapter.expire(29.9)
    assert adapter.devices == (TAG,)
    adapter.expire(30.0)
    assert adapter.devices == ()
    assert bus.take()[-1][0] == "InterfacesRemoved"


def test_each_packet_puts_the_timeout_off() -> None:
    adapter, _ = scanning(temporary_timeout=30.0)
    adapter.receive(packet(), 0.0)
    adapter.receive(packet(), 25.0)
    adapter.expire(40.0)
    assert adapter.devices == (TAG,)


@pytest.mark.parametrize(
    ("filter_", "heard"),
    [
        (DiscoveryFilter(transport="bredr"), False),
        (DiscoveryFilter(pathloss=60), True),
        (DiscoveryFilter(pathloss=50), False),
        (DiscoveryFilter(pattern="c4:64"), True),
        (DiscoveryFilter(pattern="Tag"), True),
        (DiscoveryFilter(pattern="Band"), False),
        (DiscoveryFilter(rssi=-60), True),
        (DiscoveryFilter(rssi=-59), False),
    ],
)
def test_filters(filter_: DiscoveryFilter, heard: bool) -> None:
    adapter, bus = scanning(filter_)
    adapter.receive(packet(-60, tx_power=-4, name="Tag 7"), 0.0)
    assert bool(bus.take()) is heard


names = st.sampled_from(
    ["UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData", "Pattern", "Discoverable", "Colour"]
)
variants = st.one_of(
    st.builds(Variant, st.just("n"), st.integers(-200, 100)),
    st.builds(Variant, st.just("q"), st.integers(0, 300)),
    st.builds(Variant, st.just("b"), st.booleans()),
    st.builds(Variant, st.just("s"), st.sampled_from(["le", "auto", "bredr", "smoke", ""])),
    st.builds(Variant, st.just("as"), st.lists(st.sampled_from(["feaa", full_uuid("180d"), "nonsense"]), max_size=3)),
)


@given(st.dictionaries(names, variants, max_size=4))
def test_a_filter_is_read_or_refused_as_bluetoothd_would(values: dict[str, Variant]) -> None:
    try:
        filter_ = read_filter(values)
    except DBusError as error:
        assert error.type == "org.bluez.Error.InvalidArguments"
    else:
        assert (filter_ is None) == (not values)
        assert filter_ is None or filter_.rssi is None or -127 <= filter_.rssi <= 20


clients = st.sampled_from([":1.1", ":1.2", ":1.3"])
addresses = st.sampled_from([f"C4:64:E3:00:00:0{number}" for number in range(4)])


class AnyOrder(RuleBasedStateMachine):
    """Clients, packets and time in any order: what a listener can rely on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.known: dict[str, float] = {}
        self.told = 0
        self.scanning: set[str] = set()
        self.adapter = Adapter("hci0", self._listen, temporary_timeout=30.0)

    def _listen(self, signal: Message) -> None:
        if signal.member == "InterfacesAdded":
            assert signal.body[0] not in self.known, "a device appeared twice"
            self.known[signal.body[0]] = self.now
            self.told += 1
        elif signal.member == "InterfacesRemoved":
            assert self.known.pop(signal.body[0], None) is not None, "a device left that was not there"
        elif signal.body[0] == "org.bluez.Device1":
            assert signal.path in self.known, "a device changed that was not there"
            self.told += bool(signal.body[1])

    @rule(client=clients, filter_=st.sampled_from([None, LE, DUPLICATES, DiscoveryFilter(rssi=-70)]))
    def set_filter(self, client: str, filter_: DiscoveryFilter | None) -> None:
        self.adapter.set_discovery_filter(client, filter_)

    @rule(client=clients)
    def start(self, client: str) -> None:
        if client in self.scanning:
            with pytest.raises(DBusError, match="already in progress"):
                self.adapter.start_discovery(client)
        else:
            self.adapter.start_discovery(client)
            self.scanning.add(client)

    @rule(client=clients)
    def stop(self, client: str) -> None:
        if client in self.scanning:
            self.adapter.stop_discovery(client)
            self.scanning.remove(client)
        else:
            with pytest.raises(DBusError, match="No discovery started"):
                self.adapter.stop_discovery(client)

    @rule(client=clients)
    def leave(self, client: str) -> None:
        self.adapter.client_gone(client)
        self.scanning.discard(client)

    @rule(address=addresses, rssi=st.integers(-90, -40), data=st.sampled_from([b"a", b"b"]), connectable=st.booleans())
    def advertise(self, address: str, rssi: int, data: bytes, connectable: bool) -> None:
        told = self.told
        self.adapter.receive(ReceivedPacket(address, rssi, {1: data}, connectable=connectable), self.now)
        assert self.told - told <= 1
        if not self.scanning:
            assert self.told == told

    @precondition(lambda self: self.known)
    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.adapter.expire(self.now)

    @invariant()
    def it_counts_what_it_told(self) -> None:
        assert self.adapter.counts.adverts_sent == self.told
        assert len(self.adapter.devices) == len(self.known)
        assert self.adapter.discovering == bool(self.scanning)


TestAnyOrder = AnyOrder.TestCase
