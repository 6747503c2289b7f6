"""Resolvable private addresses, against the Core specification's own sample."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nearcart_edge.core.address_batch import AddressBatch
from nearcart_edge.core.address_queue import AddressQueue
from nearcart_edge.core.private_address import TRIES_PER_S, AddressHash, ResolvingKeys

# Bluetooth Core 5.4, Vol 3 Part H, appendix D.7 "ah random address hash function".
IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")
PRAND, HASH = bytes.fromhex("708194"), bytes.fromhex("0dfbaa")
ADDRESS = "70:81:94:0D:FB:AA"


def test_the_specification_s_sample() -> None:
    assert AddressHash(IRK).of(PRAND) == HASH


def test_an_address_resolves_to_whose_key_made_it() -> None:
    keys = ResolvingKeys()
    keys.add("other", bytes(16))
    keys.add("dora", IRK)
    assert keys.resolve(ADDRESS) == "dora"
    assert keys.resolve(ADDRESS) == "dora"
    assert keys.resolve("70:81:94:0D:FB:AB") is None


def test_an_address_that_is_not_resolvable_is_nobody_s() -> None:
    keys = ResolvingKeys()
    keys.add("dora", IRK)
    for address in ("F0:81:94:0D:FB:AA", "00:00:00:00:00:00", "no address", "70:81"):
        assert keys.resolve(address) is None


def test_only_the_type_bits_of_a_resolvable_address_make_it_one() -> None:
    """A static, a non-resolvable and a reserved address that happen to fit are nobody's."""
    keys = ResolvingKeys()
    keys.add("dora", IRK)
    for first in (0xF0, 0x30, 0xB0):
        assert keys.resolve(address_of(IRK, bytes([first]) + PRAND[1:])) is None
    assert keys.resolve(address_of(IRK, b"\x7f" + PRAND[1:])) == "dora"


def test_a_stranger_s_answer_is_forgotten_when_a_key_arrives() -> None:
    keys = ResolvingKeys()
    keys.add("other", bytes(16))
    assert keys.resolve(ADDRESS) is None
    keys.add("dora", IRK)
    assert keys.resolve(ADDRESS) == "dora"
    keys.remove("dora")
    assert keys.resolve(ADDRESS) is None


def test_the_memory_of_answers_is_bounded() -> None:
    keys = ResolvingKeys(remembered=10)
    keys.add("dora", IRK)
    for last in range(100):
        keys.resolve(f"70:81:94:00:00:{last:02X}")
    assert len(keys._nobodys) == 10


def address_of(irk: bytes, prand: bytes) -> str:
    return ":".join(f"{octet:02X}" for octet in prand + AddressHash(irk).of(prand))


def pressed(keys: dict[str, bytes]) -> ResolvingKeys:
    """Keys that may try nothing at once any more."""
    resolving = ResolvingKeys()
    for identity, irk in keys.items():
        resolving.add(identity, irk)
    resolving.refill(0.0)
    for _ in range(2):  # half of the tries are for whoever is heard again
        for number in range(int(TRIES_PER_S * 2) // len(keys)):
            resolving.resolve(f"40:00:00:{number >> 16:02X}:{number >> 8 & 255:02X}:{number & 255:02X}")
    return resolving


MANY = {f"p-{n}": n.to_bytes(16, "big") for n in range(1, 2001)}


def test_who_waits_is_found_together_with_the_others() -> None:
    keys = pressed(MANY)
    waiting = [address_of(irk, bytes([0x41, 0, n % 256])) for n, irk in enumerate(MANY.values()) if n % 7 == 0]
    strangers = [f"42:00:00:00:{n >> 8:02X}:{n & 255:02X}" for n in range(300)]
    before = keys.not_tried
    for address in waiting + strangers:
        assert keys.resolve(address) is None
        assert not keys.tried
    assert keys.not_tried == before + len(waiting) + len(strangers)
    while keys.waiting:
        keys.look()
    assert [keys.resolve(address) for address in waiting] == [identity for n, identity in enumerate(MANY) if n % 7 == 0]
    assert {keys.resolve(address) for address in strangers} == {None}
    assert keys.tried


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 0x3FFFFF)), min_size=1, max_size=40), st.randoms())
def test_looking_together_finds_what_looking_alone_does(made: list[tuple[int, int]], random: Random) -> None:
    irks = {f"p-{n}": bytes([n]) * 16 for n in range(20)}
    alone = ResolvingKeys()
    for identity, irk in irks.items():
        alone.add(identity, irk)
    addresses = [address_of(bytes([n]) * 16, (0x400000 | prand).to_bytes(3, "big")) for n, prand in made]
    addresses += [address[:-1] + random.choice("0123456789ABCDEF") for address in addresses]
    parts = [(octets[:3], octets[3:]) for octets in (bytes.fromhex(each.replace(":", "")) for each in addresses)]
    batch = AddressBatch(parts, [(identity, AddressHash(irk).encrypt) for identity, irk in irks.items()])
    while batch.step():
        pass
    assert [batch.found.get(index) for index in range(len(addresses))] == [alone.resolve(each) for each in addresses]


def test_of_two_with_one_key_both_ways_find_the_same() -> None:
    keys = pressed({**MANY, "twin": MANY["p-7"]})
    address = address_of(MANY["p-7"], bytes([0x41, 0, 0]))
    assert keys.resolve(address) is None
    while keys.waiting:
        keys.look()
    assert keys.resolve(address) == "p-7"


def test_a_key_that_comes_or_goes_meanwhile_counts() -> None:
    keys = pressed(MANY)
    assert keys.resolve(ADDRESS) is None
    for number in range(100):  # with so many it takes several steps
        keys.resolve(f"42:00:00:00:00:{number:02X}")
    keys.look()
    assert keys.waiting
    keys.add("dora", IRK)
    while keys.waiting:
        keys.look()
    assert keys.resolve(ADDRESS) == "dora"
    other = address_of(IRK, bytes.fromhex("717273"))
    assert keys.resolve(other) is None
    assert not keys.tried
    for number in range(100):
        keys.resolve(f"43:00:00:00:00:{number:02X}")
    keys.look()
    keys.remove("dora")
    while keys.waiting:
        keys.look()
    assert keys.resolve(other) is None
    assert keys.tried


def test_whoever_is_heard_again_is_looked_for_first_and_no_flood_grows_the_queue() -> None:
    queue = AddressQueue(most=1000)
    queue.wait("hers")
    queue.wait("hers")
    for number in range(5000):
        queue.wait(str(number))
    assert len(queue) == 1000
    assert next(iter(queue.take())) == "hers"
    for number in range(5000):
        queue.wait(str(number))
        queue.wait(str(number))
    assert len(queue) == 1000


def test_half_of_the_tries_are_for_whoever_is_heard_again() -> None:
    keys = ResolvingKeys()
    for identity, irk in MANY.items():
        keys.add(identity, irk)
    keys.refill(0.0)
    for number in range(2000):
        keys.resolve(f"40:00:00:00:{number >> 8:02X}:{number & 255:02X}")
    hers = address_of(MANY["p-7"], bytes([0x41, 0, 0]))
    assert (keys.resolve(hers), keys.tried) == (None, False)
    assert (keys.resolve(hers), keys.tried) == ("p-7", True)
