"""What a visitor complained of, as it is written down: the other side of every offer, counted in reports by arm."""

from dataclasses import dataclass

LONGEST = 500
"""Characters of her words."""

AHEAD_S = 300.0
"""A clock elsewhere may be so much fast; a complaint of later than that has not been made yet."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """``at`` is Unix seconds, when she complained. ``channel`` is the one she complained of; ``campaign`` and ``offer`` what of, if she said so.

    ``words`` are hers, cut short by whoever wrote them down; they are in no report and no export but her own.
    """

    at: float
    channel: str | None = None
    campaign: str | None = None
    offer: str | None = None
    words: str | None = None
    source: str = "operator"
