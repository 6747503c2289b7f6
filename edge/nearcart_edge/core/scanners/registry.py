"""Every kind of scanner that is taken: one line each. A new one is a file beside this, its line below, and its word in bridge.yaml's model."""

from collections.abc import Mapping

from nearcart_contract.bridge_file import ScannerKind
from nearcart_edge.core.scanners import espresense, openmqttgateway, theengs
from nearcart_edge.core.scanners.kind import Kind

KINDS: Mapping[ScannerKind, Kind] = {
    "espresense": espresense.KIND,
    "theengs": theengs.KIND,
    "openmqttgateway": openmqttgateway.KIND,
}
