"""How long `nearcart offers check` takes for a folder of many offers: reading, every mistake, every doubt, every shadow.

    .venv/bin/python benchmarks/offers_check.py [--offers 500]

Every text is another one, and half of the offers speak two languages. Prints the median and the worst of some rounds.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.offers.check import check_documents
from nearcart_gateway.shell.offer_files import read_folder

SHOP = Path(__file__).parents[1] / "examples" / "shop"
NOW = 1_790_000_000.0
ZONES = ("entrance", "wine", "cheese", "bakery", "checkout")


def offer(number: int) -> str:
    """One offer file, like those that people write."""
    german = f'\n  de: "Angebot {number}: {{{{ cart.value }}}} warten auf Sie{{% if zone %}} ({{{{ zone.name }}}}){{% endif %}}."'
    return f"""\
# Offer number {number}
offer: offer-{number}
campaign: autumn
when:
  moment: dwell
  zones: [{ZONES[number % 5]}]
  dwell: {5 + number % 20}s
  hours: {{start: 09:00, end: 20:00}}
who:
  not_segments: [segment-{number % 7}]
cart:
  state: abandoned
  value_at_least: {10 + number}
  categories: [wine, cheese-{number}]
give: {{kind: percent, percent: {1 + number % 20}, maximum: 10}}
say:
  en: "Offer {number}: {{{{ cart.items | first }}}} with {{{{ give.percent }}}} % off.{'"' + (german if number % 2 else "")}
through: [phone]
limits:
  per_visitor: {{times: 1, period: 7d}}
priority: {number % 50}
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--offers", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=5)
    wanted = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(shutil.copytree(SHOP, Path(folder) / "shop"))
        for number in range(wanted.offers):
            (home / "offers" / f"offer-{number}.yaml").write_text(offer(number))
        store = load_yaml(home / "store.yaml", Store)
        seconds = [_round(store, home) for _ in range(wanted.rounds)]
    median, worst = statistics.median(seconds), max(seconds)
    print(
        f"{wanted.offers} offers checked: median {median:.2f} s, worst of {wanted.rounds} rounds {worst:.2f} s; bar 2 s"
    )


def _round(store: Store, home: Path) -> float:
    started = time.perf_counter()
    checked = check_documents(store, read_folder(home / "offers", home / "campaigns"), NOW)
    taken = time.perf_counter() - started
    assert not checked.problems, checked.problems[0]
    return taken


if __name__ == "__main__":
    main()
