"""The menus of commands, as parameters for setMyCommands: one call for each scope and language.

Telegram shows a chat the menu of the narrowest scope that has one in the app's language, else the one without language.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.chat.commands import CommandSpec, Permission, commands_for
from domain.chat.i18n import LANGUAGES, Translations, Translator


def command_menu_calls(translations: Translations, admins: Iterable[int]) -> list[dict[str, object]]:
    """Return all calls. Menus without a language, for apps in other languages, are in English."""
    everyone = commands_for(Permission.ANYONE, Permission.CHAT_ADMINISTRATOR)
    scopes: list[tuple[dict[str, object], tuple[CommandSpec, ...]]] = [
        ({"type": "all_private_chats"}, everyone),
        ({"type": "all_group_chats"}, commands_for(Permission.ANYONE)),
        ({"type": "all_chat_administrators"}, everyone),
        *(
            ({"type": "chat", "chat_id": admin}, (*everyone, *commands_for(Permission.BOT_ADMIN)))
            for admin in sorted(admins)
        ),
    ]
    languages = [
        ("", translations.translator("en")),
        *((language, translations.translator(language)) for language in LANGUAGES),
    ]
    return [_call(scope, code, translate, commands) for scope, commands in scopes for code, translate in languages]


def _call(
    scope: dict[str, object], code: str, translate: Translator, commands: tuple[CommandSpec, ...]
) -> dict[str, object]:
    entries = [{"command": command.name, "description": translate(command.description)} for command in commands]
    parameters: dict[str, object] = {"commands": entries, "scope": scope}
    return parameters | {"language_code": code} if code else parameters
