"""Ingesting files, and the notice about a file that cannot be published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from delivery.publisher import Ingested, Publisher
from delivery.publishing import PublishResult, publish
from digest.model import Digest
from digest.reader import read_digests
from domain.chat.i18n import Translations
from domain.subscription.calendar import Schedule
from storage import digests
from storage.digests import Source
from tests.cancellation import at_every_step
from tests.databases import open_database
from views.unpublished_file import unpublished_file_notice

TEXTS = Translations.load()


def test_unpublished_file_notice_names_line_problem_and_fix() -> None:
    (digest,) = read_digests("---\ntitle: 早报\n---\n\n只有一段话。\n".encode(), name="notes.md")
    chinese = unpublished_file_notice("notes.md", digest, TEXTS.translator("zh"), date(2026, 11, 28)).text.plain
    assert "第 1 行" in chinese
    assert "没有日期，无法发布：请在文件头写上 date: 2026-11-28。" in chinese
    assert "D110" not in chinese
    assert "There is" not in chinese
    english = unpublished_file_notice("notes.md", digest, TEXTS.translator("en"), date(2026, 11, 28)).text.plain
    assert "There is no date, so it cannot be published" in english
    assert "No items were found" in english


DAYS = [date(2025, 9, day) for day in (10, 11, 12)]
WEEK = "".join(f"# {day}\n\n1. [News of {day}](https://example.org/{day})\n\n    What happened.\n\n" for day in DAYS)
DEFAULT_SCHEDULE = Schedule("Asia/Shanghai", 8 * 60)


async def test_every_day_of_a_file_is_ingested_after_a_stop_anywhere(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.db")

    async def store(digest: Digest, source: Source) -> PublishResult:
        return await publish(database, TEXTS, DEFAULT_SCHEDULE, digest, source, now=datetime(2025, 9, 12, tzinfo=UTC))

    async def nobody(_make: object) -> None:
        raise AssertionError("nothing is to be told")

    async def no_report(_digest: Digest, _source: Source, _result: PublishResult) -> None:
        return None

    async def never(_digest: Digest) -> bool:
        return False

    async def nothing(_name: str) -> None:
        return None

    publisher = Publisher(
        database,
        lambda name, data, **_: read_digests(data, name=name),
        publish=store,
        is_due_soon=never,
        read_other=nothing,
        notify_admins=nobody,
        report_edition=no_report,
        today=lambda: DAYS[-1],
    )
    async for task in at_every_step(lambda: publisher.ingest("week.md", WEEK.encode(), is_settled=True)):
        assert task.cancelled() or task.result() == Ingested()
    async with database.read() as tx:
        assert [one.date for one in await digests.recent(tx, now=datetime(2025, 9, 13, tzinfo=UTC))] == DAYS[::-1]
    await database.close()
