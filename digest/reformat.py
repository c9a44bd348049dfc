"""Rewrite a digest's file in the reference form, and keep what that form cannot say as it stands.

    bytes -> digest -> reference form with tables -> images, comments and frames below their texts -> front matter

A file that differs from the result only by line breaks within its paragraphs stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import tzinfo

from digest.model import Digest
from digest.parsing.front_matter import split_front_matter
from digest.parsing.inline import Omission
from digest.parsing.source_text import read_source_text
from digest.problems import ProblemCode
from digest.reader import locate_omissions, read_digests
from digest.rendering.reference_form import format_reference
from digest.rendering.to_markdown import image_to_markdown
from digest.segmentation.classifier import Classifier

_KEPT = (ProblemCode.MEDIA, ProblemCode.SHORTCODE, ProblemCode.COMMENT, ProblemCode.UNUSED_ADDRESS)
_FRONT_MATTER_PROBLEMS = ("D10", "D11", "D120", "D122")
_FRONT_MATTER_STARTS = ("---\n", "+++\n", "{")
_PARAGRAPH_END = re.compile(r"\n(?:[ \t]*\n)+")


def reformat_file(data: bytes, *, name: str, zone: tzinfo, extra_fields: Mapping[str, object]) -> str:
    """Return a file with exactly one digest in the reference form; categories that were only guessed are not written.

    `extra_fields` are front matter fields unknown to the digest.
    """
    (digest,) = read_digests(data, name=name, zone=zone, classifier=Classifier())
    text = read_source_text(data).text
    written = format_reference(digest, extra_fields, kept=_passages(locate_omissions(data, name=name, zone=zone)))
    head, page = _front_matter(text, digest), _page(written)
    if not head:
        return written
    is_formatted = _paragraphs(_page(text)) == _paragraphs(page)
    return text if is_formatted else f"{head.rstrip()}\n\n{page}"


def _passages(omissions: Iterable[tuple[int, Omission]]) -> Mapping[int, tuple[str, ...]]:
    """Return the Markdown of what the reference form cannot say, by the position of its item."""
    passages: dict[int, tuple[str, ...]] = {}
    for position, omission in omissions:
        if markdown := _markdown(omission):
            passages[position] = (*passages.get(position, ()), markdown)
    return passages


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
