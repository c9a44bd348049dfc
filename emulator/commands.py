"""The bot's command lists by scope and language -> the list one person sees in one chat, in Telegram's order."""

from dataclasses import dataclass
from typing import Any

from emulator.values import Chat

Command = dict[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """A BotCommandScope; ids are None where the type has none."""

    type: str
    chat_id: int | None = None
    user_id: int | None = None

    def view(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": self.type}
        if self.chat_id is not None:
            found["chat_id"] = self.chat_id
        if self.user_id is not None:
            found["user_id"] = self.user_id
        return found


class CommandTable:
    """Lists by (scope, language code); "" is every language."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Scope, str], list[Command]] = {}

    def set(self, scope: Scope, language: str, commands: list[Command]) -> None:
        if commands:
            self._lists[scope, language] = commands
        else:
            self._lists.pop((scope, language), None)

    def get(self, scope: Scope, language: str) -> list[Command]:
        return self._lists.get((scope, language), [])

    def view(self) -> list[dict[str, Any]]:
        return [
            {"scope": scope.view(), "language_code": language, "commands": commands}
            for (scope, language), commands in self._lists.items()
        ]

    def seen_by(self, chat: Chat, user_id: int, language: str | None) -> list[Command]:
        """The first list found, scope by scope, with the language first (Bot API, "Determining list of commands")."""
        for scope in _precedence(chat, user_id):
            for code in ((language or "").split("-")[0], ""):
                if found := self.get(scope, code):
                    return found
        return []


def _precedence(chat: Chat, user_id: int) -> list[Scope]:
    if chat.type == "private":
        return [Scope("chat", chat.id), Scope("all_private_chats"), Scope("default")]
    member = chat.members.get(user_id)
    scopes = [Scope("chat_member", chat.id, user_id)]
    if member is not None and member.status in ("creator", "administrator"):
        scopes += [Scope("chat_administrators", chat.id), Scope("chat", chat.id), Scope("all_chat_administrators")]
    else:
        scopes += [Scope("chat", chat.id)]
    return [*scopes, Scope("all_group_chats"), Scope("default")]
