"""Rewrite a digest's file in the reference form, and keep what that form cannot say as it stands.

    bytes -> digest -> reference form with tables -> images, comments, frames, contents in their places -> front matter

A file that differs from the result only by line breaks within its paragraphs stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from digest.model import Digest
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


def reformat_file(data: bytes, *, name: str, zone: tzinfo, extra_fields: Mapping[str, object]) -> str:
    """Return a file with exactly one digest in the reference form; categories that were only guessed are not written.

    `extra_fields` are front matter fields unknown to the digest.
    """
    (digest,) = read_digests(data, name=name, zone=zone, classifier=Classifier())
    text = read_source_text(data).text
    written = _write(digest, extra_fields, read_omissions(data, name=name, zone=zone), text.split("\n"))
    head, page = _front_matter(text, digest), _page(written)
    if not head:
        return written
    is_formatted = _paragraphs(_page(text)) == _paragraphs(page)
    return text if is_formatted else f"{head.rstrip()}\n\n{page}"


def _write(digest: Digest, extra_fields: Mapping[str, object], file: FileOmissions, lines: Sequence[str]) -> str:
    """Write the digest with what it does not hold: in its place, and below its part if that would be read otherwise."""
    kept = sorted(((one.line, _markdown(one)) for one in file.omissions), key=lambda one: one[0])
    passages = [one for one in kept if one[1]]
    contents = list(_contents_lists(file.parts, lines))
    tried = (
        list(place(sorted([*passages, *contents]), file.parts)),
        list(place(passages, file.parts)),
        [replace(one, above=AT_THE_END) for one in place(passages, file.parts)],
    )
    written = [format_reference(digest, extra_fields, kept=tried[0])]
    for placed in tried[1:]:
        if _says_the_same(written[-1], digest):
            break
        written.append(format_reference(digest, extra_fields, kept=placed))
    return written[-1]


def _contents_lists(parts: DigestParts, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lists that repeat the headlines as they were written, with their lines."""
    for omitted in parts.omitted:
        if omitted.reason is OmissionReason.CONTENTS:
            first, last = omitted.blocks[0].line, last_line(omitted.blocks[-1])
            yield first, "\n".join(lines[first - 1 : last])


def _says_the_same(written: str, digest: Digest) -> bool:
    """Whether the file would be read as the digest that it was made from."""
    read = read_digests(written.encode(), classifier=Classifier())
    return len(read) == 1 and _words(read[0]) == _words(digest)


def _words(digest: Digest) -> tuple[object, ...]:
    items = [(item.headline, item.url, item.section, item.body.plain) for item in digest.items]
    return digest.intro.plain, digest.commentary.plain, items


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
