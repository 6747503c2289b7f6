"""The gateway's half of "no transition lost, none applied twice": which of a batch is new, and what to acknowledge."""

from dataclasses import dataclass

from nearcart_contract.presence import PresenceBatch, Transition


@dataclass(frozen=True, slots=True)
class Verdict:
    """``new`` transitions to apply in order, after which ``committed`` is to be acknowledged.

    ``missing`` counts numbers that the edge no longer holds and the gateway never saw (a gateway restored from a backup, an
    edge's card that failed): lost, and said so.
    """

    new: tuple[Transition, ...]
    committed: int
    missing: int = 0


def judge(batch: PresenceBatch, committed: int) -> Verdict:
    """Judge a batch against the last number committed for its (edge, epoch), 0 when none is.

    A batch that starts past a gap is not taken, and the repeated ack makes the edge resend; unless the edge says that it no
    longer holds what is missing.
    """
    if batch.after > committed:
        if batch.oldest <= committed + 1 or batch.after >= batch.oldest:
            return Verdict((), committed)
        return Verdict(batch.transitions, batch.transitions[-1].sequence, missing=batch.after - committed)
    new = tuple(transition for transition in batch.transitions if transition.sequence > committed)
    return Verdict(new, max(committed, batch.transitions[-1].sequence))
