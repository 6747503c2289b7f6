"""What a new revision of a campaign may not do: move visitors between the arms of an experiment that runs."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.yaml_file import FileProblems, Problem, parse_source, source_of
from nearcart_gateway.core.offers.assign import moved_by
from nearcart_gateway.core.offers.check import Documents


def moved_visitors(before: Mapping[str, str], documents: Documents) -> Iterator[Problem]:
    """A problem for each change that would. ``before`` are the files in force (name to text)."""
    running = {campaign.campaign: campaign for campaign in _campaigns(before)}
    for source in documents.campaigns.values():
        try:
            campaign = parse_source(source, Campaign)
        except FileProblems:
            continue
        known = running.get(campaign.campaign)
        for field, why in () if known is None else moved_by(known, campaign):
            yield source.problem((field,), why)


def _campaigns(texts: Mapping[str, str]) -> Iterator[Campaign]:
    """Those that this version can read."""
    for name, text in texts.items():
        if name.startswith("campaigns/"):
            try:
                yield parse_source(source_of(Path(name), text), Campaign)
            except FileProblems:
                continue
