"""States of bots, runs, waves and deliveries, as the database stores them."""

from __future__ import annotations

from enum import StrEnum


class BotState(StrEnum):
    """State of a bot, as its operator wants it."""

    RUNNING = "running"
    PAUSED = "paused"
    """It answers people and takes in digests, and sends nothing of a run until it is resumed."""
    DRAINING = "draining"
    """It finishes what is in flight and then does nothing at all until it is resumed."""


class RunKind(StrEnum):
    """Kind of what goes out to many recipients, as it is stored; `RunPurpose` tells the corrections apart."""

    DIGEST = "digest"
    """An edition; the only kind of which an edition has at most one run."""
    BROADCAST = "broadcast"
    """A message of an admin to everybody."""
    CORRECTION = "correction"
    """A change to what was delivered of an edition or a broadcast."""
    RECAP = "recap"
    """A summary of several editions."""
    WITHDRAWAL = "withdrawal"
    """Deletes the messages of an edition, or says in their place that it was withdrawn."""


class RunPurpose(StrEnum):
    """What a run does."""

    DIGEST = RunKind.DIGEST
    BROADCAST = RunKind.BROADCAST
    RECAP = RunKind.RECAP
    WITHDRAWAL = RunKind.WITHDRAWAL
    CORRECTION = "correction"
    """Edits the messages of an edition."""
    EDIT = "edit"
    """Edits the messages of a broadcast."""
    RECALL = "recall"
    """Deletes the messages of a broadcast."""
    PINS = "pins"
    """Pins the messages of a broadcast, or unpins them: the method of its payload says which."""


CORRECTIONS = frozenset((RunPurpose.CORRECTION, RunPurpose.EDIT, RunPurpose.RECALL, RunPurpose.PINS))
"""What runs of the kind `CORRECTION` do."""


class RunState(StrEnum):
    """State of a run: draft → running ⇄ paused → finished or cancelled."""

    DRAFT = "draft"
    """A broadcast that its author has not confirmed yet."""
    RUNNING = "running"
    PAUSED = "paused"
    """Stopped by an admin or by the refusal monitor until an admin resumes it."""
    CANCELLED = "cancelled"
    FINISHED = "finished"


class WaveState(StrEnum):
    """State of a wave: whether its recipients have their delivery rows."""

    WAITING = "waiting"
    PLANNED = "planned"
    MISSED = "missed"
    """The window passed while nothing could be planned; the recipients are counted and shown."""
    SUPERSEDED = "superseded"
    """A newer edition was due for the same schedule."""


class DeliveryState(StrEnum):
    """State of one part for one recipient: pending → in_flight → sent, unconfirmed, failed or pending again."""

    PENDING = "pending"
    """To be sent, at once or from `not_before` on."""
    IN_FLIGHT = "in_flight"
    """Claimed: committed before the first byte leaves, until an answer is settled."""
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    """It may have arrived or not; Telegram offers no way to find out."""
    FAILED = "failed"
    """Telegram refused it."""
    SKIPPED = "skipped"
    """Not sent because the recipient, the run or the window was gone by then."""
