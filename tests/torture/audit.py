"""The books: the ledger, what each chat received, and how its calls ended in; every disagreement out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

IN_FLIGHT = 256
"""The most parts that may be unconfirmed because of one kill."""

LOSES_THE_ANSWER = frozenset({"drop", "cut", "hang", "html502", "reset", "refuse"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger, at the end of a morning."""

    chat_id: int
    part: int
    state: str
    message_id: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that a chat has."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Morning:
    """All there is to know of a morning: audience, ledger, chats; and which chat's calls met a fault of which kind."""

    audience: frozenset[int]
    ledger: tuple[Entry, ...]
    received: tuple[Received, ...]
    faulty: frozenset[tuple[int, str]]


def audit(morning: Morning) -> list[str]:
    """What is wrong, in words; nothing when the promise was kept."""
    return [*_people(morning), *_parts(morning), *_kills(morning)]


def _people(morning: Morning) -> Iterable[str]:
    """Everybody has a row, nobody else has, nobody has a message twice."""
    listed = Counter(entry.chat_id for entry in morning.ledger)
    for chat in morning.audience - listed.keys():
        yield f"chat {chat} was left out of the ledger"
    for chat in listed.keys() - morning.audience:
        yield f"chat {chat} is in the ledger and not in the audience"
    times = Counter(one.chat_id for one in morning.received)
    for chat, count in times.items():
        if count > listed.get(chat, 0):
            yield f"chat {chat} got {count} messages for {listed.get(chat, 0)} parts"


def _parts(morning: Morning) -> Iterable[str]:
    """Each row agrees with what its chat received."""
    has = {(one.chat_id, one.message_id) for one in morning.received}
    got = {one.chat_id for one in morning.received}
    lost = {chat for chat, kind in morning.faulty if kind in LOSES_THE_ANSWER}
    for entry in morning.ledger:
        match entry.state:
            case "sent" if (entry.chat_id, entry.message_id) not in has:
                yield f"chat {entry.chat_id}: the ledger says sent as {entry.message_id}, the chat does not have it"
            case "unconfirmed" if entry.reason != "interrupted" and entry.chat_id not in lost:
                yield f"chat {entry.chat_id}: unconfirmed ({entry.reason}), and nothing happened to its call"
            case "sent" | "unconfirmed":
                pass
            case _:
                had = "has" if entry.chat_id in got else "has not"
                yield f"chat {entry.chat_id}: ended {entry.state} ({entry.reason}); it {had} got a message"


def _kills(morning: Morning) -> Iterable[str]:
    interrupted = sum(entry.reason == "interrupted" for entry in morning.ledger)
    if interrupted > IN_FLIGHT:
        yield f"{interrupted} parts are unconfirmed because of one kill: more than may be in flight"
