"""Values of a digest that has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.chat.i18n import Say
from domain.chat.text import Text, fill


class Level(StrEnum):
    """How much a problem matters: an error keeps the digest from being published."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the editor should know: where (1-based line and column of the file), what, and how to mend it.

    `words` are the English text with the `{names}` of `values` in it: translate it, then fill them in.
    """

    line: int
    column: int
    level: Level
    code: str
    words: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def message(self) -> str:
        """What it says, in English."""
        return fill(self.words, dict(self.values)).plain

    def said(self, say: Say) -> str:
        """What it says, in the reader's language; what is quoted stays as it is."""
        return fill(say(self.words), dict(self.values)).plain


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands in the text."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news.

    `position` is 1-based in the whole digest: what a person sees and types. `number` is what the editor wrote
    beside it (empty for bullets). `url` is the item's own link (empty when it has none). `links` are all links in
    headline and body, in order. `section` is the heading it stands under, plain; `categories` are its names.
    """

    position: int
    number: str
    headline: str
    url: str
    body: Text
    section: str = ""
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """One edition. `date` is its day, `published` the instant from which it may go out (aware), if the front matter
    tells. `categories` are the front matter's. `form` names the shape it was recognised as. `content_hash` is of what
    subscribers see: two readings that would be shown alike have the same. `commentary_title` is the heading that
    stood above the commentary (empty where none did).
    """

    date: date | None
    published: datetime | None
    title: str
    categories: tuple[str, ...]
    intro: Text
    items: tuple[Item, ...]
    commentary: Text
    trailing: Text
    form: str
    content_hash: str
    draft: bool = False
    problems: tuple[Problem, ...] = ()
    commentary_title: str = ""

    @property
    def publishable(self) -> bool:
        """Whether it may be sent: no error, no draft, a date and something to say."""
        return not self.draft and self.date is not None and all(p.level is not Level.ERROR for p in self.problems)
