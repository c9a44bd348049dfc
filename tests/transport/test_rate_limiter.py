"""Rate limiter on a virtual clock: spacing, priorities, admission of bulk messages, and 429s."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.virtual_time import in_virtual_time, now, stall
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority


def _rate_limiter(per_second: float) -> RateLimiter:
    return RateLimiter(per_second, monotonic=now)


async def _send(
    rate_limiter: RateLimiter, chat_id: int, priority: Priority = Priority.BULK, *, paid: bool = False
) -> bool:
    """Pass the rate limiter as a message of this priority does; return whether it may be sent."""
    async with rate_limiter.permit(chat_id, priority, paid=paid) as permit:
        return await permit.wait_for_turn() if priority is Priority.BULK else True


def _most_in_a_second(sent_at: list[float]) -> int:
    return max(sum(start <= other <= start + 1 for other in sent_at) for start in sent_at)


@in_virtual_time
async def test_messages_are_spaced_evenly_under_the_limit() -> None:
    rate_limiter = _rate_limiter(200)
    sent_at: list[float] = []

    async def send(chat_id: int) -> None:
        await _send(rate_limiter, chat_id)
        sent_at.append(now())

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, 301)))
    assert _most_in_a_second(sent_at) <= 200
    assert sent_at[-1] - sent_at[0] < 1.51


@in_virtual_time
async def test_an_album_takes_as_many_turns_as_it_has_photos() -> None:
    rate_limiter = _rate_limiter(20)
    sent_at: list[float] = []

    async def send(chat_id: int) -> None:
        async with rate_limiter.permit(chat_id, Priority.BULK, messages=10) as permit:
            assert await permit.wait_for_turn()
        sent_at.append(now())

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, 11)))
    assert 4 < sent_at[-1] - sent_at[0] < 5.5
    assert rate_limiter.chat_wait(1) > 2


@in_virtual_time
async def test_limit_holds_in_every_second_after_a_stall() -> None:
    rate_limiter, generator = _rate_limiter(100), random.Random(7)
    sent_at: list[float] = []

    async def send(chat_id: int) -> None:
        await _send(rate_limiter, chat_id)
        sent_at.append(now())
        if generator.random() < 0.05:
            stall(generator.choice((0.004, 0.05, 0.7, 2.5)))

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, 1001)))
    assert _most_in_a_second(sent_at) <= 100


@in_virtual_time
async def test_replies_are_sent_before_bulk_messages() -> None:
    rate_limiter = _rate_limiter(50)
    order: list[Priority] = []

    async def send(chat_id: int, priority: Priority) -> None:
        await _send(rate_limiter, chat_id, priority)
        order.append(priority)

    bulk = [asyncio.create_task(send(chat_id, Priority.BULK)) for chat_id in range(1, 11)]
    await asyncio.sleep(0.05)
    sent_before = len(order)
    await asyncio.gather(send(99, Priority.REPLY), send(98, Priority.NOTIFICATION), *bulk)
    assert Priority.REPLY in order[: sent_before + 2]
    assert order.index(Priority.REPLY) < order.index(Priority.NOTIFICATION)


@in_virtual_time
async def test_replies_take_turns_between_chats() -> None:
    """Whoever had the fewest in the last minute goes first; after a quiet minute nobody had any."""
    rate_limiter = _rate_limiter(10)
    order: list[int] = []

    async def reply(chat_id: int, times: int = 1) -> None:
        for _ in range(times):
            await _send(rate_limiter, chat_id, Priority.REPLY)
            order.append(chat_id)

    flood = [asyncio.create_task(reply(chat_id, 3)) for chat_id in range(1, 31)]
    await asyncio.sleep(4)  # each has had one, some have had two
    await reply(99)
    assert order.index(99) <= 42
    assert Counter(order[:30]) == Counter(range(1, 31))
    await asyncio.gather(*flood)
    await asyncio.sleep(121)
    order.clear()
    await asyncio.gather(*(reply(chat_id) for chat_id in (1, 2, 98, 3)))
    assert order == [1, 2, 98, 3]


@in_virtual_time
async def test_a_flood_of_replies_does_not_stop_the_digests() -> None:
    rate_limiter = _rate_limiter(30)
    order: list[Priority] = []

    async def send(chat_id: int, priority: Priority) -> None:
        await _send(rate_limiter, chat_id, priority)
        order.append(priority)

    kinds = [Priority.REPLY] * 300 + [Priority.BULK] * 60
    await asyncio.gather(*(send(chat_id, kind) for chat_id, kind in enumerate(kinds, 1)))
    assert max(len(list(row)) for kind, row in itertools.groupby(order[:240]) if kind is Priority.REPLY) == 3
    assert order[:240].count(Priority.BULK) >= 59


@in_virtual_time
async def test_a_pin_waits_for_all_deliveries() -> None:
    rate_limiter = _rate_limiter(30)
    order: list[Priority] = []

    async def send(chat_id: int, priority: Priority) -> None:
        await _send(rate_limiter, chat_id, priority)
        order.append(priority)

    kinds = [Priority.PIN] * 30 + [Priority.BULK] * 30
    await asyncio.gather(*(send(chat_id, kind) for chat_id, kind in enumerate(kinds, 1)))
    assert order[1:].index(Priority.PIN) == 30, "the first one found nothing waiting"


@in_virtual_time
async def test_replies_are_sent_at_once_among_a_thousand_a_second() -> None:
    """Without a message more in any second than the limit allows, and without a slot less for bulk."""
    rate_limiter = _rate_limiter(1000)
    sent_at: list[float] = []
    waits: list[float] = []

    async def send(chat_id: int) -> None:
        await _send(rate_limiter, chat_id)
        sent_at.append(now())

    async def reply(chat_id: int) -> None:
        await asyncio.sleep(1.5 + chat_id % 100 * 0.01037)
        begin = now()
        await _send(rate_limiter, chat_id, Priority.REPLY)
        waits.append(now() - begin)
        sent_at.append(now())

    await asyncio.gather(*(send(number) for number in range(1, 3001)), *(reply(5000 + number) for number in range(100)))
    assert max(waits) < 1e-6
    sent_at.sort()
    assert min(later - sent_at[number] for number, later in enumerate(sent_at[1000:])) > 1
    assert sent_at[-1] - sent_at[0] < 3100 / 1000 / 0.99


@in_virtual_time
async def test_429_holds_everything_and_refuses_turns_of_bulk() -> None:
    rate_limiter = _rate_limiter(10)
    assert await _send(rate_limiter, 1)
    waiting = asyncio.create_task(_send(rate_limiter, 2))
    await asyncio.sleep(0)
    rate_limiter.apply_retry_after(1, 1.2)
    assert not await waiting
    start = now()
    assert rate_limiter.retry_after > 1
    assert await _send(rate_limiter, 3, Priority.REPLY)
    assert now() - start > 1.1
    assert rate_limiter.slowdown > 1


@in_virtual_time
async def test_429_holds_a_reply_whose_turn_has_come() -> None:
    """The limit itself would let it be sent at once."""
    rate_limiter = _rate_limiter(10)
    rate_limiter.apply_retry_after(1, 0.8)
    await asyncio.sleep(0.5)
    for priority in (Priority.REPLY, Priority.NOTIFICATION):
        await _send(rate_limiter, 2 + priority, priority)
        assert now() >= 0.8


@in_virtual_time
async def test_429_of_a_group_holds_that_group_alone() -> None:
    heard: list[tuple[int | None, float]] = []
    rate_limiter = _rate_limiter(1000)
    rate_limiter.add_retry_after_listener(lambda chat_id, seconds: heard.append((chat_id, seconds)))
    rate_limiter.apply_retry_after(-5, 30)
    assert rate_limiter.retry_after == 0
    assert rate_limiter.chat_wait(-5) > 29
    assert rate_limiter.chat_wait(5) == 0
    assert await _send(rate_limiter, 5)
    assert heard == [(-5, 30)]


@in_virtual_time
async def test_few_bulk_messages_are_admitted_at_once() -> None:
    rate_limiter = _rate_limiter(30)
    admitted: list[int] = []
    may_leave = asyncio.Event()

    async def hold_permit(chat_id: int) -> None:
        async with rate_limiter.permit(chat_id, Priority.BULK):
            admitted.append(chat_id)
            await may_leave.wait()

    tasks = [asyncio.create_task(hold_permit(chat_id)) for chat_id in range(1, 50)]
    await asyncio.sleep(0.2)
    assert len(admitted) == 2
    tasks[0].cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(admitted) == 3
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@in_virtual_time
async def test_cancelled_permit_leaves_its_place_to_others() -> None:
    rate_limiter = _rate_limiter(30)
    async with rate_limiter.permit(1, Priority.BULK):
        async with rate_limiter.permit(2, Priority.BULK):
            waiting = asyncio.create_task(_send(rate_limiter, 3))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(1):
            assert await _send(rate_limiter, 4)


@in_virtual_time
async def test_permit_cancelled_just_after_admission_is_returned() -> None:
    """Cancel those who wait in the moment in which the permits that they get become free."""
    rate_limiter = _rate_limiter(30)
    for _ in range(3):
        async with rate_limiter.permit(1, Priority.BULK), rate_limiter.permit(2, Priority.BULK):
            waiting = [asyncio.create_task(_send(rate_limiter, chat_id)) for chat_id in (3, 4)]
            await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert [task.cancelled() for task in waiting] == [True] * 2
        await asyncio.sleep(5)  # the chats' own limits
    async with asyncio.timeout(1):
        assert await asyncio.gather(*(_send(rate_limiter, chat_id) for chat_id in (5, 6))) == [True] * 2


@in_virtual_time
async def test_nobody_overtakes_in_a_stall() -> None:
    """The turn of the first who waits has come, and the loop was too busy to grant it."""
    rate_limiter = _rate_limiter(10)
    order: list[int] = []

    async def send(chat_id: int) -> None:
        await _send(rate_limiter, chat_id, Priority.NOTIFICATION)
        order.append(chat_id)

    await send(1)
    waiting = asyncio.create_task(send(2))
    await asyncio.sleep(0)
    stall(1)
    await asyncio.gather(waiting, send(3))
    assert order == [1, 2, 3]


@in_virtual_time
async def test_permit_counts_from_when_its_bytes_leave() -> None:
    """Let a hundred messages wait for their connections: a second later no more than the limit may have arrived."""
    rate_limiter = _rate_limiter(100)
    sent_at: list[float] = []

    async def send(chat_id: int) -> None:
        async with rate_limiter.permit(chat_id, Priority.BULK) as permit:
            assert await permit.wait_for_turn()
            await asyncio.sleep(0.1 if chat_id <= 100 else 0)
            permit.record_send_time()
            sent_at.append(now())

    await asyncio.gather(*(send(chat_id) for chat_id in range(1, 301)))
    assert _most_in_a_second(sent_at) <= 100


@in_virtual_time
async def test_permit_counts_what_runs_before_its_bytes_leave() -> None:
    """uvloop writes at the end of an iteration, after everything else that was ready."""
    rate_limiter = _rate_limiter(1)
    async with rate_limiter.permit(1, Priority.BULK) as permit:
        assert await permit.wait_for_turn()
        asyncio.get_running_loop().call_soon(stall, 0.3)
        permit.record_send_time()
    await asyncio.sleep(0)
    left_at = now()
    await _send(rate_limiter, 2)
    assert now() - left_at > 1


@settings(max_examples=examples(25), deadline=None)
@given(
    free=st.integers(60, 150),
    paid=st.integers(2000, 4000),
    stalls=st.lists(st.sampled_from((0.004, 0.05, 0.7)), max_size=3),
    seed=st.integers(0, 99),
)
@in_virtual_time
async def test_paid_and_free_messages_use_both_rates_at_once(
    free: int, paid: int, stalls: list[float], seed: int
) -> None:
    """Neither kind takes a turn from the other, and no second gets more of a kind than its limit."""
    rate_limiter, generator = _rate_limiter(30), random.Random(seed)
    sent_at: dict[bool, list[float]] = {False: [], True: []}
    stalls_at = {generator.randrange(free + paid): seconds for seconds in stalls}

    async def send(chat_id: int, *, is_paid: bool) -> None:
        assert await _send(rate_limiter, chat_id, paid=is_paid)
        sent_at[is_paid].append(now())
        if seconds := stalls_at.get(chat_id):
            stall(seconds)

    kinds = [False] * free + [True] * paid
    generator.shuffle(kinds)
    await asyncio.gather(*(send(chat_id, is_paid=kind) for chat_id, kind in enumerate(kinds, 1)))
    for is_paid, limit in ((False, 30), (True, 1000)):
        instants = sent_at[is_paid]
        assert min(later - earlier for earlier, later in zip(instants, instants[limit:], strict=False)) > 1
        assert instants[-1] - instants[0] < (len(instants) - 1) / limit / 0.99 + sum(stalls) + 0.01


@in_virtual_time
async def test_replies_do_not_wait_for_a_paid_broadcast() -> None:
    rate_limiter = _rate_limiter(30)
    waits: list[float] = []

    async def reply(number: int) -> None:
        await asyncio.sleep(number / 29)
        begin = now()
        assert await _send(rate_limiter, 90_000 + number, Priority.REPLY)
        waits.append(now() - begin)

    paid = [_send(rate_limiter, chat_id, paid=True) for chat_id in range(1, 2001)]
    assert set(await asyncio.gather(*paid, *(reply(number) for number in range(58)))) == {True, None}
    assert len(waits) == 58
    assert max(waits) < 0.001


@in_virtual_time
async def test_chats_keep_their_limits_in_a_paid_broadcast() -> None:
    rate_limiter = _rate_limiter(30)
    begin = now()
    assert await asyncio.gather(*(_send(rate_limiter, 7, paid=number % 2 == 0) for number in range(6))) == [True] * 6
    assert now() - begin >= 3


@in_virtual_time
async def test_429_of_a_paid_message_holds_both_kinds() -> None:
    """The rate that met it is lowered, the other one is not."""
    rate_limiter = _rate_limiter(30)
    assert await _send(rate_limiter, 1, paid=True)
    assert await _send(rate_limiter, 2)
    waiting = [asyncio.create_task(_send(rate_limiter, 3 + kind, paid=bool(kind))) for kind in range(2)]
    await asyncio.sleep(0)
    rate_limiter.apply_retry_after(1, 2.0, paid=True)
    assert await asyncio.gather(*waiting) == [False, False]
    begin = now()
    assert await asyncio.gather(_send(rate_limiter, 5, Priority.REPLY), _send(rate_limiter, 6, paid=True))
    assert now() - begin > 1.9
    assert rate_limiter.slowdown == 1
    sent_at: list[float] = []

    async def send(chat_id: int) -> None:
        assert await _send(rate_limiter, chat_id, paid=True)
        sent_at.append(now())

    await asyncio.gather(*(send(chat_id) for chat_id in range(10, 5010)))
    assert sent_at[-1] - sent_at[0] > 4999 / 1000 * 1.02
