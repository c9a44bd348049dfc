"""Tokenize Markdown with markdown-it: CommonMark with tables and strikethrough, adapted to how editors write.

Switched off: indented code (usually a body indented too far), headings underlined with `---` (usually a rule below
text) and HTML blocks (tags are handled inline). Added: Chinese emphasis, bare addresses, shortcodes, template links,
comment blocks. Every rule takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference, table
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from digest.parsing.cjk_emphasis import use_cjk_emphasis
from digest.parsing.entry_indents import indent_below_entries
from digest.parsing.html_tables import closing_line, html_table

MAX_NESTING = 40
"""Deepest nesting of blocks: fifteen lists within one another."""

MAX_MARKS = 150_000
"""Most markup characters (`*`, `[`, `<` …) parsed in a file; text after them is taken literally."""

MAX_PARAGRAPH_CHARACTERS = 200_000
"""Longer paragraphs are taken literally."""

_MARK = re.compile(r"[*_`\[\]<&~!{\\:]")
_MAX_BRACKET_DEPTH = 6
_MAX_INDENT_COLUMNS = 80
_TOO_DEEP_INDENT = re.compile(rf"^[ \t]{{{_MAX_INDENT_COLUMNS + 1},}}", re.MULTILINE)
_SPACED_ADDRESS = re.compile(
    r"(?<=\]\()https?://(?:[^()<>\n\"']|\([^()<>\n\"']{0,100}\)){1,500}?(?=\)|\s+\"[^\"\n]*\"\))"
)
_WIDE_BRACKETS = re.compile(
    r"\](?:（|\((?=[^()\n]{1,500}）))[ \t]*"
    r"(https?[:：]//(?:[^（）()\s<>]|（[^（）()\s<>]{0,100}）){1,500}?)[ \t]*[）)]",
    re.IGNORECASE,
)
_UNBALANCED = re.compile(r"\]\((https?://[^()\s<>]{1,500}\([^()\s<>]{0,500}\))(?=[\s。，；！？]|$)", re.IGNORECASE)
_ADDRESS_BY_NAME = re.compile(
    r"\[(?:[^\[\]\\]|\\.){1,999}\]:\s*<?(?:[a-z][a-z0-9+.-]*:|[/#?.]|\{\{|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})",
    re.IGNORECASE,
)
_UNDERLINE = re.compile(r"(?:={3,}|-{4,})[ \t]*")
_HTML_HEADING = re.compile(r"<h([1-6])(?:\s[^<>]*)?>((?:(?!</?h[1-6]).)*)</h\1>[ \t]*", re.IGNORECASE | re.DOTALL)
_HTML_HEADING_START = re.compile(r"<h[1-6][\s>]", re.IGNORECASE)
_HTML_HEADING_STOP = re.compile(r"</h[1-6]>", re.IGNORECASE)
_MAX_HTML_HEADING_LINES = 16
_TIGHT_HEADING = re.compile(r"(#{2,6})([^#\s](?:[^\n#]|#(?![^\s#])){0,200}?)(?:[ \t]+#+)?[ \t]*")
_MIN_CODE_INDENT = 4
_BAR = re.compile(r"(?<!\\)\|")
_MAX_UNDERLINED_CHARACTERS = 60  # twice as many above a long underline
_LONG_UNDERLINE = 8
_ATTRIBUTES = re.compile(r"\{:\s?[.#\w][^{}\n]{0,200}\}")
_ATTRIBUTE = r"(?:[#.][\w:-]{1,60}|[a-z][\w-]{0,30}=(?:\"[^\"{}\n]{0,200}\"|'[^'{}\n]{0,200}'|[^\s{}\"']{1,100}))"
_SPAN_ATTRIBUTES = re.compile(rf"\{{ ?{_ATTRIBUTE}(?: +{_ATTRIBUTE}){{0,9}} ?\}}")
"""Attributes as Pandoc writes them: `{.underline}`, `{width="3in" height=50%}`."""

_UNDERLINED = re.compile(r"\.(?:underline|ul)(?![\w-])")
_WITH_ATTRIBUTES = ("image", "link_close", "code_inline")
_CONTAINER = re.compile(r":{3,8}[ \t]?(?:[a-z][a-z-]{0,20}(?![\w-]))?")
_CONTAINER_TITLE = re.compile(r"[ \t]+[^\s*_\[\]<`{][^*_\[\]<`{\n]{0,200}(?=\n|$)")
"""A title behind a container's kind, in plain words: `:::details T`."""

_SHORTCODE = re.compile(r"\{\{[<%](?:(?!\}\}).){0,500}\}\}", re.DOTALL)
_LIQUID_TAG = re.compile(r"\{%[^{}\n]{0,300}%\}")
_TEMPLATE = re.compile(r"\(\s*(\{\{(?:(?!\}\}).){0,500}\}\}[^()\s]*)\s*\)", re.DOTALL)
_ADDRESS = re.compile(
    r"https?://[^\s<>\[\]\"'`“”‘’…\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+", re.IGNORECASE
)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?$", re.IGNORECASE)
_HIDDEN_BLOCK_TAGS = (("<!--", "-->"), ("{/*", "*/}"), ("<script", "</script>"), ("<style", "</style>"))
_COMMENT_STARTS = ("<!--", "{/*")
_IMPORT = re.compile(r"import\s(?:[\w*{][^\n'\"]{0,200}\sfrom\s+)?(['\"])[^\n'\"]{1,200}\1[ \t]*;?[ \t]*")
"""A line of an MDX page that loads a part of its site's program."""

_EXPORT = re.compile(r"export\s+(?:default|async|const|let|var|function|class)\b")
"""What a part of a site's program in an MDX page begins with; it lasts to the next empty line."""


@cache
def markdown_parser() -> MarkdownIt:
    """Return the shared parser; it keeps no state between texts."""
    md = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING, "html": True})
    md.enable("table")
    md.enable("strikethrough")
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.at("reference", _reference, {"alt": ["paragraph"]})
    md.disable(["code", "lheading", "html_block"])
    md.block.ruler.before("fence", "hidden", _hidden_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.before("hidden", "program", _program)
    md.block.ruler.before("paragraph", "underlined", _underlined_heading)
    md.block.ruler.before("fence", "html_table", html_table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("paragraph", "html_heading", _html_heading, {"alt": ["paragraph", "reference", "blockquote"]})
    md.block.ruler.before("paragraph", "tight_heading", _tight_heading)
    md.inline.ruler.before("link", "template_link", _template_link)
    md.inline.ruler.before("template_link", "brackets", _literal_brackets)
    md.inline.ruler.after("brackets", "span", _span)
    md.inline.ruler.after("text", "shortcode", _shortcode)
    md.inline.ruler.after("text", "address", _address)
    use_cjk_emphasis(md)
    md.normalizeLink = _keep_url  # type: ignore[method-assign] # the address stays as the editor wrote it
    md.validateLink = _accept_any_link  # type: ignore[method-assign] # digest.parsing.inline decides, and reports
    return md


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """The block tokens of a page with their inline children.

    `dense_line` is the 0-based line from which markup was too dense to parse; `unused_addresses` are the lines, from
    start to end, of addresses by name (`[name]: https://…`) that no link uses.
    """

    tokens: list[Token]
    dense_line: int | None
    unused_addresses: tuple[tuple[int, int], ...]


class _Addresses(dict[str, dict[str, Any]]):
    """The addresses by name, as markdown-it looks them up; `used` are the names of which it found any."""

    def __init__(self, addresses: Mapping[str, dict[str, Any]]) -> None:
        super().__init__(addresses)
        self.used: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.used.add(name)
        return super().get(name, default)


def tokenize(text: str) -> MarkdownPage:
    """Parse a page into tokens."""
    md = markdown_parser()
    env: dict[str, Any] = {}
    tokens: list[Token] = []
    text = indent_below_entries(_mend_links(text))
    md.block.parse(_TOO_DEEP_INDENT.sub(" " * _MAX_INDENT_COLUMNS, text), md, env, tokens)
    marks, dense = 0, None
    addresses = _Addresses(env["references"]) if "references" in env else _Addresses({})
    if addresses:
        env["references"] = addresses
    few = len(text) <= MAX_MARKS
    for token in tokens:
        if token.type != "inline":
            continue
        marks += 0 if few else len(_MARK.findall(token.content))
        token.children = []
        if marks > MAX_MARKS or len(token.content) > MAX_PARAGRAPH_CHARACTERS:
            token.children = _literal_tokens(token.content)
            dense = dense if dense is not None else (token.map or [0])[0]
        else:
            md.inline.parse(token.content, md, env, token.children)
    unused = [address["map"] for name, address in addresses.items() if name not in addresses.used]
    unused += [address["map"] for address in env.get("duplicate_refs", ())]
    return MarkdownPage(tokens, dense, tuple((start, end) for start, end in sorted(unused)))


def _mend_links(text: str) -> str:
    """Read the targets of links as they were meant: with spaces, in full-width or unbalanced brackets."""
    if "（http" in text or "）" in text:
        text = _WIDE_BRACKETS.sub(r"](<\1>)", text)
    if "](" not in text:
        return text
    text = _UNBALANCED.sub(r"](<\1>)", text)
    return _SPACED_ADDRESS.sub(lambda match: match.group().rstrip().replace(" ", "%20"), text)


def _keep_url(url: str) -> str:
    return url


def _accept_any_link(url: str) -> bool:
    return True


def _literal_tokens(content: str) -> list[Token]:
    tokens: list[Token] = []
    for number, line in enumerate(content.split("\n")):
        if number:
            tokens.append(Token("softbreak", "br", 0))
        tokens.append(Token("text", "", 0, content=line))
    return tokens


def _hidden_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a comment, script or style sheet that occupies whole lines; an unclosed one is text."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    pair = next((pair for pair in _HIDDEN_BLOCK_TAGS if first[: len(pair[0])].lower() == pair[0]), None)
    if pair is None:
        return False
    last = closing_line(state, start, end, pair[1])
    if last is None:
        return False
    if not silent:
        token = state.push("comment" if pair[0] in _COMMENT_STARTS else "script", "", 0)
        token.map = [start, last + 1]
        token.content = state.getLines(start, last + 1, state.blkIndent, False)
        state.line = last + 1
    return True


def _program(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse an import of an MDX page, or a part of its program down to an empty line."""
    if state.blkIndent or not state.src.startswith(("import", "export"), state.bMarks[start]):
        return False
    last = start
    if _EXPORT.match(state.src, state.bMarks[start]):
        while last + 1 < end and not state.isEmpty(last + 1):
            last += 1
    elif _IMPORT.fullmatch(state.src, state.bMarks[start], state.eMarks[start]) is None:
        return False
    if not silent:
        token = state.push("script", "", 0)
        token.map = [start, last + 1]
        token.content = state.getLines(start, last + 1, 0, False)
        state.line = last + 1
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a table; cells beyond the heading's, which Markdown drops, are put into the row's last cell."""
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    cells: list[Token] = []
    for token in state.tokens[first:]:
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token)
        elif token.type == "tr_close" and cells and cells[0].map:
            row = cells[0].map[0]
            written = _split_row(state.src[state.bMarks[row] + state.tShift[row] : state.eMarks[row]])
            cells[-1].content = " | ".join(cell for cell in (cells[-1].content, *written[len(cells) :]) if cell)
    return True


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse an address by name, right below a text too; `[name]: words` is a sentence."""
    begin = state.bMarks[start] + state.tShift[start]
    return _ADDRESS_BY_NAME.match(state.src, begin) is not None and reference(state, start, end, silent)


def _split_row(line: str) -> list[str]:
    """Split a table's row at its bars, as markdown-it does."""
    cells = [cell.strip() for cell in _BAR.split(line.strip())]
    start = 1 if cells and not cells[0] else 0
    return cells[start : -1 if len(cells) > start and not cells[-1] else None]


def _underlined_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse a heading underlined with equals signs, or with more dashes than a rule has."""
    below = start + 1
    if below >= end or state.sCount[below] < state.blkIndent:
        return False
    if not _UNDERLINE.fullmatch(state.src, state.bMarks[below] + state.tShift[below], state.eMarks[below]):
        return False
    content = state.getLines(start, below, state.blkIndent, False).strip()
    underline = state.getLines(below, below + 1, state.blkIndent, False).strip()
    is_dashed, is_long = underline[0] == "-", len(underline) >= _LONG_UNDERLINE
    most = _MAX_UNDERLINED_CHARACTERS * (2 if is_long else 1)
    if is_dashed and (not content or len(content) > most or content[-1] in "。.|"):
        return False
    if not silent:
        _push_heading(state, "h2" if is_dashed else "h1", content, start, below + 1)
    return True


def _html_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse `<h3>T</h3>` on a line of its own, or on a few lines with tags between."""
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("<", begin):
        return False
    stop = _html_heading_end(state, start, end)
    match = _HTML_HEADING.fullmatch(state.getLines(start, stop, state.blkIndent, False).strip())
    if match is None or not match[2].strip():
        return False
    if not silent:
        _push_heading(state, f"h{match[1]}", " ".join(match[2].split()), start, stop)
    return True


def _html_heading_end(state: StateBlock, start: int, end: int) -> int:
    """Return the line behind that with a heading's closing tag, at most before the next empty or outer line."""
    if not _HTML_HEADING_START.match(state.src, state.bMarks[start] + state.tShift[start]):
        return start + 1
    for line in range(start, min(end, start + _MAX_HTML_HEADING_LINES)):
        if line > start and (state.isEmpty(line) or state.sCount[line] < state.blkIndent):
            return start + 1
        if _HTML_HEADING_STOP.search(state.src, state.bMarks[line], state.eMarks[line]):
            return line + 1
    return start + 1


def _tight_heading(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Parse a heading without a space behind its signs at the start of a block: `##T`.

    One sign alone begins a tag, and a line with further signs before words is one of tags.
    """
    if state.sCount[start] - state.blkIndent >= _MIN_CODE_INDENT:
        return False
    match = _TIGHT_HEADING.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if match is None:
        return False
    if not silent:
        _push_heading(state, f"h{len(match[1])}", match[2], start, start + 1)
    return True


def _push_heading(state: StateBlock, tag: str, content: str, start: int, end: int) -> None:
    state.push("heading_open", tag, 1).map = [start, end]
    text = state.push("inline", "", 0)
    text.map, text.content = [start, end], content
    state.push("heading_close", tag, -1)
    state.line = end


def _shortcode(state: StateInline, silent: bool) -> bool:
    """Parse Hugo's `{{< … >}}` and `{{% … %}}`, Liquid's `{% … %}`, kramdown's `{: … }`, and fences of containers.

    Of a container (`:::details T`) only the fence and the kind are no text.
    """
    if state.src.startswith("{%", state.pos):
        match = _LIQUID_TAG.match(state.src, state.pos)
    elif state.src.startswith("{:", state.pos):
        match = _ATTRIBUTES.match(state.src, state.pos)
    elif state.src.startswith(":::", state.pos):
        match = (
            _CONTAINER.match(state.src, state.pos)
            if state.src[max(0, state.pos - 4) : state.pos].rstrip(" ")[-1:] in ("", "\n")
            else None
        )
    elif state.src.startswith("{", state.pos) and _is_behind_a_target(state):
        match = _SPAN_ATTRIBUTES.match(state.src, state.pos)
    elif not state.src.startswith(("{{<", "{{%"), state.pos) or state.html_terminator_last("}}") < state.pos:
        return False
    else:
        match = _SHORTCODE.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    if not silent:
        is_attributes = state.src[state.pos] == "{" and state.src[state.pos + 1] not in "{%"
        token = state.push("attributes" if is_attributes else "shortcode", "", 0)
        token.content = match.group()
        if title := _CONTAINER_TITLE.match(state.src, match.end()) if state.src[state.pos] == ":" else None:
            _push_bold(state, title.group().strip())
            state.pos = title.end()
            return True
    state.pos = match.end()
    return True


def _is_behind_a_target(state: StateInline) -> bool:
    """Whether a picture, a link or code stands right before, which attributes belong to."""
    return not state.pending and bool(state.tokens) and state.tokens[-1].type in _WITH_ATTRIBUTES


def _span(state: StateInline, silent: bool) -> bool:
    """Parse a span of Pandoc, `[T]{.underline}`: its attributes are no text.

    None is found silently, as markdown-it looks for a link within a link's words: it would take the span for one.
    """
    if silent or state.src[state.pos] != "[" or "]{" not in state.src:
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    match = _SPAN_ATTRIBUTES.match(state.src, end + 1, state.posMax) if end >= 0 else None
    if match is None:
        return False
    maximum, state.pos, state.posMax = state.posMax, state.pos + 1, end
    tag = "u" if _UNDERLINED.search(match.group()) else "span"
    state.push("span_open", tag, 1)
    state.md.inline.tokenize(state)
    state.push("span_close", tag, -1)
    state.push("attributes", "", 0).content = match.group()
    state.posMax = maximum
    state.pos = match.end()
    return True


def _push_bold(state: StateInline, words: str) -> None:
    """Push words in bold, as a callout's title is."""
    state.push("strong_open", "strong", 1).markup = "**"
    state.push("text", "", 0).content = words
    state.push("strong_close", "strong", -1).markup = "**"


def _address(state: StateInline, silent: bool) -> bool:
    """Turn a bare address into a link, including any markup characters in it."""
    if not state.src.startswith("://", state.pos) or state.linkLevel > 0:
        return False
    scheme = _SCHEME.search(state.src, max(0, state.pos - 6), state.pos)
    match = _ADDRESS.match(state.src, scheme.start(), state.posMax) if scheme else None
    if scheme is None or match is None or _is_cut_off(state.src, scheme.start(), match.end()):
        return False
    url = _trim_address(match.group())
    if len(url) <= len(scheme.group()) + 3:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": url}
        opening.markup = "bare"
        state.push("text", "", 0).content = url
        state.push("link_close", "a", -1)
    state.pos = scheme.start() + len(url)
    return True


def _is_cut_off(src: str, start: int, end: int) -> bool:
    """Whether the address belongs to a link that was never closed (`[https://exam`)."""
    return src[start - 1 : start] == "[" and "]" not in src[end : src.find("\n", end) % (len(src) + 1)]


def _trim_address(url: str) -> str:
    """Remove what belongs to the sentence around the address: full stops, brackets, Chinese words."""
    for at in range(8, len(url)):
        if url[at] >= "\u2e80" and url[at - 1] < "\u2e80" and url[at - 1] not in "/=-_%&?#+":
            url = url[:at]
            break
    url = url.rstrip(".,;:!?*_~|")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_~|")
    return url


def _template_link(state: StateInline, silent: bool) -> bool:
    """Parse `[T]({{ … }})`, a link whose address only a template knows."""
    if state.src[state.pos] != "[" or "({{" not in state.src:
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    match = _TEMPLATE.match(state.src, end + 1, state.posMax) if end >= 0 else None
    if match is None:
        return False
    if not silent:
        maximum, state.pos, state.posMax = state.posMax, state.pos + 1, end
        state.push("link_open", "a", 1).attrs = {"href": match[1]}
        state.md.inline.tokenize(state)
        state.push("link_close", "a", -1)
        state.posMax = maximum
    state.pos = match.end()
    return True


def _literal_brackets(state: StateInline, silent: bool) -> bool:
    """Take a `[` that cannot open a link literally; found once per text, to stay linear."""
    length = 2 if state.src.startswith("![", state.pos) else 1
    if state.src[state.pos + length - 1] != "[":
        return False
    if state.pos + length - 1 in _opening_brackets(state):
        return False
    if not silent:
        state.append_pending(state.src[state.pos : state.pos + length])
    state.pos += length
    return True


def _opening_brackets(state: StateInline) -> frozenset[int]:
    known = state.env.get("openings")
    if isinstance(known, tuple) and known[0] is state.src:
        offsets: frozenset[int] = known[1]
        return offsets
    offsets = frozenset(_match_brackets(state.src, with_references="references" in state.env))
    state.env["openings"] = (state.src, offsets)
    return offsets


def _match_brackets(src: str, *, with_references: bool) -> list[int]:
    """Find each `[` that has a `]` followed by `(` (or may be a reference) and contains few other brackets."""
    offsets: list[int] = []
    open_at: list[list[int]] = []
    at, end = 0, len(src)
    while at < end:
        character = src[at]
        if character == "\\":
            at += 1
        elif character == "[":
            open_at.append([at, 0])
        elif character == "]" and open_at:
            opening, height = open_at.pop()
            if open_at:
                open_at[-1][1] = max(open_at[-1][1], height + 1)
            if height <= _MAX_BRACKET_DEPTH and (with_references or src.startswith(("(", "[", "{"), at + 1)):
                offsets.append(opening)
        at += 1
    return offsets
