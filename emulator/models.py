"""Models the emulator stores; their JSON form is part of the control API (docs/emulator-control.md)."""

from typing import Any, Literal

import msgspec

GENERAL_THREAD_ID = 1
"""Thread id of the General topic, which every forum has."""
NO_ENTITIES = msgspec.Raw(b"[]")


class MessageEntity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """MessageEntity of the Bot API; offset and length are in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    user: dict[str, Any] | None = None
    custom_emoji_id: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None

    @property
    def end(self) -> int:
        return self.offset + self.length

    def is_disjoint(self, other: "MessageEntity") -> bool:
        """Whether the two entities have no character in common."""
        return self.end <= other.offset or other.end <= self.offset


class User(msgspec.Struct):
    """User of Telegram; their private chat with the bot has the same id. `started`: they have written to the bot.

    `old_app`: their app shows a hint in place of rich messages; `refuses_rich`: their chat does not accept them.
    `is_crowd`: nobody looks at their chat, so the page knows nothing of it. `is_bot_admin`: the bot obeys them, so the
    page proposes to be them.
    """

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    old_app: bool = False
    refuses_rich: bool = False
    is_crowd: bool = False
    is_bot_admin: bool = False


class Topic(msgspec.Struct):
    """Topic of a forum."""

    thread_id: int
    name: str
    closed: bool = False


class Member(msgspec.Struct):
    """Member of a chat. `rights` overrides the defaults of an administrator or a restricted member."""

    user_id: int
    status: str
    rights: dict[str, bool] = msgspec.field(default_factory=dict)

    @property
    def is_member(self) -> bool:
        return self.status in ("creator", "administrator", "member", "restricted")


class Chat(msgspec.Struct):
    """Private chat, group, supergroup or channel. `permissions` are those of ordinary members."""

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
    last_ephemeral_id: int = 0
    refuses_rich: bool = False
    pinned: list[int] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        if self.type in ("supergroup", "channel") and self.last_message_id == 0:
            self.last_message_id = 1  # id of the message that created the chat; in a forum also the General topic

    def as_control_json(self) -> dict[str, Any]:
        """Return the chat as the control API shows it."""
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
            "refuses_rich": self.refuses_rich,
            "pinned": self.pinned,
            "unread": {str(user): count for user, count in self.unread.items()},
        }


MediaKind = Literal["photo", "video", "animation", "audio", "voice", "video_note", "sticker"]
FileKind = MediaKind | Literal["document"]


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """File in a message; FileStore holds its bytes. `kind`: as what it was sent first, and as nothing else again."""

    file_id: str
    file_name: str | None
    mime_type: str | None
    file_size: int
    kind: FileKind = "document"


class Location(msgspec.Struct, frozen=True):
    """Location in degrees."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """Name and address of the place at a location."""

    title: str
    address: str


class Media(msgspec.Struct, frozen=True):
    """Photo, video, sound, voice message or sticker; FileStore holds its bytes."""

    kind: MediaKind
    file: Document
    emoji: str | None = None
    """What a sticker stands for."""
    seconds: int = 0
    """Length of a video, a sound or a voice message."""


class Poll(msgspec.Struct, frozen=True, omit_defaults=True):
    """Question with its options; nobody has voted. A forwarded one keeps the id: its votes are shared."""

    question: str
    options: list[str]
    id: str = ""


_CONTENT_FIELDS = ("text", "entities", "document", "location", "venue", "media", "poll", "rich_message", "link_preview")


class StoredMessage(msgspec.Struct, frozen=True):
    """Immutable message; an edit replaces it. Entities, rich content and markup stay encoded: they are passed on.

    An ephemeral one has a receiver, who alone sees it, and is stored by its own identifier below 0.
    """

    chat_id: int
    message_id: int
    from_id: int
    from_name: str
    from_bot: bool
    date: int
    edit_date: int | None = None
    text: str = ""
    entities: msgspec.Raw = NO_ENTITIES
    document: Document | None = None
    location: Location | None = None
    venue: Venue | None = None
    media: Media | None = None
    media_group_id: str | None = None
    poll: Poll | None = None
    forward_origin: msgspec.Raw | None = None
    via_bot: bool = False
    reply_markup: msgspec.Raw | None = None
    reply_to_message_id: int | None = None
    thread_id: int | None = None
    silent: bool = False
    link_preview: msgspec.Raw | None = None
    service: str | None = None
    rich_message: msgspec.Raw | None = None
    protected: bool = False
    receiver_user_id: int | None = None

    def content(self) -> dict[str, Any]:
        """Return the fields that a copy and a forward of the message have too."""
        return {name: getattr(self, name) for name in _CONTENT_FIELDS}
