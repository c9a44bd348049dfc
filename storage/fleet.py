"""What runs where: all bots of a database with their owners, what they have to send, and why some cannot start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, case, func, or_, select

from domain.delivery.states import BotState
from domain.edition_day import DEFAULT_SLOT
from storage import bots, retry_after, start_failures, unplanned
from storage.bots import StoredBot
from storage.database import Database, Process, Tx
from storage.predicates import IS_PENDING, IS_RUNNING, IS_UNCONFIRMED
from storage.schema import deliveries, leases, runs, slot_schedules, subscribers, waves
from storage.start_failures import StartFailure

WEB_ROLE = "web"
"""Role of a process that owns no bot."""

SILENT_SECONDS = 30.0
"""A process that runs asks the database every two seconds; one that was silent for so long is frozen or gone."""


class FleetState(StrEnum):
    """What is happening to a bot, in all processes together."""

    RUNNING = "running"
    PAUSED = "paused"
    """It has an owner, which answers people and sends nothing of a run."""
    STARTING = "starting"
    """Its owner could not start it before, and tries again."""
    DRAINING = "draining"
    DRAINED = "drained"
    """Nobody owns it, because its operator wants it to do nothing."""
    WAITING = "waiting"
    """Nobody owns it; the next process that can run it takes it."""
    CANNOT_START = "cannot_start"
    """Nobody owns it: every process has tried, and failed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """When a bot was taken last, for the n-th time."""

    epoch: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What a bot has to send now, and since when the oldest of it is due.

    `due` counts parts, and one for each recipient of what is not planned yet: how many parts they get is not known.
    """

    due: int
    oldest_due: datetime | None
    unconfirmed: int
    held_until: datetime | None


NO_BACKLOG = Backlog(due=0, oldest_due=None, unconfirmed=0, held_until=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetBot:
    """A bot: what happens to it, where, what it has to send, and why processes that are at work could not start it."""

    id: int
    name: str
    state: FleetState
    owner: str | None
    lease: Lease | None
    backlog: Backlog
    failures: tuple[StartFailure, ...]

    @property
    def is_left_alone(self) -> bool:
        """Whether it has something to send and nobody to do it, although its operator wants it done."""
        is_free = self.state in (FleetState.WAITING, FleetState.CANNOT_START)
        return is_free and self.backlog.oldest_due is not None


@dataclass(frozen=True, slots=True)
class Fleet:
    """All processes at work on a database, and all its bots."""

    processes: tuple[Process, ...]
    bots: tuple[FleetBot, ...]


async def load(database: Database, *, now: datetime, holder: str | None = None, counts_backlog: bool = True) -> Fleet:
    """Return what runs where; `holder` is the process that holds the lock of a database in a file.

    To count what is to be sent takes the longer the more that is; without it nothing seems to be.
    """
    async with database.read() as tx:
        stored = await bots.get_all(tx)
        failures = await start_failures.get_all(tx)
        taken = {row.bot_id: Lease(row.epoch, row.since) for row in await tx.execute(select(leases))}
    processes = await database.processes({failure.process for failure in failures})
    if holder is not None:
        processes = [_holder(holder, stored, failures)]
    found = []
    for bot in stored:
        backlog = NO_BACKLOG
        if counts_backlog:
            async with database.for_bot(bot.id).read() as tx:
                backlog = await _backlog(tx, now)
        own = _failures_at_work([each for each in failures if each.bot_id == bot.id], processes)
        owner = next((process.name for process in processes if bot.id in process.bot_ids), None)
        found.append(
            FleetBot(
                id=bot.id,
                name=bot.name,
                state=_state(bot, owner, own, processes),
                owner=owner,
                lease=taken.get(bot.id),
                backlog=backlog,
                failures=own,
            )
        )
    return Fleet(tuple(processes), tuple(found))


def _holder(name: str, stored: Sequence[StoredBot], failures: Sequence[StartFailure]) -> Process:
    """Return the one process of a file: it owns every bot that it could start."""
    failed = {failure.bot_id for failure in failures if failure.process == name}
    owned = frozenset(bot.id for bot in stored if bot.state is not BotState.DRAINING and bot.id not in failed)
    return Process(name=name, role="all", silent_seconds=0.0, bot_ids=owned)


def _failures_at_work(failures: Sequence[StartFailure], processes: Sequence[Process]) -> tuple[StartFailure, ...]:
    """Return the failures of processes at work; without any process, what the last ones said."""
    names = {process.name for process in processes}
    return tuple(failure for failure in failures if failure.process in names or not names)


def _state(
    bot: StoredBot, owner: str | None, failures: Sequence[StartFailure], processes: Sequence[Process]
) -> FleetState:
    if bot.state is BotState.DRAINING:
        return FleetState.DRAINED if owner is None else FleetState.DRAINING
    failed = {failure.process for failure in failures}
    if owner is not None:
        if owner in failed:
            return FleetState.STARTING
        return FleetState.PAUSED if bot.state is BotState.PAUSED else FleetState.RUNNING
    candidates = {
        process.name for process in processes if process.role != WEB_ROLE and process.silent_seconds < SILENT_SECONDS
    }
    return FleetState.CANNOT_START if candidates and candidates <= failed else FleetState.WAITING


async def _backlog(tx: Tx, now: datetime) -> Backlog:
    is_of_bot = and_(runs.c.bot_id == tx.bot_id, IS_RUNNING)
    may_go = or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)
    of_slot = slot_schedules.c.bot_id == tx.bot_id, slot_schedules.c.slot == runs.c.slot
    schedule_of_slot = select(slot_schedules.c.schedule_id).where(
        *of_slot, slot_schedules.c.subscriber_id == subscribers.c.id
    )
    is_default = runs.c.slot == DEFAULT_SLOT
    schedule_of_run = case((is_default, subscribers.c.schedule_id), else_=schedule_of_slot.scalar_subquery())
    pending = (
        select(func.count(), func.min(waves.c.due_at))
        .select_from(deliveries)
        .join(runs, and_(runs.c.id == deliveries.c.run_id, is_of_bot))
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .outerjoin(
            waves,
            and_(
                waves.c.run_id == deliveries.c.run_id,
                or_(waves.c.schedule_id == schedule_of_run, waves.c.schedule_id.is_(None)),
            ),
        )
        .where(IS_PENDING, may_go)
    )
    planned, oldest_planned = (await tx.execute(pending)).one()
    if planned and oldest_planned is None:
        oldest_planned = now
    waiting = await unplanned.count(tx, now=now)
    unconfirmed = select(func.count()).select_from(deliveries).join(runs, runs.c.id == deliveries.c.run_id)
    deadlines = await retry_after.get_all(tx)
    return Backlog(
        due=planned + waiting.recipients,
        oldest_due=min((at for at in (oldest_planned, waiting.oldest_due) if at is not None), default=None),
        unconfirmed=await tx.scalar(unconfirmed.where(runs.c.bot_id == tx.bot_id, IS_UNCONFIRMED)),
        held_until=max((each.until for each in deadlines if each.chat_id is None and each.until > now), default=None),
    )
