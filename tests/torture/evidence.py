"""Read after a morning what the ledger and the chats say of it, and whom its outage met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from emulator.client import Call, EmulatorClient, LogEntry
from tests.mornings import ADMIN_ID, WHOLE_EDITION, read_ledger
from tests.torture.audit import Morning, MorningOutage, ReceivedMessage
from tests.torture.outages import (
    IN_FLIGHT_NOTES,
    KINDS_THAT_CUT_CONNECTIONS,
    LATENCY_SECONDS,
    PROXY_KILLED,
    READ_SECONDS,
    OutageTimes,
)
from transport.circuit_breaker import WINDOW_ENDINGS
from transport.responses import RICH_METHOD

FLOODER = 9002
OTHERS = (ADMIN_ID, FLOODER)
"""People who are no subscribers."""

METHODS = ("sendMessage", RICH_METHOD)
"""Methods by which an edition arrives."""

ON_THE_WAY_SECONDS = 0.05
"""How much earlier than its call's arrival, or later than its answer, a delivery may be in flight."""

HELD_UP_SECONDS = 1.0
"""How much longer an answer may be on its way on a busy machine: an outage may cut it off."""

HELD_UP_IN_PROXY_SECONDS = 10.0
"""The same behind a proxy, another process that waits for its turn. The bound of the outage's cost is no greater."""


async def read_morning(
    emulator: EmulatorClient,
    folder: Path,
    day: date,
    chats: frozenset[int],
    since: int,
    calls_since: int,
    times: OutageTimes,
) -> Morning:
    """Return what happened since these entries of the emulator's two logs."""
    entries = [entry for entry in await emulator.log(since=since, kind="bot_message") if entry.chat_id in chats]
    kinds = {fault["id"]: fault["kind"] for fault in await emulator.faults()}
    all_calls = [call for method in METHODS for call in await emulator.calls(method, since=calls_since)]
    calls = sorted((call for call in all_calls if call.chat_id in chats), key=lambda call: call.seq)
    probes = await emulator.calls("getMe", since=calls_since)
    return Morning(
        audience=chats,
        ledger=read_ledger(folder, "SELECT id FROM runs WHERE date = ?", str(day)),
        received=tuple(
            ReceivedMessage(entry.chat_id or 0, entry.message_id or 0, is_whole=_is_whole(entry)) for entry in entries
        ),
        faults=frozenset((call.chat_id or 0, kinds[call.fault_id]) for call in calls if call.fault_id in kinds),
        outage=_morning_outage(times, chats, calls, probes, _bots_in_flight(folder, times)),
        refused=frozenset(
            call.chat_id or 0 for call in calls if call.method == RICH_METHOD and call.status in (400, 403)
        ),
    )


async def read_broadcast(
    emulator: EmulatorClient,
    folder: Path,
    run_id: int,
    text: str,
    audience: frozenset[int],
    since: int,
    calls_since: int,
) -> Morning:
    """Return what happened of a broadcast since these entries of the emulator's two logs."""
    entries = await emulator.log(since=since, kind="bot_message")
    received = [entry for entry in entries if entry.message is not None and entry.message.text == text]
    kinds = {fault["id"]: fault["kind"] for fault in await emulator.faults()}
    calls = await emulator.calls("sendMessage", since=calls_since)
    return Morning(
        audience=audience,
        ledger=read_ledger(folder, "SELECT id FROM runs WHERE id = ?", run_id),
        received=tuple(
            ReceivedMessage(entry.chat_id or 0, entry.message_id or 0)
            for entry in received
            if entry.chat_id not in OTHERS
        ),
        faults=frozenset((call.chat_id or 0, kinds[call.fault_id]) for call in calls if call.fault_id in kinds),
    )


def _is_whole(entry: LogEntry) -> bool:
    message = entry.message
    text = "" if message is None else message.rich_text if message.rich_message else message.text
    return all(words in text for words in WHOLE_EDITION)


def _bots_in_flight(folder: Path, times: OutageTimes) -> int:
    """Return how many deliveries were in flight for the bot at its last answer before the outage.

    On a busy machine calls arrive late, and a proxy holds some: neither the server nor, for more than an instant, the
    ledger shows them.
    """
    notes = folder / IN_FLIGHT_NOTES
    if not notes.exists():
        return 0
    until = times.over + HELD_UP_SECONDS + (READ_SECONDS if times.plan.kind == "hanging" else 0)
    lines = [line.split() for line in notes.read_text(encoding="ascii").splitlines()]
    lost = [int(count) for at, count in lines if times.before <= float(at) <= until]
    return max(lost[:WINDOW_ENDINGS], default=0)


def _morning_outage(
    times: OutageTimes, audience: frozenset[int], calls: Sequence[Call], probes: Sequence[Call], bots_in_flight: int
) -> MorningOutage:
    """Return what an outage met: calls with its fault, those without an answer when it began, and unread ones.

    A busy server reads calls late: then more are in flight than it knows of, and the ledger counts them.
    """
    sent_since = times.before - LATENCY_SECONDS - ON_THE_WAY_SECONDS
    in_flight = [call for call in calls if sent_since <= call.monotonic <= times.began]
    held_up_seconds = HELD_UP_IN_PROXY_SECONDS if times.is_behind_proxy else HELD_UP_SECONDS
    held_up = [call for call in calls if sent_since - held_up_seconds <= call.monotonic < sent_since]
    if times.plan.kind == PROXY_KILLED:  # what a dead proxy has passed on is read all the same
        held_up += [call for call in calls if times.began < call.monotonic <= times.over + held_up_seconds]
    met = [call for call in calls if call.fault_id == times.fault_id]
    is_cut = times.plan.kind in KINDS_THAT_CUT_CONNECTIONS
    unread = audience - {call.chat_id for call in calls} if is_cut else frozenset()
    return MorningOutage(
        kind=times.plan.kind,
        chats=frozenset(call.chat_id or 0 for call in (*held_up, *in_flight, *met)) | unread,
        in_flight=max(len(in_flight), times.in_flight, bots_in_flight),
        processes=1 + times.plan.is_killed_within,
        answered_probes=sum(
            times.before <= probe.monotonic <= times.over and probe.status == 200 and probe.fault_id != times.fault_id
            for probe in probes
        ),
    )
