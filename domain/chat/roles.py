"""Roles of bot admins: what somebody may do with the bot itself, beyond reading it."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a bot admin may do; each role includes the ones before it."""

    EDITOR = "editor"
    """Publish and correct editions, and see them before their hour."""
    ADMIN = "admin"
    """Broadcast, steer what is being sent, and see figures."""
    OWNER = "owner"
    """Give and take roles, and read the audit log."""

    def includes(self, least: Role) -> bool:
        """Return whether this role may do all that `least` may."""
        return _ORDER.index(self) >= _ORDER.index(least)


_ORDER = tuple(Role)
