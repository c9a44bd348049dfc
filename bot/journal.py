"""Write the log to systemd's journal with fields, so that `journalctl EVENT=run_paused` finds an event.

a JSON line of the log -> the fields of an entry -> a datagram to journald; the line itself if that is refused
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from domain.printable import json_printable, printable_line

JOURNAL_SOCKET = Path("/run/systemd/journal/socket")
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""Log levels as priorities of syslog."""

IN_THE_MESSAGE = frozenset({"event", "exception", "level", "timestamp"})
"""What an entry holds in another way, or journald adds itself."""

OWN_FIELDS = frozenset({"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "EVENT"})


def is_journal(stream: TextIO) -> bool:
    """Return whether systemd connected a stream to the journal, as `JOURNAL_STREAM` says."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file, or a closed one
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class JournalHandler(logging.StreamHandler[TextIO]):
    """Send each record to journald; its formatter must return JSON, which goes to `stream` if journald refuses it."""

    def __init__(self, stream: TextIO, address: Path) -> None:
        super().__init__(stream)
        self._address = address

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record without waiting: a full queue or an entry that is too large goes to the stream."""
        try:
            entry = encode_entry(json.loads(self.format(record)))
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
                journald.sendto(entry, socket.MSG_DONTWAIT, str(self._address))
        except OSError:
            super().emit(record)
        except Exception:  # noqa: BLE001 - as every handler of the library: a log must not end the program
            self.handleError(record)


def encode_entry(event: Mapping[str, Any]) -> bytes:
    """Return an event in the journal's native protocol."""
    return b"".join(_encode_field(name, value) for name, value in _fields(event))


def _fields(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "MESSAGE", _message(event)
    yield "PRIORITY", str(PRIORITIES.get(event.get("level", ""), PRIORITIES["info"]))
    yield "SYSLOG_IDENTIFIER", "digestbot"
    yield "EVENT", str(event["event"])
    for key, value in event.items():
        name = re.sub("[^A-Z0-9_]", "_", key.upper()).lstrip("_0123456789")[:64]
        if key not in IN_THE_MESSAGE and value is not None and name and name not in OWN_FIELDS:
            yield name, _text(value)


def _message(event: Mapping[str, Any]) -> str:
    """Return an event as one line, and its traceback below, as `journalctl` shows it."""
    values = (f"{key}={_quoted(value)}" for key, value in event.items() if key not in {*IN_THE_MESSAGE, "logger"})
    line = " ".join((str(event["event"]), *values))
    return f"{line}\n{event['exception']}" if "exception" in event else line


def _quoted(value: Any) -> str:
    text = _text(value)
    is_one_word = text and printable_line(text) == text and not re.search(r'[\s"=]', text)
    return text if is_one_word else json_printable(json.dumps(text, ensure_ascii=False))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _encode_field(name: str, value: str) -> bytes:
    """Return `NAME=value`, or for several lines the name, the length as 64 bits (little-endian) and the value."""
    content = value.encode(errors="replace")
    if b"\n" not in content:
        return b"%s=%s\n" % (name.encode(), content)
    return b"%s\n%s%s\n" % (name.encode(), len(content).to_bytes(8, "little"), content)
