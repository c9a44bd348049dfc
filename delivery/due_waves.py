"""Decide what becomes of each wave that is due: it goes out now, waits, is missed, or another edition supersedes it.

due waves -> a decision by the purpose of each run -> the wave for everybody waits for those of schedules
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from domain.delivery.states import RunPurpose
from domain.subscription.calendar import MAX_EDITION_AGE
from domain.subscription.recap import decide_recap, recap_instant
from domain.subscription.wave_decision import WaveDecision, decide, latest_begun_day
from storage import broadcast_pins, broadcasts, correction_runs, runs, waves
from storage.database import Tx
from storage.runs import Run
from storage.waves import Wave

Decision = WaveDecision | datetime
"""What becomes of a wave; a datetime: it waits until then."""

PHOTO_CHECK_INTERVAL = timedelta(seconds=1)
"""Time between two looks at whether an edition's photos are uploaded."""

RECALL_WAIT = timedelta(seconds=1)
"""Wait of a recall, pins, a correction or a withdrawal for messages in flight, whose ids are not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _DueWave:
    """A due wave of a run; `may_be_superseded`: so many editions are recent that a newer one may be due there too."""

    wave: Wave
    run: Run
    now: datetime
    may_be_superseded: bool


async def decide_waves(tx: Tx, due_waves: Sequence[Wave], now: datetime) -> list[Decision]:
    """Return the decision for each wave."""
    runs_by_id = {run_id: await runs.get(tx, run_id) for run_id in {wave.run_id for wave in due_waves}}
    has_several_editions = await runs.editions_since(tx, now - 2 * MAX_EDITION_AGE) > 1
    decisions: list[Decision] = []
    for wave in due_waves:
        run = runs_by_id[wave.run_id]
        if run is None:
            decisions.append(WaveDecision.NOW)
        else:
            due = _DueWave(wave=wave, run=run, now=now, may_be_superseded=has_several_editions)
            decisions.append(await _DECIDE[run.purpose](tx, due))
    return [
        _after_others(wave, decision, due_waves, decisions) for wave, decision in zip(due_waves, decisions, strict=True)
    ]


def _after_others(wave: Wave, decision: Decision, due_waves: Sequence[Wave], decisions: Sequence[Decision]) -> Decision:
    """Return the decision for a wave; the one for everybody waits for those of schedules that were postponed."""
    if wave.schedule_id is not None:
        return decision
    of_run = [other for due, other in zip(due_waves, decisions, strict=True) if due.run_id == wave.run_id]
    return max((other for other in of_run if isinstance(other, datetime)), default=decision)


async def _decide_digest(tx: Tx, due: _DueWave) -> Decision:
    """Decide on an edition; look for a newer one only if there may be one."""
    schedule_id, edition, newest_due = due.wave.schedule_id, due.run.edition, None
    if due.may_be_superseded and schedule_id is not None and edition is not None:
        latest = latest_begun_day(due.now)
        newest_due = await waves.newest_due_edition(tx, schedule_id, edition.slot, now=due.now, latest=latest)
    return decide_edition(due.wave, due.run, due.now, newest_due=newest_due)


def decide_edition(wave: Wave, run: Run, now: datetime, *, newest_due: date | None) -> Decision:
    """Return what becomes of an edition's wave. It waits for photos only if it may also go out without them then."""
    if wave.schedule is None or run.edition is None:
        return WaveDecision.NOW
    decide_at = partial(
        decide, run.edition, run.published_at, wave.schedule, newest_due=newest_due, at_once=wave.at_once
    )
    decision, photos_until = decide_at(now), run.photos_until
    if photos_until is None or photos_until <= now:
        return decision
    may_wait = decision is decide_at(photos_until) is WaveDecision.NOW
    return min(photos_until, now + PHOTO_CHECK_INTERVAL) if may_wait else decision


async def _decide_recap(_tx: Tx, due: _DueWave) -> Decision:
    """Decide on a recap, which keeps to the windows as an edition does."""
    schedule, edition = due.wave.schedule, due.run.edition
    if schedule is None or edition is None:
        return WaveDecision.NOW
    due_at = recap_instant(edition, schedule)
    return WaveDecision.MISSED if due_at is None else decide_recap(due_at, schedule, due.now)


async def _decide_broadcast(tx: Tx, due: _DueWave) -> Decision:
    """Decide on a broadcast, which never comes too late; its quiet hours hold also after a standstill."""
    stored = await broadcasts.get(tx, due.run.id)
    quiet_hours = None if stored is None else stored.broadcast.time.quiet_hours
    if due.wave.schedule is None or quiet_hours is None:
        return WaveDecision.NOW
    allowed = quiet_hours.next_allowed(due.now, due.wave.schedule.zone)
    return allowed if allowed > due.now else WaveDecision.NOW


async def _decide_change(tx: Tx, due: _DueWave) -> Decision:
    """Let a change of sent messages wait until none of them is in flight."""
    changed = due.run.changed_run_id
    is_early = changed is not None and await correction_runs.has_unanswered(tx, changed)
    return due.now + RECALL_WAIT if is_early else WaveDecision.NOW


async def _decide_pins(tx: Tx, due: _DueWave) -> Decision:
    """Let pins wait also for former pins in flight."""
    changed = due.run.changed_run_id
    is_early = changed is not None and await broadcast_pins.has_in_flight(tx, changed)
    return due.now + RECALL_WAIT if is_early else WaveDecision.NOW


_DECIDE: Mapping[RunPurpose, Callable[[Tx, _DueWave], Awaitable[Decision]]] = {
    RunPurpose.DIGEST: _decide_digest,
    RunPurpose.RECAP: _decide_recap,
    RunPurpose.BROADCAST: _decide_broadcast,
    RunPurpose.CORRECTION: _decide_change,
    RunPurpose.WITHDRAWAL: _decide_change,
    RunPurpose.EDIT: _decide_change,
    RunPurpose.RECALL: _decide_change,
    RunPurpose.PINS: _decide_pins,
}
