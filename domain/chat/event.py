"""Events: what happens in chats, independent of any framework. Transport drivers make them; handlers answer them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from domain.chat.frozen_message import FrozenMessage
from domain.chat.text import Text


class ChatKind(StrEnum):
    """Telegram's kinds of chat."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat. `topic_id` is a forum's message_thread_id; `title` is a group's name, which strangers may write."""

    id: int
    kind: ChatKind = ChatKind.PRIVATE
    topic_id: int | None = None
    title: str = ""

    @property
    def is_private(self) -> bool:
        return self.kind is ChatKind.PRIVATE


@dataclass(frozen=True, slots=True)
class User:
    """A person. `language` is the IETF tag of their app, if it sent one; `name` is text of a stranger."""

    id: int
    name: str = ""
    language: str = ""


ANONYMOUS_ADMINISTRATOR_ID = 1087968824
"""The user that Telegram shows for a group's anonymous administrators (Bot API, Message.sender_chat).

Only what they write comes from it: a press comes from the person.
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from. By its `update_id` each update of Telegram's has one effect."""

    update_id: int
    chat: Chat
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`/name arguments`, without the slash and the bot's name, the name in lower case.

    `styled_arguments` is the text after the command with its styles; `reply_to_message_id` is the message replied to,
    `reply_to_content` what that holds, in a private chat, and `reply_to_person_id` whom it is about: who wrote it
    before it was forwarded, or whose contact it is.
    """

    origin: Origin
    name: str
    arguments: str = ""
    styled_arguments: Text = field(default_factory=Text)
    message_id: int = 0
    reply_to_message_id: int | None = None
    reply_to_content: FrozenMessage | None = None
    reply_to_person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Where somebody is, in degrees. Its text shows neither number, so that no log and no traceback can."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A file that somebody sent; `name` is text of a stranger, `size` in bytes (0 if it is not told)."""

    file_id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text that is not a command; empty for a message without text.

    `content` is what a message in a private chat holds, as far as a bot can send the same; `contact_id` is the person
    whose contact it is; `location` is the place that somebody shares, `document` a file, both in a private chat.
    """

    origin: Origin
    text: str
    message_id: int = 0
    content: FrozenMessage | None = None
    contact_id: int | None = None
    location: Coordinates | None = None
    document: SentDocument | None = None


@dataclass(frozen=True, slots=True)
class EditedMessage:
    """A message in a private chat that its sender changed afterwards; `message` is how it reads now."""

    origin: Origin
    message: Command | TextMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPress:
    """A press on a button of the message `message_id`. A modified client may have altered `data`.

    The answer must name `callback_query_id`. `is_accessible` is false if the message is too old to be edited.
    A message that the presser alone sees has an `ephemeral_message_id` in place of the other.
    """

    origin: Origin
    callback_query_id: str
    data: str
    message_id: int
    is_accessible: bool = True
    ephemeral_message_id: int | None = None


@dataclass(frozen=True, slots=True)
class BotMembership:
    """The bot was added to a chat (or unblocked), or removed from it, blocked or kicked; or its rights changed."""

    origin: Origin
    is_member: bool
    may_post: bool = True


@dataclass(frozen=True, slots=True)
class ChatMigration:
    """A group became a supergroup and has a new id."""

    origin: Origin
    new_chat_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChange:
    """A forum's topic was opened, renamed, closed or reopened. `name` and `is_closed` are None where it says nothing.

    No update tells of a deleted one. `name` is text of a stranger.
    """

    origin: Origin
    topic_id: int
    name: str | None = None
    is_closed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineQuery:
    """`@bot words`, written in any chat, which the bot does not learn; the origin's chat is the person's own.

    `offset` is what the answer before gave for the next results, '' for the first.
    """

    origin: Origin
    query_id: str
    words: str
    offset: str = ""


Event = Command | TextMessage | EditedMessage | ButtonPress | BotMembership | ChatMigration | TopicChange | InlineQuery
