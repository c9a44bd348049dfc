"""Corrections: rows of recipients who have had no part take the corrected version's payloads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.chat.event import Chat
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import content_preferences, payloads, planning, runs, schema, subscribers, version_change, waves
from storage.database import Tx
from storage.payloads import Content, NewPayload, RenderedContent

NOW = datetime(2025, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PREFERENCES = ContentPreferences()
CONTENT = Content("headlines", "zh", (1,))
ROW = schema.deliveries.c
PARTS = {1: 2, 2: 1, 3: 3}
"""Messages of each version."""


@pytest.fixture
async def people(tx: Tx) -> list[int]:
    ids = []
    for number in range(7):
        wishes = Schedule("Asia/Shanghai", 480), PREFERENCES
        one = await subscribers.add(tx, Chat(1000 + number), wishes, now=NOW)
        await subscribers.activate(tx, one.id, now=NOW)
        ids.append(one.id)
    return ids


async def _planned_run(tx: Tx, day: date) -> int:
    """Plan the first version of an edition for everybody, and add the payloads of the later ones."""
    preferences_id = await content_preferences.get_or_create(tx, PREFERENCES)
    run_id = await runs.add_digest(tx, day, published=NOW, upto=9)
    await _add_payloads(tx, run_id, preferences_id, 1)
    schedule_ids = await tx.scalars(select(schema.schedules.c.id))
    await waves.add(tx, run_id, dict.fromkeys(schedule_ids, NOW))
    for wave in await waves.waiting(tx, until=NOW):
        if wave.run_id == run_id:
            await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None)
    for version in (2, 3):
        await payloads.unlink_preferences(tx, run_id)
        await _add_payloads(tx, run_id, preferences_id, version)
    return run_id


async def _add_payloads(tx: Tx, run_id: int, preferences_id: int, version: int) -> None:
    calls = tuple(NewPayload(part, "sendMessage", {}) for part in range(1, PARTS[version] + 1))
    await payloads.add(tx, run_id, version, [RenderedContent(CONTENT, (preferences_id,), calls)])


async def _set(tx: Tx, run_id: int, subscriber_id: int, part: int, **values: Any) -> None:
    same = ROW.run_id == run_id, ROW.subscriber_id == subscriber_id, ROW.part == part
    assert (await tx.execute(update(schema.deliveries).where(*same).values(values))).rowcount == 1


async def _rows(tx: Tx, run_id: int) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return the version, state, reason, error, delay and instant of each part for each recipient."""
    columns = ROW.subscriber_id, ROW.part, schema.payloads.c.version, schema.payloads.c.part, ROW.state, ROW.reason
    joined = schema.deliveries.join(schema.payloads, schema.payloads.c.id == ROW.payload_id)
    rows = select(*columns, ROW.error, ROW.not_before, ROW.changed_at).select_from(joined).where(ROW.run_id == run_id)
    found = (await tx.execute(rows)).all()
    assert [row[1] for row in found] == [row[3] for row in found], "each row has the payload of its part"
    return {(row[0], row[1]): (row[2], *row[4:]) for row in found}


def _pending(version: int) -> tuple[Any, ...]:
    return (version, "pending", None, None, None, None)


async def test_recipients_wait_while_nothing_may_have_arrived(tx: Tx, people: list[int]) -> None:
    run_id, other = await _planned_run(tx, NOW.date()), await _planned_run(tx, NOW.date() + timedelta(days=1))
    waiting, sent, unconfirmed, in_flight, resent, skipped, partly = people
    for one, state in ((sent, DeliveryState.SENT), (unconfirmed, DeliveryState.UNCONFIRMED)):
        await _set(tx, run_id, one, 1, state=state)
    await _set(tx, run_id, in_flight, 2, state=DeliveryState.IN_FLIGHT)
    await _set(tx, run_id, resent, 1, resent=True)
    for part in (1, 2):
        await _set(tx, run_id, skipped, part, state=DeliveryState.SKIPPED)
        await _set(tx, other, waiting, part, state=DeliveryState.SENT)
    await _set(tx, run_id, partly, 1, state=DeliveryState.FAILED)
    assert sorted(await version_change.waiting_recipients(tx, run_id, people)) == [waiting, partly]
    assert await version_change.waiting_recipients(tx, run_id, [waiting, sent]) == [waiting]
    assert await version_change.waiting_recipients(tx, run_id, []) == []
    assert sorted(await version_change.waiting_recipients(tx, other, people)) == people[1:]


async def test_shorter_version_skips_the_parts_it_has_not(tx: Tx, people: list[int]) -> None:
    run_id, other = await _planned_run(tx, NOW.date()), await _planned_run(tx, NOW.date() + timedelta(days=1))
    waiting, sent, left_out = people[:3]
    await _set(tx, run_id, waiting, 1, reason=DeliveryReason.RATE_LIMITED, error="Too Many", not_before=LATER)
    await _set(tx, run_id, waiting, 2, error="Too Many", not_before=LATER)
    await _set(tx, run_id, sent, 1, state=DeliveryState.SENT)
    before, before_other = await _rows(tx, run_id), await _rows(tx, other)

    await version_change.apply(tx, run_id, 2, [waiting, sent], by_preferences=True, now=LATER)

    assert await _rows(tx, run_id) == before | {
        (waiting, 1): _pending(2),
        (waiting, 2): (1, "skipped", "corrected", None, None, LATER),
    }
    assert before[left_out, 1] == _pending(1)
    assert await _rows(tx, other) == before_other


async def test_longer_version_adds_rows_and_revives_skipped_ones(tx: Tx, people: list[int]) -> None:
    run_id = await _planned_run(tx, NOW.date())
    await version_change.apply(tx, run_id, 2, people[:2], by_preferences=True, now=NOW)
    await version_change.apply(tx, run_id, 3, people[:2], by_preferences=True, now=LATER)
    rows = await _rows(tx, run_id)
    for one in people[:2]:
        assert [rows[one, part][:5] for part in (1, 2, 3)] == [_pending(3)[:5]] * 3
    assert [rows[one, part] for one in people[2:] for part in (1, 2)] == [_pending(1)] * 10
    assert len(rows) == 2 * 3 + 5 * 2
