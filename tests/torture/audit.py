"""Compare the ledger of a morning with what the chats received and report every disagreement. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from transport.circuit_breaker import WINDOW_ENDINGS

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
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that a chat received; it `is_whole` if it shows every piece of the edition."""

    chat_id: int
    message_id: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningOutage:
    """An outage: chats whose calls it met, deliveries in flight when it began, and what else it may have cost.

    `processes` is how many there were during it: each has to find out for itself. `answered_probes` is how many
    deliveries went first although it was not over.
    """

    kind: str
    chats: frozenset[int]
    in_flight: int
    processes: int
    answered_probes: int

    @property
    def bound(self) -> int:
        return self.in_flight + WINDOW_ENDINGS * self.processes + self.answered_probes


@dataclass(frozen=True, slots=True)
class Morning:
    """Audience, ledger, received messages, which chats' calls met which kind of fault, and the morning's outage.

    `stood_still` if the machine did, for so long that answers were waited for in vain.

    `refused` are the chats for which a rich message was refused.
    """

    audience: frozenset[int]
    ledger: tuple[LedgerRow, ...]
    received: tuple[ReceivedMessage, ...]
    faults: frozenset[tuple[int, str]]
    outage: MorningOutage | None = None
    refused: frozenset[int] = frozenset()
    stood_still: bool = False


def audit(morning: Morning) -> list[str]:
    """Return every disagreement; an empty list means that the promise was kept."""
    return [*_people(morning), *_parts(morning), *_content(morning), *_kills(morning), *_outages(morning)]


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
    lost = _chats_that_lost_an_answer(morning) | (morning.outage.chats if morning.outage else frozenset())
    for entry in morning.ledger:
        match entry.state:
            case "sent" if (entry.chat_id, entry.message_id) not in received:
                yield f"chat {entry.chat_id}: the ledger says sent as {entry.message_id}, the chat does not have it"
            case "unconfirmed" if _came_too_late(morning, entry):
                pass
            case "unconfirmed" if entry.reason != "interrupted" and entry.chat_id not in lost:
                why = f"{entry.reason}: {entry.error}"
                yield f"chat {entry.chat_id}: unconfirmed ({why}), and nothing happened to its call"
            case "sent" | "unconfirmed":
                pass
            case _:
                received_word = "got" if entry.chat_id in chats_with_messages else "did not get"
                yield f"chat {entry.chat_id}: ended {entry.state} ({entry.reason}); it {received_word} a message"


def _content(morning: Morning) -> Iterable[str]:
    """Check that each message is the whole edition, and that whoever was refused a rich message has another one."""
    for message in morning.received:
        if not message.is_whole:
            yield f"chat {message.chat_id}: message {message.message_id} is not the whole edition"
    settled = {entry.chat_id for entry in morning.ledger if entry.state in ("sent", "unconfirmed")}
    for chat in morning.refused - settled:
        yield f"chat {chat}: a rich message was refused, and nothing took its place"


def _kills(morning: Morning) -> Iterable[str]:
    interrupted = sum(entry.reason == "interrupted" for entry in morning.ledger)
    if interrupted > MAX_IN_FLIGHT:
        yield f"{interrupted} parts are unconfirmed because of one kill: more than may be in flight"


def _outages(morning: Morning) -> Iterable[str]:
    """Check that an outage cost no more than it may, however long it was."""
    outage = morning.outage
    if outage is None:
        return
    cost = outage_cost(morning)
    if cost > outage.bound:
        yield f"{cost} parts are unconfirmed because of one outage ({outage.kind}): more than {outage.bound}"


def outage_cost(morning: Morning) -> int:
    """Return how many parts are unconfirmed because of the outage, and not of a kill or a single fault."""
    lost = _chats_that_lost_an_answer(morning)
    unconfirmed = [
        entry
        for entry in morning.ledger
        if entry.state == "unconfirmed" and entry.reason != "interrupted" and not _came_too_late(morning, entry)
    ]
    return sum(entry.chat_id not in lost for entry in unconfirmed)


def _came_too_late(morning: Morning, entry: LedgerRow) -> bool:
    return morning.stood_still and entry.error == "TimeoutError"


def _chats_that_lost_an_answer(morning: Morning) -> frozenset[int]:
    return frozenset(chat for chat, kind in morning.faults if kind in FAULTS_THAT_LOSE_THE_ANSWER)
