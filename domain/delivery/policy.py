"""Policies for deliveries that could not be confirmed, and for editions that change after they were delivered."""

from __future__ import annotations

from enum import StrEnum

MAX_RESENDS = 3
"""Number of times that a delivery is sent again under the policy RESEND."""


class UnconfirmedPolicy(StrEnum):
    """What to do with unconfirmed deliveries."""

    ASK = "ask"
    """List them, with a button for the admins to send them again."""
    RESEND = "resend"
    """Send them again, at most `MAX_RESENDS` times."""
    NEVER = "never"
    """List them only."""


class CorrectionPolicy(StrEnum):
    """What to do for those who have an edition whose file changes; whoever has had nothing gets the new version."""

    ASK = "ask"
    """Show the editors the difference, and ask whether to edit their messages."""
    AT_ONCE = "at_once"
    """Edit their messages."""
    LEAVE = "leave"
    """Leave their messages as they are."""
