"""Polling: each update handled once and in order, confirmed when its effect is stored; one who floods waits alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.chat.action import Action, CallbackAnswer
from tests.virtual_time import in_virtual_time, now
from transport.driver import FetchFailed, IncomingUpdate, UpdateSource
from transport.inbox import Inbox
from transport.polling import Poller


@dataclass
class Telegram:
    """A driver over a list of updates, as Telegram keeps them: `offset` deletes what is below it."""

    waiting: list[IncomingUpdate[str]]
    failures: list[FetchFailed] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    thinking: float = 0.0
    offsets: list[int | None] = field(default_factory=list)
    drained: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, offset: int | None) -> Sequence[IncomingUpdate[str]]:
        if self.failures:
            raise self.failures.pop(0)
        self.offsets.append(offset)
        self.waiting = [update for update in self.waiting if update.id >= (offset or 0)]
        if not self.waiting:
            self.drained.set()
            await asyncio.Event().wait()
        return self.waiting[:100]

    def read(self, body: bytes) -> IncomingUpdate[str]:
        return said(0, body.decode())

    async def hear(self, raw: str) -> Sequence[Action]:
        await asyncio.sleep(self.thinking)
        self.heard.append(raw)
        return [CallbackAnswer(raw)]

    async def perform(self, action: Action) -> None:
        assert isinstance(action, CallbackAnswer)
        if action.callback_query_id in self.slow:
            await asyncio.sleep(3600)
        if action.callback_query_id == "broken":
            raise RuntimeError("no such luck")
        self.done.append(action.callback_query_id)

    def too_much(self, raw: str) -> Sequence[Action]:
        return [CallbackAnswer(f"too much: {raw}")]

    def ears(self) -> UpdateSource[str]:
        return UpdateSource(self.fetch, self.read, self.hear, self.perform, self.too_much)

    async def run(self) -> Poller[str]:
        ears = self.ears()
        inbox = Inbox(ears, on_effect=lambda: None, monotonic=now)
        poller = Poller(ears, inbox)
        task = asyncio.create_task(poller.run())
        await asyncio.wait_for(self.drained.wait(), 60)
        task.cancel()
        await asyncio.wait((task,))
        await inbox.close()
        return poller


def said(number: int, text: str, person: int = 1) -> IncomingUpdate[str]:
    return IncomingUpdate(number, person, person, text)


@in_virtual_time
async def test_a_chats_updates_are_handled_in_order_and_then_confirmed() -> None:
    telegram = Telegram([said(7, "a"), said(8, "b", person=2), said(9, "c")])
    poller = await telegram.run()
    assert sorted(telegram.heard) == ["a", "b", "c"]
    assert telegram.heard.index("a") < telegram.heard.index("c")
    assert telegram.done.index("a") < telegram.done.index("c")
    assert telegram.offsets == [None, 10]
    assert poller.polled_at is not None


@in_virtual_time
async def test_failures_to_fetch_are_outlived() -> None:
    telegram = Telegram([said(1, "a")], failures=[FetchFailed("down", 0.0), FetchFailed("down", 0.0)])
    await telegram.run()
    assert telegram.done == ["a"]


@in_virtual_time
async def test_a_poll_that_is_not_answered_for_long_is_a_trouble() -> None:
    telegram = Telegram([said(1, "a")], failures=[FetchFailed("down", 200.0)])
    ears = telegram.ears()
    poller = Poller(ears, Inbox(ears, on_effect=lambda: None, monotonic=now))
    assert poller.trouble
    task = asyncio.create_task(poller.run())
    told = []
    for _ in range(4):
        await asyncio.sleep(60)
        told.append(bool(poller.trouble))
    task.cancel()
    assert told == [False, True, True, False]


@in_virtual_time
async def test_an_answer_that_fails_does_not_stop_the_next() -> None:
    telegram = Telegram([said(1, "broken"), said(2, "fine")])
    await telegram.run()
    assert telegram.done == ["fine"]


@in_virtual_time
async def test_one_whose_answer_hangs_does_not_keep_others_waiting() -> None:
    telegram = Telegram([said(1, "stuck"), said(2, "fine", person=2)], slow={"stuck"})
    await telegram.run()
    assert telegram.done == ["fine"]
    assert telegram.offsets == [None, 3]


@in_virtual_time
async def test_what_is_being_heard_when_the_bot_stops_is_answered_and_nothing_more_is_heard() -> None:
    """Its effect may be stored already: it would come again, and nobody would answer it."""
    telegram = Telegram([said(1, "a"), said(2, "b"), said(3, "c", person=2)], thinking=1.0)
    ears = telegram.ears()
    inbox = Inbox(ears, on_effect=lambda: None, monotonic=now)
    polling = asyncio.create_task(Poller(ears, inbox).run())
    await asyncio.sleep(0.5)
    polling.cancel()
    await asyncio.wait((polling,))
    await inbox.close()
    assert sorted(telegram.heard) == sorted(telegram.done) == ["a", "c"]


@in_virtual_time
async def test_no_answer_outlives_the_bot() -> None:
    """Neither the one that hangs, nor those of its chat that wait for it."""
    telegram = Telegram([said(1, "stuck"), said(2, "fine")], slow={"stuck"})
    await telegram.run()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert telegram.done == []


@in_virtual_time
async def test_one_who_floods_is_limited_alone() -> None:
    flood = [said(number, f"f{number}") for number in range(60)]
    telegram = Telegram([*flood, said(60, "quiet", person=2)])
    await telegram.run()
    assert "quiet" in telegram.done
    assert len([text for text in telegram.heard if text != "quiet"]) < 25
    assert len([text for text in telegram.done if text.startswith("too much")]) == 1
    assert telegram.offsets == [None, 61]
