"""Corrections in mid-morning: whoever had a part gets the rest of that version, everybody else the new one whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery import planner
from delivery.payload_rendering import render_for
from delivery.publishing import PublishStatus
from delivery.run_queue import RunQueue
from delivery.version_change import apply_version
from digest.model import Digest
from domain.chat.text import Text
from domain.delivery.states import DeliveryState
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import claims, deliveries, runs, subscribers
from storage.claims import Settlement
from tests.databases import as_text
from tests.delivery.harness import MORNING, TEXTS, Clock, DeliveryHarness, edition, open_harness, run_of

FULL = ContentPreferences(Layout.FULL, "zh")
ITEMS = {1: 3, 2: 8, 3: 14}
"""Items of some 700 characters that need so many messages."""


def version(title: str, parts: int = 1) -> Digest:
    """Build a version of the edition that needs so many messages in the full layout."""
    plain = edition(title=title, items=ITEMS[parts])
    return replace(plain, items=tuple(replace(item, body=Text(f"{title}的正文。" * 110)) for item in plain.items))


async def texts_of(digest: Digest, preferences: ContentPreferences = FULL) -> list[str]:
    """Return the messages that somebody with these preferences gets of a version."""
    rendered = await render_for(digest, {1: preferences}, TEXTS)
    return [str(payload.parameters["text"]) for content in rendered for payload in content.payloads]


async def received(harness: DeliveryHarness, chat: int) -> list[str]:
    return [entry.message.text for entry in await harness.received(chat) if entry.message is not None]


async def count_by_version(harness: DeliveryHarness, chats: Sequence[int], *versions: Digest) -> list[int]:
    """Return how many chats have each version; fail if one has anything but a version, whole and in order."""
    texts = [await texts_of(one) for one in versions]
    indexes = [texts.index(await received(harness, chat)) for chat in chats]
    return [indexes.count(index) for index in range(len(versions))]


@pytest.mark.parametrize(("before", "after"), [(1, 1), (1, 2), (2, 3), (3, 2), (2, 1)])
async def test_correction_reaches_whoever_had_no_part(
    emulator: EmulatorClient, tmp_path: Path, before: int, after: int
) -> None:
    old, new = version("错字", before), version("正字", after)
    assert (len(await texts_of(old)), len(await texts_of(new))) == (before, after)
    async with open_harness(emulator, tmp_path / "bot.db", rate=20, in_flight=4) as harness:
        chats = await harness.crowd(24, preferences=FULL)
        run_id = run_of(await harness.publish(old))
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.sent >= 4)
        assert (await harness.publish(new)).status is PublishStatus.CORRECTED
        await harness.delivery_service.tick()
        progress = await harness.finished(run_id)
        with_old, with_new = await count_by_version(harness, chats, old, new)
        assert with_old >= 4
        assert with_new >= 8
        assert progress.sent == progress.total == with_old * before + with_new * after
        assert progress.recipients == 24


@pytest.fixture
async def planned(emulator: EmulatorClient, tmp_path: Path) -> tuple[Path, list[int], int]:
    """Plan the first version in a process that has sent nothing; return the database, the chats and the run."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        chats = await harness.crowd(5, preferences=FULL)
        run_id = run_of(await harness.publish(version("错字", 2)))
        await harness.at(MORNING)
    return tmp_path / "bot.db", chats, run_id


async def test_restart_after_the_correction_sends_the_new_version(
    emulator: EmulatorClient, planned: tuple[Path, list[int], int]
) -> None:
    path, chats, run_id = planned
    new = version("正字", 3)
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        assert (await harness.publish(new)).status is PublishStatus.CORRECTED
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        assert (await harness.finished(run_id)).sent == 15
        assert await count_by_version(harness, chats, new) == [5]


async def test_only_a_running_run_takes_a_correction(
    emulator: EmulatorClient, planned: tuple[Path, list[int], int]
) -> None:
    path, _, run_id = planned
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        await harness.publish(version("正字", 1))
        people = [1, 2, 3, 4, 5]
        later = MORNING + timedelta(hours=1)
        assert not await apply_version(harness.database, TEXTS, 4711, people, later)
        await harness.pause(run_id)
        assert not await apply_version(harness.database, TEXTS, run_id, people, later)
        assert (await harness.progress(run_id)).total == 10
        await harness.resume(run_id)
        assert await apply_version(harness.database, TEXTS, run_id, people, later)
        assert (await harness.progress(run_id)).total == 5
        async with harness.database.read() as tx:
            changed = await tx.exec_driver_sql("SELECT max(changed_at) FROM deliveries")
            assert as_text(changed.scalar_one()) == "2025-09-12 01:00:00.000000"


async def test_correction_of_a_paused_run_goes_out_on_resume(emulator: EmulatorClient, tmp_path: Path) -> None:
    old, new = version("错字", 2), version("正字", 1)
    async with open_harness(emulator, tmp_path / "bot.db", rate=20, in_flight=2) as harness:
        chats = await harness.crowd(12, preferences=FULL)
        run_id = run_of(await harness.publish(old))
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.sent >= 2)
        await harness.pause(run_id)
        await harness.publish(new)
        await harness.delivery_service.tick()
        await harness.until(run_id, lambda now: not now.in_flight)
        await harness.resume(run_id)
        await harness.finished(run_id)
        with_old, with_new = await count_by_version(harness, chats, old, new)
        assert with_old >= 2
        assert with_new >= 6


async def test_second_correction_replaces_the_first(
    emulator: EmulatorClient, planned: tuple[Path, list[int], int]
) -> None:
    """Parts that the first correction left out come back with the second."""
    path, chats, run_id = planned
    newest = version("最新", 2)
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        await harness.publish(version("正字", 1))
        await harness.delivery_service.tick()
        await _apply_version(harness, run_id)
        assert (await harness.progress(run_id)).total == 5
        await harness.publish(newest)
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        progress = await harness.finished(run_id)
        assert (progress.sent, progress.total) == (10, 10)
        assert await count_by_version(harness, chats, newest) == [5]


async def _apply_version(harness: DeliveryHarness, run_id: int) -> None:
    """Have a page read that nothing is sent of."""
    assert await RunQueue(harness.database, TEXTS, run_id).fill(harness.clock.now)


async def test_correction_after_the_end_resends_nothing(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3, preferences=FULL)
    old = version("错字", 2)
    run_id = run_of(await harness.publish(old))
    await harness.at(MORNING)
    await harness.finished(run_id)
    assert (await harness.publish(version("正字", 3))).status is PublishStatus.CORRECTED
    await harness.at(MORNING + timedelta(hours=1))
    assert (await harness.finished(run_id)).sent == 6
    assert await count_by_version(harness, chats, old) == [3]


async def test_correction_during_planning(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of both versions are planned; all of them go out as the new one."""
    for constant in ("FIRST_CHUNK_RECIPIENTS", "MIN_CHUNK_RECIPIENTS", "MAX_CHUNK_RECIPIENTS"):
        monkeypatch.setattr(planner, constant, 4)
    monkeypatch.setattr(planner, "STEP_SECONDS", 0)
    new, path = version("正字", 2), tmp_path / "bot.db"
    async with open_harness(emulator, path, running=False) as harness:
        chats = await harness.crowd(12, preferences=FULL)
        run_id = run_of(await harness.publish(version("错字", 1)))
        with monkeypatch.context() as interrupted:
            interrupted.setattr(planner.Planner, "_plan_step", _fail_at_second_call(planner.Planner._plan_step))
            with pytest.raises(asyncio.CancelledError):
                await harness.at(MORNING)
        async with harness.database.write_in_parallel() as txs:
            assert (await harness.progress(run_id)).total == 4 * len(txs)
        await harness.publish(new)
        await harness.at(MORNING)
        async with harness.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=99, now=MORNING)
        assert {due.version for due in page} == {1, 2}
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        assert (await harness.finished(run_id)).sent == 24
        assert await count_by_version(harness, chats, new) == [12]


def _fail_at_second_call(function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    calls = 0

    async def interrupted(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise asyncio.CancelledError
        return await function(*args, **kwargs)

    return interrupted


async def test_each_preference_gets_its_corrected_content(emulator: EmulatorClient, tmp_path: Path) -> None:
    """One content stays as it was, one changes, one is new, and for one nothing is left."""
    old = edition(title="错字", items=3)
    items = tuple(
        replace(item, categories=(name,)) for item, name in zip(old.items, ("技术", "体育", "财经"), strict=True)
    )
    old = replace(old, items=items, categories=("技术", "体育", "财经"))
    changed = replace(items[1], body=Text("改过的正文"))
    new = replace(old, items=(items[0], changed), categories=("技术", "体育"), content_hash="new")
    wanted = [FULL, ContentPreferences(), *(replace(FULL, categories=frozenset({name})) for name in old.categories)]
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path, running=False) as harness:
        chats = [(await harness.crowd(1, preferences=preferences))[0] for preferences in wanted]
        run_id = run_of(await harness.publish(old))
        await harness.at(MORNING)
        assert (await harness.progress(run_id)).total == 5
        await harness.publish(new)
        late = ContentPreferences(Layout.FULL, "en")  # chosen after the correction was rendered
        async with harness.database.write() as tx:
            subscriber = await subscribers.get(tx, chats[1])
            assert subscriber is not None
            await subscribers.set_preferences(tx, subscriber.id, late)
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        progress = await harness.finished(run_id)
        assert (progress.sent, progress.total, progress.recipients) == (4, 4, 4)
        for chat, preferences in zip(chats, [FULL, late, *wanted[2:]], strict=True):
            assert await received(harness, chat) == await texts_of(new, preferences)
        assert await received(harness, chats[4]) == []


async def test_first_part_that_never_left_takes_the_correction(
    emulator: EmulatorClient, planned: tuple[Path, list[int], int]
) -> None:
    path, chats, run_id = planned
    new, later = version("正字", 3), MORNING + timedelta(minutes=5)
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        async with harness.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=99, now=MORNING)
        firsts = [due for due in page if due.key.part == 1]
        assert await claims.claim_and_settle(harness.database, [], firsts, now=MORNING) == [True] * 5
        back = [Settlement(key=due.key, state=DeliveryState.PENDING, not_before=later, attempt=True) for due in firsts]
        await claims.claim_and_settle(harness.database, back, [], now=MORNING)
        await harness.publish(new)
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        await harness.at(later)
        assert (await harness.finished(run_id)).sent == 15
        assert await count_by_version(harness, chats, new) == [5]


@pytest.mark.parametrize("resend", [False, True])
async def test_part_that_may_have_arrived_keeps_its_version(
    emulator: EmulatorClient, planned: tuple[Path, list[int], int], *, resend: bool
) -> None:
    """Also when an admin has it sent again, and no connection comes about the first time."""
    path, chats, run_id = planned
    async with open_harness(emulator, path, clock=Clock(MORNING), running=False) as harness:
        await _settle_first_parts(harness, run_id, DeliveryState.UNCONFIRMED)
        if resend:
            async with harness.database.write() as tx:
                assert await runs.resend_unconfirmed(tx, run_id) == 5
            await _settle_first_parts(harness, run_id, DeliveryState.PENDING)
        await harness.publish(version("正字", 3))
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        await harness.finished(run_id)
        texts = await texts_of(version("错字", 2))
        for chat in chats:
            assert await received(harness, chat) == (texts if resend else texts[1:])


async def _settle_first_parts(harness: DeliveryHarness, run_id: int, state: DeliveryState) -> None:
    """Claim everybody's first part and settle it."""
    async with harness.database.read() as tx:
        page = await deliveries.page(tx, run_id, size=99, now=MORNING)
    firsts = [due for due in page if due.key.part == 1]
    assert await claims.claim_and_settle(harness.database, [], firsts, now=MORNING) == [True] * 5
    await claims.claim_and_settle(
        harness.database, [Settlement(key=due.key, state=state) for due in firsts], [], now=MORNING
    )
