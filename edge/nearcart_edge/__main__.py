"""``python -m nearcart_edge --config edge.yaml``: the agent alone, with nothing loaded that it does not need."""

import argparse
import sys
from pathlib import Path

from nearcart_contract.problem import FileProblems
from nearcart_edge.shell.run import run_edge


def main() -> int:
    """Run the agent; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m nearcart_edge", description="Run one nearcart edge agent.")
    parser.add_argument("--config", type=Path, default=Path("edge.yaml"), help="edge.yaml (default: %(default)s)")
    try:
        run_edge(parser.parse_args().config)
    except FileProblems as problems:
        print(problems, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
