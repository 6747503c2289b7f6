"""From an advertisement to its frames."""

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.core.formats import altbeacon
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError
from nearcart_edge.core.formats.registry import MANUFACTURERS, SERVICES


class Decoder:
    """Decodes advertisements and counts payloads that carry a format's marker but are not that format."""

    __slots__ = ("malformed",)

    def __init__(self) -> None:
        self.malformed = 0

    def decode(self, advertisement: Advertisement) -> tuple[Frame, ...]:
        """All frames: manufacturer data first, then service data by UUID. Never raises."""
        services = advertisement.service_data
        frames: list[Frame] = []
        for company, payload in advertisement.manufacturer_data.items():
            try:
                decoder = MANUFACTURERS.get(company)
                frame = (decoder and decoder(payload)) or altbeacon.decode(company, payload)
            except MalformedPayloadError:
                self.malformed += 1
                continue
            if frame is not None:
                frames.append(frame)
        # One call less than a method of its own: services are most of what tags send.
        for uuid in sorted(services) if len(services) > 1 else services:
            decoder = SERVICES.get(uuid)
            if decoder is None:
                continue
            try:
                frame = decoder(services[uuid])
            except MalformedPayloadError:
                self.malformed += 1
                continue
            if frame is not None:
                frames.append(frame)
        return tuple(frames)
