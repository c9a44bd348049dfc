"""Tests of polling with the inbox: order, confirmation, shutdown and floods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from domain.chat.action import Action, CallbackAnswer
from tests.transport.fake_update_source import FakeUpdateSource
from tests.virtual_time import in_virtual_time, now
from transport.driver import ApiCallFailed, IncomingUpdate
from transport.inbox import Inbox
from transport.polling import UNFINISHED_POLL_SECONDS, Poller
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority


@dataclass
class FakeTelegram(FakeUpdateSource[str]):
    """Keeps updates as Telegram does: `offset` deletes all before it. Each update's text is its reply."""

    pending: list[IncomingUpdate[str]]
    failures: list[ApiCallFailed] = field(default_factory=list)
    hanging_replies: set[str] = field(default_factory=set)
    dispatch_seconds: float = 0.0
    slow: dict[str, float] = field(default_factory=dict)
    dispatched: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    offsets: list[int | None] = field(default_factory=list)
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[str]]:
        if self.failures:
            raise self.failures.pop(0)
        self.offsets.append(offset)
        self.pending = [update for update in self.pending if update.id >= (offset or 0)]
        while not self.pending:
            self.drained.set()
            self.arrival.clear()
            await self.arrival.wait()
        return self.pending[:100]

    def send(self, update: IncomingUpdate[str]) -> None:
        self.pending.append(update)
        self.arrival.set()

    async def dispatch(self, raw: str) -> Sequence[Action]:
        await asyncio.sleep(self.slow.get(raw, self.dispatch_seconds))
        self.dispatched.append(raw)
        return [CallbackAnswer(raw)]

    async def execute(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        if action.callback_query_id in self.hanging_replies:
            await asyncio.sleep(3600)
        if action.callback_query_id == "broken":
            raise RuntimeError("a defect")
        self.replies.append(action.callback_query_id)

    async def on_flood(self, raw: str) -> Sequence[Action]:
        return [CallbackAnswer(f"flood: {raw}")]

    def inbox(self) -> Inbox[str]:
        return Inbox(self, monotonic=now)

    async def poll_until_drained(self) -> Poller[str]:
        inbox = self.inbox()
        poller = Poller(self, inbox)
        task = asyncio.create_task(poller.run())
        await asyncio.wait_for(self.drained.wait(), 60)
        task.cancel()
        await asyncio.wait((task,))
        await inbox.close()
        return poller


def update(update_id: int, text: str, user_id: int = 1) -> IncomingUpdate[str]:
    return IncomingUpdate(id=update_id, chat_id=user_id, sender_id=user_id, raw=text)


@in_virtual_time
async def test_updates_of_a_chat_are_handled_in_order_then_confirmed() -> None:
    telegram = FakeTelegram([update(7, "a"), update(8, "b", user_id=2), update(9, "c")], slow={"a": 0.05})
    poller = await telegram.poll_until_drained()
    assert telegram.dispatched == telegram.replies == ["b", "a", "c"]
    assert telegram.offsets == [None, 10]
    assert poller.polled_at is not None


@in_virtual_time
async def test_an_unfinished_update_holds_up_only_its_own_chat() -> None:
    """Nor is it confirmed; what came after it is handled once, although each poll returns it again."""
    telegram = FakeTelegram([update(1, "slow")], slow={"slow": 30.0})
    polling = asyncio.create_task(Poller(telegram, telegram.inbox()).run())
    for number in range(2, 22):
        await asyncio.sleep(1)
        telegram.send(update(number, f"{number}", user_id=number))
        await asyncio.sleep(2 * UNFINISHED_POLL_SECONDS)
        assert telegram.replies[-1] == f"{number}"
    assert max(offset or 0 for offset in telegram.offsets) <= 1
    await asyncio.sleep(30)
    polling.cancel()
    assert telegram.offsets[-1] == 22
    assert telegram.dispatched == [*map(str, range(2, 22)), "slow"]


@in_virtual_time
async def test_confirmation_does_not_wait_for_replies() -> None:
    texts = {f"{number}" for number in range(50)}
    telegram = FakeTelegram([update(int(text), text, user_id=int(text)) for text in texts], hanging_replies=texts)
    telegram.pending.sort(key=lambda pending: pending.id)
    polling = asyncio.create_task(Poller(telegram, telegram.inbox()).run())
    async with asyncio.timeout(1e-6):
        await telegram.drained.wait()
    polling.cancel()
    assert telegram.offsets == [None, 50]


@in_virtual_time
async def test_polling_continues_after_failed_polls() -> None:
    telegram = FakeTelegram([update(1, "a")], failures=[ApiCallFailed("down", 0.0), ApiCallFailed("down", 0.0)])
    await telegram.poll_until_drained()
    assert telegram.replies == ["a"]


@in_virtual_time
async def test_failed_polls_are_repeated_ever_later() -> None:
    telegram = FakeTelegram([update(1, "a")], failures=[ApiCallFailed("down") for _ in range(7)])
    begin = now()
    task = asyncio.create_task(Poller(telegram, telegram.inbox()).run())
    with capture_logs() as logs:
        await telegram.drained.wait()
    task.cancel()
    waits = [log["retry_in"] for log in logs if log["event"] == "poll_failed"]
    assert waits == [1, 2, 4, 8, 16, 20, 20]
    assert now() - begin >= sum(waits)


@in_virtual_time
async def test_unanswered_polls_are_reported_as_a_problem() -> None:
    telegram = FakeTelegram([update(1, "a")], failures=[ApiCallFailed("down", 200.0)])
    poller = Poller(telegram, telegram.inbox())
    assert poller.problem
    task = asyncio.create_task(poller.run())
    problems = []
    for _ in range(4):
        await asyncio.sleep(60)
        problems.append(poller.problem)
    task.cancel()
    reported = "Telegram has not answered a poll for 90 s: down"
    assert problems == [None, reported, reported, None]


@in_virtual_time
async def test_a_crashing_reply_does_not_stop_the_next() -> None:
    telegram = FakeTelegram([update(1, "broken"), update(2, "fine")])
    await telegram.poll_until_drained()
    assert telegram.replies == ["fine"]


@in_virtual_time
async def test_a_hanging_reply_delays_only_its_own_chat() -> None:
    telegram = FakeTelegram([update(1, "stuck"), update(2, "fine", user_id=2)], hanging_replies={"stuck"})
    await telegram.poll_until_drained()
    assert telegram.replies == ["fine"]
    assert telegram.offsets == [None, 3]


@in_virtual_time
async def test_shutdown_answers_updates_in_progress_and_no_others() -> None:
    """The effect of an update in progress may be stored already; it would come again and get no reply."""
    telegram = FakeTelegram([update(1, "a"), update(2, "b"), update(3, "c", user_id=2)], dispatch_seconds=1.0)
    inbox = telegram.inbox()
    polling = asyncio.create_task(Poller(telegram, inbox).run())
    await asyncio.sleep(0.5)
    polling.cancel()
    await asyncio.wait((polling,))
    await inbox.close()
    assert sorted(telegram.dispatched) == sorted(telegram.replies) == ["a", "c"]


@in_virtual_time
async def test_no_reply_task_outlives_the_inbox() -> None:
    """Neither the reply that hangs nor those of its chat that wait for it."""
    telegram = FakeTelegram([update(1, "stuck"), update(2, "fine")], hanging_replies={"stuck"})
    await telegram.poll_until_drained()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert telegram.replies == []


@in_virtual_time
async def test_flood_throttles_only_the_flooding_user() -> None:
    flood = [update(update_id, f"f{update_id}") for update_id in range(60)]
    telegram = FakeTelegram([*flood, update(60, "quiet", user_id=2)])
    await telegram.poll_until_drained()
    assert "quiet" in telegram.replies
    assert len([text for text in telegram.dispatched if text != "quiet"]) < 25
    assert len([text for text in telegram.replies if text.startswith("flood")]) == 1
    assert telegram.offsets == [None, 61]


@dataclass
class LimitedTelegram(FakeTelegram):
    """Sends replies within the bot's rate limit and measures how long each update waits for its reply."""

    rate_limiter: RateLimiter = field(default_factory=lambda: RateLimiter(30, monotonic=now))
    sent_at: dict[str, float] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)

    async def execute(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        text = action.callback_query_id
        chat_id = int(text.removeprefix("flood: ").split()[0])
        async with self.rate_limiter.permit(chat_id, Priority.REPLY):
            self.waits[text] = now() - self.sent_at.get(text, now())

    async def send_each(self, texts: Iterable[str], seconds: float) -> None:
        """Send texts that begin with their chat, one every so many seconds."""
        for text in texts:
            self.sent_at[text] = now()
            self.send(update(len(self.sent_at), text, user_id=int(text.split()[0])))
            await asyncio.sleep(seconds)


async def _waits_beside(texts: Sequence[str], seconds: float) -> tuple[LimitedTelegram, list[float]]:
    """Return how long each of 40 people waits, who write while somebody sends these texts."""
    telegram = LimitedTelegram([], dispatch_seconds=0.005)
    inbox = telegram.inbox()
    polling = asyncio.create_task(Poller(telegram, inbox).run())
    others = [f"{number} others" for number in range(100, 140)]
    async with asyncio.TaskGroup() as group:
        group.create_task(telegram.send_each(texts, seconds))
        group.create_task(telegram.send_each(others, 0.23))
    await asyncio.sleep(1)
    polling.cancel()
    await inbox.close()
    return telegram, [telegram.waits[text] for text in others]


@pytest.mark.parametrize("per_second", [40, 100, 1000])
@in_virtual_time
async def test_a_flood_delays_nobody_else(per_second: int) -> None:
    texts = [f"1 {number}" for number in range(10 * per_second)]
    telegram, waits = await _waits_beside(texts, 1 / per_second)
    assert max(waits) <= 0.005 + 0.005 + 1 / 30  # own effect, the one before it, one reply's turn
    flooder = [text for text in telegram.waits if text not in telegram.dispatched or text.startswith("1 ")]
    assert len(flooder) <= 3 + 16  # a burst, and a message a second until the inbox is closed
    assert len([text for text in telegram.waits if text.startswith("flood")]) == 1


@in_virtual_time
async def test_four_messages_of_one_person_delay_nobody_else() -> None:
    telegram, waits = await _waits_beside([f"1 {number}" for number in range(4)], 0)
    assert max(waits) <= 0.005 + 0.005 + 1 / 30
    assert telegram.waits["1 3"] >= 1 - 0.005  # their own fourth reply waits for the chat's limit
