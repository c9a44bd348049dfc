"""Why a database cannot be used, whatever kind it is; each message says what to do."""

from __future__ import annotations


class DatabaseInUse(Exception):
    """Another process works on the database; two would send everything twice."""


class DatabaseUnusable(Exception):
    """The database cannot be made or opened."""


class DatabaseMissing(DatabaseUnusable):
    """There is no database yet, and whoever looks for one is not to make it."""


class DatabaseUnavailable(DatabaseUnusable):
    """The database cannot be opened now; that passes, so the start waits."""


class DatabaseLost(Exception):
    """The database is no longer the one that was opened; nothing connects to another."""


class OwnershipLost(Exception):
    """This process does not own the bot, or cannot be certain that it still does; it must end."""
