"""OpenMQTTGateway: github.com/1technophile/OpenMQTTGateway, ``docs/use/ble.md`` and ``main/ZgatewayBT.cpp`` (at 5635d5a5de2c); its report
is in ``theengs_report``.

It publishes to ``home/OpenMQTTGateway/BTtoMQTT/{address}``, a last will to ``…/LWT``, and its own state to ``…/SYStoMQTT`` every two minutes. It tells
each device once a scan: with its usual scan of 10 s every 55 s nobody can be followed; docs/scanners.md has the two settings.
"""

from nearcart_contract.edge_file import Tracking
from nearcart_edge.core.scanners.kind import Kind
from nearcart_edge.core.scanners.theengs_report import read

KIND = Kind(
    read=read,
    reports=("home/{node}/BTtoMQTT/+",),
    status="home/{node}/LWT",
    heartbeats=("home/{node}/SYStoMQTT",),
    node="OpenMQTTGateway",
    # Set as docs/scanners.md says, it scans for a second and rests for a tenth: a report a second at best.
    tracking=Tracking(enter_within_s=12, exit_after_s=20),
    # Two of its states and a minute.
    quiet_after=300,
)
