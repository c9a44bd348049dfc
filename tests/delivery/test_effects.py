"""Effects: what an outcome changes about a recipient, and about the parts still to come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from delivery import effects
from delivery.resolution import ClearTopic, DeactivateSubscriber, Effect, MigrateSubscriber
from domain.chat.event import Chat, ChatKind
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason, Subscriber
from emulator.client import EmulatorClient
from storage import subscribers
from storage.deliveries import DeliveryKey, DueDelivery
from tests.databases import as_text, sql
from tests.delivery.harness import DEFAULT_SCHEDULE, MORNING, DeliveryHarness, open_harness, run_of

LATER = MORNING + timedelta(minutes=5)
GROUP, OTHER, SUPERGROUP = -7, -8, -100_7


@dataclass
class Planned:
    """An edition that is planned for two groups, of which nothing is sent."""

    harness: DeliveryHarness
    due: DueDelivery

    async def apply(self, *applied: Effect) -> None:
        async with self.harness.database.write() as tx:
            await effects.apply(tx, self.due, applied, LATER)

    async def subscriber(self, chat_id: int) -> Subscriber | None:
        async with self.harness.database.read() as tx:
            return await subscribers.get(tx, chat_id)

    async def topics(self) -> list[int | None]:
        """Return the topics of both groups."""
        async with self.harness.database.read() as tx:
            rows = await tx.exec_driver_sql("SELECT topic_id FROM subscribers ORDER BY id")
            return list(rows.scalars())

    async def rows(self) -> list[tuple[str, str | None, bool]]:
        """Return the state and reason of both groups' rows, and whether they changed just now."""
        async with self.harness.database.read() as tx:
            rows = await tx.exec_driver_sql("SELECT state, reason, changed_at FROM deliveries ORDER BY subscriber_id")
            return [(row.state, row.reason, as_text(row.changed_at) == as_text(LATER)) for row in rows]


PENDING = ("pending", None, False)


@pytest.fixture
async def planned(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[Planned]:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        group_id, _ = await harness.audience([GROUP, OTHER])
        async with harness.database.write() as tx:
            for subscriber_id in (group_id, group_id + 1):
                await subscribers.set_topic(tx, subscriber_id, 5)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        key = DeliveryKey(run_id, group_id, 1)
        yield Planned(harness, DueDelivery(key, 1, 0, GROUP, 5, silent=False, schedule_id=1))


async def test_unavailable_chat_leaves_and_its_parts_are_skipped(planned: Planned) -> None:
    await planned.apply(DeactivateSubscriber(LeftReason.BLOCKED))
    left, stays = await planned.subscriber(GROUP), await planned.subscriber(OTHER)
    assert left is not None
    assert stays is not None
    assert (left.active, left.left_reason) == (False, LeftReason.BLOCKED)
    assert stays.active
    assert await planned.rows() == [("skipped", "unsubscribed", True), PENDING]
    async with planned.harness.database.read() as tx:
        left_at = await sql(tx, "SELECT left_at FROM subscribers WHERE chat_id = ?", GROUP)
        assert as_text(left_at.scalar_one()) == as_text(LATER)


async def test_migrated_chat_gets_its_parts_under_the_new_id(planned: Planned) -> None:
    await planned.apply(MigrateSubscriber(SUPERGROUP))
    moved = await planned.subscriber(SUPERGROUP)
    assert moved is not None
    assert (moved.id, moved.chat.kind, moved.active) == (planned.due.key.subscriber_id, ChatKind.SUPERGROUP, True)
    assert await planned.subscriber(GROUP) is None
    assert await planned.rows() == [PENDING, PENDING]


async def test_chat_that_migrated_to_a_subscriber_is_skipped(planned: Planned) -> None:
    """The new chat is subscribed by itself, so it gets its own digest."""
    async with planned.harness.database.write() as tx:
        wishes = DEFAULT_SCHEDULE, ContentPreferences()
        newer = await subscribers.add(tx, Chat(SUPERGROUP, ChatKind.SUPERGROUP), wishes, now=MORNING)
        await subscribers.activate(tx, newer.id, now=MORNING)
    await planned.apply(MigrateSubscriber(SUPERGROUP))
    assert await planned.rows() == [("skipped", "chat_migrated", True), PENDING]
    old = await planned.subscriber(GROUP)
    assert old is not None
    assert not old.active


async def test_closed_topic_is_left_by_its_chat_alone(planned: Planned) -> None:
    await planned.apply(ClearTopic())
    assert await planned.topics() == [None, 5]
    assert await planned.rows() == [PENDING, PENDING]


async def test_effects_are_all_applied(planned: Planned) -> None:
    await planned.apply(ClearTopic(), DeactivateSubscriber(LeftReason.REMOVED))
    left = await planned.subscriber(GROUP)
    assert left is not None
    assert (left.active, left.left_reason) == (False, LeftReason.REMOVED)
    assert await planned.topics() == [None, 5]
