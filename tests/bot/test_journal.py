"""The log in systemd's journal: what a journald would receive, at a real datagram socket."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from bot.journal import encode_entry
from bot.logging_setup import configure_logging
from bot.settings import LogFormat
from tests.hostile_text import HOSTILE_CHARACTERS, hostile_in
from tests.plain_logs import log_plain_tracebacks

TOKEN = "123456:abcdefghijklmnop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """A socket as journald's, and the file that stands for the service's standard error."""

    socket: socket.socket
    address: Path
    stream: Path

    def entry(self) -> dict[str, str]:
        """Return the next entry that was received."""
        return decode_entry(self.socket.recv(1 << 20, socket.MSG_DONTWAIT))


def decode_entry(datagram: bytes) -> dict[str, str]:
    """Decode the native protocol as journald does: by lines, and by length for values of several lines."""
    fields = {}
    while datagram:
        line, _, datagram = datagram.partition(b"\n")
        name, is_short, value = line.partition(b"=")
        if not is_short:
            length = int.from_bytes(datagram[:8], "little")
            value, end, datagram = datagram[8 : 8 + length], datagram[8 + length : 9 + length], datagram[9 + length :]
            assert end == b"\n"
        assert name.decode() not in fields
        fields[name.decode()] = value.decode()
    return fields


def fill(address: Path) -> None:
    """Send entries that nobody reads until the queue is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(BlockingIOError):
        while True:
            sender.sendto(b"EVENT=other\n", socket.MSG_DONTWAIT, str(address))


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    address, stream = tmp_path / "socket", tmp_path / "stderr"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as received, stream.open("w", encoding="utf-8") as stderr:
        received.bind(str(address))
        status = os.fstat(stderr.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        configure_logging(level="info", form=LogFormat.AUTO, secrets=(TOKEN,), stream=stderr, journal_socket=address)
        yield Journal(socket=received, address=address, stream=stream)
    root.handlers[:] = handlers
    root.setLevel(level)
    log_plain_tracebacks()


def test_event_and_its_values_are_fields(journal: Journal) -> None:
    with structlog.contextvars.bound_contextvars(bot="main"):
        structlog.get_logger("delivery.x").warning(
            "run_paused", run=17, edition="2026-11-27", reason="too many", at=None
        )
    assert journal.entry() == {
        "MESSAGE": 'run_paused run=17 edition=2026-11-27 reason="too many" at=null bot=main',
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "digestbot",
        "EVENT": "run_paused",
        "RUN": "17",
        "EDITION": "2026-11-27",
        "REASON": "too many",
        "BOT": "main",
        "LOGGER": "delivery.x",
    }
    assert not journal.stream.read_text()


def test_traceback_follows_the_message_without_its_text(journal: Journal) -> None:
    try:
        raise ConnectionError(TOKEN)
    except ConnectionError:
        logging.getLogger("some.library").exception("what Ann wrote to %s", TOKEN)
    entry = journal.entry()
    first, *others = entry["MESSAGE"].splitlines()
    assert first.startswith("library_message where=")
    assert others[0] == "Traceback (most recent call last):"
    assert others[-1] == "ConnectionError"
    assert entry["PRIORITY"] == "3"
    assert "Ann" not in str(entry)
    assert "abcdefghijklmnop" not in str(entry)


def test_secret_in_a_value_is_redacted_in_each_field(journal: Journal) -> None:
    structlog.get_logger().info("telegram_route", route=f"/bot{TOKEN}/getMe")
    entry = journal.entry()
    assert entry["ROUTE"] == "/bot[token]/getMe"
    assert entry["MESSAGE"] == "telegram_route route=/bot[token]/getMe"


@pytest.mark.parametrize("refusal", ["nobody listens", "it is too large", "its queue is full"])
def test_refused_entry_goes_to_standard_error(journal: Journal, refusal: str) -> None:
    text = "x"
    if refusal == "nobody listens":
        journal.address.unlink()
    elif refusal == "it is too large":
        text = "x" * (1 << 20)
    else:
        fill(journal.address)
    structlog.get_logger().info("bot_started", text=text)
    line = json.loads(journal.stream.read_text())
    assert (line["event"], line["text"]) == ("bot_started", text)


@pytest.mark.parametrize(
    ("key", "field"),
    [("chat-id", "CHAT_ID"), ("_pid", "PID"), ("9th", "TH"), ("x" * 70, "X" * 64), ("priority", None), ("__", None)],
)
def test_keys_become_names_that_journald_accepts(key: str, field: str | None) -> None:
    entry = decode_entry(encode_entry({"event": "x", "level": "info", key: "a\nb=c"}))
    own = {"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "EVENT"}
    assert {name: value for name, value in entry.items() if name not in own} == ({field: "a\nb=c"} if field else {})
    assert entry["PRIORITY"] == "6"
    assert entry["MESSAGE"].count("\n") == 0


@pytest.mark.parametrize("form", [LogFormat.AUTO, LogFormat.JSON])
def test_json_lines_where_the_journal_is_not_meant(journal: Journal, tmp_path: Path, form: LogFormat) -> None:
    """`JOURNAL_STREAM` is inherited by programs whose standard error leads elsewhere; `json` asks for JSON."""
    other = tmp_path / "other" if form is LogFormat.AUTO else journal.stream
    with other.open("w", encoding="utf-8") as stderr:
        configure_logging(level="info", form=form, secrets=(), stream=stderr, journal_socket=journal.address)
        structlog.get_logger().info("bot_started")
    assert json.loads(other.read_text())["event"] == "bot_started"
    with pytest.raises(BlockingIOError):
        journal.entry()


def test_no_value_forges_an_entry(journal: Journal) -> None:
    for character in HOSTILE_CHARACTERS.replace("\ud800", "").replace("\udfff", ""):
        for name in (f"a{character}EVENT=bot_stopped", f"a{character}b"):
            structlog.get_logger().warning("digest_rejected", file=name)
            entry = journal.entry()
            assert (entry["EVENT"], entry["FILE"], entry["PRIORITY"]) == ("digest_rejected", name, "4")
            assert hostile_in(entry["MESSAGE"]) == set()
            assert len(entry["MESSAGE"].splitlines()) == 1
