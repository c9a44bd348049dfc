"""The menus of commands: languages and admins in; the parameters of setMyCommands, one call a scope and language, out.

Telegram shows a chat the menu of the narrowest scope that has one in the app's language, else the one without language.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.chat.commands import CommandSpec, Permission, commands_for
from domain.chat.i18n import LANGUAGES, Translations, Translator


def command_menu_calls(texts: Translations, admins: Iterable[int]) -> list[dict[str, object]]:
    """All calls. The menus without a language, for apps that speak none of ours, are in English."""
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
    tongues = [("", texts.translator("en")), *((language, texts.translator(language)) for language in LANGUAGES)]
    return [_call(scope, code, translate, commands) for scope, commands in scopes for code, translate in tongues]


def _call(
    scope: dict[str, object], code: str, translate: Translator, commands: tuple[CommandSpec, ...]
) -> dict[str, object]:
    listed = [{"command": command.name, "description": translate(command.description)} for command in commands]
    call: dict[str, object] = {"commands": listed, "scope": scope}
    return call | {"language_code": code} if code else call
