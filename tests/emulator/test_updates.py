"""getUpdates: repeated delivery, offsets, one poll at a time, expiry, allowed kinds."""

import asyncio
from typing import Any

import pytest

from emulator.client import EmulatedUser, EmulatorClient
from emulator.errors import Conflict
from emulator.update_queue import RETENTION_SECONDS, QueuedUpdate, UpdateQueue
from tests.emulator.conftest import BotApi
from tests.waiting import PATIENCE

TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"


class ManualClock:
    """Monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def updates(clock: ManualClock) -> UpdateQueue:
    return UpdateQueue(1, clock)


def ids(updates: list[QueuedUpdate]) -> list[int]:
    return [update.update_id for update in updates]


async def test_updates_repeat_until_confirmed(updates: UpdateQueue, clock: ManualClock) -> None:
    for _ in range(3):
        updates.add("message", {})
    assert ids(await updates.poll(0, 100, 0)) == [1, 2, 3]
    clock.now += 10
    assert ids(await updates.poll(0, 100, 0)) == [1, 2, 3]
    assert ids(await updates.poll(3, 100, 0)) == [3]
    clock.now += 10
    assert ids(await updates.poll(0, 100, 0)) == [3]
    assert updates.last_confirmed_id == 2


async def test_poll_limit(updates: UpdateQueue) -> None:
    for _ in range(5):
        updates.add("message", {})
    assert ids(await updates.poll(0, 2, 0)) == [1, 2]


async def test_negative_offset_keeps_last_updates(updates: UpdateQueue) -> None:
    for _ in range(5):
        updates.add("message", {})
    assert ids(await updates.poll(-2, 100, 0)) == [4, 5]
    assert ids(await updates.poll(1, 100, 0)) == [4, 5]


async def test_full_queue_drops_new_updates(clock: ManualClock) -> None:
    updates = UpdateQueue(1, clock, max_pending=3)
    assert [updates.add("message", {}) for _ in range(5)] == [1, 2, 3, None, None]
    assert ids(await updates.poll(3, 100, 0)) == [3]
    assert updates.add("message", {}) == 4


async def test_updates_expire_after_24_hours(updates: UpdateQueue, clock: ManualClock) -> None:
    updates.add("message", {})
    clock.now += RETENTION_SECONDS - 1
    updates.add("message", {})
    clock.now += 2
    assert ids(await updates.poll(0, 100, 0)) == [2]


async def test_response_is_limited_to_four_megabytes(updates: UpdateQueue) -> None:
    for _ in range(3):
        updates.add("message", {"text": "x" * 2_000_000})
    assert ids(await updates.poll(0, 100, 0)) == [1, 2]


async def test_repeated_offset_within_half_second(updates: UpdateQueue, clock: ManualClock) -> None:
    for _ in range(3):
        updates.add("message", {})
    await updates.poll(1, 100, 0)
    clock.now += 0.4
    assert ids(await updates.poll(1, 100, 0)) == [1]


async def test_repeated_offset_without_timeout_waits(updates: UpdateQueue, clock: ManualClock) -> None:
    assert await updates.poll(1, 100, 0) == []
    clock.now += 2.9
    held = asyncio.create_task(updates.poll(1, 100, 0))
    await asyncio.sleep(0)
    assert not held.done()
    updates.add("message", {})
    assert ids(await held) == [1]
    clock.now += 3
    updates.confirm_below(2)
    assert await updates.poll(1, 100, 0) == []


async def test_new_update_wakes_poll(updates: UpdateQueue) -> None:
    waiting = asyncio.create_task(updates.poll(0, 100, 30))
    await asyncio.sleep(0)
    updates.add("message", {})
    assert ids(await waiting) == [1]


async def test_new_poll_ends_waiting_poll(updates: UpdateQueue) -> None:
    first = asyncio.create_task(updates.poll(0, 100, 30))
    await asyncio.sleep(0)
    second = asyncio.create_task(updates.poll(0, 100, 30))
    with pytest.raises(Conflict, match=TERMINATED):
        await first
    updates.add("message", {})
    assert ids(await second) == [1]


def test_repeated_conflicts_are_delayed(updates: UpdateQueue, clock: ManualClock) -> None:
    assert [updates.next_conflict_delay(), updates.next_conflict_delay()] == [0.0, 3.0]
    clock.now += 3
    assert updates.next_conflict_delay() == 0.0


async def test_redelivery_ignores_offset(updates: UpdateQueue) -> None:
    updates.add("message", {})
    await updates.poll(2, 100, 0)
    assert updates.redeliver(1, 2)
    assert ids(await updates.poll(3, 100, 0)) == [1, 1]
    assert not updates.redeliver(77, 1)


def test_kinds_not_allowed_are_dropped(updates: UpdateQueue) -> None:
    assert updates.add("chat_member", {}) is None
    updates.set_allowed_kinds(["chat_member", "nonsense"])
    assert updates.add("message", {}) is None
    assert updates.add("chat_member", {}) == 1
    updates.set_allowed_kinds([])
    assert updates.add("message", {}) == 2


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", "en")


async def test_allowed_updates_over_http(api: BotApi, ann: EmulatedUser, emulator: EmulatorClient) -> None:
    assert await api.result("getUpdates", timeout=0, allowed_updates=["callback_query"]) == []
    assert await ann.send_for_update_id("one") is None
    assert await api.result("getUpdates", offset=1, timeout=0, allowed_updates=["message"]) == []
    number = await ann.send_for_update_id("two")
    [update] = await api.get_updates()
    assert (update["update_id"], update["message"]["text"]) == (number, "two")
    assert await emulator.count_pending_updates() == 1
    waiting = asyncio.create_task(api.get_updates(update["update_id"] + 1, wait=30))
    await emulator.wait_until_confirmed()
    await emulator.redeliver_update(update["update_id"])
    assert await waiting == [update]


async def test_disconnected_poll_is_released(api: BotApi, ann: EmulatedUser, emulator: EmulatorClient) -> None:
    gone = asyncio.create_task(api.get_updates(wait=30))
    async with asyncio.timeout(PATIENCE):
        while not await emulator.calls("getMe"):
            await api.result("getMe")
    gone.cancel()
    await ann.send("hi")
    assert [update["message"]["text"] for update in await api.get_updates()] == ["hi"]


async def test_conflict_over_http(api: BotApi, ann: EmulatedUser) -> None:
    first = asyncio.create_task(api.call("getUpdates", timeout=30))
    second = asyncio.create_task(api.call("getUpdates", timeout=30, offset=1))
    done, waiting = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED, timeout=30)
    answer = done.pop().result()
    assert (answer["error_code"], answer["description"]) == (409, f"Conflict: {TERMINATED}")
    await ann.send("hi")
    assert (await waiting.pop())["result"][0]["message"]["text"] == "hi"


async def test_injected_update(api: BotApi, emulator: EmulatorClient) -> None:
    body: dict[str, Any] = {"update": {"poll": {"id": "1"}}}
    await emulator.request("POST", "/updates", body)
    assert (await api.get_updates())[0]["poll"] == {"id": "1"}


async def test_edited_message_update(api: BotApi, ann: EmulatedUser) -> None:
    user_message = await ann.send("old")
    await ann.edit_message(user_message, "/new")
    edited = (await api.get_updates())[1]["edited_message"]
    assert (edited["text"], edited["message_id"]) == ("/new", user_message.message_id)
    assert edited["edit_date"] >= edited["date"]
