"""Two sessions at once, at every statement of either (see interleaving.py): who gets what is what the model says.

Readers join or change their schedule while a run is planned or finished; editors correct, cancel and withdraw an
edition while it is planned, sent or finished, or somebody joins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.run_queue import RunQueue
from domain.chat.event import Chat
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import run_emulator
from handlers.subscription_changes import join_runs
from storage import claims, runs, schedules, subscribers, withdrawals
from storage.claims import Settlement
from tests.databases import CLUSTER_VARIABLE, drop_databases
from tests.delivery.harness import (
    DAY,
    DEFAULT_SCHEDULE,
    EVE,
    MORNING,
    TEXTS,
    DeliveryHarness,
    edition,
    long_edition,
    open_harness,
    run_of,
)
from tests.postgresql import Cluster
from tests.storage.postgresql.interleaving import Halt, let_statements_stop, run_both

PARTS = 2
"""Messages that the corrected edition needs."""

OTHER_SCHEDULE = Schedule("Asia/Shanghai", 8 * 60 - 5)
"""Due a few minutes before the default one."""


@pytest.fixture
async def harness(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeliveryHarness]:
    """Yield a delivery that sends nothing, on the tests' own server."""
    monkeypatch.setenv(CLUSTER_VARIABLE, str(cluster.folder))
    let_statements_stop(monkeypatch)
    async with run_emulator() as emulator, open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        yield harness
    drop_databases()


class Morning:
    """The n-th morning: an edition, somebody who joins and somebody who moves to another schedule."""

    def __init__(self, harness: DeliveryHarness, number: int) -> None:
        self._harness = harness
        self._chat = 1000 + 10 * number
        self._day = DAY + timedelta(days=number)
        self._now = MORNING + timedelta(days=number)
        self.run_id = 0
        self.joiner = self.mover = 0
        self.version = 0
        self.messages: dict[int, list[tuple[int, int]]] = defaultdict(list)
        """Payload and part of each message that was claimed, by subscriber."""

    async def begin(self) -> None:
        harness, before = self._harness, EVE + (self._now - MORNING)
        harness.clock.now = before
        async with harness.database.write() as tx:
            await tx.exec_driver_sql("UPDATE subscribers SET active = FALSE")  # former mornings are over
            await tx.exec_driver_sql("UPDATE runs SET state = 'finished' WHERE state = 'running'")
            wishes = DEFAULT_SCHEDULE, ContentPreferences(layout=Layout.FULL)
            added = [await subscribers.add(tx, Chat(self._chat + n), wishes, now=before) for n in range(3)]
            for one in added[1:]:
                await subscribers.activate(tx, one.id, now=before)
        self.joiner, self.mover = added[0].id, added[1].id
        published = await harness.publish(edition(self._day, published=before))
        self.run_id, self.version = run_of(published), published.version
        harness.clock.now = self._now

    async def join(self) -> None:
        async with self._harness.database.write() as tx:
            await subscribers.activate(tx, self.joiner, now=self._now)
            await join_runs(
                tx,
                await schedules.get_or_create(tx, DEFAULT_SCHEDULE),
                DEFAULT_SCHEDULE,
                now=self._now,
                default_zone="Asia/Shanghai",
            )

    async def move(self) -> None:
        async with self._harness.database.write() as tx:
            schedule_id = await subscribers.set_schedule(tx, self.mover, OTHER_SCHEDULE)
            await join_runs(tx, schedule_id, OTHER_SCHEDULE, now=self._now, default_zone="Asia/Shanghai")

    async def plan(self) -> None:
        """Plan and close what is due, as each tick does."""
        await self._harness.delivery_service.tick()

    async def finish(self) -> None:
        async with self._harness.database.write(alone=True) as tx:
            await runs.finish(tx, self.run_id, now=self._now)

    async def send(self) -> None:
        """Let everything planned be sent."""
        async with self._harness.database.write() as tx:
            await tx.exec_driver_sql("UPDATE deliveries SET state = 'sent' WHERE state = 'pending'")

    async def rows(self) -> dict[int, int]:
        """Return how many rows of the run each of the three has."""
        query = "SELECT subscriber_id, count(*) FROM deliveries WHERE run_id = $1 GROUP BY subscriber_id"
        async with self._harness.database.read() as tx:
            found = {row[0]: row[1] for row in await tx.exec_driver_sql(query, (self.run_id,))}
        return {one: found.get(one, 0) for one in (self.joiner, self.mover, self.mover + 1)}

    async def correct(self) -> None:
        """Publish a version of two parts in place of the one of one part."""
        corrected = replace(long_edition(PARTS), date=self._day, published_at=EVE + (self._now - MORNING))
        self.version = (await self._harness.publish(replace(corrected, content_hash=f"{self._day}"))).version

    async def cancel(self) -> None:
        async with self._harness.database.write() as tx:
            await runs.cancel(tx, self.run_id, RunStateReason.ADMIN)  # without effect if it has just been finished

    async def withdraw(self) -> None:
        async with self._harness.database.write(alone=True) as tx:
            assert await withdrawals.withdraw(tx, self._day, actor=None, now=self._now) is not None

    async def deliver(self) -> None:
        """Claim and settle what may be sent, as the send loop does; each claim that is granted is a message."""
        database, queue = self._harness.database, RunQueue(self._harness.database, TEXTS, self.run_id)
        is_granted = True
        while is_granted and await queue.fill(self._now):  # a claim is refused for ever once the run has ended
            while (batch := queue.pop_batch()) is not None:
                for due, payload in batch.parts:
                    (is_granted,) = await claims.claim_and_settle(database, [], [due], now=self._now)
                    if is_granted:
                        self.messages[due.key.subscriber_id].append((payload.id, due.key.part))
                        sent = Settlement(key=due.key, state=DeliveryState.SENT, message_id=due.key.part)
                        await claims.claim_and_settle(database, [sent], [], now=self._now)
                queue.finish_batch(batch)

    async def versions(self) -> dict[int, list[tuple[int, int]]]:
        """Return version and part of each message that somebody got, in order."""
        query = "SELECT id, version FROM payloads WHERE run_id = $1"
        async with self._harness.database.read() as tx:
            version_of = {row[0]: row[1] for row in await tx.exec_driver_sql(query, (self.run_id,))}
        return {
            one: [(version_of[payload_id], part) for payload_id, part in self.messages[one]]
            for one in (self.joiner, self.mover, self.mover + 1)
        }

    async def check_correction(self, step: str, where: str) -> None:
        """Everybody has all parts of one version: the newest, if nobody had a message when it came."""
        served = {self.mover, self.mover + 1} | ({self.joiner} if step == "join" else set())
        for one, parts in (await self.versions()).items():
            versions = {version for version, _ in parts}
            allowed = {self.version} if step in ("plan", "join") else {self.version, self.version - 1}
            assert len(versions) == (one in served), where
            assert versions <= allowed, where
            count = PARTS if versions == {self.version} else 1
            assert [part for _, part in parts] == list(range(1, count + 1) if versions else ()), where

    async def taken_back(self) -> set[int]:
        """Return whose messages a withdrawal deletes."""
        async with self._harness.database.read() as tx:
            run = await withdrawals.newest(tx, self._day)
            if run is None:
                return set()
            query = "SELECT subscriber_id FROM deliveries WHERE run_id = $1"
            return {row[0] for row in await tx.exec_driver_sql(query, (run.id,))}


CHANGES = {"join": Morning.join, "move": Morning.move}
STEPS = {"plan": Morning.plan, "finish": Morning.finish}


@pytest.mark.slow
@pytest.mark.parametrize("step", sorted(STEPS))
@pytest.mark.parametrize("change", sorted(CHANGES))
async def test_every_interleaving_serves_everybody_once(
    change: str, step: str, harness: DeliveryHarness, tmp_path: Path
) -> None:
    number = 0
    for change_is_first in (True, False):
        before, is_passed = 0, False
        while not is_passed:
            before, number = before + 1, number + 1
            morning, stop = Morning(harness, number), Halt(before)
            await morning.begin()
            if step == "finish":
                await morning.plan()
                await morning.send()
            pair = [lambda: CHANGES[change](morning), lambda: STEPS[step](morning)]  # noqa: B023 - used at once
            first, second = pair if change_is_first else reversed(pair)
            await run_both(first, second, stop, tmp_path / "bot.db")
            is_passed = stop.was_passed
            for _ in range(2):
                await morning.plan()
                await morning.send()
                await morning.finish()
            joined = 1 if change == "join" else 0
            expected = {morning.joiner: joined, morning.mover: 1, morning.mover + 1: 1}
            assert await morning.rows() == expected, f"{change} and {step}, {change_is_first}, before {before}"
            progress = await harness.progress(morning.run_id)
            assert (progress.state.value, progress.pending) == ("finished", 0)
    assert number > 6


ACTS = {"correct": Morning.correct, "cancel": Morning.cancel, "withdraw": Morning.withdraw}
STEPS_BESIDE_ACTS = {**STEPS, "deliver": Morning.deliver, "join": Morning.join}
SHORT = ("withdraw", "deliver")
"""The pair that each run of the suite goes through; the others take minutes on a busy machine."""

PAIRS = [
    pytest.param(act, step, marks=() if (act, step) == SHORT else pytest.mark.long)
    for act in sorted(ACTS)
    for step in sorted(STEPS_BESIDE_ACTS)
]


@pytest.mark.slow
@pytest.mark.parametrize(("act", "step"), PAIRS)
async def test_act_of_an_editor_holds_at_every_statement(
    act: str, step: str, harness: DeliveryHarness, tmp_path: Path
) -> None:
    number = 0
    for act_is_first in (True, False):
        before, is_passed = 0, False
        while not is_passed:
            before, number = before + 1, number + 1
            morning, stop = Morning(harness, number), Halt(before)
            await morning.begin()
            if step != "plan":
                await morning.plan()
            if step == "finish":
                await morning.deliver()
            pair = [lambda: ACTS[act](morning), lambda: STEPS_BESIDE_ACTS[step](morning)]  # noqa: B023 - used at once
            first, second = pair if act_is_first else reversed(pair)
            await run_both(first, second, stop, tmp_path / "bot.db")
            is_passed = stop.was_passed
            had = {one: len(parts) for one, parts in (await morning.versions()).items()}
            for _ in range(2):
                await morning.plan()
                await morning.deliver()
                await morning.finish()
            where = f"{act} and {step}, {act_is_first}, before {before}"
            assert (await harness.progress(morning.run_id)).pending == 0, where
            if act == "correct":
                await morning.check_correction(step, where)
            else:
                got = {one: len(parts) for one, parts in (await morning.versions()).items()}
                assert got == had, where
            if act == "withdraw":
                assert await morning.taken_back() == {one for one, count in had.items() if count}, where
    assert number > 4
