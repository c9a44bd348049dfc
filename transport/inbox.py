"""Updates in, each handled once and in its chat's order; done when its effect is stored and its answer is under way.

    take -> (flood gate) -> hear: the effect, in one transaction -> perform: the answer, at Telegram's pace

Answers are waited for too, but not for long: one who floods keeps only his own answers waiting. Whatever was not done
when the process died comes again; updates whose effect was stored have no second one (`storage.updates`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic
from weakref import WeakValueDictionary

import structlog

from domain.chat.action import Action
from transport.driver import IncomingUpdate, Raw, UpdateSource
from transport.user_throttle import Decision, UserThrottle

log = structlog.get_logger(__name__)

ANSWERS_WAIT = 2.0
"""Seconds for which an update waits for its answer before it counts as done."""

STOP_WAIT = 5.0
"""Seconds that answers on their way get when the bot stops."""


class Inbox(Generic[Raw]):
    """Handles updates, several batches at once if need be. `on_effect` is called after every batch."""

    def __init__(
        self, update_source: UpdateSource[Raw], *, on_effect: Callable[[], None], monotonic: Callable[[], float]
    ) -> None:
        self._update_source = update_source
        self._on_effect = on_effect
        self._gate = UserThrottle(monotonic)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._answering: dict[int, asyncio.Task[None]] = {}
        self._at_work: set[asyncio.Task[None]] = set()

    async def take(self, batch: Sequence[IncomingUpdate[Raw]]) -> None:
        """Store every update's effect; start the answers, and give them a moment to get out."""
        if not batch:
            return
        by_chat: dict[int, list[IncomingUpdate[Raw]]] = defaultdict(list)
        for update in batch:
            by_chat[update.chat_id].append(update)
        async with asyncio.TaskGroup() as chats:
            for chat, updates in by_chat.items():
                chats.create_task(self._hear_all(chat, updates))
        self._on_effect()
        answers = [self._answering[chat] for chat in by_chat if chat in self._answering]
        if answers:
            await asyncio.wait(answers, timeout=ANSWERS_WAIT)

    async def close(self) -> None:
        """Let what is being heard come to its end, and out, for some seconds, the answers that are on their way."""
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_WAIT):
                    while self._at_work:  # what has been heard is answered
                        await asyncio.wait(self._at_work)
        finally:
            left = tuple(self._at_work)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _hear_all(self, chat: int, updates: list[IncomingUpdate[Raw]]) -> None:
        turn = self._turns.setdefault(chat, asyncio.Lock())
        async with turn:
            for update in updates:
                heard = self._gate.check(update.user_id)
                if heard is Decision.ALLOW:
                    # Not torn by a stop: what is stored has no second effect, and so no second chance of an answer.
                    await asyncio.shield(self._begin(self._hear_one(chat, update)))
                elif heard is Decision.NOTIFY:
                    log.warning("flood", person=update.user_id)
                    self._answer(chat, self._update_source.on_flood(update.raw))

    async def _hear_one(self, chat: int, update: IncomingUpdate[Raw]) -> None:
        self._answer(chat, await self._hear(update))

    async def _hear(self, update: IncomingUpdate[Raw]) -> Sequence[Action]:
        """What the handlers answer. An update that breaks the framework on its way to them counts as done."""
        try:
            return await self._update_source.dispatch(update.raw)
        except Exception as error:  # noqa: BLE001 - or it would come again, and nobody else would be heard
            log.error("update not handled", update=update.id, error=type(error).__name__)
            return []

    def _answer(self, chat: int, actions: Sequence[Action]) -> None:
        """Carry the actions out after those that the chat still waits for."""
        if not actions:
            return
        before = self._answering.get(chat)
        task = self._answering[chat] = self._begin(self._perform(actions, before))
        task.add_done_callback(lambda done: self._forget(chat, done))

    async def _perform(self, actions: Sequence[Action], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait((before,))
        for action in actions:
            try:
                await self._update_source.execute(action)
            except Exception:
                log.exception("answer failed", action=type(action).__name__)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task

    def _forget(self, chat: int, task: asyncio.Task[None]) -> None:
        if self._answering.get(chat) is task:
            del self._answering[chat]
