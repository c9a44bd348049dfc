"""The menus of commands: languages and admins in; the parameters of setMyCommands, one call a scope and language, out.

Telegram shows a chat the menu of the narrowest scope that has one in the app's language, else the one without language.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.chat.commands import Command, Who, commands_for
from domain.chat.i18n import LANGUAGES, Say, Texts


def menus(texts: Texts, admins: Iterable[int]) -> list[dict[str, object]]:
    """All calls. The menus without a language, for apps that speak none of ours, are in English."""
    everyone = commands_for(Who.ANYONE, Who.MANAGER)
    scopes: list[tuple[dict[str, object], tuple[Command, ...]]] = [
        ({"type": "all_private_chats"}, everyone),
        ({"type": "all_group_chats"}, commands_for(Who.ANYONE)),
        ({"type": "all_chat_administrators"}, everyone),
        *(({"type": "chat", "chat_id": admin}, (*everyone, *commands_for(Who.ADMIN))) for admin in sorted(admins)),
    ]
    tongues = [("", texts.say("en")), *((language, texts.say(language)) for language in LANGUAGES)]
    return [_call(scope, code, say, commands) for scope, commands in scopes for code, say in tongues]


def _call(scope: dict[str, object], code: str, say: Say, commands: tuple[Command, ...]) -> dict[str, object]:
    listed = [{"command": command.name, "description": say(command.about)} for command in commands]
    call: dict[str, object] = {"commands": listed, "scope": scope}
    return call | {"language_code": code} if code else call
