"""Model test of runs and the ledger under random actions of subscribers, admins, editors, and crashes.

No part is sent twice unless it certainly did not arrive, and every recipient has a row. Whatever is corrected, a
recipient gets parts of one version only: the newest when their first part left. Whatever rich messages are refused,
the parts of a recipient show every item; and nothing is paid for twice, or after a payment was refused.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from delivery import effects, recovery
from delivery.metrics import Metrics
from delivery.payload_rendering import REST_IN_FULL, WITHOUT_PICTURES
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
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    RichRefused,
    Sent,
    Unconfirmed,
)
from domain.delivery.payment import Payment
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason, RichRefusal
from handlers.subscription_changes import join_runs
from storage import claims, deliveries, run_progress, runs, subscribers
from storage.deliveries import DeliveryKey, DueDelivery
from storage.digests import Source
from tests.databases import open_database
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, TEXTS, edition
from tests.examples import examples

SCHEDULES = [DEFAULT_SCHEDULE, Schedule("Asia/Shanghai", 9 * 60), Schedule("Europe/Berlin", 8 * 60)]
PREFERENCES = [
    ContentPreferences(),
    ContentPreferences(Layout.FULL, "en"),
    ContentPreferences(Layout.FULL, "zh", frozenset({"体育"})),
    ContentPreferences(Layout.RICH, "zh"),
    ContentPreferences(Layout.RICH, "en"),
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
MAX_PARTS = 5
DIGEST, BROADCAST = 1, 2
"""Ids of the two runs."""

SENTENCES = 350
PARTS = """
    SELECT d.subscriber_id, d.part, p.version, c.layout, c.item_positions, p.json
    FROM deliveries AS d JOIN payloads AS p ON p.id = d.payload_id JOIN contents AS c ON c.id = d.content_id
    WHERE d.run_id = 1 AND coalesce(d.reason, '') NOT IN ('corrected', 'other_layout') ORDER BY d.subscriber_id, d.part
"""
REFUSABLE = "SELECT p.id, c.layout FROM payloads AS p JOIN contents AS c ON c.id = p.content_id WHERE p.run_id = 1"
Result = TypeVar("Result")


class Delivery(RuleBasedStateMachine):
    """A database, the actions on it, and the set of parts that may have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="model-")
        self.database = self.wait(open_database(Path(self.folder.name) / "bot.db"))
        self.planner = Planner(self.database, TEXTS, Metrics((), now=lambda: self.now))
        self.now = EVE
        self.versions = 0
        self.chats = 0
        self.read_ahead: list[DueDelivery] = []
        self.in_flight: list[DueDelivery] = []
        self.may_have_arrived: set[DeliveryKey] = set()
        self.resent: set[DeliveryKey] = set()
        self.refusals: dict[int, RichRefusal] = {}
        """How chats refuse rich messages, by subscriber."""
        self.paid: set[DeliveryKey] = set()
        """Deliveries that may have been paid for."""
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

    @initialize(hours=st.sampled_from([0, 2, 2]), begun=st.booleans(), refusal=st.sampled_from(RichRefusal))
    def first_edition(self, hours: int, refusal: RichRefusal, *, begun: bool) -> None:
        """Publish an edition; perhaps everybody has its first part, and chats refuse the other rich ones."""
        for preferences in (0, 1, 1, 3, 3, 4):
            self.join(0, preferences)
        self.republish(parts=4, sport=False)
        self.wait(self._confirm_broadcast())
        self.now += timedelta(hours=hours)
        self.plan()
        if begun:
            self.send_some(12)
            while self.in_flight:
                self.wait(self._settle(self.in_flight.pop(), Sent(1)))
            self.refusals = dict.fromkeys((4, 5, 6), refusal)

    async def _confirm_broadcast(self) -> None:
        async with self.database.write() as tx:
            run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "x"}, now=self.now)
            assert run_id == BROADCAST
            card = CardMessage(1, 2)
            assert await runs.confirm(tx, run_id, actor=1, card=card, now=self.now, payment=Payment.PAID)

    # Subscribers

    @rule(who=st.integers(1, 30), refusal=st.sampled_from([None, *RichRefusal]))
    def refuse_rich_messages(self, who: int, refusal: RichRefusal | None) -> None:
        """From now on a chat takes all rich messages, or refuses them for a reason."""
        self.refusals.pop(1 + who % self.chats, None)
        if refusal is not None:
            self.refusals[1 + who % self.chats] = refusal

    @rule(schedule=st.integers(0, 2), preferences=st.integers(0, 4))
    def join(self, schedule: int, preferences: int) -> None:
        self.wait(self._join(SCHEDULES[schedule], PREFERENCES[preferences]))

    async def _join(self, schedule: Schedule, preferences: ContentPreferences) -> None:
        self.chats += 1
        async with self.database.write() as tx:
            subscriber = await subscribers.add(tx, Chat(1000 + self.chats), (schedule, preferences), now=self.now)
            await subscribers.activate(tx, subscriber.id, now=self.now)
            schedule_id = await subscribers.set_schedule(tx, subscriber.id, schedule)
            await join_runs(tx, schedule_id, schedule, now=self.now, default_zone="Asia/Shanghai")

    @rule(who=st.integers(1, 30), schedule=st.integers(0, 2))
    def change_schedule(self, who: int, schedule: int) -> None:
        self.wait(self._change_schedule(1 + who % self.chats, SCHEDULES[schedule]))

    async def _change_schedule(self, subscriber_id: int, schedule: Schedule) -> None:
        async with self.database.write() as tx:
            schedule_id = await subscribers.set_schedule(tx, subscriber_id, schedule)
            await join_runs(tx, schedule_id, schedule, now=self.now, default_zone="Asia/Shanghai")

    @rule(who=st.integers(1, 30), preferences=st.integers(0, 4))
    def change_preferences(self, who: int, preferences: int) -> None:
        async def change() -> None:
            async with self.database.write() as tx:
                await subscribers.set_layout(tx, 1 + who % self.chats, PREFERENCES[preferences])

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

    @rule(parts=st.integers(1, MAX_PARTS), sport=st.booleans())
    def republish(self, parts: int, *, sport: bool) -> None:
        """Publish another version; some have other parts, or something for those who read one category only."""
        self.versions += 1
        digest = edition(DAY, published=EVE, title=f"版本{self.versions}", items=parts * 2)
        items = [replace(item, body=Text(f"第{item.position:02}条。" * SENTENCES)) for item in digest.items]
        items[-1] = replace(items[-1], categories=("体育",) if sport else ("技术",))
        digest = replace(digest, items=tuple(items))
        self.wait(publish(self.database, TEXTS, DEFAULT_SCHEDULE, digest, Source("x", b"x"), now=self.now))

    @rule(run_id=st.sampled_from([DIGEST, BROADCAST]), resume=st.booleans())
    def pause_or_resume(self, run_id: int, *, resume: bool) -> None:
        async def change() -> None:
            async with self.database.write() as tx:
                await (runs.resume(tx, run_id) if resume else runs.pause(tx, run_id, RunStateReason.ADMIN))

        self.wait(change())

    @rule(run_id=st.sampled_from([DIGEST, BROADCAST]))
    def resend_unconfirmed(self, run_id: int) -> None:
        """Only an admin may resend parts that may have arrived: the model forgets those."""

        async def resend() -> None:
            async with self.database.write() as tx:
                listed = await deliveries.unconfirmed(tx, run_id, limit=1000)
                await runs.resend_unconfirmed(tx, run_id)
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
        """Read the first part of each recipient that none is on its way to, as queues do."""
        busy = {due.key[:2] for due in self.in_flight}
        self.read_ahead.clear()
        for run_id in (DIGEST, BROADCAST):
            queue = RunQueue(self.database, TEXTS, run_id)
            await queue.fill(self.now)
            while (batch := queue.pop_batch()) is not None:
                if batch.parts[0][0].key[:2] not in busy:
                    self.read_ahead.append(batch.parts[0][0])

    async def _send(self, count: int) -> None:
        if not self.read_ahead:
            await self._read_queue()
        busy = {due.key[:2] for due in self.in_flight}
        chosen = [due for due in self.read_ahead if due.key[:2] not in busy][:count]
        self.read_ahead = [due for due in self.read_ahead if due not in chosen]
        progress = await self._progress(BROADCAST)
        may = await claims.claim_and_settle(self.database, [], chosen, now=self.now)
        for due, allowed in zip(chosen, may, strict=True):
            if allowed:
                assert not due.paid or (progress is not None and progress.payment is Payment.PAID)
                self._note_claim(due)

    def _note_claim(self, due: DueDelivery) -> None:
        assert due.key not in self.may_have_arrived, f"{due.key} is sent a second time"
        assert not due.paid or due.key not in self.paid, f"{due.key} is paid for a second time"
        assert not due.paid or due.key.run_id == BROADCAST
        self.may_have_arrived.add(due.key)
        self.in_flight.append(due)
        if due.paid:
            self.paid.add(due.key)
        if due.key.run_id == DIGEST:
            self._note_version(due)

    def _note_version(self, due: DueDelivery) -> None:
        subscriber_id, newest = due.key.subscriber_id, self.versions
        had = {version for key, version in self.version_had.items() if key.subscriber_id == subscriber_id}
        assert had | {due.version} == {min(had, default=newest)}, f"{due.key} is of version {due.version} after {had}"
        self.version_had[due.key] = due.version

    @precondition(lambda self: self.in_flight)
    @rule(index=st.integers(0, 5), outcome=st.sampled_from(OUTCOMES), migrated=st.booleans())
    def get_an_answer(self, index: int, outcome: Outcome, *, migrated: bool) -> None:
        due = self.in_flight.pop(index % len(self.in_flight))
        outcome = ChatMigrated(-1_000_000 - due.chat_id) if migrated and due.chat_id > 0 else outcome
        self.wait(self._settle(due, outcome))

    @precondition(lambda self: any(due.paid for due in self.in_flight))
    @rule()
    def refuse_payment(self) -> None:
        due = next(due for due in self.in_flight if due.paid)
        self.in_flight.remove(due)
        self.wait(self._settle(due, PaymentRefused("Bad Request: BALANCE_TOO_LOW")))

    async def _refusal(self, due: DueDelivery) -> RichRefusal | None:
        """Return how the recipient's chat refuses what is sent."""
        refusal = self.refusals.get(due.key.subscriber_id)
        async with self.database.read() as tx:
            layouts = dict(tuple(row) for row in await tx.exec_driver_sql(REFUSABLE))
        layout = layouts.get(due.payload_id)
        has_pictures = layout == Layout.RICH
        return refusal if has_pictures or (layout == WITHOUT_PICTURES and refusal is not RichRefusal.PICTURE) else None

    async def _settle(self, due: DueDelivery, outcome: Outcome) -> None:
        refusal = await self._refusal(due) if isinstance(outcome, Sent) else None
        outcome = outcome if refusal is None else RichRefused("Bad Request: no", refusal)
        resolution = resolve(due, outcome, now=self.now, policy=UnconfirmedPolicy.ASK, chance=self.chance)
        await claims.claim_and_settle(self.database, [resolution.settlement], [], now=self.now)
        async with self.database.write() as tx:
            await effects.apply(tx, due, resolution.effects, self.now)
            if isinstance(outcome, PaymentRefused):
                await runs.stop_paying(tx, due.key.run_id, outcome.reason)
        if not isinstance(outcome, MAYBE_ARRIVED):
            self.may_have_arrived.discard(due.key)
            if due.paid:
                self.paid.discard(due.key)
            if due.key not in self.resent:
                self.version_had.pop(due.key, None)

    @rule()
    def crash(self) -> None:
        """Forget what is in flight; some of it arrived."""
        self.in_flight.clear()
        self.read_ahead.clear()
        self.wait(recovery.begin(self.database, self.now, UnconfirmedPolicy.ASK, None))

    # Invariants

    @invariant()
    def counts_add_up(self) -> None:
        for run_id in (DIGEST, BROADCAST):
            progress = self.wait(self._progress(run_id))
            if progress is not None:
                in_flight = sum(due.key.run_id == run_id for due in self.in_flight)
                assert progress.in_flight == in_flight
                maybe = sum(key.run_id == run_id for key in self.may_have_arrived)
                assert progress.sent + progress.in_flight + progress.unconfirmed >= maybe
                assert progress.paid == sum(key.run_id == run_id for key in self.paid)

    async def _progress(self, run_id: int) -> Progress | None:
        async with self.database.read() as tx:
            return await run_progress.get(tx, run_id)

    async def complete_the_run(self) -> None:
        """Settle everything: then each recipient has the edition, or the ledger says why not."""
        while self.in_flight:
            await self._settle(self.in_flight.pop(), Sent(9))
        async with self.database.write() as tx:
            for run_id in (DIGEST, BROADCAST):
                await runs.resume(tx, run_id)
        self.now = max(self.now, MORNING + timedelta(hours=1))
        for _ in range(8):
            await self.planner.plan_due(self.now)
            for _ in range(2 * MAX_PARTS + 1):  # what was read ahead, then part after part, each refused at most twice
                await self._send(1000)
                while self.in_flight:
                    await self._settle(self.in_flight.pop(), Sent(9))
            self.now += timedelta(hours=4)
        await self.planner.plan_due(self.now)
        for run_id in (DIGEST, BROADCAST):
            async with self.database.write() as tx:
                is_finished = await runs.finish(tx, run_id, now=self.now) or await self._is_finished(tx, run_id)
            assert is_finished, f"deliveries are left: {await self._progress(run_id)}"
        await self._check_parts()

    async def _check_parts(self) -> None:
        """Check that each recipient's rows are parts of one version, without a gap, that show every item."""
        async with self.database.read() as tx:
            rows = (await tx.exec_driver_sql(PARTS)).all()
        for subscriber_id, parts in groupby(rows, lambda row: row.subscriber_id):
            rows_of_one = list(parts)
            who = f"subscriber {subscriber_id}: {[(row.part, row.version, row.layout) for row in rows_of_one]}"
            assert [row.part for row in rows_of_one] == list(range(1, len(rows_of_one) + 1)), who
            assert len({row.version for row in rows_of_one}) == 1, who
            assert len({row.item_positions for row in rows_of_one}) == 1, who
            is_in_full = any(row.layout.startswith(REST_IN_FULL) for row in rows_of_one)
            is_headlines = rows_of_one[0].layout == Layout.HEADLINES
            whole = b"".join(row.json for row in rows_of_one).decode()
            for position in map(int, rows_of_one[0].item_positions.split(",")):
                shown = whole.count(f"第{position:02}条")
                expected = 0 if is_headlines else SENTENCES - 3  # a sentence may be cut at the end of a part
                assert shown >= expected, f"{who}: item {position} is not whole"
                assert shown <= SENTENCES * (1 + is_in_full), f"{who}: item {position} is repeated"

    async def _is_finished(self, tx: Any, run_id: int) -> bool:
        run = await runs.get(tx, run_id)
        return run is not None and run.state is RunState.FINISHED


Delivery.TestCase.settings = settings(
    max_examples=examples(25), stateful_step_count=25, suppress_health_check=list(HealthCheck)
)
TestDelivery = Delivery.TestCase
