"""The pace, on a clock that jumps: replies first, nothing during a hold, evenly."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from tests.virtual_time import in_virtual_time, now, stall
from transport.rate_limiter import Priority, RateLimiter


def _pace(per_second: float, on_hold: Callable[[int | None, float], None] | None = None) -> RateLimiter:
    return RateLimiter(per_second, monotonic=now, on_hold=on_hold)


async def _leave(rate_limiter: RateLimiter, chat: int, lane: Priority) -> bool:
    await rate_limiter.permit(chat, lane)
    return await rate_limiter.depart(lane) is not None if lane >= Priority.CORRECTION else True


@in_virtual_time
async def test_messages_leave_evenly_under_the_limit() -> None:
    rate_limiter, left = _pace(200), []

    async def one(chat: int) -> None:
        await _leave(rate_limiter, chat, Priority.BULK)
        left.append(now())

    await asyncio.gather(*(one(chat) for chat in range(1, 301)))
    assert max(sum(start <= other <= start + 1 for other in left) for start in left) <= 200
    assert left[-1] - left[0] < 1.51


@in_virtual_time
async def test_a_machine_that_stalls_sends_no_more_than_the_limit_in_any_second_after_it() -> None:
    rate_limiter, left, chance = _pace(100), [], random.Random(7)

    async def one(chat: int) -> None:
        await _leave(rate_limiter, chat, Priority.BULK)
        left.append(now())
        if chance.random() < 0.05:
            stall(chance.choice((0.004, 0.05, 0.7, 2.5)))

    await asyncio.gather(*(one(chat) for chat in range(1, 1001)))
    assert max(sum(start <= other <= start + 1 for other in left) for start in left) <= 100


@in_virtual_time
async def test_a_reply_passes_all_that_goes_to_many() -> None:
    rate_limiter, order = _pace(50), []

    async def one(chat: int, lane: Priority) -> None:
        await _leave(rate_limiter, chat, lane)
        order.append(lane)

    bulk = [asyncio.create_task(one(chat, Priority.BULK)) for chat in range(1, 11)]
    await asyncio.sleep(0.05)
    came = len(order)
    await asyncio.gather(one(99, Priority.REPLY), one(98, Priority.NOTIFICATION), *bulk)
    assert Priority.REPLY in order[: came + 2]
    assert order.index(Priority.REPLY) < order.index(Priority.NOTIFICATION)


@in_virtual_time
async def test_a_hold_stops_everything_and_what_was_about_to_leave_goes_back() -> None:
    rate_limiter = _pace(10)
    assert await _leave(rate_limiter, 1, Priority.BULK)
    await rate_limiter.permit(2, Priority.BULK)
    departing = asyncio.create_task(rate_limiter.depart(Priority.BULK))
    await asyncio.sleep(0)
    rate_limiter.hold(1, 1.2)
    assert not await departing
    start = now()
    assert rate_limiter.retry_after > 1
    assert await _leave(rate_limiter, 3, Priority.REPLY)
    assert now() - start > 1.1
    assert rate_limiter.slowdown > 1


@in_virtual_time
async def test_a_groups_hold_is_its_own() -> None:
    holds: list[tuple[int | None, float]] = []
    rate_limiter = _pace(1000, lambda chat, seconds: holds.append((chat, seconds)))
    rate_limiter.hold(-5, 30)
    assert rate_limiter.retry_after == 0
    assert rate_limiter.chat_wait(-5) > 29
    assert rate_limiter.chat_wait(5) == 0
    assert await _leave(rate_limiter, 5, Priority.BULK)
    assert holds == [(-5, 30)]


@in_virtual_time
async def test_those_that_may_commit_are_few() -> None:
    rate_limiter = _pace(30)
    admitted = 0

    async def enter(chat: int) -> None:
        nonlocal admitted
        await rate_limiter.permit(chat, Priority.BULK)
        admitted += 1

    tasks = [asyncio.create_task(enter(chat)) for chat in range(1, 50)]
    await asyncio.sleep(0.2)
    assert admitted == 2
    rate_limiter.give_back()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert admitted == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@in_virtual_time
async def test_who_gives_up_waiting_takes_nobodys_place() -> None:
    rate_limiter = _pace(30)
    for chat in (1, 2):
        await rate_limiter.permit(chat, Priority.BULK)
    waiting = asyncio.create_task(rate_limiter.permit(3, Priority.BULK))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    rate_limiter.give_back()
    async with asyncio.timeout(1):
        await rate_limiter.permit(4, Priority.BULK)


@in_virtual_time
async def test_a_message_that_waits_for_its_connection_counts_from_when_it_leaves() -> None:
    """A hundred let go a tenth of a second before they left: a second later no more than the limit may have arrived."""
    rate_limiter, left = _pace(100), []

    async def one(chat: int) -> None:
        await rate_limiter.permit(chat, Priority.BULK)
        departure = await rate_limiter.depart(Priority.BULK)
        assert departure is not None
        await asyncio.sleep(0.1 if chat <= 100 else 0)
        rate_limiter.left(departure)
        left.append(now())

    await asyncio.gather(*(one(chat) for chat in range(1, 301)))
    assert max(sum(start <= other <= start + 1 for other in left) for start in left) <= 100
