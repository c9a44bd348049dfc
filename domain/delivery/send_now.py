"""Whether an edition goes out at once on an editor's word, or why not."""

from __future__ import annotations

from enum import StrEnum


class SendNow(StrEnum):
    """The answer to an editor who sends an edition at once."""

    SENT = "sent"
    NOT_STORED = "not_stored"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    UNKNOWN_RECIPIENTS = "unknown_recipients"
    """Who had it is not known any more: the rows are past their retention, or the database was restored since."""
