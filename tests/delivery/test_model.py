"""Model test of runs and the ledger under random actions of subscribers, admins, editors, and crashes.

No part is sent twice unless it certainly did not arrive, and every recipient has a row. Whatever is corrected, a
recipient gets parts of one version only: the newest when their first part left.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from delivery import effects, recovery
from delivery.metrics import Metrics
from delivery.planner import Planner
from delivery.publishing import publish
from delivery.resolution import resolve
from delivery.run_queue import RunQueue
from domain.chat.event import Chat
from domain.chat.text import Text
from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Sent,
    Unconfirmed,
)
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.progress import Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason
from handlers.subscription_changes import join_runs
from storage import claims, deliveries, runs, subscribers
from storage.database import Database
from storage.deliveries import DeliveryKey, DueDelivery
from storage.digests import Source
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, TEXTS, edition

SCHEDULES = [DEFAULT_SCHEDULE, Schedule("Asia/Shanghai", 9 * 60), Schedule("Europe/Berlin", 8 * 60)]
PREFERENCES = [
    ContentPreferences(),
    ContentPreferences(Layout.FULL, "en"),
    ContentPreferences(Layout.FULL, "zh", frozenset({"体育"})),
]
MAYBE_ARRIVED = (Sent, Unconfirmed)
OUTCOMES: list[Outcome] = [
    Sent(1),
    Sent(2),
    Sent(3),
    Unconfirmed("no answer"),
    Retry("refused"),
    RateLimited(3),
    Refused("bad"),
    ChatUnavailable(LeftReason.BLOCKED),
]
MAX_PARTS = 3
INCOMPLETE = """
    SELECT subscriber_id, group_concat(d.part), group_concat(p.version) FROM deliveries AS d
    JOIN payloads AS p ON p.id = d.payload_id WHERE d.reason IS NOT 'corrected' GROUP BY subscriber_id
    HAVING count(DISTINCT p.version) > 1 OR count(DISTINCT p.content_id) > 1 OR count(*) != (
        SELECT count(*) FROM payloads AS q WHERE q.version = p.version AND q.content_id = p.content_id)
"""
Result = TypeVar("Result")


class Delivery(RuleBasedStateMachine):
    """A database, the actions on it, and the set of parts that may have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="model-")
        self.database = self.wait(Database.open(Path(self.folder.name) / "bot.db"))
        self.planner = Planner(self.database, TEXTS, Metrics((), now=lambda: self.now))
        self.now = EVE
        self.versions = 0
        self.chats = 0
        self.read_ahead: list[DueDelivery] = []
        self.in_flight: list[DueDelivery] = []
        self.may_have_arrived: set[DeliveryKey] = set()
        self.resent: set[DeliveryKey] = set()
        self.version_had: dict[DeliveryKey, int] = {}
        """Version of each part that may have arrived, also of those that an admin has sent again."""
        self.chance = random.Random(1)

    def wait(self, doing: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(doing)

    def teardown(self) -> None:
        try:
            self.wait(self.complete_the_run())
        finally:
            self.wait(self.database.close())
            self.runner.close()
            self.folder.cleanup()

    @initialize(hours=st.sampled_from([0, 2, 2]))
    def first_edition(self, hours: int) -> None:
        for preferences in (0, 1, 1, 1):
            self.join(0, preferences)
        self.republish(parts=2, sport=False)
        self.now += timedelta(hours=hours)
        self.plan()

    # Subscribers

    @rule(schedule=st.integers(0, 2), preferences=st.integers(0, 2))
    def join(self, schedule: int, preferences: int) -> None:
        self.wait(self._join(SCHEDULES[schedule], PREFERENCES[preferences]))

    async def _join(self, schedule: Schedule, preferences: ContentPreferences) -> None:
        self.chats += 1
        async with self.database.write() as tx:
            subscriber = await subscribers.add(tx, Chat(1000 + self.chats), (schedule, preferences), now=self.now)
            await subscribers.activate(tx, subscriber.id, now=self.now)
            schedule_id = await subscribers.set_schedule(tx, subscriber.id, schedule)
            await join_runs(tx, schedule_id, schedule, now=self.now)

    @rule(who=st.integers(1, 30), schedule=st.integers(0, 2))
    def change_schedule(self, who: int, schedule: int) -> None:
        self.wait(self._change_schedule(1 + who % self.chats, SCHEDULES[schedule]))

    async def _change_schedule(self, subscriber_id: int, schedule: Schedule) -> None:
        async with self.database.write() as tx:
            schedule_id = await subscribers.set_schedule(tx, subscriber_id, schedule)
            await join_runs(tx, schedule_id, schedule, now=self.now)

    @rule(who=st.integers(1, 30), preferences=st.integers(0, 2))
    def change_preferences(self, who: int, preferences: int) -> None:
        async def change() -> None:
            async with self.database.write() as tx:
                await subscribers.set_preferences(tx, 1 + who % self.chats, PREFERENCES[preferences])

        self.wait(change())

    @rule(who=st.integers(1, 30), back=st.booleans())
    def leave_or_come_back(self, who: int, *, back: bool) -> None:
        async def change() -> None:
            async with self.database.write() as tx:
                if back:
                    await subscribers.activate(tx, 1 + who % self.chats, now=self.now)
                else:
                    await subscribers.deactivate(tx, 1 + who % self.chats, LeftReason.STOPPED, now=self.now)

        self.wait(change())

    # Editors and admins

    @rule(parts=st.integers(1, 3), sport=st.booleans())
    def republish(self, parts: int, *, sport: bool) -> None:
        """Publish another version; some have other parts, or something for those who read one category only."""
        self.versions += 1
        digest = edition(DAY, published=EVE, title=f"版本{self.versions}", items=parts * 2)
        items = [replace(item, body=Text("正文。" * 580)) for item in digest.items]
        items[-1] = replace(items[-1], categories=("体育",) if sport else ("技术",))
        digest = replace(digest, items=tuple(items))
        self.wait(publish(self.database, TEXTS, DEFAULT_SCHEDULE, (digest, Source("x", b"x"), self.now)))

    @rule(resume=st.booleans())
    def pause_or_resume(self, *, resume: bool) -> None:
        async def change() -> None:
            async with self.database.write() as tx:
                await (runs.resume(tx, 1) if resume else runs.pause(tx, 1, RunStateReason.ADMIN))

        self.wait(change())

    @rule()
    def resend_unconfirmed(self) -> None:
        """Only an admin may resend parts that may have arrived: the model forgets those."""

        async def resend() -> None:
            async with self.database.write() as tx:
                listed = await deliveries.unconfirmed(tx, 1, limit=1000)
                await runs.resend_unconfirmed(tx, 1)
            self.may_have_arrived -= {delivery.key for delivery in listed}
            self.resent |= {delivery.key for delivery in listed}

        self.wait(resend())

    # Delivery

    @rule(minutes=st.sampled_from([1, 30, 60, 121, 360]))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def plan(self) -> None:
        self.wait(self.planner.plan_due(self.now))

    @rule(count=st.integers(1, 6))
    def send_some(self, count: int) -> None:
        self.wait(self._send(count))

    @rule()
    def read_queue(self) -> None:
        """Read what is to be sent next; it may be claimed much later."""
        self.wait(self._read_queue())

    async def _read_queue(self) -> None:
        queue = RunQueue(self.database, TEXTS, 1)
        await queue.fill(self.now)
        self.read_ahead.clear()
        while (batch := queue.pop_batch()) is not None:
            self.read_ahead.append(batch.parts[0][0])

    async def _send(self, count: int) -> None:
        if not self.read_ahead:
            await self._read_queue()
        busy = {due.key.subscriber_id for due in self.in_flight}
        chosen = [due for due in self.read_ahead if due.key.subscriber_id not in busy][:count]
        self.read_ahead = [due for due in self.read_ahead if due not in chosen]
        may = await claims.claim_and_settle(self.database, [], chosen, now=self.now)
        for due, allowed in zip(chosen, may, strict=True):
            if allowed:
                self._note_claim(due)

    def _note_claim(self, due: DueDelivery) -> None:
        assert due.key not in self.may_have_arrived, f"{due.key} is sent a second time"
        subscriber_id, newest = due.key.subscriber_id, self.versions
        had = {version for key, version in self.version_had.items() if key.subscriber_id == subscriber_id}
        assert had | {due.version} == {min(had, default=newest)}, f"{due.key} is of version {due.version} after {had}"
        self.may_have_arrived.add(due.key)
        self.version_had[due.key] = due.version
        self.in_flight.append(due)

    @precondition(lambda self: self.in_flight)
    @rule(index=st.integers(0, 5), outcome=st.sampled_from(OUTCOMES), migrated=st.booleans())
    def get_an_answer(self, index: int, outcome: Outcome, *, migrated: bool) -> None:
        due = self.in_flight.pop(index % len(self.in_flight))
        outcome = ChatMigrated(-1_000_000 - due.chat_id) if migrated and due.chat_id > 0 else outcome
        self.wait(self._settle(due, outcome))

    async def _settle(self, due: DueDelivery, outcome: Outcome) -> None:
        resolution = resolve(due, outcome, now=self.now, policy=UnconfirmedPolicy.ASK, chance=self.chance)
        await claims.claim_and_settle(self.database, [resolution.settlement], [], now=self.now)
        async with self.database.write() as tx:
            await effects.apply(tx, due, resolution.effects, self.now)
        if not isinstance(outcome, MAYBE_ARRIVED):
            self.may_have_arrived.discard(due.key)
            if due.key not in self.resent:
                del self.version_had[due.key]

    @rule()
    def crash(self) -> None:
        """Forget what is in flight; some of it arrived."""
        self.in_flight.clear()
        self.read_ahead.clear()
        self.wait(recovery.begin(self.database, self.now, UnconfirmedPolicy.ASK, None))

    # Invariants

    @invariant()
    def counts_add_up(self) -> None:
        progress = self.wait(self._progress())
        if progress is not None:
            assert progress.in_flight == len(self.in_flight)
            assert progress.sent + progress.in_flight + progress.unconfirmed >= len(self.may_have_arrived)

    async def _progress(self) -> Progress | None:
        async with self.database.read() as tx:
            return await runs.progress(tx, 1)

    async def complete_the_run(self) -> None:
        """Settle everything: then each recipient has the edition, or the ledger says why not."""
        while self.in_flight:
            await self._settle(self.in_flight.pop(), Sent(9))
        async with self.database.write() as tx:
            await runs.resume(tx, 1)
        self.now = max(self.now, MORNING + timedelta(hours=1))
        for _ in range(8):
            await self.planner.plan_due(self.now)
            for _ in range(MAX_PARTS + 1):  # what was read ahead, then part after part
                await self._send(1000)
                while self.in_flight:
                    await self._settle(self.in_flight.pop(), Sent(9))
            self.now += timedelta(hours=4)
        await self.planner.plan_due(self.now)
        async with self.database.write() as tx:
            is_finished = await runs.finish(tx, 1, now=self.now) or await self._is(tx, RunState.FINISHED)
        assert is_finished, f"deliveries are left: {await self._progress()}"
        assert await self._incomplete() == []

    async def _incomplete(self) -> list[Any]:
        """Return the recipients whose rows are not exactly the parts of one version of one content."""
        async with self.database.read() as tx:
            return list((await tx.exec_driver_sql(INCOMPLETE)).all())

    async def _is(self, tx: Any, state: RunState) -> bool:
        run = await runs.get(tx, 1)
        return run is not None and run.state is state


Delivery.TestCase.settings = settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck))
TestDelivery = Delivery.TestCase
