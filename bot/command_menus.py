"""Set Telegram's command menus at start and after a change of a role, and retry the ones that were not set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from domain.chat.event import Event
from domain.chat.i18n import Translations
from storage import roles
from storage.database import Database
from views.command_menu import command_menu_calls, menu_calls_of_person

Call = Mapping[str, object]
"""The parameters of one setMyCommands call."""

SetAll = Callable[[Sequence[Call]], Awaitable[Sequence[Call]]]
"""Make the calls and return those that failed."""

FIRST_RETRY_SECONDS = 5.0
MAX_RETRY_SECONDS = 600.0
"""Wait between two attempts to set the menus of all chats."""


class CommandMenus:
    """Command menus, set once each and again when a role changes; `owners` are those of the operator's settings.

    Telegram refuses a menu for a chat that does not exist yet, and a bot admin may write to the bot for the first time
    long after the start. Such a menu is set again when its chat sends an event. A menu of all chats is never refused:
    if it is not set, the network failed, and it is tried again after a while.
    """

    def __init__(
        self, database: Database, translations: Translations, set_all: SetAll, *, owners: frozenset[int]
    ) -> None:
        self._database = database
        self._translations = translations
        self._set_all = set_all
        self._owners = owners
        self._pending: Sequence[Call] = ()
        self._changed: dict[int, set[int]] = {}
        """People whose role changes, by who changes it."""

    async def run(self) -> None:
        """Set every menu, and again until those of all chats are set."""
        delay_seconds = FIRST_RETRY_SECONDS
        async with self._database.read() as tx:
            staff = await roles.get_all(tx, owners=self._owners)
        self._pending = command_menu_calls(self._translations, staff)
        await self._set()
        while any(_chat_of(call) is None for call in self._pending):
            await asyncio.sleep(delay_seconds)
            delay_seconds = min(delay_seconds * 2, MAX_RETRY_SECONDS)
            await self._set()

    def note_change(self, user_id: int, *, by: int) -> None:
        """Note that somebody's role changes; their menu is set once the event of who changes it is answered."""
        self._changed.setdefault(by, set()).add(user_id)

    async def follow(self, event: Event) -> None:
        """Set the menus of roles that this event changed, and the pending ones if one belongs to the event's chat."""
        changed = self._changed.pop(event.origin.user.id, set())
        for user_id in changed:
            await self._replace(user_id)
        if changed or any(_chat_of(call) == event.origin.chat.id for call in self._pending):
            await self._set()

    async def _replace(self, user_id: int) -> None:
        """Let the menu of somebody's chat be the one of their role."""
        async with self._database.read() as tx:
            role = await roles.get(tx, user_id, owners=self._owners)
        others = [call for call in self._pending if _chat_of(call) != user_id]
        self._pending = [*others, *menu_calls_of_person(self._translations, user_id, role)]

    async def _set(self) -> None:
        """Set every menu that is not set yet."""
        calls, self._pending = self._pending, ()
        failed = await self._set_all(calls)
        self._pending = [*failed, *self._pending]


def _chat_of(call: Call) -> object:
    scope = call.get("scope")
    return scope.get("chat_id") if isinstance(scope, Mapping) else None
