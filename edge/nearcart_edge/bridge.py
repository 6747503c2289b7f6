"""``python -m nearcart_edge.bridge --config bridge.yaml``: other people's scanners as edges, with nothing loaded that they do not need."""

import argparse
import sys
from pathlib import Path

from nearcart_contract.problem import FileProblems
from nearcart_edge.shell.bridge.run import run_bridge


def main() -> int:
    """Run the bridge; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m nearcart_edge.bridge", description="Take other people's scanners as edges."
    )
    parser.add_argument("--config", type=Path, default=Path("bridge.yaml"), help="bridge.yaml (default: %(default)s)")
    try:
        run_bridge(parser.parse_args().config)
    except FileProblems as problems:
        print(problems, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
