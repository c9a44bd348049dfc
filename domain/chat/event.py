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
    topic: int | None = None
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.kind is ChatKind.PRIVATE


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something. `language` is the IETF tag of their app (may be missing); the name is a stranger's text."""

    id: int
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from: `update` is Telegram's update_id, by which each event has one effect."""

    update: int
    chat: Chat
    person: Person


@dataclass(frozen=True, slots=True)
class Command:
    """`/name arguments`, without the slash and the bot's name, the name in lower case.

    `said` is the message's text after the command, its styles kept; `replies_to` the message it answers to.
    """

    origin: Origin
    name: str
    arguments: str = ""
    said: Text = field(default_factory=Text)
    message: int = 0
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A text that is no command."""

    origin: Origin
    text: str
    message: int = 0


@dataclass(frozen=True, slots=True)
class Press:
    """A press on a button: `data` as the bot made it, or as somebody altered it; `message` it stands under.

    `press` is the id that the answer must name; `readable` is false where the message is too old to be edited.
    """

    origin: Origin
    press: str
    data: str
    message: int
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot was let in (`present`) or put out: blocked, kicked, or its chat deleted."""

    origin: Origin
    present: bool


@dataclass(frozen=True, slots=True)
class Migration:
    """A group became a supergroup and has a new id."""

    origin: Origin
    new_chat: int


Event = Command | Said | Press | Membership | Migration
