"""What the audit log records: what somebody, or a file in the digest folder, did with the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What was done. The value is stored."""

    ROLE_CHANGED = "role_changed"
    """`detail`: the former and the new role of `person`, `none` for none."""
    PUBLISHED = "published"
    CORRECTED = "corrected"
    """An edition has another version; `detail` is its number, here and above."""
    DRAFT_CONFIRMED = "draft_confirmed"
    """An editor publishes an edition from the chat; `detail`: `now` at once, `later` at an instant of their choice."""
    READING_CHOSEN = "reading_chosen"
    """An editor said which of two readings of an edition is right."""
    CORRECTION_CONFIRMED = "correction_confirmed"
    """What was delivered is edited to another version; `detail` is how many subscribers have a former one."""
    CORRECTION_DISCARDED = "correction_discarded"
    WITHDRAWN = "withdrawn"
    """An edition was withdrawn; `detail` is how many subscribers had it."""
    RESTORED = "restored"
    """A withdrawn edition was published again."""
    SENT_NOW = "sent_now"
    """An edition went out at once to those who had not had it; `detail` is how many they were."""
    BROADCAST_COMPOSED = "broadcast_composed"
    BROADCAST_CONFIRMED = "broadcast_confirmed"
    BROADCAST_SCHEDULED = "broadcast_scheduled"
    BROADCAST_CHANGED = "broadcast_changed"
    """A scheduled one became a draft again."""
    BROADCAST_DISCARDED = "broadcast_discarded"
    BOT_STATE_SET = "bot_state_set"
    """The operator paused, drained or resumed the bot; `detail`: what it is to do, a `BotState`."""
    CHATS_IMPORTED = "chats_imported"
    """The operator subscribed chats of another bot; `detail` is how many."""
    RUN_PAUSED = "run_paused"
    RUN_RESUMED = "run_resumed"
    RUN_CANCELLED = "run_cancelled"
    RUN_RESENT = "run_resent"
    """What was unconfirmed went out again; `detail` is how many messages, here and below."""
    RUN_RETRIED = "run_retried"
    BROADCAST_RECALLED = "broadcast_recalled"
    BROADCAST_EDITED = "broadcast_edited"
    """What was sent of a broadcast is edited; `detail` is how many subscribers have it."""
    BROADCAST_PINNED = "broadcast_pinned"
    """What was sent of a broadcast is pinned in all chats that have it, or unpinned."""
    BROADCAST_UNPINNED = "broadcast_unpinned"
    QUIET_HOURS = "quiet_hours"
    """`detail`: the minutes of day between which broadcasts wait, '' for none."""
    ADMISSION_POLICY = "admission_policy"
    """Who may subscribe; `detail`: the former and the new policy."""
    INVITATION_MADE = "invitation_made"
    """`detail`: its number, the people and the days that it is for, 0 for no bound."""
    INVITATION_REVOKED = "invitation_revoked"
    """`detail`: its number."""
    ADMITTED = "admitted"
    """`person` may subscribe."""
    DECLINED = "declined"
    """`person` may not subscribe, or no longer."""
    SEGMENT_SAVED = "segment_saved"
    """`detail`: the name under which an admin saved a segment."""
    SEGMENT_FORGOTTEN = "segment_forgotten"


ERASED = 0
"""In place of somebody who had their data erased."""

OPERATOR = -1
"""The actor of an act on the command line: whoever may read the bot's settings there is its operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An act: who did it, when, what, and about what.

    `actor` is None for what a file did, `OPERATOR` for an act on the command line, and `ERASED` for somebody who had
    their data erased; so is `person`.
    """

    at: datetime
    action: AuditAction
    actor: int | None = None
    person: int | None = None
    run_id: int | None = None
    edition: date | None = None
    detail: str = ""
