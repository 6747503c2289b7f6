"""What campaigns may still spend: every offer that was sent holds its part of the budget until it is used, expires or is given
back. A budget is never exceeded, because a part is held before the offer leaves. Money is in the store's currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Literal

UseState = Literal["ghost", "held", "redeemed", "given_back"]


@dataclass(frozen=True, slots=True)
class Use:
    """One offer as made: what it holds of its campaign's budget, and what became of it. ``key`` is its decision's.

    A ``ghost`` spends nothing, but stands in the way of others as the offer would have. ``money`` is what it may cost;
    ``code`` is the coupon's that she shows, hers alone where it is her ``own_code``.
    """

    key: str
    visitor: str | None
    offer: str
    campaign: str | None
    at: float
    expires_at: float
    state: UseState
    money: Decimal = Decimal(0)
    gives: bool = False
    stacks: bool = True
    stack_group: str | None = None
    order: str | None = None
    settled_at: float | None = None
    code: str | None = None
    own_code: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """Offers used or still to be used, and their worth."""

    redemptions: int = 0
    money: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A campaign's budget; ``None`` is without end."""

    redemptions: int | None = None
    money: Decimal | None = None


class NotRedeemedError(Exception):
    """A redemption that is not taken; the message says why, for whoever stands at the till."""


REMEMBERED_S = 30 * 86_400.0
"""A use stays in memory this long after it was redeemed; the sums stay as long as the database has it."""

_SETTLING_S = 60.0
"""What was given back is remembered this long, in case its row in the database is still to be written."""


class Spending:
    """Uses that may still change, and the sums of each campaign. ``expire`` is what lets time pass."""

    def __init__(self) -> None:
        self._uses: dict[str, Use] = {}
        self._by_visitor: dict[str, dict[str, Use]] = {}
        self._by_order: dict[str, set[str]] = {}
        self._held: dict[str, Spent] = {}
        self._redeemed: dict[str, Spent] = {}
        self._expiring: list[tuple[float, str]] = []
        self._forgotten = 0

    def load(self, uses: Iterable[Use], now: float) -> None:
        """Take up uses as the database has them, in any order."""
        for use in uses:
            self.put(use)
        self.expire(now)

    def use(self, key: str) -> Use | None:
        return self._uses.get(key)

    def put(self, use: Use) -> None:
        """A use that is new, or that changed."""
        old = self._uses.get(use.key)
        if old is not None:
            self._leave(old)
        self._uses[use.key] = use
        heappush(self._expiring, (_remembered_until(use), use.key))
        if use.order is not None:
            self._by_order.setdefault(use.order, set()).add(use.key)
        if use.state == "redeemed":
            _add(self._redeemed, use, 1)
        elif use.state == "held":
            _add(self._held, use, 1)
        if use.visitor is not None and use.gives and use.state in ("held", "ghost"):
            self._by_visitor.setdefault(use.visitor, {})[use.key] = use

    def expire(self, now: float) -> None:
        """What expired unused holds nothing any more; what was used long ago is only a sum."""
        while self._expiring and self._expiring[0][0] <= now:
            at, key = heappop(self._expiring)
            use = self._uses.get(key)
            if use is not None and _remembered_until(use) == at:
                self._leave(use)
                del self._uses[key]
                if use.state == "redeemed":
                    _add(self._redeemed, use, 1)

    def spent(self, campaign: str) -> Spent:
        """Used, and held by what had not expired when ``expire`` was last told the time."""
        held, redeemed = self._held.get(campaign, Spent()), self._redeemed.get(campaign, Spent())
        return Spent(held.redemptions + redeemed.redemptions, held.money + redeemed.money)

    def holds(self, visitor: str, now: float) -> tuple[Use, ...]:
        """What she holds, oldest first."""
        uses = self._by_visitor.get(visitor)
        if not uses:
            return ()
        return tuple(sorted((use for use in uses.values() if use.expires_at > now), key=lambda use: (use.at, use.key)))

    def open_of(self, visitor: str, now: float) -> tuple[Use, ...]:
        """What was offered to her, or would have been, and has neither expired nor been used, oldest first; also what gives nothing."""
        hers = (use for use in self._uses.values() if use.visitor == visitor and use.state in ("held", "ghost"))
        return tuple(sorted((use for use in hers if use.expires_at > now), key=lambda use: (use.at, use.key)))

    def redeem(
        self,
        use: Use,
        now: float,
        ceiling: Ceiling,
        money: Decimal | None = None,
        order: str | None = None,
        *,
        again: bool = False,
    ) -> Use:
        """Use an offer, once: saying it again changes nothing. ``money`` is what it came to, else what was held.

        ``again``: also one that was given back, where the budget has room. ``use`` is as kept here, or as the database has it when it is not. Raises ``NotRedeemedError``.
        """
        known = self._uses.get(use.key, use)
        if known.state == "redeemed":
            return known
        if not known.gives:
            raise NotRedeemedError(f"offer {known.offer} gives nothing that could be used")
        if known.state != "held" and not (again and known.state == "given_back"):
            why = "was taken back" if known.state == "given_back" else "was never made: she is in the hold-out"
            raise NotRedeemedError(f"offer {known.offer} {why}")
        redeemed = replace(
            known, state="redeemed", money=known.money if money is None else money, order=order, settled_at=now
        )
        self.expire(now)
        self._check_room(redeemed, ceiling)
        self.put(redeemed)
        return redeemed

    def give_back(self, use: Use, now: float) -> Use:
        """Undo an offer's use: a redemption or order that was cancelled, or an offer that was withdrawn. Idempotent."""
        known = self._uses.get(use.key, use)
        if known.state in ("ghost", "given_back"):
            return known
        if known.state == "redeemed" and known.key not in self._uses:
            _add(self._redeemed, known, -1)
        back = replace(known, state="given_back", settled_at=now)
        self.put(back)
        return back

    def withdraw(self, use: Use, now: float) -> Use:
        """What was offered for a cart that she has bought stands in the way of nothing more, and a ghost of it neither."""
        back = replace(self._uses.get(use.key, use), state="given_back", settled_at=now)
        self.put(back)
        return back

    def of_order(self, order: str) -> tuple[Use, ...]:
        """The uses that went into an order."""
        return tuple(self._uses[key] for key in sorted(self._by_order.get(order, ())))

    def merge(self, visitor: str, target: str) -> None:
        """What one held or used is the other's."""
        for use in [use for use in self._uses.values() if use.visitor == visitor]:
            self.put(replace(use, visitor=target))

    def forget(self, visitor: str) -> None:
        """Forget whose the uses were, and the keys and orders that tell; the sums stay."""
        gone = {key: use for key, use in self._uses.items() if use.visitor == visitor}
        for key, use in gone.items():
            self._leave(use)
            del self._uses[key]
        self._expiring = [(at, key) for at, key in self._expiring if key not in gone]
        heapify(self._expiring)
        for use in gone.values():
            self._forgotten += 1
            self.put(replace(use, key=f"forgotten:{self._forgotten}", visitor=None, order=None, code=None))

    def _check_room(self, redeemed: Use, ceiling: Ceiling) -> None:
        """What a campaign spends never passes its budget, not even by an offer that was used after it expired."""
        if redeemed.campaign is None:
            return
        spent, own = self.spent(redeemed.campaign), self._uses.get(redeemed.key)
        count, money = (1, own.money) if own is not None and own.state == "held" else (0, Decimal(0))
        if ceiling.redemptions is not None and spent.redemptions - count + 1 > ceiling.redemptions:
            raise NotRedeemedError(f"the budget of campaign {redeemed.campaign} is spent: {spent.redemptions} used")
        if ceiling.money is not None and spent.money - money + redeemed.money > ceiling.money:
            told = f"{spent.money - money} of {ceiling.money} used or promised, and this came to {redeemed.money}"
            raise NotRedeemedError(f"the budget of campaign {redeemed.campaign} is spent: {told}")

    def _leave(self, use: Use) -> None:
        """Take a use out of the sums and indexes that its state put it in."""
        if use.state == "redeemed":
            _add(self._redeemed, use, -1)
        elif use.state == "held":
            _add(self._held, use, -1)
        hers = self._by_visitor.get(use.visitor or "")
        if hers is not None:
            hers.pop(use.key, None)
            if not hers:
                del self._by_visitor[use.visitor or ""]
        keys = self._by_order.get(use.order or "")
        if keys is not None:
            keys.discard(use.key)
            if not keys:
                del self._by_order[use.order or ""]


def _remembered_until(use: Use) -> float:
    if use.state == "redeemed":
        return (use.settled_at or use.at) + REMEMBERED_S
    if use.state == "given_back":
        return (use.settled_at or use.at) + _SETTLING_S
    return use.expires_at


def _add(sums: dict[str, Spent], use: Use, sign: int) -> None:
    if use.campaign is not None and use.gives:
        old = sums.get(use.campaign, Spent())
        sums[use.campaign] = Spent(old.redemptions + sign, old.money + sign * use.money)
