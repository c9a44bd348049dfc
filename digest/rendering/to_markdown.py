"""Write styled text as Markdown: the inverse of `digest.parsing.inline` and `digest.parsing.to_text`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.model import Table
from digest.parsing.list_markers import find_marker
from digest.parsing.to_text import BULLET, INDENT
from domain.chat.text import Span, Style, Text

_TAGS = {Style.BOLD: "b", Style.ITALIC: "i", Style.STRIKETHROUGH: "s", Style.UNDERLINE: "u", Style.CODE: "code"}
_MARKS = {Style.BOLD: "**", Style.STRIKETHROUGH: "~~"}
_SPECIAL = re.compile(r"[\\`*\[\]]|_|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|(?<=~)~|(?<=[sSpP]):(?=//)|\{(?=\{)|(?<=\{)\{")
_START = re.compile(r"(?:[-+](?=\s|$)|#(?=#*(?:\s|$))|>|(?<=\d)[.)](?=\s|$)|[-:|=](?=[-:|=\s]*$))")
_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")
_ENTRY = re.compile(rf"(?P<indent>(?:{INDENT})*)(?P<mark>{BULLET}|\d{{1,9}}\. )")
BLOCK_STYLES = (Style.PRE, Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)


def text_to_markdown(text: Text, *, lists: bool = True, tables: Iterable[Table] = ()) -> str:
    """Write the text as Markdown blocks; lines that stand for one of the `tables` as that table.

    Without `lists`, numbered lines stay lines, so they are not read as items. A numbered list with indented lines is
    written as a list all the same: the indentation of a line outside of a list is not read back.
    """
    writer = _MarkdownWriter(lists, {table.lines.strip().plain: table for table in tables})
    return "\n\n".join(writer.blocks(text))


def image_to_markdown(text: str, url: str, link: str = "") -> str:
    """Write an image, which may be a link."""
    image = f"![{_escape_text(text)}]({_write_url(url)})"
    return f"[{image}]({_write_url(link)})" if link else image


def line_to_markdown(text: Text) -> str:
    """Write one line of text as Markdown."""
    return _escape_line_start(_write_all(text))


@dataclass(slots=True)
class _MarkdownWriter:
    """Writer of consecutive blocks; adjacent lists alternate their markers, or they would be read as one list."""

    lists: bool
    tables: Mapping[str, Table]
    use_dashes: bool = False

    def blocks(self, text: Text) -> Iterator[str]:
        at = 0
        for span in (span for span in text.spans if span.style in BLOCK_STYLES):
            if span.start < at:
                continue
            yield from self._prose(text[at : span.start])
            yield (
                _fenced(text.plain[span.start : span.end], span.value)
                if span.style is Style.PRE
                else self._quoted(text, span)
            )
            at = span.end
        yield from self._prose(text[at:])

    def _quoted(self, text: Text, span: Span) -> str:
        inner = text[span.start : span.end].without_styles(span.style)
        lines = "\n\n".join(_MarkdownWriter(self.lists, self.tables).blocks(inner)).split("\n")
        return "\n".join(f"> {line}".rstrip() for line in lines)

    def _prose(self, text: Text) -> Iterator[str]:
        for start, end in _stretches(text.plain, "\n\n"):
            paragraph = text[start:end].strip()
            if paragraph:
                yield self._paragraph(paragraph)

    def _paragraph(self, text: Text) -> str:
        if table := self.tables.get(text.plain):
            return "\n".join(_table(table))
        lines = [text[start:end] for start, end in _stretches(text.plain, "\n")]
        if self._is_list(lines):
            self.use_dashes = not self.use_dashes
            return "\n".join(_list(lines, odd=self.use_dashes))
        written = [line_to_markdown(line.strip()) for line in lines if line.plain.strip()]
        if not self.lists:
            written = [_escape_leading_number(line) for line in written]
        return "\\\n".join(written)

    def _is_list(self, lines: Sequence[Text]) -> bool:
        match = _ENTRY.match(lines[0].plain)
        if match is None or match["indent"]:
            return False
        same = match["mark"] == BULLET
        tops = [line for line in lines if not line.plain.startswith(" ")]
        if not (same or self.lists) and len(tops) == len(lines):
            return False
        return all(
            (entry := _ENTRY.match(top.plain))
            and (entry["mark"] == BULLET) is same
            and not any(span.start < entry.end() for span in top.spans)  # `**1. T**` is a line in bold
            for top in tops
        )


def _list(lines: Sequence[Text], *, odd: bool) -> Iterator[str]:
    """Yield the lines of a list, each entry indented by its depth; other lines continue the entry above."""
    columns: list[int] = []
    previous = ""
    for line in lines:
        depth = (len(line.plain) - len(line.plain.lstrip(" "))) // len(INDENT)
        match = _ENTRY.match(line.plain)
        if match is None or depth > len(columns):
            text = line_to_markdown(line.strip())
            if previous:
                yield previous + "\\"
            previous = " " * (columns[-1] if columns else 0) + text
            continue
        del columns[depth:]
        indent = columns[-1] if columns else 0
        mark = ("-" if odd else "*") if match["mark"] == BULLET else match["mark"].strip()[:-1] + ("." if odd else ")")
        columns.append(indent + len(mark) + 1)
        if previous:
            yield previous
        previous = f"{' ' * indent}{mark} {line_to_markdown(line[match.end() :].strip())}"
    yield previous


def _table(table: Table) -> Iterator[str]:
    for number, row in enumerate(table.rows):
        yield "| " + " | ".join(map(_cell, row)) + " |"
        if number == 0:
            yield "| " + " | ".join("-" for _ in row) + " |"


def _cell(text: Text) -> str:
    return _write_all(text).replace("|", "\\|").replace("\n", "<br/>")


def _fenced(code: str, info: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", code)), default=0))
    return f"{fence}{info}\n{code}\n{fence}"


def _stretches(plain: str, separator: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (end := plain.find(separator, at)) >= 0:
        yield at, end
        at = end + len(separator)
    yield at, len(plain)


def _write_all(text: Text) -> str:
    """Write the whole text; of spans over the same words the last is the outer one, as reading orders them."""
    outer_first = list(reversed(text.spans))
    outer_first.sort(key=lambda span: (span.start, -span.end))
    return _write_inline(text, 0, len(text), outer_first)


def _write_inline(text: Text, start: int, end: int, spans: Sequence[Span]) -> str:
    """Write a range of the text with its spans; a span that crosses the end of another is divided."""
    written: list[str] = []
    at, index = start, 0
    while index < len(spans):
        span = spans[index]
        index += 1
        if span.start < at or span.end > end or span.style in BLOCK_STYLES:
            span = replace(span, start=max(at, span.start), end=min(end, span.end))
            if span.start >= span.end or span.style in BLOCK_STYLES:
                continue
        inner: list[Span] = []
        while index < len(spans) and spans[index].start < span.end:
            inner.append(spans[index])
            index += 1
        written.append(_escape_text(text.plain[at : span.start]))
        written.append(_write_span(text, span, inner))
        rest = [replace(other, start=span.end) for other in inner if other.end > span.end]
        spans, index = (*rest, *spans[index:]), 0
        at = span.end
    written.append(_escape_text(text.plain[at:end]))
    return "".join(written)


def _write_span(text: Text, span: Span, inner: Sequence[Span]) -> str:
    plain = text.plain[span.start : span.end]
    if span.style is Style.CODE and not inner and "`" not in plain and plain.strip() == plain:
        return f"`{plain}`"
    within = _write_inline(text, span.start, span.end, inner)
    if span.style is Style.LINK:
        return f"[{within}]({_write_url(span.value)})"
    mark = _MARKS.get(span.style)
    if (
        mark
        and plain.strip() == plain
        and not _touches_other_span(text, span, mark[0])
        and not within.startswith(mark[0])
    ):
        return f"{mark}{within}{mark}" if not within.endswith(mark[0]) else _write_tag(span.style, within)
    return _write_tag(span.style, within)


def _write_tag(style: Style, within: str) -> str:
    tag = _TAGS.get(style)
    return f"<{tag}>{within}</{tag}>" if tag else within


def _touches_other_span(text: Text, span: Span, mark: str) -> bool:
    """Whether another bold, struck or italic span touches this one."""
    beside = (
        other for other in text.spans if other is not span and (other.end == span.start or other.start == span.end)
    )
    return any(other.style in _MARKS or other.style is Style.ITALIC for other in beside)


def _write_url(url: str) -> str:
    url = re.sub(r"&(?=#?\w+;)", "&amp;", url).replace("\\", "%5C")
    if re.search(r"[\s()<>]", url) or not url:
        return "<" + url.replace("<", "%3C").replace(">", "%3E").replace("\n", "%0A") + ">"
    return url


def _escape_text(plain: str) -> str:
    return _SPECIAL.sub(lambda match: _escape(plain, match), plain)


def _escape(plain: str, match: re.Match[str]) -> str:
    if (
        match.group() == "_"
        and plain[match.start() - 1 : match.start()].isalnum()
        and plain[match.end() : match.end() + 1].isalnum()
    ):
        return "_"
    return "\\" + match.group()


def _escape_line_start(line: str) -> str:
    """Escape what would turn the line into a heading, list, quote or rule."""
    number = _NUMBER.match(line)
    at = number.end() if number else 0
    return f"{line[:at]}\\{line[at:]}" if _START.match(line, at) else line


def _escape_leading_number(line: str) -> str:
    """Write the first character as an entity if the line would be read as a numbered headline."""
    plain = line.replace("*", "").replace("[", "")
    if find_marker(plain) is None or line.startswith("\\"):
        return line
    at = next(index for index, character in enumerate(line) if character not in "*[")
    return f"{line[:at]}&#{ord(line[at])};{line[at + 1 :]}"
