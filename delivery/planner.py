"""Planning of what is due: delivery rows for the recipients of each due wave, in short transactions.

due wave -> is its edition still allowed there? -> payloads for new content preferences -> rows, a chunk at a time
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import structlog

from delivery.correction_planning import plan_correction
from delivery.due_waves import Decision, decide_waves
from delivery.metrics import Metrics
from delivery.payload_rendering import render_missing
from delivery.withdrawal_planning import plan_withdrawal
from domain.chat.i18n import Translations
from domain.delivery.states import RunPurpose, RunState, WaveState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.wave_decision import WaveDecision
from storage import (
    broadcasts,
    content_preferences,
    planning,
    runs,
    waves,
)
from storage.database import Database, Tx
from storage.planning import PlanningPass
from storage.runs import Run
from storage.waves import Wave

log = structlog.get_logger(__name__)

STEP_SECONDS = 0.03
"""Time that one planning transaction should take, because everybody else waits for it; see `Database.step_factor`."""

FIRST_CHUNK_RECIPIENTS = 2000
MIN_CHUNK_RECIPIENTS = 200
MAX_CHUNK_RECIPIENTS = 20_000

CHUNK_SHARE = 0.9
"""Part of a step's time that a chunk should take. A step ends where no time is left for another chunk like its last."""

CURSOR_DISTANCE = 50_000
"""Ids of subscribers that a pass may plan beyond the stored cursor, and plans again if the process dies."""

MIN_COUNTED_ROWS = 1000
"""New rows that are too few to plan queries otherwise."""

_OF_PREFERENCES = frozenset((RunPurpose.DIGEST, RunPurpose.RECAP, RunPurpose.CORRECTION))
"""What is rendered for each set of content preferences."""


class ChunkPlanner(Protocol):
    """Inserts a run's rows for the recipients of a pass up to a subscriber (None: all); returns how many."""

    def __call__(self, tx: Tx, current: PlanningPass, /, *, upto: int | None) -> Coroutine[Any, Any, int]: ...


class Planner:
    """Plans every due wave. `longest_step_seconds` is the longest planning transaction so far.

    `failed_runs` are those that could not be planned by the last call; the next one tries again.
    """

    def __init__(self, database: Database, translations: Translations, metrics: Metrics) -> None:
        self.longest_step_seconds = 0.0
        self.failed_runs: frozenset[int] = frozenset()
        self._database = database
        self._translations = translations
        self._metrics = metrics
        self._planning_at = datetime.min.replace(tzinfo=UTC)
        self._chunk_size = FIRST_CHUNK_RECIPIENTS
        self._counted_rows = 0
        self._uncounted_rows = 0

    async def plan_due(self, now: datetime) -> frozenset[int]:
        """Plan every wave that is due by now; return the runs whose rows or waves changed."""
        self._planning_at = now
        async with self._database.read() as tx:
            due_waves = await waves.waiting(tx, until=now)
            decisions = await decide_waves(tx, due_waves, now)
        ready: dict[int, list[Wave]] = {}
        for wave, decision in zip(due_waves, decisions, strict=True):
            if decision is WaveDecision.NOW:
                ready.setdefault(wave.run_id, []).append(wave)
            else:
                await self._close_or_postpone(wave, decision)
        is_planned = {run_id: await self._try_to_plan_run(run_id, due_now) for run_id, due_now in ready.items()}
        self.failed_runs = frozenset(run_id for run_id, planned in is_planned.items() if not planned)
        return frozenset(wave.run_id for wave in due_waves)

    async def _close_or_postpone(self, wave: Wave, decision: Decision) -> None:
        """Carry out the decision on a wave that may not go out now, and count the recipients who missed it."""
        async with self._database.write(alone=True) as tx:
            if isinstance(decision, datetime):
                await waves.postpone(tx, wave.id, decision)
                return
            if decision is WaveDecision.SUPERSEDED:
                await waves.close(tx, [wave.id], wave.cursor, WaveState.SUPERSEDED)
                return
            run = await runs.get(tx, wave.run_id)
            is_recap = run is not None and run.purpose is RunPurpose.RECAP
            missed = 0 if is_recap else await planning.count_unplanned(tx, wave, slot=_slot_of_run(run))
            await waves.close(tx, [wave.id], wave.cursor, WaveState.MISSED, missed=missed)
        self._metrics.record_missed(missed)
        if missed:
            log.warning("wave_missed", run=wave.run_id, schedule=wave.schedule_id, recipients=missed)

    async def _try_to_plan_run(self, run_id: int, due_waves: list[Wave]) -> bool:
        """Plan a run; return False if that failed, as for an edition that cannot be shown: others go out."""
        try:
            await self._plan_run(run_id, due_waves)
        except Exception:
            log.exception("run_not_planned", run=run_id)
            return False
        return True

    async def _plan_run(self, run_id: int, due_waves: list[Wave]) -> None:
        """Write the rows of a run's waves, step by step; render payloads for new content preferences in between."""
        rows, passes = 0, planning.planning_passes(due_waves)
        await render_missing(self._database, self._translations, run_id)
        if any(len(each.waves) > 1 for each in passes):  # a database that knows of no waves looks at all for everybody
            await self._database.update_statistics(with_deliveries=False)
        while passes:
            started = time.perf_counter()
            async with self._database.write_in_parallel() as (tx, *further):
                until = started + self._step_seconds()
                step_rows = await self._plan_step(tx, run_id, passes, further=further, until=until)
            self.longest_step_seconds = max(self.longest_step_seconds, time.perf_counter() - started)
            if step_rows is None:
                await render_missing(self._database, self._translations, run_id)
            rows += step_rows or 0
            await asyncio.sleep(0)
        await self._update_statistics(rows)
        log.info("run_planned", run=run_id, rows=rows)

    async def _update_statistics(self, rows: int) -> None:
        """Let the database count its rows if a fifth of them is new."""
        self._uncounted_rows += rows
        if self._uncounted_rows >= max(MIN_COUNTED_ROWS, self._counted_rows // 5):
            await self._database.update_statistics()
            self._counted_rows, self._uncounted_rows = self._counted_rows + self._uncounted_rows, 0

    async def _plan_step(
        self, tx: Tx, run_id: int, passes: list[PlanningPass], *, further: Sequence[Tx] = (), until: float
    ) -> int | None:
        """Plan as many chunks as fit into one short transaction, and remove completed passes from the list.

        Further transactions take chunks, too, of one pass only: none sees what another one has planned, and the next
        pass may have the same recipients, as a postponed wave and the one for everybody have.

        Returns the number of rows, or None if a recipient has content preferences that are not rendered yet.
        """
        run = await runs.get(tx, run_id)
        if run is None or run.state is not RunState.RUNNING:
            passes.clear()
            return 0
        is_rendered = run.purpose in _OF_PREFERENCES
        if is_rendered and run.rendered_up_to_preferences_id < await content_preferences.newest_id(tx):
            return None
        rows = 0
        while passes:
            waiting = len(passes)
            rows += await self._plan_pass((tx, *further), run, passes, until=until)
            if len(passes) == waiting or further or time.perf_counter() > until:
                break
        return rows

    async def _plan_pass(self, txs: Sequence[Tx], run: Run, passes: list[PlanningPass], *, until: float) -> int:
        """Plan the first pass chunk by chunk, to its end or until the time is over; return how many rows."""
        tx, current, rows = txs[0], passes[0], 0
        plan_chunk = await _chunk_planner(tx, run, self._planning_at)
        while True:
            started = time.perf_counter()
            chunk_rows, upto = await self._plan_chunks(txs, current, _slot_of_run(run), plan_chunk)
            rows += chunk_rows
            self._adapt_chunk_size(time.perf_counter() - started, is_full=upto is not None)
            if upto is None:
                await waves.close(tx, current.waves, current.cursor, WaveState.PLANNED)
                passes.pop(0)
                return rows
            current = replace(current, after=upto)
            now = time.perf_counter()
            if now + (now - started) > until:
                passes[0] = await _store_cursor(tx, current)
                return rows

    async def _plan_chunks(
        self, txs: Sequence[Tx], current: PlanningPass, slot: str, plan_chunk: ChunkPlanner
    ) -> tuple[int, int | None]:
        """Plan a chunk in each transaction, at the same time; return how many rows, and where the last chunk ends."""
        upto: int | None = current.after
        chunks = []
        async with asyncio.TaskGroup() as group:
            for tx in txs:
                if upto is None:
                    break
                current = replace(current, after=upto)
                upto = await planning.chunk_end(tx, current, self._chunk_size, slot=slot)
                chunks.append(group.create_task(plan_chunk(tx, current, upto=upto)))
        return sum(chunk.result() for chunk in chunks), upto

    def _step_seconds(self) -> float:
        return STEP_SECONDS * self._database.step_factor

    def _adapt_chunk_size(self, seconds: float, *, is_full: bool) -> None:
        """Fit the next chunk into the step time. A chunk that was not full is no reason to grow."""
        factor = min(2.0 if is_full else 1.0, self._step_seconds() * CHUNK_SHARE / max(seconds, 1e-6))
        self._chunk_size = min(MAX_CHUNK_RECIPIENTS, max(MIN_CHUNK_RECIPIENTS, int(self._chunk_size * factor)))


async def _chunk_planner(tx: Tx, run: Run, now: datetime) -> ChunkPlanner:
    """Return what inserts the rows of a run."""
    if run.changed_run_id is not None:
        return _change_planner(run, run.changed_run_id, now)
    segment = await broadcasts.segment(tx, run.id) if run.purpose is RunPurpose.BROADCAST else None
    weekday = run.edition.weekday() if run.purpose is RunPurpose.RECAP and run.edition is not None else None
    slot = _slot_of_run(run)
    return partial(planning.plan, version=run.version, segment=segment, recap_weekday=weekday, slot=slot)


def _change_planner(run: Run, changed_run_id: int, now: datetime) -> ChunkPlanner:
    """Return what inserts the rows of a run that changes the messages of another one."""
    if run.purpose is RunPurpose.RECALL:
        return partial(planning.plan_recall, recalled=changed_run_id)
    if run.purpose is RunPurpose.PINS:
        return partial(planning.plan_pins, pinned=changed_run_id)
    plan = plan_withdrawal if run.purpose is RunPurpose.WITHDRAWAL else plan_correction
    return lambda tx, current, upto: plan(tx, run, after=current.after, upto=upto, now=now)


async def _store_cursor(tx: Tx, current: PlanningPass) -> PlanningPass:
    """Store in the waves where their pass goes on, unless it is not far beyond what they have; return the pass.

    Hundreds of waves may have the cursor, and planning again is harmless. The first move is stored at once: a wave
    that is set back to the beginning meanwhile is known by its cursor.
    """
    if current.cursor and current.after - current.cursor < CURSOR_DISTANCE:
        return current
    await waves.move_cursor(tx, current.waves, current.cursor, current.after)
    return replace(current, cursor=current.after)


def _slot_of_run(run: Run | None) -> str:
    """Return the slot whose schedules a run's waves are of; only a digest has another one than the default."""
    if run is None or run.purpose is not RunPurpose.DIGEST or run.edition is None:
        return DEFAULT_SLOT
    return run.edition.slot
