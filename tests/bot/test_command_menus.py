"""Command menus at start and after a change of a role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.command_menus import Call, CommandMenus
from domain.chat.event import Chat, Command, Origin, User
from domain.chat.roles import Role
from storage import roles
from storage.database import Database
from tests.databases import open_database
from tests.handlers.dialogue import TEXTS

OWNER, ANN = 1, 7


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "bot.db")
    yield opened
    await opened.close()


class Telegram:
    """Takes the calls that set menus; refuses those of unknown chats."""

    def __init__(self) -> None:
        self.menus: dict[int, set[str]] = {}
        self.unknown: set[int] = set()

    async def set_all(self, calls: Sequence[Call]) -> list[Call]:
        return [call for call in calls if not self._set(call)]

    def _set(self, call: Call) -> bool:
        scope, commands = call["scope"], call["commands"]
        assert isinstance(scope, dict)
        assert isinstance(commands, list)
        chat = scope.get("chat_id", 0)
        if chat in self.unknown:
            return False
        self.menus[chat] = {command["command"] for command in commands}
        return True


def _event(person: int) -> Command:
    return Command(origin=Origin(1, Chat(person), User(person)), name="roles")


async def _change(database: Database, role: Role | None) -> None:
    async with database.write() as tx:
        assert await roles.change(tx, ANN, role, owners={OWNER})


async def test_menu_follows_the_role(database: Database) -> None:
    telegram = Telegram()
    menus = CommandMenus(database, TEXTS, telegram.set_all, owners=frozenset({OWNER}))
    await _change(database, Role.ADMIN)
    await menus.run()
    assert "roles" in telegram.menus[OWNER]
    assert "broadcast" in telegram.menus[ANN]
    assert "roles" not in telegram.menus[ANN]
    for role, command, is_there in ((Role.OWNER, "roles", True), (None, "broadcast", False)):
        await _change(database, role)
        menus.note_change(ANN, by=OWNER)
        await menus.follow(_event(ANN))  # of somebody else, while the change may not have committed yet
        before = telegram.menus[ANN]
        await menus.follow(_event(OWNER))
        assert telegram.menus[ANN] != before
        assert (command in telegram.menus[ANN]) is is_there


async def test_refused_menu_is_set_when_its_chat_writes(database: Database) -> None:
    telegram = Telegram()
    telegram.unknown = {ANN}
    menus = CommandMenus(database, TEXTS, telegram.set_all, owners=frozenset({OWNER}))
    await menus.run()
    await _change(database, Role.ADMIN)
    menus.note_change(ANN, by=OWNER)
    await menus.follow(_event(OWNER))
    assert ANN not in telegram.menus
    telegram.unknown = set()
    await menus.follow(_event(OWNER))
    assert ANN not in telegram.menus
    await menus.follow(_event(ANN))
    assert "broadcast" in telegram.menus[ANN]
