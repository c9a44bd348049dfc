"""Segments: to which subscribers a broadcast goes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from domain.chat.event import ChatKind
from domain.chat.i18n import LANGUAGES
from domain.edition_day import EditionDay, parse_edition_day


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


@dataclass(frozen=True, slots=True)
class SentEdition:
    """An edition as it went out: to all of its recipients, or to those who read a language then.

    `str` names it: `2026-11-26-evening`, `2026-11-26.en`.
    """

    day: EditionDay
    language: str = ""

    def __str__(self) -> str:
        return f"{self.day}.{self.language}" if self.language else str(self.day)


def parse_sent_edition(name: str) -> SentEdition | None:
    """Return the edition that a name stands for, or None."""
    written, dot, language = name.partition(".")
    day = parse_edition_day(written)
    return None if day is None or (dot and language not in LANGUAGES) else SentEdition(day, language)


@dataclass(frozen=True, slots=True)
class EditionTitles:
    """An edition by the titles of its texts: that of the original under '', those of its variants by language."""

    day: EditionDay
    titles: Mapping[str, str]
    is_withdrawn: bool = False

    def title_in(self, language: str) -> str:
        """Return the title for readers of a language."""
        return self.titles.get(language) or self.titles[""]

    @property
    def has_variants(self) -> bool:
        return len(self.titles) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Conditions that a recipient meets, all of them; the default is everybody.

    `category` is the key of one that they get items of. `joined_days` and `active_days` reach back from the instant at
    which the recipients are determined. Of an edition, named as `SentEdition` does, they `had` a part, or `missed` all.
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

    def editions(self) -> list[SentEdition]:
        """Return the editions that recipients had or missed."""
        return [edition for name in (self.had, self.missed) if name and (edition := parse_sent_edition(name))]


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
