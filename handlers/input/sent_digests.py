"""Digests that editors send in the chat: which files and texts are meant as one, and what was read of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from digest.model import Digest
from digest.reader import Reading
from domain.chat.event import SentDocument
from domain.chat.message import Message
from domain.chat.rich_message import AnyMessage
from domain.subscription.preferences import Layout
from handlers.readings import ChoiceOutcome

MAX_SOURCE_BYTES = 1_000_000
"""The largest file that is taken in the chat; a daily digest has some ten kilobytes."""

MAX_ITEMS = 1_500
"""Items of an edition that is taken in the chat: twice those of the largest digest seen, and more than anyone reads."""

SUFFIXES = (".md", ".markdown", ".txt")

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:.*\n)*?(?:date|title)[ \t]*:", re.IGNORECASE)
_DATE = re.compile(r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}")
_ITEM = re.compile(r"^[ \t]*(?:\d{1,2}[.、)]|[-*•])[ \t]*\S", re.MULTILINE)
_MIN_ITEMS = 3
_HEAD_CHARACTERS = 200


class SendRefusal(StrEnum):
    """Why a file that an editor sent is not read."""

    OTHER_KIND = "other_kind"
    TOO_LARGE = "too_large"
    NOT_FETCHED = "not_fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A draft as its readers would get it in a layout and a language; `in_full` with all its texts."""

    layout: Layout
    language: str
    messages: tuple[AnyMessage, ...]
    in_full: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDigests:
    """What an editor sent as a digest or pressed a button of, and what was read of it; or why it was not read."""

    name: str
    source: bytes = b""
    digests: tuple[Digest, ...] = ()
    refusal: SendRefusal | None = None
    readings: tuple[Reading, ...] = ()
    """The two readings between which the editor chooses, if the text leaves doubt."""
    is_indistinct: bool = False
    """Whether it leaves doubt, but nothing that later days have tells its readings apart."""
    choice: ChoiceOutcome | None = None
    """What became of the reading that was chosen by a press."""
    preview: Preview | None = None


def is_digest_file(document: SentDocument) -> bool:
    """Return whether a file is read as a digest: by its name, which is all that is taken from it."""
    return document.name.lower().endswith(SUFFIXES)


def looks_like_digest(text: str) -> bool:
    """Return whether a pasted text is meant as a digest: it has front matter, or a date above several items."""
    if _FRONT_MATTER.match(text):
        return True
    return bool(_DATE.search(text[:_HEAD_CHARACTERS])) and len(_ITEM.findall(text)) >= _MIN_ITEMS


def size_or_kind_refusal(document: SentDocument) -> SendRefusal | None:
    """Return why a file is not even fetched."""
    if not is_digest_file(document):
        return SendRefusal.OTHER_KIND
    return SendRefusal.TOO_LARGE if document.size > MAX_SOURCE_BYTES else None


def base_name(name: str) -> str:
    """Return the last part of a file's name, without folders of whoever's system it comes from."""
    return re.split(r"[/\\]", name)[-1].strip()[-100:]
