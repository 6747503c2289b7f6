"""Theengs Gateway: PyPI's TheengsGateway 1.8.0 and github.com/theengs/gateway, ``docs/use/use.md``; its report is in ``theengs_report``.

It publishes to ``home/TheengsGateway/BTtoMQTT/{address}``, and a last will to ``home/TheengsGateway/LWT``. It scans for 7 s, then rests for 5.
"""

from nearcart_contract.edge_file import Tracking
from nearcart_edge.core.scanners.kind import Kind
from nearcart_edge.core.scanners.theengs_report import read

KIND = Kind(
    read=read,
    reports=("home/{node}/BTtoMQTT/+",),
    status="home/{node}/LWT",
    heartbeats=(),
    node="TheengsGateway",
    # The longest usual gap is its rest and a tag's own: two packets are sought over a rest, and absence is longer than two rests.
    tracking=Tracking(enter_within_s=12, exit_after_s=20),
    # It says nothing but what it hears, and a shop may be empty: only its last will tells for sure.
    quiet_after=60,
)
