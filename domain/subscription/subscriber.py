"""The subscriber: one chat, its schedule and its content preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences


class LeftReason(StrEnum):
    """Reason why a chat gets no digest any more."""

    STOPPED = "stopped"
    """It unsubscribed."""
    REMOVED = "removed"
    """A group or channel removed the bot, as an update of Telegram's said."""
    MIGRATED = "migrated"
    """The group became a supergroup that is subscribed by itself."""
    TAKEN_OUT = "taken_out"
    """An admin of the bot took it out (storage/admissions.py)."""
    ERASED = "erased"
    """It had everything about it erased, and is known no longer."""

    # Telegram refused a message to the chat:
    BLOCKED = "blocked"
    ACCOUNT_DELETED = "account_deleted"
    NEVER_STARTED = "never_started"
    KICKED = "kicked"
    NOT_A_MEMBER = "not_a_member"
    CHAT_DELETED = "chat_deleted"
    CHAT_NOT_FOUND = "chat_not_found"
    FORBIDDEN = "forbidden"
    """Any other 403."""


BY_HAND = (LeftReason.STOPPED, LeftReason.TAKEN_OUT)
"""Reasons of chats in which the bot still is, so that messages may arrive there."""


class Setting(StrEnum):
    """What a person can change, and take back."""

    SCHEDULE = "schedule"
    LAYOUT = "layout"
    LANGUAGE = "language"
    CATEGORIES = "categories"
    MUTES = "mutes"
    SOUND = "sound"
    PAUSE = "pause"
    SIGNATURE = "signature"
    RECAP = "recap"
    SLOT = "slot"


class RichRefusal(StrEnum):
    """Reason why Telegram refused a rich message."""

    CHAT = "rich_not_in_chat"
    """This chat takes none."""
    SERVER = "rich_not_on_server"
    """The Bot API server is too old to know them."""
    PICTURE = "picture_refused"
    """It could not fetch a picture, or takes none there."""
    CONTENT = "rich_content_refused"
    """Anything else: the message itself."""

    @property
    def is_lasting(self) -> bool:
        """Whether the next rich message would be refused as well."""
        return self in (RichRefusal.CHAT, RichRefusal.SERVER)


SETUP_OPEN = timedelta(hours=1)
"""How long what a person types is about the chat whose settings they have opened."""


class SetupQuestion(StrEnum):
    """What a screen of another chat's settings asks the person to type."""

    NONE = ""
    SIGNATURE = "signature"
    TIME = "time"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class OpenSetup:
    """The chat (by its row) whose settings a person has opened last, what they were asked there, and when."""

    subscriber_id: int
    question: SetupQuestion
    opened_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether what the person types now is still about that chat."""
        return self.opened_at is not None and now - self.opened_at < SETUP_OPEN


QUESTION_OPEN = timedelta(minutes=10)
"""How long a question can be answered in words; afterwards it is asked again."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the bot has asked a person last (by the data of the button that says yes), and when."""

    yes: str
    asked_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether a bare yes is still the answer."""
        return now - self.asked_at < QUESTION_OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One chat and what it wants; only active ones get the digest.

    `joined_at` is when it last became active; `language_chosen` says that the language no longer follows the app's.
    `rich_refusal` is why the rich layout that it chose became the full one. `paused_until` is the end of its last
    pause, past or to come. `signature` is the line under a group's or channel's digest. `setup` and `question`
    are for a person.
    `recap_weekday` (0 is Monday) is when the weekly recap comes, chosen at `recap_since`; None without one.
    """

    id: int
    chat: Chat
    active: bool = False
    silent: bool = False
    language_chosen: bool = False
    schedule: Schedule
    preferences: ContentPreferences
    joined_at: datetime | None = None
    left_reason: LeftReason | None = None
    rich_refusal: RichRefusal | None = None
    paused_until: datetime | None = None
    signature: str = ""
    setup: OpenSetup | None = None
    question: OpenQuestion | None = field(default=None, compare=False)
    """Compared with nothing: a question alone changes nothing that a chat wants."""
    recap_weekday: int | None = None
    recap_since: datetime | None = None
