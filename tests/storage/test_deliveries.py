"""Rows of the ledger: which may go, which are skipped or delayed, and what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from domain.chat.event import Chat, ChatKind
from domain.delivery.progress import CardMessage, Counts, FailureCount, RecipientCounts
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import deliveries, planning, runs, schema, subscribers, waves
from storage.database import Tx
from storage.deliveries import DeliveryKey, DueDelivery, UnconfirmedDelivery

NOW = datetime(2025, 9, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
SECOND = timedelta(seconds=1)
CHATS = (1000, 1001, 1002)
MORNINGS = (Schedule("Asia/Shanghai", 480), Schedule("Asia/Shanghai", 481), Schedule("Asia/Shanghai", 480))
ROW = schema.deliveries.c


@pytest.fixture
async def people(tx: Tx) -> list[int]:
    """Return the ids of three active subscribers; the first and the last share a schedule."""
    ids = []
    for chat, schedule in zip(CHATS, MORNINGS, strict=True):
        one = await subscribers.add(tx, Chat(chat, ChatKind.SUPERGROUP), (schedule, ContentPreferences()), now=NOW)
        await subscribers.activate(tx, one.id, now=NOW)
        ids.append(one.id)
    return ids


async def _run(tx: Tx) -> int:
    """Plan a broadcast for everybody, and a second part of it."""
    run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "hi"}, now=NOW)
    await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 2), now=NOW)
    (wave,) = await waves.waiting(tx, until=NOW)
    await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None)
    await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    await tx.exec_driver_sql(
        f"""INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state)
            SELECT run_id, subscriber_id, 2, content_id, payload_id, state FROM deliveries WHERE run_id = {run_id}"""  # noqa: S608 - ours
    )
    return run_id


async def _set(tx: Tx, key: tuple[int, int, int], **values: Any) -> None:
    same = ROW.run_id == key[0], ROW.subscriber_id == key[1], ROW.part == key[2]
    assert (await tx.execute(update(schema.deliveries).where(*same).values(values))).rowcount == 1


async def _rows(tx: Tx, *columns: str) -> dict[tuple[int, int, int], Any]:
    rows = await tx.execute(select(schema.deliveries))
    return {(row.run_id, row.subscriber_id, row.part): tuple(getattr(row, name) for name in columns) for row in rows}


async def _by_id(tx: Tx, table: Table, column: str) -> dict[int, int]:
    return {row.id: getattr(row, column) for row in await tx.execute(select(table))}


async def test_page_holds_all_that_sending_needs(tx: Tx, people: list[int]) -> None:
    await _run(tx)
    run_id = await _run(tx)
    await subscribers.set_topic(tx, people[0], 42)
    await subscribers.set_silent(tx, people[0], silent=True)
    await _set(tx, (run_id, people[0], 1), attempts=3)
    await tx.exec_driver_sql(f"UPDATE runs SET version = 2 WHERE id = {run_id}")  # noqa: S608 - ours
    (payload_id,) = (await tx.execute(select(ROW.payload_id).where(ROW.run_id == run_id).distinct())).one()
    schedule_ids = await _by_id(tx, schema.subscribers, "schedule_id")
    page = await deliveries.page(tx, run_id, size=2, now=NOW)
    assert page == [
        DueDelivery(
            DeliveryKey(run_id, people[0], part),
            payload_id,
            3 if part == 1 else 0,
            CHATS[0],
            42,
            silent=True,
            schedule_id=schedule_ids[people[0]],
            version=1,
            is_outdated=True,
        )
        for part in (1, 2)
    ]
    await tx.exec_driver_sql("UPDATE runs SET version = 1")
    every = await deliveries.page(tx, run_id, size=9, now=NOW)
    assert [due.key for due in every] == [DeliveryKey(run_id, one, part) for one in people for part in (1, 2)]
    assert {due.is_outdated for due in every} == {False}
    assert (every[2].topic_id, every[2].silent, every[2].schedule_id) == (None, False, schedule_ids[people[1]])


async def test_delayed_part_holds_back_the_later_ones(tx: Tx, people: list[int]) -> None:
    run_id = await _run(tx)
    await _set(tx, (run_id, people[0], 1), not_before=LATER)
    await _set(tx, (run_id, people[1], 2), not_before=LATER)
    for now, missing in ((LATER - SECOND, {(people[0], 1), (people[0], 2), (people[1], 2)}), (LATER, set())):
        page = await deliveries.page(tx, run_id, size=9, now=now)
        everything = {(one, part) for one in people for part in (1, 2)}
        assert {(due.key.subscriber_id, due.key.part) for due in page} == everything - missing


async def test_next_retry_is_the_earliest_later_pending_one(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    assert await deliveries.next_retry(tx, run_id, after=NOW) is None
    await _set(tx, (other, people[0], 1), not_before=NOW + SECOND)
    await _set(tx, (run_id, people[0], 1), not_before=NOW + SECOND, state=DeliveryState.SENT)
    await _set(tx, (run_id, people[0], 2), not_before=NOW)
    await _set(tx, (run_id, people[1], 1), not_before=LATER)
    await _set(tx, (run_id, people[1], 2), not_before=LATER + SECOND)
    assert await deliveries.next_retry(tx, run_id, after=NOW) == LATER
    assert await deliveries.next_retry(tx, run_id, after=LATER) == LATER + SECOND


async def test_press_settles_one_part_of_one_run(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    (payload_id,) = (await tx.execute(select(ROW.payload_id).where(ROW.run_id == run_id).distinct())).one()
    for key in ((run_id, people[0], 1), (run_id, people[1], 1), (other, people[0], 1)):
        await _set(tx, key, state=DeliveryState.UNCONFIRMED)
    changes = await _by_id(tx, schema.runs, "change_count")
    assert not await deliveries.settle(tx, payload_id, 999, 5, now=LATER)
    assert not await deliveries.settle(tx, payload_id + 99, CHATS[0], 5, now=LATER)
    assert await deliveries.settle(tx, payload_id, CHATS[0], 5, now=LATER)
    rows = await _rows(tx, "state", "message_id", "reason", "changed_at")
    assert rows.pop((run_id, people[0], 1)) == ("sent", 5, "button_pressed", LATER)
    assert {row[1:] for row in rows.values()} == {(None, None, None)}
    after = await _by_id(tx, schema.runs, "change_count")
    assert after == changes | {run_id: changes[run_id] + 1}
    await tx.exec_driver_sql("INSERT INTO bots (id, name, token) VALUES (2, 'second', '')")
    await tx.exec_driver_sql("UPDATE subscribers SET bot_id = 2")
    assert not await deliveries.settle(tx, payload_id, CHATS[1], 5, now=LATER)


SKIPPED = ("skipped", "unsubscribed", None, LATER)
UNTOUCHED = ("pending", None, None, None)
OUTCOME = ("state", "reason", "error", "changed_at")


async def test_recipient_is_skipped_alone(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    await _set(tx, (run_id, people[0], 1), state=DeliveryState.SENT)
    await _set(tx, (run_id, people[0], 2), error="a former error")
    before = await _rows(tx, *OUTCOME)
    await deliveries.skip_recipient(tx, run_id, people[0], DeliveryReason.UNSUBSCRIBED, now=LATER)
    assert await _rows(tx, *OUTCOME) == before | {(run_id, people[0], 2): SKIPPED}
    assert before[other, people[0], 2] == UNTOUCHED


async def test_run_is_dropped_by_whole_recipients(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    dropped = [await deliveries.drop(tx, run_id, DeliveryReason.UNSUBSCRIBED, now=LATER, size=3) for _ in range(3)]
    assert dropped == [4, 2, 0]
    rows = await _rows(tx, *OUTCOME)
    assert {rows[run_id, one, part] for one in people for part in (1, 2)} == {SKIPPED}
    assert {rows[other, one, part] for one in people for part in (1, 2)} == {UNTOUCHED}
    assert await deliveries.drop(tx, other, DeliveryReason.UNSUBSCRIBED, now=LATER) == 6


async def test_wave_is_delayed_or_missed_for_its_schedule(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    await _set(tx, (run_id, people[0], 1), state=DeliveryState.SENT)
    schedule_id = (await tx.execute(select(schema.subscribers.c.schedule_id))).scalars().first()
    assert schedule_id is not None
    await waves.add(tx, run_id, {schedule_id: NOW})
    (wave,) = await waves.waiting(tx, until=NOW)
    assert wave.schedule_id == schedule_id
    of_wave = {(run_id, people[0], 2), (run_id, people[2], 1), (run_id, people[2], 2)}

    assert await deliveries.shift(tx, wave, LATER, now=NOW) == 3
    assert {key for key, row in (await _rows(tx, "not_before")).items() if row == (LATER,)} == of_wave
    assert await deliveries.shift(tx, wave, None, now=LATER) == 3
    rows = await _rows(tx, *OUTCOME)
    assert {key for key, row in rows.items() if row == ("skipped", "missed", None, LATER)} == of_wave
    assert {row for key, row in rows.items() if key[0] == other} == {UNTOUCHED}


async def test_forgotten_delays_let_one_run_go(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    await _set(tx, (run_id, people[1], 1), state=DeliveryState.SENT, not_before=LATER)
    for key in ((run_id, people[0], 1), (other, people[0], 1)):
        await _set(tx, key, not_before=LATER)
    await deliveries.forget_delays(tx, run_id)
    delayed = {key for key, row in (await _rows(tx, "not_before")).items() if row != (None,)}
    assert delayed == {(run_id, people[1], 1), (other, people[0], 1)}


async def test_resent_parts_say_that_they_may_come_twice(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    for key in ((run_id, people[0], 1), (run_id, people[1], 2), (other, people[0], 1)):
        await _set(tx, key, state=DeliveryState.UNCONFIRMED, not_before=LATER)
    assert await deliveries.resend_unconfirmed(tx, run_id) == 2
    rows = await _rows(tx, "state", "not_before", "reason", "resent")
    assert rows.pop((run_id, people[0], 1)) == ("pending", None, "resend_requested", True)
    assert rows.pop((run_id, people[1], 2)) == ("pending", None, "resend_requested", True)
    assert rows.pop((other, people[0], 1)) == ("unconfirmed", LATER, None, False)
    assert set(rows.values()) == {("pending", None, None, False)}


async def test_planned_and_pending_are_asked_of_one_run(tx: Tx, people: list[int]) -> None:
    run_id = await _run(tx)
    assert [await deliveries.planned(tx, one) for one in (run_id, run_id + 1)] == [True, False]
    assert [await deliveries.has_pending(tx, one) for one in (run_id, run_id + 1)] == [True, False]
    await deliveries.drop(tx, run_id, DeliveryReason.CANCELLED, now=NOW)
    assert await deliveries.planned(tx, run_id)
    assert not await deliveries.has_pending(tx, run_id)
    assert people


async def test_counts_leave_out_what_a_correction_left_out(tx: Tx, people: list[int]) -> None:
    run_id, _ = await _run(tx), await _run(tx)
    first, second, third = people
    await _set(tx, (run_id, first, 1), state=DeliveryState.SENT)
    await _set(tx, (run_id, first, 2), state=DeliveryState.SKIPPED, reason=DeliveryReason.CORRECTED)
    await _set(tx, (run_id, second, 1), state=DeliveryState.FAILED, reason=DeliveryReason.REJECTED)
    await _set(tx, (run_id, second, 2), state=DeliveryState.SKIPPED, reason=DeliveryReason.CANCELLED)
    await _set(tx, (run_id, third, 1), state=DeliveryState.UNCONFIRMED)
    await _set(tx, (run_id, third, 2), state=DeliveryState.IN_FLIGHT)
    counts = Counts(recipients=3, sent=1, failed=1, skipped=1, unconfirmed=1, in_flight=1)
    counted = await deliveries.count(tx, run_id)
    assert counted == counts
    assert counted.people == RecipientCounts(sent=1, failed=1, unconfirmed=1), "by the first message of each"
    assert await deliveries.count(tx, run_id + 9) == Counts()


async def test_unconfirmed_parts_are_listed_in_order(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    lost = {"state": DeliveryState.UNCONFIRMED, "changed_at": LATER}
    for key in ((other, people[0], 1), (run_id, people[2], 1), (run_id, people[0], 2)):
        await _set(tx, key, **lost)
    await _set(tx, (run_id, people[1], 1), **lost, reason=DeliveryReason.NO_RESPONSE, error="timeout")
    await _set(tx, (run_id, people[0], 1), state=DeliveryState.SENT)
    found = await deliveries.unconfirmed(tx, run_id, limit=9)
    assert found[:2] == [
        UnconfirmedDelivery(
            key=DeliveryKey(run_id, people[0], 2), chat_id=CHATS[0], reason=None, error="", changed_at=LATER
        ),
        UnconfirmedDelivery(
            key=DeliveryKey(run_id, people[1], 1),
            chat_id=CHATS[1],
            reason=DeliveryReason.NO_RESPONSE,
            error="timeout",
            changed_at=LATER,
        ),
    ]
    assert [(one.key.subscriber_id, one.key.part, one.chat_id) for one in found[2:]] == [(people[2], 1, CHATS[2])]
    assert await deliveries.unconfirmed(tx, run_id, limit=2) == found[:2]


async def test_failures_are_counted_by_reason_and_words(tx: Tx, people: list[int]) -> None:
    run_id, other = await _run(tx), await _run(tx)
    failed = {"state": DeliveryState.FAILED}
    for one in people:
        await _set(tx, (run_id, one, 1), **failed, reason=DeliveryReason.BLOCKED, error="Forbidden")
    for one in people[:2]:
        await _set(tx, (run_id, one, 2), **failed)
    await _set(tx, (run_id, people[2], 2), **failed, reason=DeliveryReason.BLOCKED, error="other words")
    await _set(tx, (other, people[0], 1), **failed, reason=DeliveryReason.REJECTED)
    await _set(tx, (other, people[0], 2), state=DeliveryState.SENT, reason=DeliveryReason.BUTTON_PRESSED)
    counts = [
        FailureCount(DeliveryReason.BLOCKED, "Forbidden", 3),
        FailureCount(None, "", 2),
        FailureCount(DeliveryReason.BLOCKED, "other words", 1),
    ]
    assert await deliveries.failures(tx, run_id, limit=9) == counts
    assert await deliveries.failures(tx, run_id, limit=2) == counts[:2]
    assert await deliveries.failures(tx, other, limit=9) == [FailureCount(DeliveryReason.REJECTED, "", 1)]
