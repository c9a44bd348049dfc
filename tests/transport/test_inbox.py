"""Tests of the inbox: order within a chat, bounded backlogs, announced drops, and shutdown at any step."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.event import Chat, Command, Event, Origin, User
from domain.chat.message import Message
from domain.chat.text import Text
from tests.cancellation import at_every_step
from tests.handlers.dialogue import Bot, open_bot
from tests.transport.fake_update_source import FakeUpdateSource
from tests.virtual_time import in_virtual_time, now
from transport import inbox as inbox_module
from transport.driver import IncomingUpdate, UpdateKind
from transport.inbox import MAX_CHAT_ACTIONS, MAX_CHAT_UPDATES, Inbox
from transport.rate_limiter import RateLimiter
from transport.turn_queue import Priority
from transport.update_throttle import QUIET_SECONDS, SENDER_BURST_UPDATES

NOTICE = "notice"


@dataclass
class ScriptedSource(FakeUpdateSource[str]):
    """Answers each update with its text; those in `hanging` never end, and those in `failing` raise."""

    hanging: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    dispatched: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    messages_per_reply: int = 1

    async def dispatch(self, raw: str) -> Sequence[Action]:
        await asyncio.sleep(1e9 if f"update {raw}" in self.hanging else self.seconds.get(raw, 0.0))
        if raw in self.failing:
            raise LookupError(raw)
        self.dispatched.append(raw)
        return [CallbackAnswer(raw)] * self.messages_per_reply

    async def execute(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        await asyncio.sleep(1e9 if "replies" in self.hanging else 1.0)
        self.replies.append(action.callback_query_id)

    async def on_flood(self, raw: str) -> Sequence[Action]:
        if NOTICE in self.failing:
            raise LookupError(raw)
        return [CallbackAnswer(f"{NOTICE} {raw}")]

    def inbox(self) -> Inbox[str]:
        return Inbox(self, monotonic=now)

    @property
    def notices(self) -> list[str]:
        return [reply for reply in self.replies if reply.startswith(NOTICE)]


class CardSource(FakeUpdateSource[str]):
    """Answers each update with a card, another message and an edit; only the number of a "known" one is told."""

    async def dispatch(self, raw: str) -> Sequence[Action]:
        message = Message(Text(raw))
        return [Send(1, message, card_of=7), Send(1, message), Edit(1, 41, message, card_of=8)]

    async def execute(self, action: Action) -> int | None:
        assert isinstance(action, Send | Edit)
        return 42 if action.message == Message(Text("known")) else 0


@in_virtual_time
async def test_number_of_a_card_is_noted_once_it_is_sent() -> None:
    noted: list[tuple[int, int, int]] = []

    async def note(run_id: int, /, *, chat_id: int, message_id: int) -> list[Action]:
        noted.append((run_id, chat_id, message_id))
        raise LookupError("the database is gone")

    inbox = Inbox(CardSource(), monotonic=now, note_card=note)
    for text in ("unknown", "known", "known"):
        finished = inbox.put(update(text))
        assert finished is not None
        await finished
    await inbox.close()
    told, told_anew = (7, 1, 42), (8, 1, 42)
    assert noted == [(8, 1, 41), told, told_anew, told, told_anew]


def update(
    text: str, chat_id: int = 1, *, sender_id: int | None = None, kind: UpdateKind = UpdateKind.REQUEST
) -> IncomingUpdate[str]:
    sender_id = chat_id if sender_id is None else sender_id
    return IncomingUpdate(id=1, chat_id=chat_id, sender_id=sender_id, kind=kind, raw=text)


async def idle(inbox: Inbox[str]) -> None:
    """Wait, in virtual time, until everything that the inbox has is handled and answered."""
    await asyncio.sleep(10_000)
    await inbox.close()


@in_virtual_time
async def test_updates_and_replies_of_a_chat_keep_their_order() -> None:
    source = ScriptedSource(seconds={"a": 3.0, "b": 2.0, "c": 1.0})
    inbox = source.inbox()
    for text in "abc":
        inbox.put(update(text))
    await asyncio.sleep(3.5)  # "a" is handled, and its reply takes a second
    inbox.put(update("d"))
    await idle(inbox)
    assert source.dispatched == source.replies == list("abcd")


@in_virtual_time
async def test_chats_do_not_wait_for_each_other() -> None:
    source = ScriptedSource(hanging={"update slow"})
    inbox = source.inbox()
    inbox.put(update("slow", 1))
    finished = inbox.put(update("quick", 2))
    assert finished is not None
    async with asyncio.timeout(1e-6):
        await finished
    assert source.dispatched == ["quick"]
    await inbox.close()


@in_virtual_time
async def test_an_update_is_finished_before_its_reply() -> None:
    source = ScriptedSource(hanging={"replies"})
    inbox = source.inbox()
    for _ in range(5):
        finished = inbox.put(update("a"))
        assert finished is not None
        async with asyncio.timeout(1e-6):
            await finished
    await inbox.close()


@in_virtual_time
async def test_updates_that_wait_are_bounded_per_chat() -> None:
    source = ScriptedSource(hanging={"update stuck"})
    inbox = source.inbox()
    inbox.put(update("stuck"))
    taken = []
    with capture_logs() as logs:
        for second in range(100):  # not too fast for the throttle
            await asyncio.sleep(1.5)
            taken.append(inbox.put(update(f"{second}")) is not None)
    assert {(log["event"], log["reason"]) for log in logs} == {("chat_throttled", "updates_waiting")}
    assert taken == [True] * MAX_CHAT_UPDATES + [False] * (100 - MAX_CHAT_UPDATES)
    assert inbox.put(update("other", 2)) is not None
    await inbox.close()


@in_virtual_time
async def test_replies_that_wait_are_bounded_per_chat() -> None:
    """The effects are stored all the same, and other chats get their replies."""
    source = ScriptedSource(hanging={"replies"})
    inbox = source.inbox()
    for second in range(100):
        await asyncio.sleep(1.5)
        inbox.put(update(f"{second}"))
    source.hanging.clear()
    inbox.put(update("other", 2))
    await asyncio.sleep(2)
    assert len(source.dispatched) == 101
    assert source.replies == ["other"]
    await inbox.close()


@in_virtual_time
async def test_replies_make_room_as_they_are_sent() -> None:
    source = ScriptedSource(messages_per_reply=4)
    inbox = source.inbox()
    for text in "abcd":
        inbox.put(update(text))
    await asyncio.sleep(8.5)  # half of the messages are sent
    for text in "efg":
        inbox.put(update(text))
    await idle(inbox)
    assert source.replies == [text for text in "abcdefg" for _ in range(4)]


@in_virtual_time
async def test_unfinished_updates_of_all_chats_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_UPDATES", 3)
    source = ScriptedSource(seconds={"a": 1.0, "b": 2.0}, hanging={"update c", "update d"})
    inbox = source.inbox()
    fullness = []
    for number, text in enumerate("abc", 1):
        inbox.put(update(text, number))
        fullness.append(inbox.is_full)
    assert fullness == [False, False, True]
    await asyncio.sleep(1.5)
    fullness = [inbox.is_full]  # "a" is finished
    inbox.put(update("waits for c", 3))
    fullness.append(inbox.is_full)
    await inbox.close()
    assert [*fullness, inbox.is_full] == [False, True, False]


@in_virtual_time
async def test_a_failed_update_is_logged_and_finished() -> None:
    source = ScriptedSource(failing={"a", NOTICE})
    inbox = source.inbox()
    with capture_logs() as logs:
        finished = inbox.put(update("a"))
        for _ in range(SENDER_BURST_UPDATES):
            inbox.put(update("b"))
        assert finished is not None
        await finished
        await idle(inbox)
    assert source.replies == ["b"] * (SENDER_BURST_UPDATES - 1)
    failures = [(log["update_id"], log["error"]) for log in logs if log["event"] == "update_failed"]
    assert failures == [(1, "LookupError")] * 2


@in_virtual_time
async def test_idle_chats_are_forgotten() -> None:
    """A bot that runs for months keeps nothing for each chat that it has ever heard of."""
    source = ScriptedSource(seconds={"slow": 5.0})
    inbox = source.inbox()
    for chat_id in range(1, 101):
        inbox.put(update("slow" if chat_id % 2 else "quick", chat_id))
    await asyncio.sleep(100)
    gc.collect()
    assert len(source.replies) == 100
    assert not [one for one in gc.get_objects() if isinstance(one, inbox_module._Backlog)]
    await inbox.close()


@in_virtual_time
async def test_a_full_chat_gets_its_notice_before_waiting_replies() -> None:
    source = ScriptedSource(messages_per_reply=4)
    inbox = source.inbox()
    for text in "abcdefgh":
        inbox.put(update(text))
    await idle(inbox)
    answered = list("abcde")  # the fifth brings the number of waiting messages to the bound
    assert MAX_CHAT_ACTIONS == 20
    assert source.replies == ["a"] * 4 + [f"{NOTICE} f"] + [text for text in answered[1:] for _ in range(4)]
    assert source.dispatched == list("abcdefgh")


@in_virtual_time
async def test_a_reply_longer_than_the_bound_is_sent_whole() -> None:
    source = ScriptedSource(messages_per_reply=3 * MAX_CHAT_ACTIONS)
    inbox = source.inbox()
    inbox.put(update("a"))
    await idle(inbox)
    assert source.replies == ["a"] * 3 * MAX_CHAT_ACTIONS


@in_virtual_time
async def test_replies_that_wait_are_bounded_in_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "MAX_ACTIONS", 50)
    source = ScriptedSource(hanging={"replies"})
    inbox = source.inbox()
    for chat_id in range(1, 500):
        inbox.put(update(f"{chat_id}", chat_id))
    await asyncio.sleep(1)
    assert len(source.dispatched) == 499
    assert len(asyncio.all_tasks()) <= 2 * 50 + 1  # one for each chat with a reply or a notice, and this test's
    await inbox.close()


@in_virtual_time
async def test_a_drop_is_announced_and_logged_once_per_flood() -> None:
    source = ScriptedSource()
    inbox = source.inbox()
    with capture_logs() as logs:
        for flood in range(2):
            for number in range(1000):
                inbox.put(update(f"{flood} {number}"))
                await asyncio.sleep(0.01)
            await asyncio.sleep(QUIET_SECONDS)
    await inbox.close()
    assert source.notices == [f"{NOTICE} {flood} {SENDER_BURST_UPDATES}" for flood in range(2)]
    events = [(log["event"], log["chat_id"], log["reason"]) for log in logs]
    assert events == [("chat_throttled", 1, "throttled")] * 2


@in_virtual_time
async def test_a_group_of_many_members_is_limited_like_one() -> None:
    source = ScriptedSource()
    inbox = source.inbox()
    taken = [inbox.put(update(f"{member}", -5, sender_id=member)) is not None for member in range(1, 1001)]
    assert sum(taken) == 20
    assert inbox.put(update("elsewhere", -6, sender_id=1000)) is not None
    await idle(inbox)
    assert source.notices == [f"{NOTICE} 21"]
    assert "elsewhere" in source.replies


@in_virtual_time
async def test_changes_of_a_chat_are_never_dropped() -> None:
    source = ScriptedSource()
    inbox = source.inbox()
    for number in range(200):
        inbox.put(update(f"{number}", -5, sender_id=1))
        inbox.put(update("migration", -5, sender_id=1, kind=UpdateKind.CHANGE))
    await idle(inbox)
    assert source.dispatched.count("migration") == 200


@in_virtual_time
async def test_chatter_of_a_group_is_finished_at_once_and_free() -> None:
    source = ScriptedSource()
    inbox = source.inbox()
    chatter = [inbox.put(update("hm", -5, sender_id=1, kind=UpdateKind.CHATTER)) for _ in range(1000)]
    assert chatter == [None] * 1000
    inbox.put(update("/today", -5, sender_id=1))
    await idle(inbox)
    assert source.replies == ["/today"]


@dataclass
class HandlersSource(FakeUpdateSource[Event]):
    """Passes events to a bot's handlers and counts the replies to each chat."""

    bot: Bot
    replies: Counter[int] = field(default_factory=Counter)

    async def dispatch(self, raw: Event) -> Sequence[Action]:
        return await self.bot.handle_event(raw)

    async def execute(self, action: Action) -> None:
        assert isinstance(action, Send)
        self.replies[action.chat_id] += 1

    def inbox(self) -> Inbox[Event]:
        return Inbox(self, monotonic=lambda: 0.0)


def _start_update(number: int) -> IncomingUpdate[Event]:
    """Return /start of a new user, whom the throttle does not limit."""
    origin = Origin(number, Chat(number), User(number, "Ann", "en"))
    return IncomingUpdate(
        id=number,
        chat_id=number,
        sender_id=number,
        raw=Command(origin=origin, name="start", arguments="", styled_arguments=Text(), message_id=number),
    )


async def _take(inbox: Inbox[Event], incoming: IncomingUpdate[Event]) -> None:
    finished = inbox.put(incoming)
    assert finished is not None
    await asyncio.wait((finished,))


async def test_shutdown_at_any_step_answers_an_update_once(tmp_path: Path) -> None:
    updates: list[IncomingUpdate[Event]] = []
    async with open_bot(tmp_path) as bot:
        source = HandlersSource(bot)
        inbox = source.inbox()

        async def take_next() -> None:
            updates.append(_start_update(len(updates) + 1))
            await _take(inbox, updates[-1])

        async for _stopped in at_every_step(take_next):
            await inbox.close()
            await _take(inbox, updates[-1])  # it was not confirmed, so it comes again
            await inbox.close()
            assert source.replies[len(updates)] == 1
        assert len(updates) > 20


async def test_a_cancelled_close_leaves_no_tasks(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        inbox = HandlersSource(bot).inbox()
        taking = asyncio.create_task(_take(inbox, _start_update(1)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        closing = asyncio.create_task(inbox.close())
        await asyncio.sleep(0)
        taking.cancel()
        closing.cancel()
        await asyncio.wait([taking, closing])
        assert asyncio.all_tasks() == {asyncio.current_task()}


@dataclass
class RateLimitedSource(FakeUpdateSource[str]):
    """Answers each update by a message that passes the bot's rate limiter; notes when each chat got one."""

    rate_limiter: RateLimiter
    replied_at: dict[int, list[float]] = field(default_factory=dict)

    async def dispatch(self, raw: str) -> Sequence[Action]:
        return [Send(int(raw), Message(Text("answer")))]

    async def execute(self, action: Action) -> None:
        assert isinstance(action, Send)
        async with self.rate_limiter.permit(action.chat_id, Priority.REPLY):
            self.replied_at.setdefault(action.chat_id, []).append(now())

    async def on_flood(self, raw: str) -> Sequence[Action]:
        return [Send(int(raw), Message(Text(NOTICE)))]


@in_virtual_time
async def test_who_asks_once_does_not_wait_for_a_flood_from_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of 500 updates a second from 2,000 people, of 30 messages a second, and of the inbox's bounds."""
    people, per_second, rate = 500, 125, 7.5
    monkeypatch.setattr(inbox_module, "MAX_ACTIONS", people)
    source = RateLimitedSource(RateLimiter(rate, monotonic=now))
    inbox = Inbox(source, monotonic=now)
    asked_at: dict[int, float] = {}
    generator = random.Random(3)
    for number in range(120 * per_second):
        chat_id = 10_000 + number if number % (3 * per_second) == 0 else generator.randint(1, people)
        asked_at[chat_id] = now()
        inbox.put(update(str(chat_id), chat_id))
        await asyncio.sleep(1 / per_second)
    newcomers = [chat_id for chat_id in asked_at if chat_id > 10_000 + 80 * per_second]
    assert len(newcomers) == 13
    assert max(source.replied_at[chat_id][0] - asked_at[chat_id] for chat_id in newcomers) < 1
    assert set(range(1, people + 1)) <= set(source.replied_at)
    await inbox.close()
