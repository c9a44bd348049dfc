"""Turn the inline tokens of a paragraph into lines of styled text, and record what is omitted or not linked.

A line ends at a line break of the source and at `<br>`. HTML tags become breaks, styles or the marks of a list, or are
dropped; text that only looks like a tag (`<3`, `List<String>`) stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from digest.parsing.addresses import is_refused_by_telegram, mend_address
from digest.parsing.inline_tags import (
    BREAK_TAGS,
    HIDING_TAGS,
    MEDIA_TAGS,
    SILENT_TAGS,
    TAG,
    TAG_STYLES,
    attribute,
    component_tags,
    hidden_end,
    joined_breaks,
    last_ends,
    marker_tags,
    named_tags,
)
from digest.problems import ProblemCode
from domain.chat.text import Span, Style, Text

_TOKEN_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKETHROUGH, "u": Style.UNDERLINE}
_SAFE = re.compile(r"(?:https?|ftp|tg)://[^\s/?#]|mailto:[^\s@]+@|tel:[+\d]", re.IGNORECASE)
_UNLINKED = re.compile(r"(?:mailto|tel|ftp):", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_HOSTLESS = re.compile(r"https?:(?!//[^\s/?#])", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LINK_COMPONENT = ("<Link ", "</Link>")  # of MDX pages
_LEFT_OPEN = re.compile(r"\[[^\[\]]*\]\(\s*https?://\S*$|\[https?://[^\s\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something in the source that readers do not get as written, to be reported to the editor.

    `text` is what was omitted, or the text of a link; `link` is where an omitted picture would have led.
    """

    code: ProblemCode
    line: int
    text: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """One line of a paragraph.

    `hard_break_before`: the editor asked for the break before it. `starts_escaped`: its first character was escaped,
    so it is no list marker. `anchor_count`: number of links to places within the page; `is_anchor`: it is one alone.
    `relative_links` lead to other pages of its site: readers cannot follow them, so they are none of the text's.
    """

    text: Text
    line: int
    hard_break_before: bool = False
    starts_escaped: bool = False
    anchor_count: int = 0
    is_anchor: bool = False
    relative_links: tuple[Span, ...] = ()

    def with_all_links(self) -> Text:
        """Return the text with the links that readers cannot follow, too."""
        if not self.relative_links:
            return self.text
        spans = (*self.text.spans, *self.relative_links)
        return Text(self.text.plain, tuple(sorted(spans, key=lambda span: (span.start, -span.end))))


def parse_lines(tokens: Iterable[Token], line: int, omissions: list[Omission]) -> tuple[TextLine, ...]:
    """Return the non-empty lines of an inline token's children; `line` is where they begin in the file."""
    writer = _LineBuilder(line, omissions)
    tokens = list(tokens)
    if any(token.type == "html_inline" for token in tokens):
        _write_with_tags(writer, tokens)
    else:
        for token in tokens:
            writer.take(token)
    return writer.finish()


def _write_with_tags(writer: _LineBuilder, tokens: Sequence[Token]) -> None:
    named, markers, joined = named_tags(tokens), marker_tags(tokens), joined_breaks(tokens)
    ends, components = last_ends(tokens), component_tags(tokens)
    shown = 0
    for at, token in enumerate(tokens):
        if at < shown:
            continue
        if at in named:
            writer.write(token.content)
        elif at in markers or at in components:
            is_half = at in components and not token.content.endswith("/>")
            writer.note_omission(ProblemCode.MARKUP if is_half else ProblemCode.SHORTCODE, token.content)
        elif end := hidden_end(tokens, at, ends):
            writer.hide(tokens[at:end])
            shown = end
        elif at in joined:
            writer.join_lines()
        else:
            writer.take(token)


def is_safe_url(url: str) -> bool:
    """Whether the address may be linked: it opens a web page, a mailbox or a phone number, and runs nothing."""
    return _SAFE.match(url) is not None and not is_refused_by_telegram(url)


def is_web_url(url: str) -> bool:
    """Whether the address is one of the web, from which a picture can be fetched."""
    return _WEB.match(url) is not None


class _LineBuilder:
    """Builder of one paragraph's lines; `open` holds the open styles and where each began on the current line.

    `lists` counts the entries of each open HTML list, None for one of bullets; `mark` waits for an entry's words.
    `inked` is where the last word on the line ends; `anchored` are the links to places within the page.
    """

    def __init__(self, line: int, omissions: list[Omission]) -> None:
        self.line, self.omissions = line, omissions
        self.lines: list[TextLine] = []
        self.open: list[tuple[Style | None, str, int]] = []
        self.lists: list[int | None] = []
        self.mark = ""
        self.has_relatives = False
        self._begin(hard=False)

    def _begin(self, *, hard: bool) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self.at, self.hard, self.anchors, self.literal = 0, hard, 0, False
        self.inked = 0
        self.anchored: list[tuple[int, int]] = []
        self.open = [(style, value, 0) for style, value, _ in self.open]

    def take(self, token: Token) -> None:
        handle = _HANDLERS.get(token.type)
        if handle is not None:
            handle(self, token)
        elif token.nesting > 0:
            self.enter(_TOKEN_STYLES.get(token.tag))
        elif token.nesting < 0:
            self.leave(_TOKEN_STYLES.get(token.tag))

    def write(self, text: str) -> None:
        if self.mark and text.strip():
            self._write_mark()
        if text:
            self.parts.append(text)
            if words := len(text.rstrip()):
                self.inked = self.at + words
            self.at += len(text)

    def written_since(self, start: int) -> str:
        """Return what was written from `start` on, in time linear in its length."""
        parts: list[str] = []
        at = self.at
        for part in reversed(self.parts):
            if at <= start:
                break
            parts.append(part)
            at -= len(part)
        return "".join(reversed(parts))[max(0, start - at) :]

    def _write_mark(self) -> None:
        mark, self.mark = self.mark, ""
        self.parts, self.at, self.inked = [mark], len(mark), len(mark)
        self.open = [(style, value, self.at) for style, value, _ in self.open]

    def join_lines(self) -> None:
        """Go on in the same line, behind a space unless it stands between ideographs."""
        self.line += 1
        if self.at and not (self.parts[-1][-1:] >= "\u2e80"):
            self.write(" ")

    def begin_entry(self) -> None:
        """Begin an entry of an HTML list."""
        self.mark = "• "
        if self.lists and (count := self.lists[-1]) is not None:
            self.lists[-1] = count + 1
            self.mark = f"{count + 1}. "

    def enter(self, style: Style | None, value: str = "") -> None:
        self.open.append((style, value, self.at))

    def leave(self, style: Style | None) -> None:
        for index in range(len(self.open) - 1, -1, -1):
            if self.open[index][0] is style or (style is Style.LINK and self.open[index][0] is None):
                open_style, value, start = self.open.pop(index)
                if open_style is None and value.startswith("#"):
                    self.anchored.append((start, self.at))
                if open_style is not None and self.at > start:
                    self.spans.append(Span(start, self.at, open_style, value))
                return

    def hide(self, tokens: Sequence[Token]) -> None:
        """Leave out a frame, drawing or script with all that stands between its tags."""
        content = "".join(token.content or " " for token in tokens)
        self.note_omission(ProblemCode.MEDIA, content, attribute(tokens[0].content, "src"))
        self.line += sum(token.type in ("softbreak", "hardbreak") for token in tokens)

    def note_omission(self, code: ProblemCode, text: str, url: str = "") -> None:
        self.omissions.append(Omission(code=code, line=self.line, text=text, url=url))

    def end_line(self, *, hard: bool) -> None:
        self.spans.extend(
            Span(start, self.at, style, value)
            for style, value, start in self.open
            if style is not None and self.at > start
        )
        plain = "".join(self.parts)
        if self.spans:
            self.spans.sort(key=lambda span: (span.start, -span.end))
        text = Text(plain, tuple(self.spans)).strip()
        if text:
            if "](" in plain or "[http" in plain:
                self._check_broken(plain)
            hard_before = self.hard and bool(self.lines)
            relative = tuple(filter(_is_relative_link, text.spans)) if self.has_relatives else ()
            self.lines.append(
                TextLine(
                    text=without_relative_links(text) if relative else text,
                    line=self.line,
                    hard_break_before=hard_before,
                    starts_escaped=self.literal,
                    anchor_count=self.anchors,
                    is_anchor=sum(len(plain[start:end].strip()) for start, end in self.anchored) >= len(text),
                    relative_links=relative,
                )
            )
            hard = hard and True
        else:
            hard = hard or self.hard
        self._begin(hard=hard)

    def _check_broken(self, plain: str) -> None:
        if match := _LEFT_OPEN.search(plain):
            self.note_omission(ProblemCode.BROKEN_LINK, match.group())

    def finish(self) -> tuple[TextLine, ...]:
        if self.parts and self.parts[-1].endswith("\\"):  # a break was asked for, and nothing follows it
            self.parts[-1] = self.parts[-1][:-1]
            self.at -= 1
        self.end_line(hard=False)
        return tuple(self.lines)


def _text(writer: _LineBuilder, token: Token) -> None:
    writer.write(token.content)


def _special(writer: _LineBuilder, token: Token) -> None:
    """Write an escaped character or an entity, decoded once."""
    if writer.at < 4 and token.markup.startswith(("\\", "&#")):
        writer.literal = True
    writer.write("\n" if token.content == "\n" else token.content.replace("\u00a0", " "))


def _code(writer: _LineBuilder, token: Token) -> None:
    writer.enter(Style.CODE)
    writer.write(token.content)
    writer.leave(Style.CODE)


def _soft(writer: _LineBuilder, token: Token) -> None:
    writer.end_line(hard=False)
    writer.line += 1


def _hard(writer: _LineBuilder, token: Token) -> None:
    writer.end_line(hard=True)
    writer.line += 1


def _link_open(writer: _LineBuilder, token: Token) -> None:
    _open_link(writer, str(token.attrs.get("href", "")))


def _open_link(writer: _LineBuilder, url: str) -> None:
    url = mend_address(url)
    if is_safe_url(url):
        writer.enter(Style.LINK, url)
        return
    is_relative = _is_relative(url)
    writer.enter(Style.LINK if is_relative else None, url)
    if url.startswith("#"):
        writer.anchors += 1
    elif url.startswith("{{"):
        writer.note_omission(ProblemCode.TEMPLATE_LINK, "", url)
    elif is_relative:
        writer.has_relatives = True
        writer.note_omission(ProblemCode.RELATIVE_LINK, "", url)
    elif is_web_url(url):
        writer.note_omission(ProblemCode.REFUSED_LINK, "", url)
    else:
        writer.note_omission(ProblemCode.DANGEROUS_LINK, "", url)


def _is_relative(url: str) -> bool:
    """Whether the address is one beside the page: `/posts/x`, `../x.md`."""
    elsewhere = not _SCHEME.match(url) or _HOSTLESS.match(url) is not None
    return elsewhere and not url.startswith(("#", "{{"))


def _is_relative_link(span: Span) -> bool:
    return span.style is Style.LINK and _is_relative(span.value)


def without_relative_links(text: Text) -> Text:
    """Return the text without the links that readers cannot follow."""
    if not any(map(_is_relative_link, text.spans)):
        return text
    return Text(text.plain, tuple(span for span in text.spans if not _is_relative_link(span)))


def _link_close(writer: _LineBuilder, token: Token) -> None:
    if writer.open and writer.open[-1][0] is Style.LINK and not _is_relative(writer.open[-1][1]):
        _, url, start = writer.open[-1]
        nothing = writer.inked <= start
        pictured = (
            writer.omissions
            and writer.omissions[-1].code is ProblemCode.IMAGE
            and writer.omissions[-1].line == writer.line
        )
        if nothing and not pictured:
            writer.note_omission(ProblemCode.EMPTY_LINK, "", url)
            writer.write(url)
        elif not nothing and _UNLINKED.match(url):
            writer.note_omission(ProblemCode.ADDRESS_IN_WORDS, writer.written_since(start).strip(), url)
        elif nothing:
            writer.omissions.append(replace(writer.omissions.pop(), link=url))
    writer.leave(Style.LINK)


def _image(writer: _LineBuilder, token: Token) -> None:
    alt = "".join(child.content for child in token.children or [])
    writer.note_omission(ProblemCode.IMAGE, alt or token.content, str(token.attrs.get("src", "")))


def _removed(writer: _LineBuilder, token: Token) -> None:
    writer.note_omission(ProblemCode.SHORTCODE, token.content)


def _attributes(writer: _LineBuilder, token: Token) -> None:
    writer.note_omission(ProblemCode.MARKUP, token.content)


def _tag(writer: _LineBuilder, token: Token) -> None:
    content = token.content
    if content.startswith("<!--"):
        writer.note_omission(ProblemCode.COMMENT, content)
        return
    match = TAG.match(content)
    name = match["name"].lower() if match else ""
    closes = bool(match and match["close"])
    if name in BREAK_TAGS:
        writer.end_line(hard=True)
        _note_list(writer, name, closes=closes)
    elif name in TAG_STYLES:
        writer.leave(TAG_STYLES[name]) if closes else writer.enter(TAG_STYLES[name])
    elif name == "a" or content.startswith(_LINK_COMPONENT):
        _link_close(writer, token) if closes else _open_link(writer, attribute(content, "href"))
    elif name == "img":
        writer.note_omission(ProblemCode.IMAGE, attribute(content, "alt"), attribute(content, "src"))
    elif name in MEDIA_TAGS or name in HIDING_TAGS:
        if not closes:
            writer.note_omission(ProblemCode.MEDIA, content, attribute(content, "src"))
    elif name not in SILENT_TAGS:
        writer.write(content)
    elif name in ("td", "th") and closes:
        writer.write(" ")


def _note_list(writer: _LineBuilder, name: str, *, closes: bool) -> None:
    """Remember that an HTML list or one of its entries begins or ends."""
    if name == "li":
        writer.mark = ""
        if not closes:
            writer.begin_entry()
    elif name in ("ul", "ol") and not closes:
        writer.lists.append(0 if name == "ol" else None)
    elif name in ("ul", "ol") and writer.lists:
        writer.lists.pop()


_HANDLERS: dict[str, Callable[[_LineBuilder, Token], None]] = {
    "text": _text,
    "text_special": _special,
    "code_inline": _code,
    "softbreak": _soft,
    "hardbreak": _hard,
    "link_open": _link_open,
    "link_close": _link_close,
    "image": _image,
    "shortcode": _removed,
    "attributes": _attributes,
    "html_inline": _tag,
}
