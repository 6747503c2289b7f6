"""Resolvable private addresses, against the Core specification's own sample."""

from nearcart_edge.core.private_address import AddressHash, ResolvingKeys

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
