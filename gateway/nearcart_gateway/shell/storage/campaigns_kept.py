"""Campaigns as each revision of the files had them."""

import sqlite3
from functools import lru_cache
from pathlib import Path

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.yaml_file import FileProblems, parse_source, source_of
from nearcart_gateway.shell.storage import revisions


class CampaignsKept:
    """One store's."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.of = lru_cache(maxsize=512)(self._of)

    def _of(self, revision: str | None, campaign: str) -> Campaign | None:
        kept = None if revision is None else revisions.read_revision(self._connection, revision)
        for name, text in kept.documents.items() if kept is not None else ():
            if name.startswith("campaigns/"):
                try:
                    found = parse_source(source_of(Path(name), text), Campaign)
                except FileProblems:
                    continue
                if found.campaign == campaign:
                    return found
        return None

    def names(self) -> tuple[str, ...]:
        """Those in force."""
        kept = revisions.last_good(self._connection)
        found = []
        for name, text in kept.documents.items() if kept is not None else ():
            if name.startswith("campaigns/"):
                try:
                    found.append(parse_source(source_of(Path(name), text), Campaign).campaign)
                except FileProblems:
                    continue
        return tuple(found)

    def launched(self, campaign: str, experiment: str) -> Campaign | None:
        """As the first revision of an experiment had it: its window and cap are fixed since."""
        row = self._connection.execute(
            "SELECT revision FROM decisions WHERE campaign = ? AND experiment = ? AND slot IS NOT NULL ORDER BY at LIMIT 1",
            (campaign, experiment),
        ).fetchone()
        return None if row is None else self.of(row[0], campaign)
