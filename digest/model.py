"""Values of a digest that has been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.chat.i18n import Translator
from domain.chat.text import Text, format_text


class Severity(StrEnum):
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
    severity: Severity
    code: str
    template: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def message(self) -> str:
        """What it says, in English."""
        return format_text(self.template, dict(self.parameters)).plain

    def translated(self, translate: Translator) -> str:
        """What it says, in the reader's language; what is quoted stays as it is."""
        return format_text(translate(self.template), dict(self.parameters)).plain


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
    written_number: str
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
    published_at: datetime | None
    title: str
    categories: tuple[str, ...]
    intro: Text
    items: tuple[Item, ...]
    commentary: Text
    trailing: Text
    source_form: str
    content_hash: str
    is_draft: bool = False
    problems: tuple[Problem, ...] = ()
    commentary_title: str = ""

    @property
    def is_publishable(self) -> bool:
        """Whether it may be sent: no error, no draft, a date and something to say."""
        return (
            not self.is_draft and self.date is not None and all(p.severity is not Severity.ERROR for p in self.problems)
        )
