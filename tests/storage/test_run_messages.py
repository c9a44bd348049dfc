"""Messages to admins that show a run."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.delivery.progress import CardMessage, RunMessage, RunMessageKind
from domain.delivery.reasons import RunStateReason
from storage import bots, run_messages, runs
from storage.database import Tx

NOW = datetime(2025, 9, 12, tzinfo=UTC)
ADMIN = 4201
CARD = CardMessage(ADMIN, 17)
SHOWN_CARD = RunMessage(RunMessageKind.CARD, ADMIN, 17)
REPORT = RunMessage(RunMessageKind.REPORT, ADMIN, 19)
NOTICE = RunMessage(RunMessageKind.PAUSE_NOTICE, ADMIN + 1, 18)


async def _draft(tx: Tx) -> int:
    return await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)


async def _confirmed(tx: Tx) -> int:
    run_id = await _draft(tx)
    assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
    return run_id


async def test_card_comes_first_then_the_others_in_order(tx: Tx) -> None:
    run_id, other = await _confirmed(tx), await _draft(tx)
    for message in (REPORT, NOTICE):
        await run_messages.add(tx, run_id, message)
    elsewhere = RunMessage(RunMessageKind.REPORT, ADMIN, 20)
    await run_messages.add(tx, other, elsewhere)
    assert await run_messages.of_run(tx, run_id) == [SHOWN_CARD, NOTICE, REPORT]
    assert await run_messages.of_run(tx, other) == [elsewhere]


async def test_messages_of_another_bots_run_are_not_seen(tx: Tx) -> None:
    """Two bots write to one admin, and number their messages alike."""
    await bots.add(tx, "second", "", {})
    second = Tx(tx.connection, 2)
    run_id, other = await _confirmed(tx), await _confirmed(second)
    for each, its_run in ((tx, run_id), (second, other)):
        await run_messages.add(each, its_run, REPORT)
    assert await run_messages.of_run(tx, other) == await run_messages.of_run(second, run_id) == []
    assert await run_messages.of_run(tx, run_id) == await run_messages.of_run(second, other) == [SHOWN_CARD, REPORT]
    await run_messages.remove(second, other, REPORT)
    assert await run_messages.of_run(tx, run_id) == [SHOWN_CARD, REPORT]


async def test_removed_message_is_forgotten_alone(tx: Tx) -> None:
    run_id, other = await _confirmed(tx), await _confirmed(tx)
    same_number = RunMessage(RunMessageKind.REPORT, ADMIN + 1, REPORT.message_id)
    for message in (REPORT, NOTICE, same_number):
        await run_messages.add(tx, run_id, message)
    await run_messages.remove(tx, run_id, REPORT)
    assert await run_messages.of_run(tx, run_id) == [SHOWN_CARD, NOTICE, same_number]
    await run_messages.remove(tx, run_id, SHOWN_CARD)
    assert await run_messages.of_run(tx, run_id) == [NOTICE, same_number]
    assert await run_messages.of_run(tx, other) == [SHOWN_CARD]
    row = await tx.exec_driver_sql(f"SELECT card_chat_id, card_message_id FROM runs WHERE id = {run_id}")  # noqa: S608 - ours
    assert tuple(row.one()) == (None, None)


async def test_runs_to_show_are_live_or_have_changed(tx: Tx) -> None:
    with_card, with_report, without, cancelled = [await _confirmed(tx) for _ in range(4)]
    for run_id in (with_report, without):
        await run_messages.remove(tx, run_id, SHOWN_CARD)
    await run_messages.add(tx, with_report, REPORT)
    assert await run_messages.runs_to_show(tx) == [with_card, with_report, cancelled]

    assert await runs.pause(tx, with_report, RunStateReason.ADMIN)
    assert await runs.cancel(tx, cancelled, RunStateReason.ADMIN)
    assert await run_messages.runs_to_show(tx) == [with_card, with_report, cancelled]

    (change_count,) = (await tx.exec_driver_sql(f"SELECT change_count FROM runs WHERE id = {cancelled}")).one()  # noqa: S608 - ours
    assert change_count > 0
    await run_messages.set_shown(tx, cancelled, change_count)
    assert await run_messages.runs_to_show(tx) == [with_card, with_report]
    rows = await tx.exec_driver_sql("SELECT shown_change_count FROM runs ORDER BY id")
    assert [row[0] for row in rows] == [0, 0, 0, change_count]


async def test_forgotten_runs_have_figures_and_messages(tx: Tx) -> None:
    forgotten, whole, without = [await _confirmed(tx) for _ in range(3)]
    for message in (REPORT, NOTICE):
        await run_messages.add(tx, forgotten, message)
    await run_messages.add(tx, whole, RunMessage(RunMessageKind.REPORT, ADMIN, 20))
    await tx.exec_driver_sql(f"UPDATE runs SET counts = '{{}}' WHERE id IN ({forgotten}, {without})")  # noqa: S608 - ours
    assert await run_messages.forgotten_runs(tx) == [forgotten]
