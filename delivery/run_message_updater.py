"""Updates of the messages that show a run: cards, reports and pause notices follow every change of its figures.

runs with messages -> changed since the last pass? -> figures -> edits -> noted as shown, once nothing moves any more
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from delivery.notifier import Notifier
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.delivery.outcome import Fatal, Outcome, RateLimited, Refused, Retry, Sent, Unconfirmed
from domain.delivery.progress import Progress, RunMessage, RunMessageKind, Trouble
from domain.delivery.states import CORRECTIONS, RunState
from storage import bots, deliveries, run_messages, run_progress, runs
from storage.broadcast_dues import RecentDues
from storage.database import Database, Tx
from transport.circuit_breaker import CircuitBreaker
from transport.rate_limiter import RateLimiter
from views import run_reports
from views.run_reports import Speed

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What is cheap to read of a run and changes whenever its figures do, unless something is on its way."""

    state: RunState
    change_count: int
    claim_count: int
    has_pending: bool


@dataclass(slots=True)
class _ShownRun:
    """What the messages of a run showed last. For the speed: how many parts were done then, and when (monotonic)."""

    settled_mark: _Mark | None = None
    messages: dict[RunMessage, Message] = field(default_factory=dict)
    measured_at: float = 0.0
    done: int = 0
    per_second: float = 0.0
    has_failed: bool = False
    recent_dues: RecentDues = field(default_factory=lambda: RecentDues(time.monotonic))
    waiting: set[RunMessage] = field(default_factory=set)
    """Messages that made room for the answer to a press; they come first the next time."""

    def update_speed(self, progress: Progress, now: float) -> float:
        """Return the parts per second since the last update, smoothed over two updates."""
        done = progress.total - progress.pending - progress.in_flight
        if self.measured_at and now > self.measured_at:
            recent = max(0, done - self.done) / (now - self.measured_at)
            self.per_second = recent if not self.per_second else 0.5 * self.per_second + 0.5 * recent
        self.measured_at, self.done = now, done
        return self.per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """A run with its figures, and the messages that show it."""

    progress: Progress
    trouble: Trouble
    messages: Sequence[RunMessage]
    mark: _Mark

    @property
    def is_moving(self) -> bool:
        """Whether the figures change without a sign of it: something is on its way or about to go."""
        is_sending = self.progress.state is RunState.RUNNING and self.progress.pending > 0
        return is_sending or self.progress.in_flight > 0


class RunMessageUpdater:
    """Edits the messages that show a run until they show what became of it."""

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        rate_limiter: RateLimiter,
        circuit_breaker: CircuitBreaker,
        *,
        asks_about_unconfirmed: bool,
        hold_reason: Callable[[], str | None],
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._rate_limiter = rate_limiter
        self._circuit_breaker = circuit_breaker
        self._asks_about_unconfirmed = asks_about_unconfirmed
        self._hold_reason = hold_reason
        self._shown: dict[int, _ShownRun] = {}

    async def update(self) -> bool:
        """Edit what has changed; return whether there will be more to edit without a sign of it."""
        async with self._database.read() as tx:
            to_show = await run_messages.runs_to_show(tx)
            forgotten = await run_messages.forgotten_runs(tx)
        for run_id in forgotten:
            await self._leave_as_it_is(run_id)
        self._shown = {run_id: self._shown.get(run_id, _ShownRun()) for run_id in to_show}
        in_turn = sorted(self._shown.items(), key=lambda each: not each[1].waiting)
        return any([await self._try_to_update_run(run_id, shown) for run_id, shown in in_turn])

    async def note_sent(self, run_id: int, sent: RunMessage, message: Message) -> None:
        """Let a message that was just sent follow the run."""
        self._shown.setdefault(run_id, _ShownRun()).messages[sent] = message
        async with self._database.write() as tx:
            await run_messages.add(tx, run_id, sent)
            await runs.note_change(tx, run_id)  # what changed since the message was built is shown soon

    async def _try_to_update_run(self, run_id: int, shown: _ShownRun) -> bool:
        """Update the messages of a run; one that cannot be shown costs no other, and is logged once until it can."""
        try:
            is_moving = await self._update_run(run_id, shown)
        except Exception:
            if not shown.has_failed:
                log.exception("run_not_shown", run=run_id)
            shown.has_failed = True
            return True
        shown.has_failed = False
        return is_moving

    async def _update_run(self, run_id: int, shown: _ShownRun) -> bool:
        async with self._database.read() as tx:
            figures = await _load(tx, run_id, shown)
        if figures is None:
            return False
        write_error = await self._database.find_write_error() if figures.is_moving else None
        speed = Speed(
            per_second=shown.update_speed(figures.progress, time.monotonic()),
            hold_seconds=self._rate_limiter.retry_after,
            hold_reason=self._hold_reason(),
            is_outage=self._circuit_breaker.outage is not None,
            standbyless_seconds=write_error.seconds if write_error is not None and write_error.is_waiting else None,
        )
        in_turn = sorted(figures.messages, key=lambda message: message not in shown.waiting)
        edits = [await self._edit(message, figures, speed, shown) for message in in_turn]
        is_settled = not figures.is_moving and False not in edits
        shown.settled_mark = figures.mark if is_settled else None
        if is_settled and figures.mark.state in (RunState.FINISHED, RunState.CANCELLED):
            async with self._database.write() as tx:
                await run_messages.set_shown(tx, run_id, figures.mark.change_count)
        return not is_settled

    async def _edit(self, message: RunMessage, figures: _Figures, speed: Speed, shown: _ShownRun) -> bool:
        """Let a message show a run's figures; return False if that has to be tried again."""
        translate = await self._notifier.translator_for(message.chat_id)
        built = self._build(message, figures, speed, translate)
        former = shown.messages.get(message)
        shown.waiting.discard(message)
        if built == former:
            return True
        if former is not None and built.keyboard == former.keyboard and not self._leaves_room(message):
            shown.waiting.add(message)
            return False
        parameters: dict[str, object] = {"message_id": message.message_id} | built.to_bot_api()
        outcome = await self._notifier.call("editMessageText", message.chat_id, parameters)
        if isinstance(outcome, Retry | RateLimited | Unconfirmed | Fatal):
            return False
        if _is_shown(outcome):
            shown.messages[message] = built
        else:
            await self._forget(figures.progress.run_id, message, outcome)
        return True

    def _leaves_room(self, message: RunMessage) -> bool:
        """Return whether the chat can be told newer figures without making the answer to its next press wait."""
        return self._rate_limiter.leaves_room(message.chat_id)

    def _build(self, message: RunMessage, figures: _Figures, speed: Speed, translate: Translator) -> Message:
        return run_reports.run_message(
            message.kind,
            figures.progress,
            figures.trouble,
            speed,
            translate,
            offer_resend=self._asks_about_unconfirmed,
        )

    async def _forget(self, run_id: int, message: RunMessage, outcome: Outcome) -> None:
        log.info("run_message_lost", run=run_id, kind=message.kind.value, outcome=type(outcome).__name__)
        async with self._database.write() as tx:
            await run_messages.remove(tx, run_id, message)

    async def _leave_as_it_is(self, run_id: int) -> None:
        """Remove the buttons of reports whose deliveries are deleted, and let them follow the run no longer."""
        async with self._database.read() as tx:
            messages = await run_messages.of_run(tx, run_id)
        for message in messages:
            await self._notifier.call("editMessageReplyMarkup", message.chat_id, {"message_id": message.message_id})
            async with self._database.write() as tx:
                await run_messages.remove(tx, run_id, message)


async def _load(tx: Tx, run_id: int, shown: _ShownRun) -> _Figures | None:
    """Return a run's figures, or None if they are those that are shown: counting takes long for many recipients."""
    run = await runs.get(tx, run_id)
    if run is None:
        return None
    mark = _Mark(
        state=run.state,
        change_count=run.change_count,
        claim_count=await bots.claim_count(tx),
        has_pending=await deliveries.has_pending(tx, run_id),
    )
    is_shown, count_waiting = mark == shown.settled_mark, shown.recent_dues.of_run
    progress = None if is_shown else await run_progress.get(tx, run_id, count_waiting=count_waiting)
    if progress is None:
        return None
    messages = await run_messages.of_run(tx, run_id)
    has_report = any(message.kind is RunMessageKind.REPORT for message in messages)
    shows_trouble = has_report or progress.is_ended_broadcast or progress.awaits_due or progress.purpose in CORRECTIONS
    trouble = await run_progress.trouble(tx, run_id) if shows_trouble else Trouble()
    return _Figures(progress=progress, trouble=trouble, messages=messages, mark=mark)


def _is_shown(outcome: Outcome) -> bool:
    return isinstance(outcome, Sent) or (isinstance(outcome, Refused) and "not modified" in outcome.reason)
