"""Rewrite a digest's file in the reference form, and keep what that form cannot say as it stands.

    bytes -> digest -> reference form with tables -> images, comments, frames, contents in their places -> front matter
          -> read again: a file that would be read as another digest is not written

A file that differs from the result only by line breaks within its paragraphs stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import chain

from digest.model import Digest, Item, PlacedText
from digest.parsing.front_matter import split_front_matter
from digest.parsing.inline import Omission
from digest.parsing.source_text import read_source_text
from digest.problems import ProblemCode
from digest.reader import FileOmissions, read_digests, read_omissions
from digest.rendering.reference_form import AT_THE_END, format_reference
from digest.rendering.to_markdown import image_to_markdown
from digest.segmentation.block_assignment import DigestParts, OmissionReason
from digest.segmentation.classifier import Classifier
from digest.segmentation.flat_blocks import last_line
from digest.segmentation.media import place
from domain.chat.i18n import gettext_noop
from domain.chat.text import Text

_KEPT = (
    ProblemCode.MEDIA,
    ProblemCode.SHORTCODE,
    ProblemCode.COMMENT,
    ProblemCode.UNUSED_ADDRESS,
    ProblemCode.NOTE_MARKS,
)
_FRONT_MATTER_PROBLEMS = ("D10", "D11", "D120", "D122")
_FRONT_MATTER_STARTS = ("---\n", "+++\n", "{")
_PARAGRAPH_END = re.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class OtherReading:
    """The first part of a digest that the reference form would not say; `template` may name `{n}`, an item's number."""

    template: str
    n: int = 0


def reformat_file(data: bytes, *, name: str, zone: tzinfo, extra_fields: Mapping[str, object]) -> str | OtherReading:
    """Return a file with exactly one digest in the reference form; categories that were only guessed are not written.

    The result is read as the same digest, and formatting it again changes nothing; if no such form is found, the part
    that would be read otherwise is returned. `extra_fields` are front matter fields unknown to the digest.
    """
    file = _File(name, zone, extra_fields)
    digest = file.read(data)[0]
    differences = list[OtherReading]()
    for written in _forms(data, file):
        difference = _find_difference(file.read(written.encode()), digest)
        if difference is None and written in _forms(written.encode(), file):
            return written
        differences.append(difference or OtherReading(_WHOLE))
    return differences[0]


_WHOLE = gettext_noop("the whole of it")
_TITLE = gettext_noop("the title")
_DATE = gettext_noop("the date")
_INTRO = gettext_noop("the introduction")
_ITEM = gettext_noop("item {n}")
_ITEMS = gettext_noop("what follows item {n}")
_COMMENTARY = gettext_noop("the commentary")
_TRAILING = gettext_noop("the text after the news")


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of a file besides its text."""

    name: str
    zone: tzinfo
    extra_fields: Mapping[str, object]

    def read(self, data: bytes) -> tuple[Digest, ...]:
        return read_digests(data, name=self.name, zone=self.zone, classifier=Classifier())


def _forms(data: bytes, file: _File) -> Iterator[str]:
    """Yield what the file may become, the best form first."""
    digest = file.read(data)[0]
    text = read_source_text(data).text
    head = _front_matter(text, digest)
    for placed in _placings(read_omissions(data, name=file.name, zone=file.zone), text.split("\n")):
        written = format_reference(digest, file.extra_fields, kept=placed)
        page = _page(written)
        if head:
            is_formatted = _paragraphs(_page(text)) == _paragraphs(page)
            yield text if is_formatted else f"{head.rstrip()}\n\n{page}"
        yield written


def _placings(file: FileOmissions, lines: Sequence[str]) -> Iterator[list[PlacedText]]:
    """Yield where that stands which the digest does not hold: in its place, else below its part."""
    kept = sorted(((one.line, _markdown(one)) for one in file.omissions), key=lambda one: one[0])
    passages = [one for one in kept if one[1]]
    contents = list(_contents_lists(file.parts, lines))
    if contents:
        yield list(place(sorted([*passages, *contents]), file.parts))
    yield list(place(passages, file.parts))
    if passages:
        yield [replace(one, above=AT_THE_END) for one in place(passages, file.parts)]


def _contents_lists(parts: DigestParts, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lists that repeat the headlines as they were written, with their lines."""
    for omitted in parts.omitted:
        if omitted.reason is OmissionReason.CONTENTS:
            first, last = omitted.blocks[0].line, last_line(omitted.blocks[-1])
            yield first, "\n".join(lines[first - 1 : last])


def _find_difference(read: Sequence[Digest], digest: Digest) -> OtherReading | None:
    """Return the first part in which what was read again says something else than the digest."""
    if len(read) != 1:
        return OtherReading(_WHOLE)
    (again,) = read
    parts = (
        (_TITLE, again.title == digest.title),
        (_DATE, again.date == digest.date and digest.published_at in (None, again.published_at)),
        (_INTRO, _words(again.intro) == _words(digest.intro)),
    )
    below = (
        (_COMMENTARY, again.commentary_title == (digest.commentary_title or again.commentary_title)),
        (_COMMENTARY, _words(again.commentary) == _words(digest.commentary)),
        (_TRAILING, _words(again.trailing) == _words(digest.trailing)),
    )
    differing = (OtherReading(part) for part, is_same in parts if not is_same)
    differing_below = (OtherReading(part) for part, is_same in below if not is_same)
    return next(chain(differing, _differing_items(again.items, digest.items), differing_below), None)


def _differing_items(again: Sequence[Item], items: Sequence[Item]) -> Iterator[OtherReading]:
    pairs = zip(again, items, strict=False)
    yield from (OtherReading(_ITEM, item.position) for other, item in pairs if _said(other) != _said(item))
    if len(again) != len(items):
        yield OtherReading(_ITEMS, min(len(again), len(items)))


def _said(item: Item) -> tuple[object, ...]:
    return item.headline, item.url, item.section, item.categories, _words(item.body)


def _words(text: Text) -> list[str]:
    return text.plain.split()


def _markdown(omission: Omission) -> str:
    if omission.code is ProblemCode.IMAGE:
        return image_to_markdown(omission.text, omission.url, omission.link)
    return omission.text if omission.code in _KEPT else ""


def _front_matter(text: str, digest: Digest) -> str:
    """Return sound front matter as it was written, in YAML, TOML or JSON, else nothing."""
    is_sound = not any(problem.code.startswith(_FRONT_MATTER_PROBLEMS) for problem in digest.problems)
    page = _page(text)
    stands_first = text.startswith(_FRONT_MATTER_STARTS) and text.endswith(page)
    return text[: len(text) - len(page)] if is_sound and stands_first else ""


def _page(text: str) -> str:
    return split_front_matter(text).body.lstrip("\n")


def _paragraphs(page: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in _PARAGRAPH_END.split(page.strip())]
