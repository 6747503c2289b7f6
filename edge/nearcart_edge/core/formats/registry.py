"""Every format an edge knows: one line each. A new one is a file beside this and its line below."""

from collections.abc import Callable, Mapping

from nearcart_contract.advertisement import short_uuid
from nearcart_edge.core.formats import (
    altbeacon,
    bthome,
    eddystone_eid,
    eddystone_tlm,
    eddystone_uid,
    eddystone_url,
    heart_rate,
    ibeacon,
    kontakt,
    makers_heart_rate,
    minew,
    ruuvi,
    sig_services,
)
from nearcart_edge.core.formats.eddystone import SERVICE as EDDYSTONE
from nearcart_edge.core.formats.frame import Frame

PayloadDecoder = Callable[[bytes], Frame | None]
"""A frame; ``None`` where the payload is something else; raises ``MalformedPayloadError``."""


def by_first_byte(decoders: Mapping[int, PayloadDecoder]) -> PayloadDecoder:
    """One decoder out of several that the payload's first byte tells apart."""

    def decode(payload: bytes) -> Frame | None:
        decoder = decoders.get(payload[0]) if payload else None
        return decoder(payload) if decoder else None

    return decode


MANUFACTURERS: Mapping[int, PayloadDecoder] = {
    ibeacon.COMPANY: ibeacon.decode,
    ruuvi.COMPANY: ruuvi.decode,
    makers_heart_rate.POLAR: makers_heart_rate.polar,
    makers_heart_rate.HUAMI: makers_heart_rate.huami,
    makers_heart_rate.XOSS: makers_heart_rate.xoss,
}
"""By company id. AltBeacon belongs to no company: its marker is looked for in all (``decode``)."""

SERVICES: Mapping[str, PayloadDecoder] = {
    EDDYSTONE: by_first_byte(
        {
            eddystone_uid.FRAME_TYPE: eddystone_uid.decode,
            eddystone_url.FRAME_TYPE: eddystone_url.decode,
            eddystone_tlm.FRAME_TYPE: eddystone_tlm.decode,
            eddystone_eid.FRAME_TYPE: eddystone_eid.decode,
        }
    ),
    heart_rate.SERVICE: heart_rate.decode,
    bthome.SERVICE: bthome.decode,
    sig_services.BATTERY: sig_services.battery,
    sig_services.RUNNING: sig_services.running,
    sig_services.STEPS: sig_services.steps,
    minew.SERVICE: minew.decode,
    kontakt.SERVICE: kontakt.decode,
}
"""By service UUID, in full and lower case."""

Start = tuple[int, bytes]
"""Where in the AD structure's data, and the bytes that stand there."""

_FIRST_BYTES = {ibeacon.COMPANY: b"\x02\x15", ruuvi.COMPANY: b"\x05"}

MANUFACTURER_STARTS: tuple[Start, ...] = (
    (2, altbeacon.MARKER),
    *((0, company.to_bytes(2, "little") + _FIRST_BYTES.get(company, b"")) for company in MANUFACTURERS),
)
SERVICE_STARTS: tuple[Start, ...] = tuple((0, int(short_uuid(uuid), 16).to_bytes(2, "little")) for uuid in SERVICES)
"""What a controller has to look for to hear every format: for passive scanning, where it does the looking."""
