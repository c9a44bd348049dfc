"""Long polling: updates in, each handled once and in its chat's order, then confirmed.

    fetch -> (flood gate) -> hear: the effect, in one transaction -> perform: the answer, at Telegram's pace -> offset

The offset moves only past updates whose effect is stored. Answers are waited for too, but not for long: one who floods
keeps only his own answers waiting. After a crash Telegram gives the unconfirmed updates again; those whose effect was
stored have no second one (`storage.updates`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from bot.flood import FloodGate, Heard
from chat.action import Action

log = structlog.get_logger(__name__)

ANSWERS_WAIT = 2.0
"""Seconds for which the next poll waits for answers that are on their way."""

STOP_WAIT = 5.0
"""Seconds that answers on their way get when the bot stops."""

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True)
class Update(Generic[Raw]):
    """An update as the driver fetched it: its id, where its order matters, who made it, and the framework's object."""

    id: int
    chat: int
    person: int
    raw: Raw


class FetchFailed(Exception):
    """Updates could not be had. `wait`: seconds until it makes sense to try again, if Telegram said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Driver(Generic[Raw]):
    """What polling needs of a framework."""

    fetch: Callable[[int | None], Awaitable[Sequence[Update[Raw]]]]
    hear: Callable[[Raw], Awaitable[Sequence[Action]]]
    perform: Callable[[Action], Awaitable[None]]
    too_much: Callable[[Raw], Sequence[Action]]


class Poller(Generic[Raw]):
    """Polls until it is cancelled. `on_effect` is called after every update that was handled."""

    def __init__(self, driver: Driver[Raw], *, on_effect: Callable[[], None], monotonic: Callable[[], float]) -> None:
        self._driver = driver
        self._on_effect = on_effect
        self._monotonic = monotonic
        self._gate = FloodGate(monotonic)
        self._answering: dict[int, asyncio.Task[None]] = {}
        self.polled_at: float | None = None
        """When Telegram last answered, on the monotonic clock; None before polling began."""

    async def run(self) -> None:
        self.polled_at = self._monotonic()  # the bot has just signed in
        offset: int | None = None
        try:
            while True:
                batch = await self._fetch(offset)
                await self._handle(batch)
                if batch:
                    offset = batch[-1].id + 1
        finally:
            await self._let_answers_out()

    async def _fetch(self, offset: int | None) -> Sequence[Update[Raw]]:
        for failures in range(1_000_000_000):
            try:
                batch = await self._driver.fetch(offset)
            except FetchFailed as failed:
                wait = failed.wait if failed.wait is not None else min(0.5 * 2 ** min(failures, 6), 20)
                log.warning("poll failed", why=str(failed), again_in=wait)
                await asyncio.sleep(wait)
            else:
                self.polled_at = self._monotonic()
                return batch
        raise AssertionError("unreachable")

    async def _handle(self, batch: Sequence[Update[Raw]]) -> None:
        """Store every update's effect; start the answers, and give them a moment to get out."""
        by_chat: dict[int, list[Update[Raw]]] = defaultdict(list)
        for update in batch:
            by_chat[update.chat].append(update)
        async with asyncio.TaskGroup() as chats:
            for updates in by_chat.values():
                chats.create_task(self._hear_all(updates))
        if batch:
            self._on_effect()
        if self._answering:
            await asyncio.wait(self._answering.values(), timeout=ANSWERS_WAIT)

    async def _hear_all(self, updates: list[Update[Raw]]) -> None:
        for update in updates:
            heard = self._gate.hear(update.person)
            if heard is Heard.YES:
                self._answer(update.chat, await self._driver.hear(update.raw))
            elif heard is Heard.TOO_MUCH:
                log.warning("flood", person=update.person)
                self._answer(update.chat, self._driver.too_much(update.raw))

    def _answer(self, chat: int, actions: Sequence[Action]) -> None:
        """Carry the actions out after those that the chat still waits for."""
        if not actions:
            return
        before = self._answering.get(chat)
        task = asyncio.create_task(self._perform(actions, before))
        self._answering[chat] = task
        task.add_done_callback(lambda done: self._forget(chat, done))

    async def _perform(self, actions: Sequence[Action], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait((before,))
        for action in actions:
            try:
                await self._driver.perform(action)
            except Exception:
                log.exception("answer failed", action=type(action).__name__)

    def _forget(self, chat: int, task: asyncio.Task[None]) -> None:
        if self._answering.get(chat) is task:
            del self._answering[chat]

    async def _let_answers_out(self) -> None:
        if self._answering:
            await asyncio.wait(self._answering.values(), timeout=STOP_WAIT)
        for task in self._answering.values():
            task.cancel()
