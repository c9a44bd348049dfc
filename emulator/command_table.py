"""Command lists by scope and language, and the list one user sees in one chat."""

from dataclasses import dataclass
from typing import Any

from emulator.models import Chat

Command = dict[str, str]


@dataclass(frozen=True, slots=True)
class CommandScope:
    """BotCommandScope; ids are None where the type has none."""

    type: str
    chat_id: int | None = None
    user_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        result: dict[str, Any] = {"type": self.type}
        if self.chat_id is not None:
            result["chat_id"] = self.chat_id
        if self.user_id is not None:
            result["user_id"] = self.user_id
        return result


class CommandTable:
    """Command lists by scope and language code; "" stands for all languages."""

    def __init__(self) -> None:
        self._lists: dict[tuple[CommandScope, str], list[Command]] = {}

    def set(self, scope: CommandScope, language: str, commands: list[Command]) -> None:
        if commands:
            self._lists[scope, language] = commands
        else:
            self._lists.pop((scope, language), None)

    def get(self, scope: CommandScope, language: str) -> list[Command]:
        return self._lists.get((scope, language), [])

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"scope": scope.as_json(), "language_code": language, "commands": commands}
            for (scope, language), commands in self._lists.items()
        ]

    def commands_for(self, chat: Chat, user_id: int, language: str | None) -> list[Command]:
        """Return the list the user sees in the chat (Bot API, "Determining list of commands")."""
        for scope in _scopes_by_precedence(chat, user_id):
            for code in ((language or "").split("-")[0], ""):
                if commands := self.get(scope, code):
                    return commands
        return []


def _scopes_by_precedence(chat: Chat, user_id: int) -> list[CommandScope]:
    if chat.type == "private":
        return [CommandScope("chat", chat.id), CommandScope("all_private_chats"), CommandScope("default")]
    member = chat.members.get(user_id)
    scopes = [CommandScope("chat_member", chat.id, user_id)]
    if member is not None and member.status in ("creator", "administrator"):
        scopes += [
            CommandScope("chat_administrators", chat.id),
            CommandScope("chat", chat.id),
            CommandScope("all_chat_administrators"),
        ]
    else:
        scopes += [CommandScope("chat", chat.id)]
    return [*scopes, CommandScope("all_group_chats"), CommandScope("default")]
