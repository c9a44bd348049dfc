"""Fallbacks: a refused row, and the parts after it, take the payloads of another content of the same version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.chat.event import Chat
from domain.delivery.states import DeliveryState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import RichRefusal
from storage import fallbacks, payloads, runs, schema, subscribers
from storage.database import Tx
from storage.fallbacks import RefusedDelivery
from storage.payloads import Content, NewPayload, RenderedContent

NOW = datetime(2025, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
RICH, FULL = Content("rich", "zh", (1, 2)), Content("full", "en", (2, 1))
PARTS = {RICH: 3, FULL: 2}
ROW = schema.deliveries.c


@pytest.fixture
async def people(tx: Tx) -> list[int]:
    ids = []
    for number in range(5):
        wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
        ids.append((await subscribers.add(tx, Chat(1000 + number), wishes, now=NOW)).id)
    return ids


async def _run(tx: Tx, people: list[int], days: int = 0) -> int:
    """Add a run with two versions of both contents; everybody has pending rows of the rich one's second version."""
    run_id = await runs.add_digest(tx, NOW.date() + timedelta(days=days), published=NOW, upto=9)
    for version in (1, 2):
        for content, count in PARTS.items():
            calls = tuple(NewPayload(part, "sendMessage", {}) for part in range(1, count + 1))
            await payloads.add(tx, run_id, version, [RenderedContent(content, (), calls)])
    key = {"run_id": run_id, "state": DeliveryState.PENDING, "content_id": await _content(tx, run_id, RICH)}
    for part, payload_id in (await _payload_ids(tx, run_id, RICH)).items():
        rows = [key | {"subscriber_id": one, "part": part, "payload_id": payload_id} for one in people]
        await tx.execute(insert(schema.deliveries), rows)
    return run_id


async def _content(tx: Tx, run_id: int, content: Content) -> int:
    content_id = await payloads.content_id(tx, run_id, content)
    assert content_id is not None
    return content_id


async def _payload_ids(tx: Tx, run_id: int, content: Content, version: int = 2) -> dict[int, int]:
    column = schema.payloads.c
    same = column.run_id == run_id, column.version == version, column.content_id == await _content(tx, run_id, content)
    rows = await tx.execute(select(column.part, column.id).where(*same))
    return {row.part: row.id for row in rows}


async def _set(tx: Tx, run_id: int, one: int, part: int, **values: Any) -> None:
    same = ROW.run_id == run_id, ROW.subscriber_id == one, ROW.part == part
    assert (await tx.execute(update(schema.deliveries).where(*same).values(values))).rowcount == 1


async def _rows(tx: Tx, run_id: int) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return the content, payload, state, reason, error, delay and instant of each part for each recipient."""
    columns = ROW.content_id, ROW.payload_id, ROW.state, ROW.reason, ROW.error, ROW.not_before, ROW.changed_at
    rows = await tx.execute(select(ROW.subscriber_id, ROW.part, *columns).where(ROW.run_id == run_id))
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _refusal(one: int, part: int, refusal: RichRefusal) -> RefusedDelivery:
    return RefusedDelivery(subscriber_id=one, part=part, version=2, content=RICH, refusal=refusal)


async def test_pending_rows_with_a_refusal_are_refused(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx, people), await _run(tx, people, days=1)
    for one, refusal in zip(people, RichRefusal, strict=False):
        await _set(tx, run_id, one, 1, reason=refusal)
    await _set(tx, run_id, people[1], 1, state=DeliveryState.SENT)
    await _set(tx, run_id, people[4], 1, reason="rate_limited")
    await _set(tx, other, people[4], 1, reason=RichRefusal.CHAT)
    chat, _, picture, content = RichRefusal
    assert await fallbacks.refused(tx, run_id, people) == [
        _refusal(people[0], 1, chat),
        _refusal(people[2], 1, picture),
        _refusal(people[3], 1, content),
    ]
    assert await fallbacks.refused(tx, run_id, people[3:]) == [_refusal(people[3], 1, content)]
    assert await fallbacks.refused(tx, run_id, []) == []
    assert await fallbacks.refused(tx, other, people) == [_refusal(people[4], 1, chat)]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.UNCONFIRMED, DeliveryState.IN_FLIGHT])
async def test_refused_row_before_a_part_that_went_out_fails(tx: Tx, people: list[int], state: DeliveryState) -> None:
    run_id, other = await _run(tx, people), await _run(tx, people, days=1)
    failing, first, still, not_asked, elsewhere = people
    for one in people:
        await _set(tx, run_id, one, 2, reason=RichRefusal.CHAT, error="no rich messages")
    for one, part in ((failing, 3), (first, 1), (not_asked, 3)):
        await _set(tx, run_id, one, part, state=state)
    await _set(tx, run_id, still, 3, state=DeliveryState.FAILED)
    await _set(tx, other, elsewhere, 3, state=state)
    before = await _rows(tx, run_id)
    content_id, payload_id = before[failing, 2][:2]

    await fallbacks.fail_before_later_parts(tx, run_id, [failing, first, still, elsewhere], now=LATER)

    failed = (content_id, payload_id, "failed", "rejected", "no rich messages", None, LATER)
    assert await _rows(tx, run_id) == before | {(failing, 2): failed}


async def test_content_is_replaced_from_the_refused_part_on(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx, people), await _run(tx, people, days=1)
    from_first, from_second, left_out = people[:3]
    await _set(tx, run_id, from_first, 1, reason=RichRefusal.CHAT, error="no rich messages", not_before=LATER)
    await _set(tx, run_id, from_first, 3, error="Too Many", not_before=LATER)
    await _set(tx, run_id, from_second, 1, state=DeliveryState.UNCONFIRMED)
    await _set(tx, run_id, from_second, 2, reason=RichRefusal.CHAT)
    before, before_other = await _rows(tx, run_id), await _rows(tx, other)
    full_id, full = await _content(tx, run_id, FULL), await _payload_ids(tx, run_id, FULL)
    replaced = [_refusal(from_first, 1, RichRefusal.CHAT), _refusal(from_second, 2, RichRefusal.CHAT)]

    await fallbacks.replace_content(tx, run_id, 2, full_id, replaced, now=LATER)

    rows = await _rows(tx, run_id)
    pending = {part: (full_id, full[part], "pending", None, None, None, None) for part in full}
    assert rows == before | {
        (from_first, 1): pending[1],
        (from_first, 2): pending[2],
        (from_first, 3): (*before[from_first, 3][:2], "skipped", "other_layout", None, None, LATER),
        (from_second, 2): pending[2],
        (from_second, 3): (*before[from_second, 3][:2], "skipped", "other_layout", None, None, LATER),
    }
    assert rows[left_out, 1] == before[left_out, 1]
    assert await _rows(tx, other) == before_other


async def test_longer_content_adds_rows(tx: Tx, people: list[int]) -> None:
    run_id = await _run(tx, people)
    one = people[0]
    full_id, rich_id = await _content(tx, run_id, FULL), await _content(tx, run_id, RICH)
    refused = [_refusal(one, 1, RichRefusal.PICTURE)]
    await fallbacks.replace_content(tx, run_id, 2, full_id, refused, now=NOW)
    await fallbacks.replace_content(tx, run_id, 2, rich_id, refused, now=LATER)
    rich, rows = await _payload_ids(tx, run_id, RICH), await _rows(tx, run_id)
    assert [rows[one, part][:5] for part in (1, 2, 3)] == [
        (rich_id, rich[part], "pending", None, None) for part in rich
    ]
