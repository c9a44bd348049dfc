"""."""

from __future__ import annotations

from enum import StrEnum


class RunKind(StrEnum):
    """Why something goes out to many."""

    DIGEST = "digest"
    BROADCAST = "broadcast"


class RunState(StrEnum):
    """Where a run stands."""

    DRAFT = "draft"  # a broadcast that nobody has confirmed yet
    RUNNING = "running"
    PAUSED = "paused"  # by an admin, or by itself after too many refusals
    CANCELLED = "cancelled"
    FINISHED = "finished"


class WaveState(StrEnum):
    """Whether a wave's recipients have their rows."""

    WAITING = "waiting"
    PLANNED = "planned"
    MISSED = "missed"  # its time passed while nothing could be planned: counted and shown
    SUPERSEDED = "superseded"  # a newer edition was due at the same time


class DeliveryState(StrEnum):
    """What became of one part for one recipient. `unconfirmed` is written before the bytes leave."""

    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # left, paused or cancelled between planning and sending
