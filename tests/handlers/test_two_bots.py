"""Two bots in one database, with the same people, chats, updates, days and admins: neither sees or changes the other.

Buttons of the one are pressed at the other, as somebody can who alters what a client sends.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from delivery import recovery, restore
from delivery.high_water_mark import HighWaterMark
from delivery.metrics import Metrics
from delivery.planner import Planner
from delivery.publishing import publish
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.progress import RunMessage, RunMessageKind
from domain.subscription.calendar import Schedule
from storage import bots, payloads, retry_after, run_messages, run_progress, runs, schema, source_files, updates
from storage.digests import Source
from storage.retention import forget_some
from storage.retry_after import RetryAfter
from tests.databases import open_database
from tests.handlers.dialogue import ADMIN, NOON, TEXTS, Bot, Voice, private
from tests.handlers.editions import edition
from tests.rows import rows_of

TODAY = date(2025, 9, 12)
SCHEDULE = Schedule("Asia/Shanghai", 480)
READERS = (7, 8)
OF_BOT = "run_id IN (SELECT id FROM runs WHERE bot_id = :bot)"
WORDS = {1: "first bot's own words", 2: "second bot's own words"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The bot of `WORDS[1]` and that of `WORDS[2]`."""

    first: Bot
    second: Bot


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    """Yield two bots, each in the middle of a morning and of a broadcast."""
    database = await open_database(tmp_path / "bot.db")
    async with database.write() as tx:
        await bots.add(tx, "second", "env:BOT_TOKEN_SECOND", {})
    found = Pair(Bot(database), Bot(database.for_bot(2)))
    for bot in (found.first, found.second):
        await _fill(bot)
    yield found
    await database.close()


async def _fill(bot: Bot) -> None:
    """Give a bot subscribers, a digest and a broadcast that are planned, and of each state a delivery."""
    words = WORDS[bot.database.bot_id]
    for reader in (ADMIN, *READERS):
        await private(bot, reader).say("/start")
    digest = replace(edition(TODAY, commentary=words), content_hash=words)
    await publish(bot.database, TEXTS, SCHEDULE, digest, Source("today.md", words.encode()), now=bot.now)
    admin = private(bot, ADMIN)
    await admin.say(f"/broadcast {words}")
    await admin.press("Send")
    await admin.say(f"/broadcast a draft with {words}")
    await _plan(bot, bot.now + timedelta(hours=18))  # the next morning in Shanghai
    async with bot.database.write() as tx:
        change = "UPDATE deliveries SET state = :state WHERE part = 1 AND (subscriber_id + run_id) % 4 = :number"
        for number, state in enumerate(("in_flight", "unconfirmed", "failed", "sent")):
            await tx.execute(text(f"{change} AND {OF_BOT}"), {"state": state, "number": number, "bot": tx.bot_id})
        for run in await runs.in_state(tx, *runs.LIVE):
            for number in range(1, 12):
                await run_messages.add(tx, run.id, RunMessage(RunMessageKind.REPORT, ADMIN, number))
        await retry_after.put(tx, RetryAfter(READERS[0], bot.now + timedelta(minutes=9), 540))
        await source_files.set_unfinished(tx, "today.md", unfinished=True)


async def _plan(bot: Bot, now: datetime) -> None:
    await Planner(bot.database, TEXTS, Metrics((), now=lambda: now)).plan_due(now)


async def _stored_buttons(bot: Bot) -> list[str]:
    """Return the data of every button of the bot's payloads, which name their payload."""
    async with bot.database.read() as tx:
        rows = await tx.execute(text(f"SELECT json FROM payloads WHERE {OF_BOT}"), {"bot": tx.bot_id})  # noqa: S608 - ours
        return sorted({data for row in rows for data in re.findall(r'"callback_data":"([^"]+)"', row.json.decode())})


async def _run_buttons(bot: Bot) -> list[str]:
    async with bot.database.read() as tx:
        run_ids = list(await tx.scalars(select(schema.runs.c.id).where(schema.runs.c.bot_id == tx.bot_id)))
    on_runs = ("pause", "resume", "cancel", "resend", "refresh")
    assert len(run_ids) == 3
    return [
        *(f"run {run_id} {verb}" for run_id in run_ids for verb in on_runs),
        *(f"broadcast {run_id} {verb}" for run_id in run_ids for verb in ("send", "discard", "fast 9")),
    ]


async def _press_all(voice: Voice, buttons: list[str]) -> str:
    """Press buttons on every message that both bots number alike; return all that was answered."""
    said = []
    for data in buttons:
        for number in (1, 2, 3):
            answer = await voice.press_data(data, on=number)
            said += [answer.text, answer.toast]
    return "\n".join(said)


@pytest.mark.parametrize("presser", [1, 2])
async def test_buttons_of_another_bot_change_and_show_nothing_of_it(pair: Pair, presser: int) -> None:
    """The admin of the one, and a reader of both, press what the other has sent."""
    own, other = (pair.first, pair.second) if presser == 1 else (pair.second, pair.first)
    before = await rows_of(other.database)
    with capture_logs() as logs:
        said = await _press_all(private(own, ADMIN), await _run_buttons(other))
        for reader in (*READERS, ADMIN):
            said += await _press_all(private(own, reader), await _stored_buttons(other))
        for words in ("/stats", "/today", "/commentary", "/digest 2025-09-12", "/status", "/settings", "/stop"):
            said += (await private(own, ADMIN).say(words)).text
    assert await rows_of(other.database) == before
    assert WORDS[other.database.bot_id] not in said
    assert WORDS[own.database.bot_id] in said  # of /commentary: the same day is an edition of each
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]


async def test_buttons_work_at_the_bot_that_sent_them(pair: Pair) -> None:
    """The same presses do change the bot's own rows: the test above presses what works."""
    for bot in (pair.first, pair.second):
        before = await rows_of(bot.database)
        for reader in (*READERS, ADMIN):
            await _press_all(private(bot, reader), await _stored_buttons(bot))
        await _press_all(private(bot, ADMIN), await _run_buttons(bot))
        after = await rows_of(bot.database)
        assert {"runs", "deliveries"} <= {table for table in before if before[table] != after[table]}


async def test_an_update_of_the_same_number_is_answered_by_each_bot(pair: Pair) -> None:
    pair.first.updates = pair.second.updates = 5000
    for bot in (pair.first, pair.second):
        assert "Settings" in (await private(bot).say("/settings")).text
        assert WORDS[bot.database.bot_id] in (await private(bot).say("/commentary")).text


async def test_what_delivery_does_for_one_bot_leaves_the_other_alone(pair: Pair, tmp_path: Path) -> None:
    """Recovery, planning, corrections, retention and the end of a restore, each for the second bot alone."""
    before, own = await rows_of(pair.first.database), pair.second.database
    later = NOON + timedelta(days=2)
    corrected = replace(edition(TODAY, items=3), content_hash="corrected")
    await publish(own, TEXTS, SCHEDULE, corrected, Source("today.md", b"corrected"), now=NOON)
    await recovery.begin(own, later, UnconfirmedPolicy.RESEND, HighWaterMark(tmp_path / "none", 2))
    await _plan(pair.second, later)
    async with own.write() as tx:
        await payloads.skip_ids(tx)
        for run in await runs.in_state(tx, *runs.LIVE):
            await runs.resend_unconfirmed(tx, run.id)
            await runs.finish(tx, run.id, now=later)
    await restore.resume_after_restore(own, HighWaterMark(tmp_path / "none", 2), SCHEDULE, later)
    async with own.write() as tx:
        await updates.delete_before(tx, before=later)
        while await forget_some(tx, now=later + timedelta(days=60)):
            pass
    assert await rows_of(pair.first.database) == before
    assert (await rows_of(own))["deliveries"] == []


async def test_figures_count_the_bots_own_people_only(pair: Pair) -> None:
    await private(pair.second, 99).say("/start")
    shown = [(await private(bot, ADMIN).say("/stats")).text for bot in (pair.first, pair.second)]
    assert ["3 subscribed" in shown[0], "4 subscribed" in shown[1]] == [True, True], shown
    async with pair.first.database.read() as tx:
        assert len(await run_progress.recent(tx, 9)) == 2
