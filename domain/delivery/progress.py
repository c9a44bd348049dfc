"""Figures of a run, as storage counts them and views show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.delivery.broadcast import Broadcast
from domain.delivery.broadcast_time import WaitingRecipients
from domain.delivery.payment import Payment
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunPurpose, RunState
from domain.delivery.withdrawal import WithdrawalFigures


@dataclass(frozen=True, slots=True)
class RecipientCounts:
    """Recipients of a run by the state of the first message that each gets."""

    pending: int = 0
    in_flight: int = 0
    sent: int = 0
    unconfirmed: int = 0
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries of a run by state, and the number of their recipients.

    `paid` of them were sent with the permission to take Stars for them, or may have been. `people` are the recipients
    by state, which figures that were stored by an older version lack; it follows from the rows, so it is not compared.
    """

    recipients: int = 0
    pending: int = 0
    in_flight: int = 0
    sent: int = 0
    unconfirmed: int = 0
    failed: int = 0
    skipped: int = 0
    paid: int = 0
    people: RecipientCounts | None = field(default=None, compare=False)

    @property
    def total(self) -> int:
        return self.pending + self.in_flight + self.unconfirmed + self.sent + self.failed + self.skipped


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many deliveries of a run failed for one reason, and Telegram's words for it."""

    reason: DeliveryReason | None
    error: str
    count: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Reasons of failed deliveries, and chats with unconfirmed ones."""

    failures: Sequence[FailureCount] = ()
    unconfirmed_chats: Sequence[int] = ()


NO_TROUBLE = Trouble()


class RunMessageKind(StrEnum):
    """What a message to an admin shows of a run."""

    CARD = "card"
    REPORT = "report"
    PAUSE_NOTICE = "pause_notice"


@dataclass(frozen=True, slots=True)
class RunMessage:
    """A message to an admin that shows a run and follows its changes."""

    kind: RunMessageKind
    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class CardMessage:
    """The message that shows a run's progress to an admin."""

    chat_id: int
    message_id: int


MAX_WISHED_ITEMS = 3
"""Items that are named because most want more like them. Those of which some want less are only counted together."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How many votes want more or less of an edition and its items.

    `items` are those of which most want more: their positions with the number of votes.
    """

    more: int = 0
    less: int = 0
    items: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run and its figures.

    `recipients` counts people, the states count messages. `missed` counts people for whom the run came too late.
    `next_due` is when the next waiting wave is due, None once the run has ended.
    `broadcast`: what a broadcast sends, as long as that is kept.
    `recall`: the run that deletes its messages. `edit`: the run that edits them last.
    `pins`: the run that pins them last, or unpins them, as that run's `unpins` says.
    `card_zone` is the time zone of the chat with the card, UTC where it is not known.
    `payment_detail` is why Telegram refused a payment, in its words.
    `wishes`: what its readers want more or less of. `withdrawal`: what a withdrawal has taken back, as long as its rows
    are kept. `cancelled_by`: the admin who cancelled it, as long as the audit log tells. `waiting`:
    for whom a broadcast is not due yet, or was not when it was cancelled.
    """

    run_id: int
    purpose: RunPurpose
    state: RunState
    state_reason: RunStateReason
    state_detail: str
    payment: Payment
    payment_detail: str
    edition: date | None
    version: int
    published_at: datetime
    finished_at: datetime | None
    actor: int | None
    card: CardMessage | None
    counts: Counts
    missed: int
    next_due: datetime | None
    card_zone: str = "UTC"
    broadcast: Broadcast | None = None
    recall: Progress | None = None
    edit: Progress | None = None
    pins: Progress | None = None
    unpins: bool = False
    wishes: Wishes = Wishes()
    withdrawal: WithdrawalFigures | None = None
    cancelled_by: int | None = None
    waiting: WaitingRecipients | None = None

    @property
    def is_ended_broadcast(self) -> bool:
        """Whether its card has become its report."""
        has_ended = self.state in (RunState.FINISHED, RunState.CANCELLED)
        return has_ended and self.purpose is RunPurpose.BROADCAST

    @property
    def awaits_due(self) -> bool:
        """Whether nothing of a broadcast is on its way until it is due for the next ones."""
        return self.waiting is not None and not self.pending and not self.in_flight

    @property
    def total(self) -> int:
        return self.counts.total

    @property
    def recipients(self) -> int:
        return self.counts.recipients

    @property
    def pending(self) -> int:
        """Parts still to be sent; those of a cancelled run count as skipped."""
        return 0 if self.state is RunState.CANCELLED else self.counts.pending

    @property
    def unconfirmed(self) -> int:
        return self.counts.unconfirmed

    @property
    def in_flight(self) -> int:
        """Parts that were claimed and have no answer yet."""
        return self.counts.in_flight

    @property
    def sent(self) -> int:
        return self.counts.sent

    @property
    def paid(self) -> int:
        """Parts for which Telegram may have taken Stars."""
        return self.counts.paid

    @property
    def failed(self) -> int:
        return self.counts.failed

    @property
    def skipped(self) -> int:
        return self.counts.skipped + self.counts.pending - self.pending
