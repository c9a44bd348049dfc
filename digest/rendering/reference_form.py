"""Write a digest in the reference form: front matter, introduction, numbered items, commentary.

Reading the result gives the same date, title, categories, introduction, items and commentary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from itertools import pairwise

import frontmatter

from digest.model import NOT_SHOWN, Digest, Item, PlacedText
from digest.rendering.to_markdown import BLOCK_STYLES, line_to_markdown, text_to_markdown
from domain.chat.text import Span, Style, Text
from domain.edition_day import calendar_day
from domain.names import find_name

DEFAULT_COMMENTARY_TITLE = "点评"
"""Heading of a commentary without a heading of its own."""


AT_THE_END = "\0"
"""In place of the text above a passage: it stands below its part."""


def format_reference(
    digest: Digest, extra_fields: Mapping[str, object] | None = None, *, kept: Sequence[PlacedText] = ()
) -> str:
    """Write the digest as a file.

    `extra_fields` are front matter fields unknown to the digest; `kept` are passages that it does not hold.
    """
    passages = _Passages(kept)
    plain_lines = partial(text_to_markdown, lists=False, tables=digest.tables)
    parts = [
        passages.within(digest.intro, 0, plain_lines),
        "\n\n".join(_items(digest, passages)),
        _commentary(digest, passages),
        passages.within(digest.trailing, NOT_SHOWN, partial(text_to_markdown, lists=False)),
    ]
    content = "\n\n---\n\n".join(part for part in parts if part)
    post = frontmatter.Post(content)
    post.metadata.update(_fields(digest) | dict(extra_fields or {}))
    return frontmatter.dumps(post, sort_keys=False, width=10_000) + "\n"


@dataclass(frozen=True, slots=True)
class _Passages:
    """Markdown that the digest does not hold."""

    placed: Sequence[PlacedText]

    def within(self, text: Text, position: int, write: Callable[[Text], str], *, headline: str = "") -> str:
        """Write a part of the digest with its passages, each behind the paragraph that stood above it."""
        here = [one for one in self.placed if one.position == position]
        ends = sorted(((_end_above(text, one, headline), one.markdown) for one in here), key=lambda one: one[0])
        written, at = list[str](), 0
        for end, markdown in ends:
            written += [write(text[at:end].strip()), markdown]
            at = end
        return "\n\n".join(part for part in (*written, write(text[at:].strip())) if part)


def _end_above(text: Text, passage: PlacedText, headline: str) -> int:
    """Return where the paragraph ends behind which a passage stood; the text's end if it is not found."""
    plain, above = text.plain, passage.above
    start = plain.find(above)
    first = plain.partition("\n\n")[0]
    if not above or start >= 0:
        end = plain.find("\n\n", start + len(above)) if above else 0
    elif first and headline and above.endswith(first):
        end = len(first)  # the paragraph began with the headline
    else:
        end = 0 if headline and above.startswith(headline) else len(plain)
    end = len(plain) if end < 0 else end
    blocks = (span for span in text.spans if span.style in BLOCK_STYLES and span.start < end < span.end)
    return max((span.end for span in blocks), default=end)


def _fields(digest: Digest) -> dict[str, object]:
    fields: dict[str, object] = {"title": digest.title}
    if digest.date is not None:
        instant = digest.published_at
        timed = instant is not None and instant.date() == calendar_day(digest.date) and instant.time() != time()
        fields["date"] = instant.isoformat() if instant is not None and timed else digest.date.isoformat()
    if digest.categories:
        fields["categories"] = list(digest.categories)
    if digest.is_draft:
        fields["draft"] = True
    return fields


def _items(digest: Digest, passages: _Passages) -> Iterator[str]:
    section = ""
    written = _numbers_ascend(digest.items)
    for item in digest.items:
        if item.section != section:
            yield f"### {line_to_markdown(Text(item.section))}"
        section = item.section
        written_item = item if written else replace(item, written_number="")
        yield _item(written_item, digest, passages)


def _numbers_ascend(items: Sequence[Item]) -> bool:
    """Whether the written numbers ascend within each section.

    If they restart, positions are written instead: the item would be read as a list in the body above it.
    """
    beside = (pair for pair in pairwise(items) if pair[0].section == pair[1].section)
    return all(
        int(before.written_number or before.position) < int(after.written_number or after.position)
        for before, after in beside
    )


def _item(item: Item, digest: Digest, passages: _Passages) -> str:
    number = item.written_number or str(item.position)
    mark = f"{number}.".ljust(3) + " "
    indent = " " * len(mark)
    write = partial(text_to_markdown, tables=digest.tables)
    body = passages.within(item.body, item.position, write, headline=item.headline)
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


def _commentary(digest: Digest, passages: _Passages) -> str:
    linked = any(span.style is Style.LINK for span in digest.commentary.spans)
    write = partial(text_to_markdown, lists=not linked, tables=digest.tables)  # a list of links would be read as items
    title = digest.commentary_title or DEFAULT_COMMENTARY_TITLE
    text = passages.within(digest.commentary, len(digest.items) + 1, write, headline=title)
    return f"### **{line_to_markdown(Text(title))}**\n\n{text}" if digest.commentary else text
