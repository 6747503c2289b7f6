"""What a visitor carries, as an operator writes it."""

import pytest

from nearcart_contract.roster import BTHomeIdentity
from nearcart_gateway.shell.carried import CarriedError, carried_identity

KEY = "231d39c1d7cc1ab1aee224cd096db932"


@pytest.mark.parametrize("written", ["54:48:E6:8F:80:A5/" + KEY, "54:48:e6:8f:80:a5/" + KEY.upper()])
def test_a_bthome_device_is_its_address_and_its_key_however_they_are_written(written: str) -> None:
    identity = carried_identity("bthome", written)
    assert isinstance(identity, BTHomeIdentity)
    assert (identity.address, identity.bind_key) == ("54:48:E6:8F:80:A5", KEY)


@pytest.mark.parametrize("written", [KEY, "54:48:E6:8F:80/" + KEY, "54:48:E6:8F:80:A5/" + KEY[1:]])
def test_what_is_no_bthome_device_is_said_without_its_key(written: str) -> None:
    with pytest.raises(CarriedError) as refusal:
        carried_identity("bthome", written)
    assert KEY[1:] not in str(refusal.value)
