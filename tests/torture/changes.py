"""Change what was delivered, and look at every chat: the edition is corrected or withdrawn, the broadcast edited or
recalled, each with a kill of its own.

A message whose arrival was not confirmed has no known number, so it stays as it is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from emulator.client import EmulatedUser, EmulatorClient, LogEntry
from tests.mornings import ADMIN_ID, edition, read_ledger, read_rows
from tests.torture.audit import LedgerRow
from tests.torture.bot import BotProcess

CHANGED = "A first thing again"
"""Words that only a changed edition or broadcast has; an edition shows them in every layout."""

EDITING, DELETING = "editMessageText", "deleteMessage"
CHANGE_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What went out on a day, and may be changed: the runs, and the first entry of the log that is about them."""

    emulator: EmulatorClient
    folder: Path
    bot: BotProcess
    day: date
    since: int
    edition_run_id: int
    broadcast_run_id: int | None

    def admin(self) -> EmulatedUser:
        return EmulatedUser(self.emulator, ADMIN_ID, self.since)

    async def press(self, data: str) -> None:
        """Have the admin press a button, and wait until the bot has acted on it."""
        admin = self.admin()
        await admin.send_press((await admin.history())[-1], data, forge=True)
        await self.emulator.wait_until_confirmed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a change is begun, which run carries it out, by which method, and the words that show it (none: deleted)."""

    name: str
    begin: Callable[[Delivered, int], Awaitable[None]]
    carried_out_by: str
    method: str
    words: str = ""


async def _correct(delivered: Delivered, _: int) -> None:
    changed = edition(delivered.day).replace("A first thing", CHANGED)
    (delivered.folder / "digests" / f"{delivered.day}.md").write_text(changed)


async def _withdraw(delivered: Delivered, _: int) -> None:
    await delivered.press(f"withdraw {delivered.day} yes")


async def _edit(delivered: Delivered, run_id: int) -> None:
    await delivered.press(f"run {run_id} edit")
    await delivered.admin().send(f"{CHANGED} on {delivered.day}")
    await delivered.emulator.wait_until_confirmed()
    newest = read_rows(delivered.folder, "SELECT max(id) FROM runs WHERE corrected_run_id = ?", run_id)[0][0]
    await delivered.press(f"run {newest} rewrite")


async def _recall(delivered: Delivered, run_id: int) -> None:
    await delivered.press(f"run {run_id} delete")


_BY_CORRECTION = "corrected_run_id = ?"
OF_EDITION = (
    Change(name="correction", begin=_correct, carried_out_by=_BY_CORRECTION, method=EDITING, words=CHANGED),
    Change(
        name="withdrawal",
        begin=_withdraw,
        carried_out_by="kind = 'withdrawal' AND date = (SELECT date FROM runs WHERE id = ?)",
        method=DELETING,
    ),
)
OF_BROADCAST = (
    Change(name="edit", begin=_edit, carried_out_by=_BY_CORRECTION, method=EDITING, words=CHANGED),
    Change(name="recall", begin=_recall, carried_out_by="recalled_run_id = ?", method=DELETING),
)


async def change(delivered: Delivered, chance: random.Random) -> list[str]:
    """Change the edition, the broadcast, both or neither; return the disagreements."""
    found: list[str] = []
    for changes, run_id in ((OF_EDITION, delivered.edition_run_id), (OF_BROADCAST, delivered.broadcast_run_id)):
        drawn = chance.choice((*changes, None))
        if drawn is not None and run_id is not None:
            found += await _perform(drawn, run_id, delivered, chance)
    return found


async def _perform(drawn: Change, run_id: int, delivered: Delivered, chance: random.Random) -> list[str]:
    """Begin a change, kill the bot after some of its calls, let it finish, and audit it."""
    folder, emulator = delivered.folder, delivered.emulator
    ledger = read_ledger(folder, "SELECT ?", run_id)
    known = sum(row.message_id is not None for row in ledger)
    began, calls_since = await emulator.last_log_seq(), await emulator.last_call_seq()
    await drawn.begin(delivered, run_id)
    is_over = f"SELECT count(*) FROM runs WHERE {drawn.carried_out_by} AND state = 'finished'"  # noqa: S608 - constants
    calls = chance.randint(0, max(1, known // 2))
    async with asyncio.timeout(CHANGE_SECONDS):
        while len(await emulator.calls(drawn.method, calls_since)) < calls:
            if read_rows(folder, is_over, run_id)[0][0]:
                break
            await asyncio.sleep(0.02)
        await delivered.bot.kill()
        await delivered.bot.start()
        while not read_rows(folder, is_over, run_id)[0][0]:  # noqa: ASYNC110 - the bot is another process
            await asyncio.sleep(0.1)
    people = frozenset(row.chat_id for row in ledger)
    log = [entry for entry in await emulator.log(since=delivered.since) if entry.chat_id in people]
    new = sum(entry.kind == "bot_message" and entry.seq > began for entry in log)
    rows = read_ledger(folder, f"SELECT id FROM runs WHERE {drawn.carried_out_by}", run_id)  # noqa: S608 - constants
    return [f"{drawn.name}: {text}" for text in audit_change(ledger, rows, shown(log), words=drawn.words, new=new)]


def shown(log: Iterable[LogEntry]) -> Mapping[tuple[int, int], str]:
    """Return the text of each message that a chat still shows, as it was sent or edited last."""
    texts: dict[tuple[int, int], str] = {}
    for entry in log:
        chat_id = entry.chat_id or 0
        if entry.kind == "bot_delete" and entry.detail is not None:
            for message_id in entry.detail["message_ids"]:
                texts.pop((chat_id, message_id), None)
        elif entry.kind in ("bot_message", "bot_edit") and entry.message is not None:
            message = entry.message
            texts[chat_id, message.message_id] = message.rich_text if message.rich_message else message.text
    return texts


def audit_change(
    delivered: Iterable[LedgerRow],
    changed: Iterable[LedgerRow],
    texts: Mapping[tuple[int, int], str],
    *,
    words: str,
    new: int,
) -> Iterable[str]:
    """Compare a change's ledger with what the chats show: `words`, or nothing if there are none. Pure."""
    for row in delivered:
        if row.state != "sent" or row.message_id is None:
            continue
        text = texts.get((row.chat_id, row.message_id))
        if words and (text is None or words not in text):
            yield f"chat {row.chat_id}: message {row.message_id} shows {text!r}"
        elif not words and text is not None:
            yield f"chat {row.chat_id}: message {row.message_id} is still there"
    for row in changed:
        if row.state != "sent":
            yield f"chat {row.chat_id}: the change ended {row.state} ({row.reason}: {row.error})"
    if new:
        yield f"{new} messages were sent"
