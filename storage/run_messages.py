"""Messages to admins that show a run: its card, reports and notices. They are edited when its figures change."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, or_, select, update

from domain.delivery.progress import RunMessage, RunMessageKind
from domain.delivery.states import RunState
from storage.database import Tx
from storage.schema import run_messages, runs
from storage.upsert import insert


async def add(tx: Tx, run_id: int, message: RunMessage) -> None:
    """Store a report or a notice that was sent; nothing changes if it is stored."""
    row = {"run_id": run_id, "chat_id": message.chat_id, "message_id": message.message_id, "kind": message.kind}
    await tx.execute(insert(tx, run_messages).values(row).on_conflict_do_nothing())


async def of_run(tx: Tx, run_id: int) -> list[RunMessage]:
    """Return the messages that show a run, its card first."""
    this_run = runs.c.bot_id == tx.bot_id, runs.c.id == run_id
    card = await tx.execute(select(runs.c.card_chat_id, runs.c.card_message_id).where(*this_run, _HAS_CARD))
    of_run_of_bot = *this_run, run_messages.c.run_id == runs.c.id
    others = await tx.execute(select(run_messages).where(*of_run_of_bot).order_by(run_messages.c.message_id))
    return [
        *(RunMessage(RunMessageKind.CARD, row.card_chat_id, row.card_message_id) for row in card),
        *(RunMessage(RunMessageKind(row.kind), row.chat_id, row.message_id) for row in others),
    ]


async def remove(tx: Tx, run_id: int, message: RunMessage) -> None:
    """Forget a message that cannot be edited any more."""
    if message.kind is RunMessageKind.CARD:
        await tx.execute(update(runs).where(runs.c.id == run_id).values(card_chat_id=None, card_message_id=None))
        return
    same = (
        run_messages.c.run_id == run_id,
        run_messages.c.chat_id == message.chat_id,
        run_messages.c.message_id == message.message_id,
    )
    await tx.execute(delete(run_messages).where(*same))


async def runs_to_show(tx: Tx) -> list[int]:
    """Return the runs with messages that are under way, or have changed since their messages were edited."""
    has_messages = _HAS_CARD | select(run_messages.c.run_id).where(run_messages.c.run_id == runs.c.id).exists()
    is_live = runs.c.state.in_((RunState.RUNNING, RunState.PAUSED))
    is_outdated = runs.c.change_count != runs.c.shown_change_count
    return list(
        await tx.scalars(
            select(runs.c.id)
            .where(runs.c.bot_id == tx.bot_id, has_messages, or_(is_live, is_outdated))
            .order_by(runs.c.id)
        )
    )


async def forgotten_runs(tx: Tx) -> list[int]:
    """Return the runs with reports or notices of which only figures are kept."""
    forgotten = runs.c.bot_id == tx.bot_id, run_messages.c.run_id == runs.c.id, runs.c.counts != ""
    return list(await tx.scalars(select(runs.c.id).where(*forgotten).distinct()))


async def set_shown(tx: Tx, run_id: int, change_count: int) -> None:
    """Note that a run's messages show all changes up to one."""
    await tx.execute(update(runs).where(runs.c.id == run_id).values(shown_change_count=change_count))


_HAS_CARD: ColumnElement[bool] = runs.c.card_chat_id.is_not(None)
