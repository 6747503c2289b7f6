"""``python -m nearcart_edge --config edge.yaml``: the agent alone, with nothing loaded that it does not need."""

import sys

from nearcart_edge.shell.command_line import run_process
from nearcart_edge.shell.run import run_edge

if __name__ == "__main__":
    sys.exit(run_process(run_edge, "nearcart_edge", "edge.yaml"))
