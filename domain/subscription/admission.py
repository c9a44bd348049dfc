"""Who may subscribe to a bot, and read it: anyone, those with an invitation, or those whom an admin let in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REQUEST_KEPT = timedelta(days=14)
"""How long a request waits for an admin."""

MAX_REQUESTS = 100
"""Requests that wait at a time."""

NOTICES_PER_HOUR = 5
"""Requests in an hour of which admins get a message each; the others wait on the screen."""

MAX_INVITATIONS = 50
"""Invitations of a bot that work at a time."""

INVITATION_KEPT = timedelta(days=90)
"""How long an invitation that no longer works is remembered, so that its link can say why."""


class AdmissionPolicy(StrEnum):
    """Who may subscribe. Whoever has subscribed before stays in, whatever it becomes."""

    ANYONE = "anyone"
    INVITED = "invited"
    """Who opens an invitation link, or was let in by an admin."""
    APPROVED = "approved"
    """The same as INVITED, and strangers can ask an admin."""


class AdmissionDecision(StrEnum):
    """What stands about a person or chat. The value is stored."""

    ASKED = "asked"
    """They wait for an admin."""
    ADMITTED = "admitted"
    DECLINED = "declined"
    """An admin declined their request, or took them out."""


SETTLED = frozenset({AdmissionDecision.ADMITTED, AdmissionDecision.DECLINED})
"""What an admin has decided, so that another one changes it knowingly."""


class InvitationState(StrEnum):
    """Whether an invitation lets people in, or why not."""

    OPEN = "open"
    REVOKED = "revoked"
    ENDED = "ended"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link that lets people in: as many as `max_uses`, until `ends_at`; None: without that bound."""

    id: int
    secret: str
    uses: int
    made_at: datetime
    max_uses: int | None = None
    ends_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> InvitationState:
        """Return whether the invitation lets somebody in at an instant."""
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.ends_at is not None and self.ends_at <= now:
            return InvitationState.ENDED
        if self.max_uses is not None and self.uses >= self.max_uses:
            return InvitationState.USED_UP
        return InvitationState.OPEN


def is_admitted(policy: AdmissionPolicy, decision: AdmissionDecision | None, *, has_joined: bool) -> bool:
    """Return whether somebody may read and subscribe; `has_joined`: they have been subscribed before."""
    if policy is AdmissionPolicy.ANYONE:
        return True
    if decision is AdmissionDecision.DECLINED:
        return False
    return has_joined or decision is AdmissionDecision.ADMITTED
