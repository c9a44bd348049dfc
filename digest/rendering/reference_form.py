"""Write a digest in the reference form: front matter, introduction, numbered items, commentary.

Reading the result gives the same date, title, categories, introduction, items and commentary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time
from itertools import pairwise

import frontmatter

from digest.model import Digest, Item
from digest.rendering.to_markdown import line_to_markdown, text_to_markdown
from domain.chat.text import Span, Style, Text
from domain.names import find_name

DEFAULT_COMMENTARY_TITLE = "点评"
"""Heading of a commentary without a heading of its own."""


def format_reference(
    digest: Digest,
    extra_fields: Mapping[str, object] | None = None,
    *,
    kept: Mapping[int, Sequence[str]] | None = None,
) -> str:
    """Write the digest as a file.

    `extra_fields` are front matter fields unknown to the digest; `kept` are Markdown passages that it does not
    hold, by position: 0 in the introduction, one more than the last item's in the commentary, -1 below it.
    """
    passages = kept or {}
    parts = [
        _with_passages(text_to_markdown(digest.intro, lists=False, tables=digest.tables), passages.get(0, ())),
        "\n\n".join(_items(digest, passages)),
        _with_passages(_commentary(digest), passages.get(len(digest.items) + 1, ())),
        _with_passages(text_to_markdown(digest.trailing, lists=False), passages.get(-1, ())),
    ]
    content = "\n\n---\n\n".join(part for part in parts if part)
    post = frontmatter.Post(content)
    post.metadata.update(_fields(digest) | dict(extra_fields or {}))
    return frontmatter.dumps(post, sort_keys=False, width=10_000) + "\n"


def _with_passages(markdown: str, passages: Sequence[str]) -> str:
    return "\n\n".join(part for part in (markdown, *passages) if part)


def _fields(digest: Digest) -> dict[str, object]:
    fields: dict[str, object] = {"title": digest.title}
    if digest.date is not None:
        instant = digest.published_at
        timed = instant is not None and instant.date() == digest.date and instant.time() != time()
        fields["date"] = instant.isoformat() if instant is not None and timed else digest.date.isoformat()
    if digest.categories:
        fields["categories"] = list(digest.categories)
    if digest.is_draft:
        fields["draft"] = True
    return fields


def _items(digest: Digest, passages: Mapping[int, Sequence[str]]) -> Iterator[str]:
    section = ""
    written = _numbers_ascend(digest.items)
    for item in digest.items:
        if item.section != section:
            yield f"### {line_to_markdown(Text(item.section))}"
        section = item.section
        written_item = item if written else replace(item, written_number="")
        yield _item(written_item, digest, passages.get(item.position, ()))


def _numbers_ascend(items: Sequence[Item]) -> bool:
    """Whether the written numbers ascend within each section.

    If they restart, positions are written instead: the item would be read as a list in the body above it.
    """
    beside = (pair for pair in pairwise(items) if pair[0].section == pair[1].section)
    return all(
        int(before.written_number or before.position) < int(after.written_number or after.position)
        for before, after in beside
    )


def _item(item: Item, digest: Digest, passages: Sequence[str]) -> str:
    number = item.written_number or str(item.position)
    mark = f"{number}.".ljust(3) + " "
    indent = " " * len(mark)
    body = _with_passages(text_to_markdown(item.body, tables=digest.tables), passages)
    written = [f"{mark}{_headline(item)}", *([body] if body else []), *_tag_lines(item, digest)]
    return "\n\n".join(written).replace("\n", "\n" + indent).replace("\n" + indent + "\n", "\n\n")


def _headline(item: Item) -> str:
    """Write the headline as a link; in bold if only a part of it is linked, or if the body has the link."""
    own = item.links[: len(item.links) - sum(span.style is Style.LINK for span in item.body.spans)]
    spans: list[Span] = []
    at = 0
    for link in own:
        start = item.headline.find(link.text, at)
        if start >= 0:
            at = start + len(link.text)
            spans.append(Span(start, at, Style.LINK, link.url))
    if not spans and item.url and not any(span.value == item.url for span in item.body.spans):
        spans.append(Span(0, len(item.headline), Style.LINK, item.url))
    whole = len(spans) == 1 and spans[0].start == 0 and spans[0].end == len(item.headline)
    bold = () if whole else (Span(0, len(item.headline), Style.BOLD),)
    return line_to_markdown(Text(item.headline, (*bold, *spans)))


def _tag_lines(item: Item, digest: Digest) -> list[str]:
    """Write the categories as tags unless a section stands for them."""
    marks = [name for name in item.categories if not item.section and " " not in name]
    known = [name for name in marks if find_name(name, digest.categories)]
    return [" ".join(f"#{name}" for name in known)] if known else []


def _commentary(digest: Digest) -> str:
    linked = any(span.style is Style.LINK for span in digest.commentary.spans)
    text = text_to_markdown(
        digest.commentary, lists=not linked, tables=digest.tables
    )  # a list of links would be read as items
    return (
        f"### **{line_to_markdown(Text(digest.commentary_title or DEFAULT_COMMENTARY_TITLE))}**\n\n{text}"
        if text
        else ""
    )
