"""Routes, menus and the reference in docs list the same commands."""

import re
from datetime import date
from pathlib import Path

import pytest

from domain.chat import limits
from domain.chat.commands import COMMANDS, CommandName, Permission, commands_for
from domain.chat.i18n import LANGUAGES
from domain.chat.roles import Role
from handlers.input.intents import parse_intent
from handlers.routes import ROUTES
from tests.handlers.dialogue import NOON, TEXTS, TIME_ZONES
from views.command_menu import command_menu_calls

REFERENCE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = REFERENCE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[2:]


@pytest.mark.parametrize(
    ("heading", "who"),
    [
        ("Everybody", Permission.ANYONE),
        ("Subscribers, and administrators of groups", Permission.CHAT_ADMINISTRATOR),
        ("Editors of the bot", Permission.EDITOR),
        ("Admins of the bot", Permission.ADMIN),
        ("Owners of the bot", Permission.OWNER),
    ],
)
def test_reference_lists_the_commands_of_the_menus(heading: str, who: Permission) -> None:
    english, chinese = TEXTS.translator("en"), TEXTS.translator("zh")
    expected = [
        [f"`/{command.usage(english)}`", english(command.description), chinese(command.description)]
        for command in commands_for(who)
    ]
    assert _rows(heading) == expected


_SAID = [(word, row[1].strip("`/")) for row in _rows("Plain words") for word in re.findall(r"`([^`]+)`", row[0])]


@pytest.mark.parametrize(("word", "meant"), _SAID)
def test_plain_words_of_the_reference_are_understood(word: str, meant: str) -> None:
    line = parse_intent(word, (), TIME_ZONES, NOON, date(2025, 9, 12))
    assert line is not None
    meaning = line.arguments.split()[0] if line.command is CommandName.PROPOSE else line.command
    assert meaning == meant


def test_listed_commands_have_routes_with_their_permission() -> None:
    for command in COMMANDS:
        assert ROUTES[command.name].permission is command.permission
        assert ROUTES[command.name].typed


def test_menus_keep_limits_and_cover_scopes_and_languages() -> None:
    calls = command_menu_calls(TEXTS, {1: Role.OWNER, 2: Role.EDITOR})
    seen = set()
    for call in calls:
        commands, scope = call["commands"], call["scope"]
        assert isinstance(commands, list)
        assert isinstance(scope, dict)
        assert 0 < len(commands) <= limits.COMMANDS
        for command in commands:
            assert re.fullmatch(r"[a-z0-9_]{1,32}", command["command"])
            assert 0 < len(command["description"]) <= limits.COMMAND_DESCRIPTION_CHARACTERS
        seen.add((scope["type"], scope.get("chat_id"), call.get("language_code", "")))
    two_letters = {language for language in LANGUAGES if len(language) == 2}
    assert two_letters >= {"zh", "en"}
    everywhere = ("all_private_chats", "all_group_chats", "all_chat_administrators")
    scopes = {*((scope, None) for scope in everywhere), ("chat", 1), ("chat", 2)}
    assert seen == {(*scope, code) for scope in scopes for code in ("", *two_letters)}, (
        "a language without a code of two letters"
    )


def test_only_bot_admins_see_admin_commands() -> None:
    for call in command_menu_calls(TEXTS, {1: Role.ADMIN}):
        commands, scope = call["commands"], call["scope"]
        assert isinstance(commands, list)
        assert isinstance(scope, dict)
        assert ("broadcast" in {command["command"] for command in commands}) == (scope["type"] == "chat")
