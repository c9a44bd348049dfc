"""The values that reading a digest produces: the digest, its items and links, and problems for the editor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.chat.i18n import Translator
from domain.chat.text import Text, format_text
from domain.edition_day import DEFAULT_SLOT, EditionDay
from domain.text_language import primary_language


class Severity(StrEnum):
    """How much a problem matters; an error keeps the digest from being published."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class PictureMode(StrEnum):
    """How readers of ordinary messages see the pictures of an edition; the rich layout shows them in its own way."""

    PREVIEW = "preview"  # as the link preview of a message, below the text
    PREVIEW_ABOVE = "preview_above"
    ALBUM = "album"  # as photos after the text
    NONE = "none"


DEFAULT_PICTURES = PictureMode.PREVIEW
"""Link previews cost no message, and Telegram leaves one out whose picture it cannot fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A finding for the editor: where it is (1-based line and column of the file), what is wrong, how to fix it.

    `template` is the English message with `{names}` from `parameters`; translate it first, then fill them in.
    `{today}`, in an example of what to write, is the reader's day, which reading a digest does not know.
    `excerpt` is what stands in the line, from shortly before the column if it is long; empty if that shows nothing.
    """

    line: int
    column: int
    severity: Severity
    code: str
    template: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    excerpt: str = ""

    @property
    def message(self) -> str:
        """The message in English, the same on every day."""
        return self._filled(self.template, None)

    def translated(self, translate: Translator, today: date | None = None) -> str:
        """The message in the reader's language; quotations stay as they are, and examples have the reader's day."""
        return self._filled(translate(self.template), today)

    def _filled(self, template: str, today: date | None) -> str:
        return format_text(template, {"today": str(today or "YYYY-MM-DD"), **dict(self.parameters)}).plain


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the text."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the lines that stand for it in a text, and its cells."""

    lines: Text
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its address, or the path of its file; the words that stand for it; and the position of its item.

    The position is 0 in the introduction, and one more than the last item's in the commentary. `key` names a picture
    that is sent as a photo, by its bytes or its address; '' if it is not.
    """

    url: str
    text: str
    position: int
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of news.

    `position` is 1-based within the whole digest: the number that readers see and type. `written_number` is the
    editor's own number, empty for bullets. `url` is the item's main link, empty without one; `links` are all links in
    headline and body, in order. `section` is the plain heading above the item.
    """

    position: int
    written_number: str
    headline: str
    url: str
    body: Text
    section: str = ""
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One edition.

    `date` is an `EditionDay` with the `slot`, whatever day it is made of. `published_at` is the aware instant of the
    front matter from which it may be sent. `categories` are those of the
    front matter. `source_form` names the detected form, such as "numbered-list". `content_hash` covers what
    subscribers see. `commentary_title` is the heading above the commentary, empty without one. `tables` and `pictures`
    are those of the texts, for layouts that can show them; `picture_mode` says how ordinary messages show them.

    `language` is the one that the file names, '' for none; an original without one is taken to be in the
    `assumed_language`. A stored edition is its original with its `variants`, texts
    of the same edition in other languages; readers of `missing_languages` are told that theirs is not there.
    `is_substitute`: this is what they get instead.
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
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    picture_mode: PictureMode = PictureMode.NONE
    slot: str = DEFAULT_SLOT
    language: str = ""
    is_language_in_name: bool = False
    assumed_language: str = ""
    variants: tuple[Digest, ...] = ()
    missing_languages: tuple[str, ...] = ()
    is_substitute: bool = False

    def __post_init__(self) -> None:
        if self.date is not None:
            object.__setattr__(self, "date", EditionDay.of(self.date, self.slot))

    @property
    def photos(self) -> tuple[Picture, ...]:
        """The pictures that are sent as photos."""
        return tuple(picture for picture in self.pictures if picture.key)

    @property
    def all_photos(self) -> tuple[Picture, ...]:
        """The photos of the original and of all variants."""
        return tuple(photo for text in (self, *self.variants) for photo in text.photos)

    @property
    def text_hashes(self) -> dict[str, str]:
        """The content hash of each text by the language of its variant, '' for the original."""
        return {"": self.content_hash} | {variant.language: variant.content_hash for variant in self.variants}

    def variant_for(self, language: str) -> str:
        """Return the language of the variant for readers of a language, '' where they get the original.

        Without a variant of theirs, readers of one script of a language get the other one.
        """
        original = self.language or self.assumed_language
        written = [original, *(variant.language for variant in self.variants)]
        close = (other for other in written if primary_language(other) == primary_language(language))
        chosen = language if language in written else next(close, original)
        return "" if chosen == original else chosen

    def in_language(self, language: str) -> Digest:
        """Return the text for readers of a language: their variant, or the original."""
        chosen = self.variant_for(language)
        if chosen:
            return next(variant for variant in self.variants if variant.language == chosen)
        return replace(self, is_substitute=True) if language in self.missing_languages else self

    @property
    def is_publishable(self) -> bool:
        """Whether it may be sent: it has a date, is no draft and has no errors."""
        return (
            not self.is_draft and self.date is not None and all(p.severity is not Severity.ERROR for p in self.problems)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """An item of a stored edition as a search lists it; `body` is plain, and cut off if it is long."""

    day: date
    position: int
    headline: str
    url: str
    body: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedItem:
    """An item as it was when somebody saved it.

    `key` finds it in its edition again, whatever its position has become; it is shown to nobody while the edition
    `is_withdrawn`.
    """

    day: date
    key: str
    headline: str
    url: str
    body: str
    is_withdrawn: bool = False


NOT_SHOWN = -1
"""Position of what goes into no message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """Markdown that is no part of a digest, the position of the item or other part in which it stands, and its line.

    `above` is the text of the block above it in that part; "" at the part's beginning.
    """

    markdown: str
    position: int
    above: str
    line: int
