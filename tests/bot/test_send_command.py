"""`digestbot send`: the numbers first, and the edition only with --now."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

from domain.audit import OPERATOR, AuditAction
from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import audit, bots, content_preferences, digests, runs, subscribers
from storage.database import Database
from storage.digests import Source
from tests.bot.test_cli import call
from tests.databases import on_postgresql, open_database, postgresql_address
from tests.handlers.editions import edition, published

DAY = date(2025, 9, 12)


async def prepare(path: Path) -> None:
    database = await open_database(path, own=False)
    async with database.write() as tx:
        await digests.upsert(tx, edition(DAY), Source("a.md", b""), published=published(DAY), now=published(DAY))
        joined = datetime(2025, 9, 1, tzinfo=UTC)
        wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
        await subscribers.activate(tx, (await subscribers.add(tx, Chat(5), wishes, now=joined)).id, now=joined)
    await database.close()


async def _check(path: Path) -> None:
    database: Database = await open_database(path, own=False)
    async with database.write() as tx:
        assert await runs.get_by_edition(tx, DAY) is not None
        (entry,) = await audit.newest(tx)
        assert (entry.action, entry.actor, entry.detail) == (AuditAction.SENT_NOW, OPERATOR, "1")
        await bots.set_restored_on(tx, date(2025, 9, 20))
        later = date(2025, 9, 19)
        await digests.upsert(tx, edition(later), Source("b.md", b""), published=published(later), now=published(later))
    await database.close()


def test_send_shows_the_numbers_and_sends_only_with_now(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    asyncio.run(prepare(path))
    environment = {
        "BOT_TOKEN": "1:first-loopback-token",
        "STATE_FOLDER": str(tmp_path),
        "DATABASE": postgresql_address(path).url if on_postgresql() else str(path),
    }
    shown = call("send", DAY, **environment)
    assert shown.returncode == 0, shown.stderr
    assert f"{DAY}: 1 still without it, 0 with it\nnothing was sent" in shown.stdout
    assert f"digestbot send {DAY} --now --bot main\n" in call("send", DAY, "--bot", "main", **environment).stdout
    assert "there is no such edition; the newest one is 2025-09-12" in call("send", "2025-01-01", **environment).stderr
    assert "it is on its way" in call("send", DAY, "--now", **environment).stdout
    asyncio.run(_check(path))
    assert "is not known any more" in call("send", "2025-09-19", "--now", **environment).stderr


async def _let_nothing_be_in_it(path: Path) -> None:
    database = await open_database(path, own=False)
    async with database.write() as tx:
        newest = await content_preferences.newest_id(tx)
        await runs.add_digest(tx, DAY, published=published(DAY), upto=newest)
    await database.close()


def test_send_counts_those_for_whom_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    asyncio.run(prepare(path))
    asyncio.run(_let_nothing_be_in_it(path))
    environment = {
        "BOT_TOKEN": "1:first-loopback-token",
        "STATE_FOLDER": str(tmp_path),
        "DATABASE": postgresql_address(path).url if on_postgresql() else str(path),
    }
    shown = call("send", DAY, "--now", **environment)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == (
        f"{DAY}: 0 still without it, 0 with it\n"
        "nothing in it for 1, because of their muted words or chosen categories\n"
    )
