"""What the system, SQLite and Python's parsers say of an error, so that it can be translated where it is shown."""

from __future__ import annotations

from domain.chat.i18n import gettext_noop, lazy_text

_REASONS = frozenset(
    {
        gettext_noop("No such file or directory"),
        gettext_noop("Permission denied"),
        gettext_noop("Operation not permitted"),
        gettext_noop("Not a directory"),
        gettext_noop("Is a directory"),
        gettext_noop("File name too long"),
        gettext_noop("Too many levels of symbolic links"),
        gettext_noop("No space left on device"),
        gettext_noop("Disk quota exceeded"),
        gettext_noop("Read-only file system"),
        gettext_noop("Input/output error"),
        gettext_noop("Stale file handle"),
        gettext_noop("Too many open files"),
        gettext_noop("Cannot assign requested address"),
        gettext_noop("Connection refused"),
        gettext_noop("Connection reset by peer"),
        gettext_noop("Connection timed out"),
        gettext_noop("Network is unreachable"),
        gettext_noop("No route to host"),
        gettext_noop("Name or service not known"),
        gettext_noop("No address associated with hostname"),
        gettext_noop("Temporary failure in name resolution"),
        gettext_noop("self-signed certificate"),
        gettext_noop("unable to get local issuer certificate"),
        gettext_noop("certificate has expired"),
        gettext_noop("file is not a database"),
        gettext_noop("database disk image is malformed"),
        gettext_noop("unable to open database file"),
        gettext_noop("attempt to write a readonly database"),
        gettext_noop("database or disk is full"),
        gettext_noop("database is locked"),
        gettext_noop("disk I/O error"),
        gettext_noop("Expecting value"),
        gettext_noop("Extra data"),
        gettext_noop("Expecting property name enclosed in double quotes"),
        gettext_noop("Expecting ',' delimiter"),
        gettext_noop("Expecting ':' delimiter"),
        gettext_noop("Unterminated string starting at"),
        gettext_noop("unexpected end of data"),
    }
)
_NO_TABLE = gettext_noop("no such table: {name}")


def reason_text(reason: object) -> str:
    """Return the text of a reason, which is translated later if it is known, and stays as it is otherwise."""
    text = str(reason)
    if text in _REASONS:
        return lazy_text(text)
    kind, _, name = text.partition(": ")
    return lazy_text(_NO_TABLE, name=name) if kind == "no such table" else text
