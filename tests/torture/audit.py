"""Compare the ledger of a morning with what the chats received and report every disagreement. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MAX_IN_FLIGHT = 256
"""Most parts that may be unconfirmed because of one kill."""

FAULTS_THAT_LOSE_THE_ANSWER = frozenset({"drop", "cut", "hang", "html502", "reset", "refuse"})


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger at the end of a morning."""

    chat_id: int
    part: int
    state: str
    message_id: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that a chat received."""

    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Morning:
    """Audience, ledger, received messages, and which chats' calls met which kind of fault."""

    audience: frozenset[int]
    ledger: tuple[LedgerRow, ...]
    received: tuple[ReceivedMessage, ...]
    faults: frozenset[tuple[int, str]]


def audit(morning: Morning) -> list[str]:
    """Return every disagreement; an empty list means that the promise was kept."""
    return [*_people(morning), *_parts(morning), *_kills(morning)]


def _people(morning: Morning) -> Iterable[str]:
    """Check that everybody has rows, nobody else has, and nobody got a message twice."""
    listed = Counter(entry.chat_id for entry in morning.ledger)
    for chat in morning.audience - listed.keys():
        yield f"chat {chat} was left out of the ledger"
    for chat in listed.keys() - morning.audience:
        yield f"chat {chat} is in the ledger and not in the audience"
    times = Counter(message.chat_id for message in morning.received)
    for chat, count in times.items():
        if count > listed.get(chat, 0):
            yield f"chat {chat} got {count} messages for {listed.get(chat, 0)} parts"


def _parts(morning: Morning) -> Iterable[str]:
    """Check each row against what its chat received."""
    received = {(message.chat_id, message.message_id) for message in morning.received}
    chats_with_messages = {message.chat_id for message in morning.received}
    lost = {chat for chat, kind in morning.faults if kind in FAULTS_THAT_LOSE_THE_ANSWER}
    for entry in morning.ledger:
        match entry.state:
            case "sent" if (entry.chat_id, entry.message_id) not in received:
                yield f"chat {entry.chat_id}: the ledger says sent as {entry.message_id}, the chat does not have it"
            case "unconfirmed" if entry.reason != "interrupted" and entry.chat_id not in lost:
                yield f"chat {entry.chat_id}: unconfirmed ({entry.reason}), and nothing happened to its call"
            case "sent" | "unconfirmed":
                pass
            case _:
                received_word = "got" if entry.chat_id in chats_with_messages else "did not get"
                yield f"chat {entry.chat_id}: ended {entry.state} ({entry.reason}); it {received_word} a message"


def _kills(morning: Morning) -> Iterable[str]:
    interrupted = sum(entry.reason == "interrupted" for entry in morning.ledger)
    if interrupted > MAX_IN_FLIGHT:
        yield f"{interrupted} parts are unconfirmed because of one kill: more than may be in flight"
