"""Handle incoming updates: each once, in its chat's order, without one chat delaying another.

take -> user throttle -> dispatch: the effect, in one transaction -> execute: the reply, within the rate limit

An update is finished when its effect is stored and its reply was given a moment to leave. An update that was not
finished when the process died comes again; a stored effect is not repeated (`storage.updates`).
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

REPLY_WAIT_SECONDS = 2.0
"""How long `take` waits for replies; a user whose replies are held back delays only their own."""

SHUTDOWN_SECONDS = 5.0
"""How long `close` waits for updates and replies in progress."""


class Inbox(Generic[Raw]):
    """Handles batches of updates, several at once if need be; calls `on_effect` after each batch."""

    def __init__(
        self, update_source: UpdateSource[Raw], *, on_effect: Callable[[], None], monotonic: Callable[[], float]
    ) -> None:
        self._update_source = update_source
        self._on_effect = on_effect
        self._throttle = UserThrottle(monotonic)
        self._chat_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._last_reply: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, batch: Sequence[IncomingUpdate[Raw]]) -> None:
        """Store the effect of every update, start the replies, and wait a moment for them to leave."""
        if not batch:
            return
        by_chat: dict[int, list[IncomingUpdate[Raw]]] = defaultdict(list)
        for update in batch:
            by_chat[update.chat_id].append(update)
        async with asyncio.TaskGroup() as group:
            for chat_id, updates in by_chat.items():
                group.create_task(self._handle_chat(chat_id, updates))
        self._on_effect()
        replies = [self._last_reply[chat_id] for chat_id in by_chat if chat_id in self._last_reply]
        if replies:
            await asyncio.wait(replies, timeout=REPLY_WAIT_SECONDS)

    async def close(self) -> None:
        """Finish the updates in progress and their replies, and cancel what takes longer than `SHUTDOWN_SECONDS`."""
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHUTDOWN_SECONDS):
                    while self._tasks:  # a finished update adds its reply
                        await asyncio.wait(self._tasks)
        finally:
            unfinished = tuple(self._tasks)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _handle_chat(self, chat_id: int, updates: list[IncomingUpdate[Raw]]) -> None:
        async with self._chat_locks.setdefault(chat_id, asyncio.Lock()):
            for update in updates:
                match self._throttle.check(update.user_id):
                    case Decision.ALLOW:
                        # Shielded from shutdown: an update whose effect is stored comes back without a reply.
                        await asyncio.shield(self._start(self._handle(chat_id, update)))
                    case Decision.NOTIFY:
                        log.warning("user_throttled", user_id=update.user_id)
                        self._reply(chat_id, self._update_source.on_flood(update.raw))
                    case Decision.DROP:
                        pass

    async def _handle(self, chat_id: int, update: IncomingUpdate[Raw]) -> None:
        self._reply(chat_id, await self._dispatch(update))

    async def _dispatch(self, update: IncomingUpdate[Raw]) -> Sequence[Action]:
        try:
            return await self._update_source.dispatch(update.raw)
        except Exception as error:  # noqa: BLE001 - else it would come again for ever and block all others
            log.error("update_failed", update_id=update.id, error=type(error).__name__)
            return []

    def _reply(self, chat_id: int, actions: Sequence[Action]) -> None:
        """Start the actions, to run after the chat's earlier replies."""
        if not actions:
            return
        previous = self._last_reply.get(chat_id)
        task = self._last_reply[chat_id] = self._start(self._execute(actions, previous))
        task.add_done_callback(lambda done: self._forget_reply(chat_id, done))

    async def _execute(self, actions: Sequence[Action], previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait((previous,))
        for action in actions:
            try:
                await self._update_source.execute(action)
            except Exception:
                log.exception("reply_crashed", action=type(action).__name__)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _forget_reply(self, chat_id: int, task: asyncio.Task[None]) -> None:
        if self._last_reply.get(chat_id) is task:
            del self._last_reply[chat_id]
