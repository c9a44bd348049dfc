"""Handle incoming updates: each once, in its chat's order, without one chat delaying another.

put -> throttle -> the chat's updates -> dispatch: the effect, in one transaction -> the chat's replies -> execute

An update is finished when its effect is stored, or when it is dropped; it never waits for replies. One that was not
finished when the process died comes again, and a stored effect is not repeated (`storage.updates`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol

import structlog

from domain.chat.action import Action, Edit, Send
from transport.driver import IncomingUpdate, Raw, UpdateKind, UpdateSource
from transport.update_throttle import DropAnnouncements, RequestLimit, UpdateThrottle

log = structlog.get_logger(__name__)

MAX_CHAT_UPDATES = 20
"""How many updates of one chat may wait for their turn; further ones are dropped."""

MAX_CHAT_ACTIONS = 20
"""From how many waiting actions on a chat's next reply is dropped; the update's effect is stored all the same."""

MAX_UPDATES = 1_000
"""From how many unfinished updates of all chats on no more should be taken: Telegram keeps them."""

MAX_ACTIONS = 2_000
"""From how many waiting actions of all chats on replies are dropped, but for `RESERVED_SECONDS`."""

RESERVED_SECONDS = 300.0
"""Each chat has one reply in this time beyond `MAX_ACTIONS`, up to twice as many: a flood from many people must not
leave whoever asks once without an answer."""

SHUTDOWN_SECONDS = 5.0
"""How long `close` waits for updates and replies in progress."""


class NoteCard(Protocol):
    """Note the number of the message that is a run's card; return what is to be done in the chat after that."""

    async def __call__(self, run_id: int, /, *, chat_id: int, message_id: int) -> Sequence[Action]: ...


@dataclass(slots=True)
class _Backlog(Generic[Raw]):
    """What waits for one chat, and the two tasks that work on it."""

    updates: deque[tuple[IncomingUpdate[Raw], asyncio.Future[None]]] = field(default_factory=deque)
    replies: deque[Sequence[Action]] = field(default_factory=deque)
    action_count: int = 0
    handling: asyncio.Task[None] | None = None
    replying: asyncio.Task[None] | None = None


class Inbox(Generic[Raw]):
    """Handles updates of several chats at once."""

    def __init__(
        self, update_source: UpdateSource[Raw], *, monotonic: Callable[[], float], note_card: NoteCard | None = None
    ) -> None:
        self._update_source = update_source
        self._note_card = note_card
        self._throttle = UpdateThrottle(monotonic)
        self._announcements = DropAnnouncements(monotonic)
        self._reserved = RequestLimit(monotonic, burst=1, interval_seconds=RESERVED_SECONDS)
        self._backlogs: dict[int, _Backlog[Raw]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._update_count = 0
        self._action_count = 0

    @property
    def is_full(self) -> bool:
        """Whether so many updates are unfinished that further ones should stay at Telegram."""
        return self._update_count >= MAX_UPDATES

    def put(self, update: IncomingUpdate[Raw]) -> asyncio.Future[None] | None:
        """Queue an update. Return a future that is done once it is finished, or None if it is finished already."""
        if update.kind is UpdateKind.CHATTER:
            return None
        backlog = self._backlogs.get(update.chat_id)
        if update.kind is UpdateKind.REQUEST:
            if not self._throttle.allow(update.sender_id, update.chat_id):
                self._drop(update, "throttled")
                return None
            if backlog is not None and len(backlog.updates) >= MAX_CHAT_UPDATES:
                self._drop(update, "updates_waiting")
                return None
        backlog = backlog or self._backlogs.setdefault(update.chat_id, _Backlog())
        finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        backlog.updates.append((update, finished))
        self._update_count += 1
        backlog.handling = backlog.handling or self._start(self._handle_updates(update.chat_id, backlog))
        return finished

    async def close(self) -> None:
        """Finish the updates in progress and their replies, and cancel what takes longer than `SHUTDOWN_SECONDS`.

        Updates that wait for their turn are not handled: they are not confirmed, so they come again.
        """
        for backlog in self._backlogs.values():
            self._update_count -= len(backlog.updates)
            backlog.updates.clear()
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

    async def _handle_updates(self, chat_id: int, backlog: _Backlog[Raw]) -> None:
        try:
            while backlog.updates:
                update, finished = backlog.updates.popleft()
                try:
                    actions = await self._dispatch(update)
                finally:
                    self._update_count -= 1
                finished.set_result(None)
                if actions and not self._add_reply(chat_id, backlog, actions):
                    self._drop(update, "replies_waiting")
        finally:
            backlog.handling = None
            self._forget_if_idle(chat_id, backlog)

    async def _dispatch(self, update: IncomingUpdate[Raw]) -> Sequence[Action]:
        try:
            return await self._update_source.dispatch(update.raw)
        except Exception as error:  # noqa: BLE001 - else it would come again for ever
            log.error("update_failed", update_id=update.id, error=type(error).__name__)
            return []

    def _add_reply(self, chat_id: int, backlog: _Backlog[Raw], actions: Sequence[Action]) -> bool:
        """Queue a reply after the chat's earlier ones; return whether there was room for it."""
        if backlog.action_count >= MAX_CHAT_ACTIONS or not self._has_room(chat_id):
            return False
        backlog.replies.append(actions)
        self._count_actions(backlog, len(actions))
        self._start_replying(chat_id, backlog)
        return True

    def _has_room(self, chat_id: int) -> bool:
        if self._action_count < MAX_ACTIONS:
            return True
        return self._action_count < 2 * MAX_ACTIONS and self._reserved.allow(chat_id)

    def _drop(self, update: IncomingUpdate[Raw], reason: str) -> None:
        """Answer nothing, and announce it if it is the chat's first drop for a while."""
        if self._announcements.record_drop(update.chat_id):
            log.warning("chat_throttled", chat_id=update.chat_id, sender_id=update.sender_id, reason=reason)
            self._start(self._announce_drop(update))

    async def _announce_drop(self, update: IncomingUpdate[Raw]) -> None:
        """Put the announcement before the chat's waiting replies, whatever their number."""
        if self._action_count >= MAX_ACTIONS * 3 // 2:  # the rest is for the replies of `RESERVED_SECONDS`
            return
        try:
            actions = await self._update_source.on_flood(update.raw)
        except Exception as error:  # noqa: BLE001 - a task of its own, whose error nobody would see
            log.error("update_failed", update_id=update.id, error=type(error).__name__)
            return
        if actions:
            backlog = self._backlogs.setdefault(update.chat_id, _Backlog())
            backlog.replies.appendleft(actions)
            self._count_actions(backlog, len(actions))
            self._start_replying(update.chat_id, backlog)

    def _start_replying(self, chat_id: int, backlog: _Backlog[Raw]) -> None:
        backlog.replying = backlog.replying or self._start(self._send_replies(chat_id, backlog))

    async def _send_replies(self, chat_id: int, backlog: _Backlog[Raw]) -> None:
        try:
            while backlog.replies:
                for action in backlog.replies.popleft():
                    try:
                        await self._execute(action)
                    except Exception:
                        log.exception("reply_crashed", action=type(action).__name__)
                    self._count_actions(backlog, -1)
        finally:
            self._count_actions(backlog, -backlog.action_count)  # none is left, unless the bot stops
            backlog.replying = None
            self._forget_if_idle(chat_id, backlog)

    async def _execute(self, action: Action) -> None:
        """Carry an action out, and note the number of a run's card; one that stays unknown is told by a press on it."""
        number = await self._update_source.execute(action)
        if self._note_card is None or not isinstance(action, Send | Edit) or action.card_of is None:
            return
        if isinstance(action, Edit):  # unless a new message took its place
            number = number or action.message_id
        if number:
            for change in await self._note_card(action.card_of, chat_id=action.chat_id, message_id=number):
                await self._update_source.execute(change)

    def _count_actions(self, backlog: _Backlog[Raw], change: int) -> None:
        backlog.action_count += change
        self._action_count += change

    def _forget_if_idle(self, chat_id: int, backlog: _Backlog[Raw]) -> None:
        if backlog.handling is None and backlog.replying is None:
            self._backlogs.pop(chat_id, None)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
