"""Planning: the waves that are due in, rows for their recipients out, in steps so short that nobody waits for them.

wave due -> is it still its morning? -> bodies for every taste -> rows, a chunk at a time
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

import structlog

from delivery.payload_rendering import render_missing
from domain.chat.i18n import Translations
from domain.delivery.states import RunKind, RunState, WaveState
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule, due_instant
from storage import content_preferences, planning, runs, waves
from storage.database import Database, Tx
from storage.planning import PlanningPass
from storage.runs import Run
from storage.waves import Wave

log = structlog.get_logger(__name__)

STEP_SECONDS = 0.02
"""How long one transaction of planning should take."""

FIRST_CHUNK = 2000
LARGEST_CHUNK = 20_000


def allowed_at(published: datetime, schedule: Schedule, now: datetime) -> datetime | None:
    """When an edition that is late may still go out there: now, at a later window's start, or not at all (None)."""
    at = due_instant(max(now, published), schedule)
    return at if at is not None and at - published <= MAX_EDITION_AGE else None


class WaveDecision(Enum):
    """What becomes of a wave whose moment has come; an instant instead of one of these: it waits until then."""

    NOW = auto()
    SUPERSEDED = auto()  # a newer edition is due there too
    MISSED = auto()  # no morning is left that the calendar allows


@dataclass(frozen=True, slots=True)
class Planned:
    """What a look planned: the runs something was done about, and how many people came too late."""

    runs: frozenset[int]
    missed: int


class Planner:
    """Plans whatever is due."""

    def __init__(self, database: Database, translations: Translations) -> None:
        self._database = database
        self._translations = translations
        self._chunk = FIRST_CHUNK
        self.longest_step = 0.0
        """Seconds of the longest transaction so far."""

    async def plan_due(self, now: datetime) -> Planned:
        """Plan every wave that is due by now."""
        async with self._database.read() as tx:
            waiting = await waves.waiting(tx, until=now)
            verdicts = await _judge_all(tx, waiting, now)
        missed = 0
        ready: dict[int, list[Wave]] = {}
        for wave, verdict in zip(waiting, verdicts, strict=True):
            if verdict is WaveDecision.NOW:
                ready.setdefault(wave.run_id, []).append(wave)
            else:
                missed += await self._settle_late(wave, verdict)
        for run_id, due_waves in ready.items():
            await self._plan_run(run_id, due_waves)
        return Planned(frozenset(wave.run_id for wave in waiting), missed)

    async def _settle_late(self, wave: Wave, verdict: WaveDecision | datetime) -> int:
        """Deal with a wave that may not go now; how many people missed it."""
        async with self._database.write() as tx:
            if isinstance(verdict, datetime):
                await waves.postpone(tx, wave.id, verdict)
                return 0
            if verdict is WaveDecision.SUPERSEDED:
                await waves.close(tx, [wave.id], wave.cursor, WaveState.SUPERSEDED)
                return 0
            missed = await planning.count_unplanned(tx, wave)
            await waves.close(tx, [wave.id], wave.cursor, WaveState.MISSED, missed=missed)
        if missed:
            log.warning("wave missed", run=wave.run_id, schedule=wave.schedule_id, people=missed)
        return missed

    async def _plan_run(self, run_id: int, due_waves: list[Wave]) -> None:
        """Rows for a run's waves: step by step, rendering for tastes that are new in between."""
        planned, left = 0, planning.sweeps(due_waves)
        await render_missing(self._database, self._translations, run_id)
        while left:
            began = time.perf_counter()
            async with self._database.write() as tx:
                step = await self._step(tx, run_id, left, until=began + STEP_SECONDS)
            self.longest_step = max(self.longest_step, time.perf_counter() - began)
            if step is None:
                await render_missing(self._database, self._translations, run_id)
            planned += step or 0
            await asyncio.sleep(0)
        log.info("planned", run=run_id, rows=planned)

    async def _step(self, tx: Tx, run_id: int, left: list[PlanningPass], *, until: float) -> int | None:
        """As many chunks as fit into one short transaction; sweeps that are done leave the list. None: somebody has a
        taste that there are no bodies for yet."""
        run = await runs.get(tx, run_id)
        if run is None or run.state is not RunState.RUNNING:
            left.clear()
            return 0
        if run.kind is RunKind.DIGEST and run.rendered_upto < await content_preferences.newest_id(tx):
            return None
        planned = 0
        while left:
            planned += await self._chunk_of(tx, run, left)
            if time.perf_counter() > until:
                break
        return planned

    async def _chunk_of(self, tx: Tx, run: Run, left: list[PlanningPass]) -> int:
        """Rows for the next recipients of the first sweep; how many."""
        sweep, began = left[0], time.perf_counter()
        upto = await planning.chunk_end(tx, sweep, self._chunk)
        rows = await planning.plan(tx, sweep, run.version, upto=upto)
        if upto is None:
            await waves.close(tx, sweep.waves, sweep.cursor, WaveState.PLANNED)
            left.pop(0)
        else:
            await waves.move_cursor(tx, sweep.waves, sweep.cursor, upto)
            left[0] = replace(sweep, cursor=upto)
        self._adapt(time.perf_counter() - began, full=upto is not None)
        return rows

    def _adapt(self, seconds: float, *, full: bool) -> None:
        """The next chunk as large as it may be; one that was not full does not show that it may be larger."""
        factor = min(2.0 if full else 1.0, STEP_SECONDS * 0.5 / max(seconds, 1e-6))
        self._chunk = min(LARGEST_CHUNK, max(200, int(self._chunk * factor)))


async def _judge_all(tx: Tx, waiting: list[Wave], now: datetime) -> list[WaveDecision | datetime]:
    """A verdict for each wave."""
    found = {run_id: await runs.get(tx, run_id) for run_id in {wave.run_id for wave in waiting}}
    several = await runs.editions_since(tx, now - 2 * MAX_EDITION_AGE) > 1
    verdicts: list[WaveDecision | datetime] = []
    for wave in waiting:
        run = found[wave.run_id]
        if wave.schedule is None or run is None:
            verdicts.append(WaveDecision.NOW)
        elif several and await waves.newer_edition_due(tx, wave, now=now):
            verdicts.append(WaveDecision.SUPERSEDED)
        else:
            at = allowed_at(run.published_at, wave.schedule, now)
            verdicts.append(WaveDecision.MISSED if at is None else WaveDecision.NOW if at <= now else at)
    return verdicts
