"""Snapshot of what each tick of delivery must know, read in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, and_, bindparam, cast, func, or_, select

from domain.delivery.states import RunKind
from storage.database import Tx
from storage.predicates import IS_RUNNING, IS_WAITING
from storage.schema import drafts, runs, schedules, subscribers, waves


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Highest schedule id, due instant of the earliest waiting wave of a running run, and ids of running runs."""

    newest_schedule: int
    next_due: datetime | None
    running: tuple[int, ...]
    corrections: frozenset[int] = frozenset()
    """Those of the running runs that edit or pin what was delivered."""
    has_recaps: bool = False
    """Whether somebody wants, or wanted until they left, a weekly recap."""
    has_confirmed_draft: bool = False
    """Whether an edition of the chat is to be published."""


async def load_snapshot(tx: Tx) -> Snapshot:
    """Return the snapshot; it costs the same however many rows there are."""
    row = (await tx.execute(_SNAPSHOT, {"bot": tx.bot_id})).one()
    running, corrections = (tuple(sorted(map(int, filter(None, (ids or "").split(","))))) for ids in row[2:4])
    return Snapshot(row[0] or 0, row[1], running, frozenset(corrections), bool(row[4]), bool(row[5]))


_IS_RUNNING_OF_BOT = and_(runs.c.bot_id == bindparam("bot"), IS_RUNNING)
_earliest = (
    select(waves.c.due_at).where(IS_WAITING, waves.c.run_id == runs.c.id, _IS_RUNNING_OF_BOT).order_by(waves.c.due_at)
)
_running = select(func.aggregate_strings(cast(runs.c.id, String), ",")).where(_IS_RUNNING_OF_BOT)
# By no more than the index has, in its order: PostgreSQL may look at all subscribers if it has not counted them.
_wants_recap = (
    select(subscribers.c.id)
    .where(subscribers.c.bot_id == bindparam("bot"), subscribers.c.recap_weekday.is_not(None))
    .order_by(subscribers.c.bot_id, subscribers.c.recap_weekday)
    .limit(1)
)
_changes_messages = or_(runs.c.corrected_run_id.is_not(None), runs.c.pinned_run_id.is_not(None))
_SNAPSHOT = select(
    select(func.max(schedules.c.id)).scalar_subquery(),
    _earliest.limit(1).scalar_subquery(),
    _running.scalar_subquery(),
    _running.where(_changes_messages, runs.c.kind == RunKind.CORRECTION).scalar_subquery(),
    _wants_recap.scalar_subquery(),
    select(drafts.c.id).where(drafts.c.bot_id == bindparam("bot"), drafts.c.confirmed).exists(),
)
