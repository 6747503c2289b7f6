"""Transitions: what an edge promises never to lose and the gateway never to apply twice.

An edge numbers each transition inside the transaction that stores it and publishes only afterwards, in order. The numbers
count from 1 in each ``epoch`` (a random UUID made at each start of the agent); a transition keeps its epoch, and a batch
holds one epoch only. The gateway takes a batch whose ``after`` is at most what it has committed for (edge, epoch), commits,
and only then sends the ``Ack``; the edge forgets up to there. Otherwise the gateway repeats its ack and the edge resends.
"""

from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from nearcart_contract.names import Message, Name

TransitionKind = Literal["enter", "exit", "press"]
ExitCause = Literal["silence", "scanner_lost"]

MAX_TRANSITIONS = 500
"""Transitions in one batch at most."""


class Stamp(Message):
    """A moment on an edge: its wall clock, and its monotonic clock with the boot that clock belongs to.

    Only ``monotonic`` of one ``boot`` can be subtracted; ``at`` may jump and is the fallback across boots.
    """

    at: float = Field(description="Unix seconds on the edge's wall clock")
    monotonic: float = Field(ge=0, description="seconds on the edge's monotonic clock")
    boot: UUID = Field(description="the kernel's boot id; monotonic stamps of different boots do not compare")


class Transition(Message):
    """One numbered, durable presence event."""

    sequence: int = Field(ge=1, description="counts from 1 within the epoch, without gaps")
    kind: TransitionKind
    identity: Name = Field(description="the roster's id of the tag, band or phone")
    scanner: Name
    stamp: Stamp
    rssi: int | None = Field(default=None, ge=-127, le=20, description="dBm of the packet behind it")
    cause: ExitCause | None = Field(default=None, description="of an exit: silence, or scanner_lost")
    button: str | None = Field(default=None, max_length=32, description="of a press: press, double_press, long_press …")
    press_number: int | None = Field(
        default=None,
        ge=0,
        description="of a press: the tag's own number of it, by which two edges' reports are one press",
    )

    @model_validator(mode="after")
    def _cause_belongs_to_exit(self) -> "Transition":
        if (self.kind == "exit") != (self.cause is not None):
            raise ValueError("an exit has a cause, and nothing else has one")
        return self


class PresenceBatch(Message):
    """Topic ``…/presence``, QoS 1: transitions of one epoch, in order, numbered ``after + 1`` onwards."""

    epoch: UUID
    after: int = Field(ge=0, description="the number before the first transition in this batch")
    oldest: int = Field(
        ge=1,
        description="the oldest number the edge still holds for this epoch; below it nothing can be resent",
    )
    sent: Stamp = Field(description="when this batch was sent, on the edge's clocks")
    transitions: tuple[Transition, ...] = Field(min_length=1, max_length=MAX_TRANSITIONS)

    @model_validator(mode="after")
    def _numbered_without_gaps(self) -> "PresenceBatch":
        for offset, transition in enumerate(self.transitions, 1):
            if transition.sequence != self.after + offset:
                raise ValueError(
                    f"transition {offset} is numbered {transition.sequence}, expected {self.after + offset}"
                )
        return self


class Ack(Message):
    """Topic ``…/ack``, QoS 1: everything of this epoch up to ``committed`` is on the gateway's disk."""

    epoch: UUID
    committed: int = Field(ge=0)
