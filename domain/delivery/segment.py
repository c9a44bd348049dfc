"""Segments: to which subscribers a broadcast goes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from domain.chat.event import ChatKind


class AudienceKind(StrEnum):
    """Kind of subscriber."""

    PEOPLE = "people"
    GROUPS = "groups"
    CHANNELS = "channels"

    @property
    def chat_kinds(self) -> tuple[ChatKind, ...]:
        """Telegram's kinds of chat that belong to it."""
        if self is AudienceKind.PEOPLE:
            return (ChatKind.PRIVATE,)
        return (ChatKind.CHANNEL,) if self is AudienceKind.CHANNELS else (ChatKind.GROUP, ChatKind.SUPERGROUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Conditions that a recipient meets, all of them; the default is everybody.

    `category` is the key of one that they get items of. `joined_days` and `active_days` reach back from the instant at
    which the recipients are determined. Of an edition, given by its name, they `had` a part, or `missed` all of it.
    """

    kind: AudienceKind | None = None
    language: str = ""
    category: str = ""
    joined_days: int | None = None
    active_days: int | None = None
    had: str | None = None
    missed: str | None = None

    @property
    def is_everybody(self) -> bool:
        return not self.conditions()

    def conditions(self) -> dict[str, object]:
        """Return the conditions by their names, without those that everybody meets."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


EVERYBODY = Segment()


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """Number of recipients by kind."""

    people: int = 0
    groups: int = 0
    channels: int = 0

    @property
    def total(self) -> int:
        return self.people + self.groups + self.channels
