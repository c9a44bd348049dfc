"""Contents share their payloads, and each version of a run decides anew who gets which content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.delivery.states import RunKind, RunState
from domain.subscription.preferences import ContentPreferences
from storage import content_preferences, payloads, runs, schema
from storage.database import Database, Tx
from storage.payloads import Content, NewPayload, RenderedContent

NOW = datetime(2025, 9, 12, tzinfo=UTC)
CONTENT = Content("headlines", "zh", (1, 2))
CALL = NewPayload(1, "sendMessage", {"text": "x"})


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[Tx]:
    database = await Database.open(tmp_path / "bot.db")
    async with database.write() as tx:
        yield tx
    await database.close()


async def _count(tx: Tx, table: object) -> int:
    count: int = (await tx.execute(select(func.count()).select_from(table))).scalar_one()  # type: ignore[arg-type]
    return count


async def _new_run(tx: Tx) -> tuple[int, int, int]:
    first = await content_preferences.get_or_create(tx, ContentPreferences())
    second = await content_preferences.get_or_create(tx, ContentPreferences(categories=frozenset({"a"})))
    return await runs.add_digest(tx, date(2025, 9, 12), published=NOW, upto=second), first, second


async def test_later_preferences_share_rendered_content(tx: Tx) -> None:
    run_id, first, second = await _new_run(tx)
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (first,), (CALL,))])
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (second,), (CALL,))])
    assert [await _count(tx, table) for table in (schema.contents, schema.payloads, schema.run_contents)] == [1, 1, 2]


async def test_new_version_has_its_own_payloads(tx: Tx) -> None:
    run_id, first, second = await _new_run(tx)
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (first, second), (CALL,))])
    await payloads.unlink_preferences(tx, run_id)
    await payloads.add(tx, run_id, 2, [RenderedContent(CONTENT, (first,), (CALL,))])
    assert [await _count(tx, table) for table in (schema.contents, schema.payloads, schema.run_contents)] == [1, 2, 1]


async def test_edition_has_at_most_one_digest_run(tx: Tx) -> None:
    await _new_run(tx)
    row = {"date": "2025-09-12", "version": 1, "state": RunState.RUNNING, "published_at": NOW}
    await tx.execute(insert(schema.runs).values(kind=RunKind.CORRECTION, **row))
    await tx.execute(insert(schema.runs).values(kind=RunKind.CORRECTION, **row))
    with pytest.raises(IntegrityError):
        await tx.execute(insert(schema.runs).values(kind=RunKind.DIGEST, **row))
