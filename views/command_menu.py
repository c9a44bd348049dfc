"""The menus of commands, as parameters for setMyCommands: one call for each scope and language.

Telegram shows a chat the menu of the narrowest scope that has one in the app's language, else the one without language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.chat.commands import CommandSpec, Permission, commands_for, commands_of_role
from domain.chat.i18n import LANGUAGES, Translations, Translator
from domain.chat.roles import Role

_CODE_CHARACTERS = 2


def command_menu_calls(translations: Translations, staff: Mapping[int, Role]) -> list[dict[str, object]]:
    """Return all calls: those of everybody, and those of each bot admin by their role.

    Menus without a language, for apps in other languages, are in English.
    """
    everyone = commands_for(Permission.ANYONE, Permission.CHAT_ADMINISTRATOR)
    scopes: list[tuple[dict[str, object], tuple[CommandSpec, ...]]] = [
        ({"type": "all_private_chats"}, everyone),
        ({"type": "all_group_chats"}, commands_for(Permission.ANYONE)),
        ({"type": "all_chat_administrators"}, everyone),
    ]
    of_staff = (
        call for user_id, role in sorted(staff.items()) for call in menu_calls_of_person(translations, user_id, role)
    )
    return [*_calls(scopes, translations), *of_staff]


def is_menu_language(code: str) -> bool:
    """Return whether Telegram takes texts for a language by itself: its codes have two letters, and name no script."""
    return len(code) == _CODE_CHARACTERS


def menu_calls_of_person(translations: Translations, user_id: int, role: Role | None) -> list[dict[str, object]]:
    """Return the calls for somebody's private chat; without a role they see what everybody sees."""
    commands = commands_for(Permission.ANYONE, Permission.CHAT_ADMINISTRATOR)
    commands += () if role is None else commands_of_role(role)
    return _calls([({"type": "chat", "chat_id": user_id}, commands)], translations)


def _calls(
    scopes: Iterable[tuple[dict[str, object], tuple[CommandSpec, ...]]], translations: Translations
) -> list[dict[str, object]]:
    languages = [
        ("", translations.translator("en")),
        *((language, translations.translator(language)) for language in LANGUAGES if is_menu_language(language)),
    ]
    return [_call(scope, code, translate, commands) for scope, commands in scopes for code, translate in languages]


def _call(
    scope: dict[str, object], code: str, translate: Translator, commands: tuple[CommandSpec, ...]
) -> dict[str, object]:
    entries = [{"command": command.name, "description": translate(command.description)} for command in commands]
    parameters: dict[str, object] = {"commands": entries, "scope": scope}
    return parameters | {"language_code": code} if code else parameters
