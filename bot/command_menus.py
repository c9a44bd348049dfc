"""The command menus: set at start; an admin's own as soon as that admin's chat exists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.chat.event import Event

Call = Mapping[str, object]
"""The parameters of one setMyCommands."""

SetAll = Callable[[Sequence[Call]], Awaitable[Sequence[Call]]]
"""Carries the calls out; answers those that failed."""


class CommandMenus:
    """Sets what it is given; what Telegram refuses is tried again when the chat it is for says something.

    A menu of one chat's own cannot be set before that chat exists: an admin may first speak after the bot was started.
    """

    def __init__(self, calls: Sequence[Call], set_all: SetAll) -> None:
        self._unset = calls
        self._set_all = set_all

    async def set(self) -> None:
        """Set all that are not set yet."""
        calls, self._unset = self._unset, ()
        self._unset = await self._set_all(calls)

    async def heard(self, event: Event) -> None:
        """Somebody said something: if a menu waited for that chat, set it."""
        if any(_chat_of(call) == event.origin.chat.id for call in self._unset):
            await self.set()


def _chat_of(call: Call) -> object:
    scope = call.get("scope")
    return scope.get("chat_id") if isinstance(scope, Mapping) else None
