"""Contents share their payloads, and each version of a run decides anew who gets which content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.chat.callback_data import with_payload_id
from domain.delivery.states import RunKind, RunState
from domain.subscription.preferences import ContentPreferences
from storage import content_preferences, payloads, runs, schema
from storage.database import Tx
from storage.payloads import PHOTOS_PART, SKIPPED_IDS, Content, NewPayload, Payload, RenderedContent
from tests.databases import open_database

NOW = datetime(2025, 9, 12, tzinfo=UTC)
CONTENT = Content("headlines", "zh", (1, 2))
CALL = NewPayload(1, "sendMessage", {"text": "x"})


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[Tx]:
    database = await open_database(tmp_path / "bot.db")
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
    row = {"bot_id": tx.bot_id, "date": "2025-09-12", "version": 1, "state": RunState.RUNNING, "published_at": NOW}
    await tx.execute(insert(schema.runs).values(kind=RunKind.CORRECTION, **row))
    await tx.execute(insert(schema.runs).values(kind=RunKind.CORRECTION, **row))
    with pytest.raises(IntegrityError):
        await tx.execute(insert(schema.runs).values(kind=RunKind.DIGEST, **row))


async def _stored(tx: Tx, run_id: int) -> list[Payload]:
    ids = await tx.scalars(select(schema.payloads.c.id).where(schema.payloads.c.run_id == run_id))
    return sorted(await payloads.get_many(tx, list(ids)), key=lambda payload: payload.id)


async def test_rows_hold_contents_calls_and_who_gets_them(tx: Tx) -> None:
    run_id, first, second = await _new_run(tx)
    other = Content("full", "en", (3,))
    calls = CALL, NewPayload(2, "sendPhoto", {"photo": "y"})
    rendered = [RenderedContent(CONTENT, (first,), calls), RenderedContent(other, (second,), (CALL,))]
    await payloads.add(tx, run_id, 4, rendered)
    contents = (await tx.execute(select(schema.contents).order_by(schema.contents.c.id))).all()
    ids = [row.id for row in contents]
    assert [(row.run_id, row.layout, row.language, row.item_positions) for row in contents] == [
        (run_id, "headlines", "zh", "1,2"),
        (run_id, "full", "en", "3"),
    ]
    rows = (await tx.execute(select(schema.payloads).order_by(schema.payloads.c.id))).all()
    assert [(row.id, row.run_id, row.version, row.content_id, row.part, row.method, row.json) for row in rows] == [
        (1, run_id, 4, ids[0], 1, "sendMessage", b'{"text":"x"}'),
        (2, run_id, 4, ids[0], 2, "sendPhoto", b'{"photo":"y"}'),
        (3, run_id, 4, ids[1], 1, "sendMessage", b'{"text":"x"}'),
    ]
    links = (await tx.execute(select(schema.run_contents).order_by(schema.run_contents.c.preferences_id))).all()
    assert [tuple(row) for row in links] == [(run_id, first, ids[0]), (run_id, second, ids[1])]
    assert sorted(await payloads.get_many(tx, [1, 2, 99]), key=lambda payload: payload.id) == [
        Payload(1, "sendMessage", b'{"text":"x"}'),
        Payload(2, "sendPhoto", b'{"photo":"y"}'),
    ]


async def test_nothing_rendered_stores_nothing(tx: Tx) -> None:
    run_id, _, _ = await _new_run(tx)
    await payloads.add(tx, run_id, 1, [])
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (), ())])
    assert [await _count(tx, table) for table in (schema.contents, schema.payloads, schema.run_contents)] == [1, 0, 0]
    assert await _count(tx, schema.id_sequences) == 0


async def test_deleted_run_leaves_the_others_rows(tx: Tx) -> None:
    run_id, first, second = await _new_run(tx)
    other = await runs.add_digest(tx, date(2025, 9, 13), published=NOW, upto=second)
    for one in (run_id, other):
        await payloads.add(tx, one, 1, [RenderedContent(CONTENT, (first,), (CALL,))])
    await payloads.unlink_preferences(tx, other)
    assert await _count(tx, schema.run_contents) == 1
    await payloads.delete_all(tx, run_id)
    assert await _stored(tx, run_id) == []
    assert [payload.id for payload in await _stored(tx, other)] == [2]
    assert [await _count(tx, table) for table in (schema.contents, schema.payloads, schema.run_contents)] == [1, 1, 0]


async def test_ids_are_never_given_again(tx: Tx) -> None:
    run_id, first, _ = await _new_run(tx)
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (first,), (CALL, NewPayload(2, "sendMessage", {})))])
    await payloads.delete_all(tx, run_id)
    await payloads.add(tx, run_id, 2, [RenderedContent(CONTENT, (first,), (CALL,))])
    assert [payload.id for payload in await _stored(tx, run_id)] == [3]
    await payloads.skip_ids(tx)
    await payloads.unlink_preferences(tx, run_id)
    await payloads.add(tx, run_id, 3, [RenderedContent(CONTENT, (first,), (CALL,))])
    assert [payload.id for payload in await _stored(tx, run_id)] == [3, 3 + SKIPPED_IDS + 1]


async def test_buttons_carry_the_payloads_id(tx: Tx) -> None:
    run_id, first, _ = await _new_run(tx)
    keyboard = {"inline_keyboard": [[{"text": "1", "callback_data": "item 2025-09-12 1"}]]}
    other_markup = {"force_reply": True}
    calls = [
        NewPayload(part, "sendMessage", {"text": "x", "reply_markup": markup})
        for part, markup in enumerate((keyboard, other_markup, None), 1)
    ]
    await payloads.add(tx, run_id, 1, [RenderedContent(CONTENT, (first,), tuple(calls))])
    with_keyboard, with_other, without = [msgspec.json.decode(one.json) for one in await _stored(tx, run_id)]
    assert with_keyboard == {"text": "x", "reply_markup": with_payload_id(keyboard, 1)}
    assert with_keyboard["reply_markup"] != keyboard
    assert with_other == {"text": "x", "reply_markup": other_markup}
    assert without == {"text": "x", "reply_markup": None}


@pytest.mark.parametrize(
    ("topic_id", "silent", "added"),
    [
        (None, False, {}),
        (42, False, {"message_thread_id": 42}),
        (None, True, {"disable_notification": True}),
        (42, True, {"message_thread_id": 42, "disable_notification": True}),
    ],
)
def test_body_for_a_recipient_is_the_stored_one_and_more(
    topic_id: int | None, silent: bool, added: dict[str, object]
) -> None:
    body = Payload(1, "sendMessage", b'{"text":"x"}').for_recipient(-7, topic_id=topic_id, silent=silent)
    assert msgspec.json.decode(body) == {"chat_id": -7, "text": "x", **added}


async def test_signature_stands_under_the_last_text_and_no_photo(tx: Tx) -> None:
    run_id = await runs.add_digest(tx, date(2025, 9, 12), published=NOW, upto=0)
    parts = (
        NewPayload(1, "sendMessage", {"text": "a"}),
        NewPayload(2, "sendMessage", {"text": "b"}),
        NewPayload(PHOTOS_PART, "sendMediaGroup", {"media": []}),
    )
    for signed in (True, False):
        content = Content("full", "en", (1,), signed=signed)
        await payloads.add(tx, run_id, 1, [RenderedContent(content, (), parts)])
    stored = await payloads.get_many(tx, range(1, 100))
    signs = [payload.takes_signature for payload in sorted(stored, key=lambda payload: payload.id)]
    assert signs == [False, True, False, False, False, False]
