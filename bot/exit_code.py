"""Exit codes of the command line, after sysexits.h where it has a code for the kind of failure."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Why a process ended; docs/operating.md lists the same codes, held by a test."""

    SUCCESS = 0
    FAILURE = 1  # a command's answer is no: a digest has errors, a preview has nothing to show
    USAGE = 2  # a wrong command, option or argument
    DATABASE_UNREADABLE = 65
    PORT_UNAVAILABLE = 69
    DEFECT = 70
    CANNOT_WRITE = 73
    TEMPORARY_FAILURE = 75  # to be started again: the database is in use or away, or a bot's ownership was lost
    TOKEN_REFUSED = 77
    SETTINGS = 78
