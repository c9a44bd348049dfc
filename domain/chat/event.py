"""What a bot hears, told without a framework: a driver makes Events, handlers answer them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from domain.chat.text import Text


class ChatKind(StrEnum):
    """Telegram's kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Chat:
    """Where something was said. `topic` is a forum's message_thread_id, `title` a group's name (a stranger's text)."""

    id: int
    kind: ChatKind = ChatKind.PRIVATE
    topic_id: int | None = None
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.kind is ChatKind.PRIVATE


@dataclass(frozen=True, slots=True)
class User:
    """Who did something. `language` is the IETF tag of their app (may be missing); the name is a stranger's text."""

    id: int
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: `update` is Telegram's update_id, by which each event has one effect."""

    update_id: int
    chat: Chat
    user: User


@dataclass(frozen=True, slots=True)
class Command:
    """`/name arguments`, without the slash and the bot's name, the name in lower case.

    `said` is the message's text after the command, its styles kept; `replies_to` the message it answers to.
    """

    origin: Origin
    name: str
    arguments: str = ""
    styled_arguments: Text = field(default_factory=Text)
    message_id: int = 0
    reply_to_message_id: int | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text that is no command."""

    origin: Origin
    text: str
    message_id: int = 0


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A press on a button: `data` as the bot made it, or as somebody altered it; `message` it stands under.

    `press` is the id that the answer must name; `readable` is false where the message is too old to be edited.
    """

    origin: Origin
    callback_query_id: str
    data: str
    message_id: int
    is_accessible: bool = True


@dataclass(frozen=True, slots=True)
class BotMembership:
    """The bot was let in (`present`) or put out: blocked, kicked, or its chat deleted."""

    origin: Origin
    is_member: bool


@dataclass(frozen=True, slots=True)
class ChatMigration:
    """A group became a supergroup and has a new id."""

    origin: Origin
    new_chat_id: int


Event = Command | TextMessage | ButtonPress | BotMembership | ChatMigration
