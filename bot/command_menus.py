"""Set Telegram's command menus at start, and retry the ones that Telegram refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.chat.event import Event

Call = Mapping[str, object]
"""The parameters of one setMyCommands call."""

SetAll = Callable[[Sequence[Call]], Awaitable[Sequence[Call]]]
"""Make the calls and return those that failed."""


class CommandMenus:
    """Command menus that are set once, and retried per chat.

    Telegram refuses a menu for a chat that does not exist yet, and a bot admin may write to the bot for the first time
    long after the start. Such a menu is set again when its chat sends an event.
    """

    def __init__(self, calls: Sequence[Call], set_all: SetAll) -> None:
        self._pending = calls
        self._set_all = set_all

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
