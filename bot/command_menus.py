"""Set Telegram's command menus at start, and retry the ones that were not set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.chat.event import Event

Call = Mapping[str, object]
"""The parameters of one setMyCommands call."""

SetAll = Callable[[Sequence[Call]], Awaitable[Sequence[Call]]]
"""Make the calls and return those that failed."""

FIRST_RETRY_SECONDS = 5.0
MAX_RETRY_SECONDS = 600.0
"""Wait between two attempts to set the menus of all chats."""


class CommandMenus:
    """Command menus that are set once.

    Telegram refuses a menu for a chat that does not exist yet, and a bot admin may write to the bot for the first time
    long after the start. Such a menu is set again when its chat sends an event. A menu of all chats is never refused:
    if it is not set, the network failed, and it is tried again after a while.
    """

    def __init__(self, calls: Sequence[Call], set_all: SetAll) -> None:
        self._pending = calls
        self._set_all = set_all

    async def run(self) -> None:
        """Set every menu, and again until those of all chats are set."""
        delay_seconds = FIRST_RETRY_SECONDS
        await self.set()
        while any(_chat_of(call) is None for call in self._pending):
            await asyncio.sleep(delay_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_RETRY_SECONDS)
            await self.set()

    async def set(self) -> None:
        """Set every menu that is not set yet."""
        calls, self._pending = self._pending, ()
        self._pending = await self._set_all(calls)

    async def retry_for(self, event: Event) -> None:
        """Set the pending menus if one of them belongs to the chat of this event."""
        if any(_chat_of(call) == event.origin.chat.id for call in self._pending):
            await self.set()


def _chat_of(call: Call) -> object:
    scope = call.get("scope")
    return scope.get("chat_id") if isinstance(scope, Mapping) else None
