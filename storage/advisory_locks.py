"""Key spaces of this program's advisory locks on PostgreSQL: the first of a lock's two numbers."""

from __future__ import annotations

from enum import IntEnum


class LockSpace(IntEnum):
    """What is locked; the second number is the bot's id, or 0 for the whole database."""

    WRITE = 1  # until the end of a transaction: shared, or alone
    MIGRATION = 2
    BOT = 3  # until the session of its owner ends
    SHARED_VALUES = 4  # until the end of a transaction that may store a value which all bots share
    PROBE = 5  # until the end of the start's look at the server
    PROCESS = 6  # shared by the sessions of all processes, so that they can be counted
