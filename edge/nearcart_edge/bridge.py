"""``python -m nearcart_edge.bridge --config bridge.yaml``: other people's scanners as edges, with nothing loaded that they do not need."""

import sys

from nearcart_edge.shell.bridge.run import run_bridge
from nearcart_edge.shell.command_line import run_process

if __name__ == "__main__":
    sys.exit(run_process(run_bridge, "nearcart_edge.bridge", "bridge.yaml"))
