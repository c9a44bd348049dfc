"""People, chats and messages as the emulator keeps them -> as JSON they are the shapes of docs/emulator-control.md."""

from typing import Any

import msgspec

EMPTY = msgspec.Raw(b"[]")


class Entity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A MessageEntity of the Bot API; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user: dict[str, Any] | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length


class User(msgspec.Struct):
    """Someone who may talk to the bot. The private chat's id is this id."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False


class Topic(msgspec.Struct):
    """A thread of a forum."""

    thread_id: int
    name: str
    closed: bool = False


class Member(msgspec.Struct):
    """Someone in a chat. `rights` overrides the rights an administrator or a restricted member has by default."""

    user_id: int
    status: str
    rights: dict[str, bool] = msgspec.field(default_factory=dict)

    @property
    def inside(self) -> bool:
        return self.status in ("creator", "administrator", "member", "restricted")


class Chat(msgspec.Struct):
    """A chat the bot knows or could know. `permissions` are what plain members may do."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    is_forum: bool = False
    members: dict[int, Member] = msgspec.field(default_factory=dict)
    topics: dict[int, Topic] = msgspec.field(default_factory=dict)
    permissions: dict[str, bool] = msgspec.field(default_factory=dict)
    migrated_to: int | None = None
    migrated_from: int | None = None
    deleted: bool = False
    unread: dict[int, int] = msgspec.field(default_factory=dict)
    last_message_id: int = 0

    def __post_init__(self) -> None:
        if self.type in ("supergroup", "channel") and self.last_message_id == 0:
            self.last_message_id = 1  # the service message that made it; in a forum the General topic's number

    def view(self) -> dict[str, Any]:
        """The Chat of the control interface."""
        return {
            "id": self.id,
            "type": self.type,
            "title": self.title,
            "username": self.username,
            "is_forum": self.is_forum,
            "members": [{"user_id": m.user_id, "status": m.status} for m in self.members.values()],
            "topics": list(self.topics.values()),
            "migrated_to": self.migrated_to,
            "deleted": self.deleted,
            "unread": {str(user): count for user, count in self.unread.items()},
        }


class Document(msgspec.Struct, frozen=True):
    """A file in a message; its bytes are kept apart."""

    file_id: str
    file_name: str | None
    mime_type: str | None
    file_size: int


class Location(msgspec.Struct, frozen=True):
    """Degrees."""

    latitude: float
    longitude: float


class Message(msgspec.Struct, frozen=True):
    """A message as it stands; an edit makes a new one. What is JSON already stays JSON.

    It is compared, kept and sent on as it is.
    """

    chat_id: int
    message_id: int
    from_id: int
    from_name: str
    from_bot: bool
    date: int
    edit_date: int | None = None
    text: str = ""
    entities: msgspec.Raw = EMPTY
    document: Document | None = None
    location: Location | None = None
    reply_markup: msgspec.Raw | None = None
    reply_to_message_id: int | None = None
    thread_id: int | None = None
    silent: bool = False
    link_preview: msgspec.Raw | None = None
    service: str | None = None
