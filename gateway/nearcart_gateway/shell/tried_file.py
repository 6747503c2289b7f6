"""A file that is tried: checked among the files of its store as if it stood in the folder."""

import time
from dataclasses import dataclass
from pathlib import Path

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, Problem, load_yaml, read_source
from nearcart_gateway.core.backtest.trial import Tried
from nearcart_gateway.core.offers.check import CheckedOffers, Documents, check_documents
from nearcart_gateway.core.spending import Ceiling
from nearcart_gateway.shell.offer_files import read_folder


@dataclass(frozen=True, slots=True)
class TriedFile:
    """The offer of a file, with its store, its campaign and the offers beside it."""

    config: Path
    store: Store
    tried: Tried
    checked: CheckedOffers

    @property
    def ceiling(self) -> Ceiling:
        """What its campaign may spend."""
        campaign = self.tried.campaign
        if campaign is None:
            return Ceiling()
        money = campaign.budget.money
        return Ceiling(campaign.budget.redemptions, None if money is None else money.amount)


def read_tried(file: Path, config: Path, now: float | None = None) -> TriedFile:
    """Read a file that holds one offer. Raises ``FileProblems`` for mistakes in it, and in the folder beside it."""
    store = load_yaml(config, Store)
    folder = read_folder(config.parent / store.offers, config.parent / store.campaigns)
    source = read_source(file)
    name = source.data.get("offer") if isinstance(source.data, dict) else None
    others = {
        place: other
        for place, other in folder.offers.items()
        if not (isinstance(other.data, dict) and other.data.get("offer") == name)
    }
    problems = tuple(problem for problem in folder.problems if problem.file.resolve() != file.resolve())
    documents = Documents({**others, f"offers/{file.name}": source}, folder.campaigns, problems)
    checked = check_documents(store, documents, time.time() if now is None else now)
    if checked.problems:
        raise FileProblems(checked.problems)
    offer = next((offer for offer in checked.offers if offer.offer == name), None)
    if offer is None:
        raise FileProblems((Problem(file, 0, 0, "", "holds no offer"),))
    return TriedFile(config, store, Tried(offer, checked.campaigns.get(offer.campaign or "")), checked)
