"""Markdown in, markdown-it's tokens out: CommonMark with tables and strikethrough, less what only trips up editors.

Switched off: indented code (a body indented too far is a body), headings underlined with `---` (that is a text right
above a rule), and HTML blocks (tags are read within the text). Added: Chinese emphasis, bare addresses,
shortcodes, links made by templates, comments as blocks. Every rule here takes time linear in its text.
"""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from digest.parsing.cjk_emphasis import cjk_emphasis

NESTING = 40
"""Deepest nesting of blocks: fifteen lists within one another."""

MARKS = 150_000
"""Most marks (`*`, `[`, `<` …) that are looked at in a file; the text after them is taken as it stands."""

LONGEST = 200_000
"""Characters above which one paragraph is taken as it stands."""

_MARK = re.compile(r"[*_`\[\]<&~!{\\:]")
_HEIGHT = 6
_DEEPEST = 80
_INDENT = re.compile(rf"^[ \t]{{{_DEEPEST + 1},}}", re.MULTILINE)
_UNDERLINE = re.compile(r"={3,}[ \t]*")
_SHORTCODE = re.compile(r"\{\{[<%](?:(?!\}\}).){0,500}\}\}", re.DOTALL)
_TEMPLATE = re.compile(r"\(\s*(\{\{(?:(?!\}\}).){0,500}\}\}[^()\s]*)\s*\)", re.DOTALL)
_ADDRESS = re.compile(
    r"https?://[^\s<>\[\]\"'`“”‘’…\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+", re.IGNORECASE
)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?$", re.IGNORECASE)
_HIDDEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))


@cache
def parser() -> MarkdownIt:
    """The parser, made once; it keeps no state between texts."""
    md = MarkdownIt("commonmark", {"maxNesting": NESTING, "html": True})
    md.enable("table")
    md.enable("strikethrough")
    md.disable(["code", "lheading", "html_block"])
    md.block.ruler.before("fence", "hidden", _hidden, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.block.ruler.before("paragraph", "underlined", _underlined)
    md.inline.ruler.before("link", "template_link", _template_link)
    md.inline.ruler.before("template_link", "brackets", _brackets)
    md.inline.ruler.after("text", "shortcode", _shortcode)
    md.inline.ruler.after("text", "address", _address)
    cjk_emphasis(md)
    md.normalizeLink = _as_written  # type: ignore[method-assign] # the address stays as the editor wrote it
    md.validateLink = _any_link  # type: ignore[method-assign] # digest.parsing.inline decides, and reports
    return md


def tokens_of(text: str) -> tuple[list[Token], int | None]:
    """The text's block tokens, inline ones within; and the line (0-based) from which marks were too many to be read."""
    md, env = parser(), {}  # type: tuple[MarkdownIt, dict[str, object]]
    tokens: list[Token] = []
    md.block.parse(_INDENT.sub(" " * _DEEPEST, text), md, env, tokens)
    marks, dense = 0, None
    few = len(text) <= MARKS
    for token in tokens:
        if token.type != "inline":
            continue
        marks += 0 if few else len(_MARK.findall(token.content))
        token.children = []
        if marks > MARKS or len(token.content) > LONGEST:
            token.children = _literal(token.content)
            dense = dense if dense is not None else (token.map or [0])[0]
        else:
            md.inline.parse(token.content, md, env, token.children)
    return tokens, dense


def _as_written(url: str) -> str:
    return url


def _any_link(url: str) -> bool:
    return True


def _literal(content: str) -> list[Token]:
    tokens: list[Token] = []
    for number, line in enumerate(content.split("\n")):
        if number:
            tokens.append(Token("softbreak", "br", 0))
        tokens.append(Token("text", "", 0, content=line))
    return tokens


def _hidden(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A comment, script or style sheet that takes whole lines; one that never ends is text."""
    first = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    pair = next((pair for pair in _HIDDEN if first[: len(pair[0])].lower() == pair[0]), None)
    if pair is None:
        return False
    last = _closing_line(state, start, end, pair[1])
    if last is None:
        return False
    if not silent:
        token = state.push("comment" if pair[0] == "<!--" else "script", "", 0)
        token.map = [start, last + 1]
        token.content = state.getLines(start, last + 1, state.blkIndent, False)
        state.line = last + 1
    return True


def _underlined(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A heading above a line of equals signs."""
    below = start + 1
    if below >= end or state.sCount[below] < state.blkIndent:
        return False
    if not _UNDERLINE.fullmatch(state.src, state.bMarks[below] + state.tShift[below], state.eMarks[below]):
        return False
    if not silent:
        lines = [start, below + 1]
        state.push("heading_open", "h1", 1).map = lines
        words = state.push("inline", "", 0)
        words.map, words.content = lines, state.getLines(start, below, state.blkIndent, False).strip()
        state.push("heading_close", "h1", -1)
        state.line = below + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int, closing: str) -> int | None:
    # The text is folded, and the last end looked for, once: a thousand openings must not each search all of it.
    begin = state.bMarks[start] + state.tShift[start]
    if "folded" not in state.env:
        state.env["folded"] = state.src.lower()
    if closing not in state.env:
        state.env[closing] = state.env["folded"].rfind(closing)
    if begin >= state.env[closing]:
        return None
    at = state.env["folded"].find(closing, begin)
    last = start
    while last < end and state.eMarks[last] < at + len(closing):
        last += 1
    rest = state.src[at + len(closing) : state.eMarks[last]] if last < end else "beyond"
    return None if rest.strip() else last


def _shortcode(state: StateInline, silent: bool) -> bool:
    """Hugo's `{{< … >}}` and `{{% … %}}`."""
    if not state.src.startswith(("{{<", "{{%"), state.pos) or state.html_terminator_last("}}") < state.pos:
        return False
    match = _SHORTCODE.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    if not silent:
        token = state.push("shortcode", "", 0)
        token.content = match.group()
    state.pos = match.end()
    return True


def _address(state: StateInline, silent: bool) -> bool:
    """An address that stands bare in the text becomes a link, marks within it and all."""
    if not state.src.startswith("://", state.pos) or state.linkLevel > 0:
        return False
    scheme = _SCHEME.search(state.src, max(0, state.pos - 6), state.pos)
    match = _ADDRESS.match(state.src, scheme.start(), state.posMax) if scheme else None
    if scheme is None or match is None or _is_cut_off(state.src, scheme.start(), match.end()):
        return False
    url = _trimmed(match.group())
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
    """Whether the address is the rest of a link that was never closed (`[https://exam`): it leads nowhere."""
    return src[start - 1 : start] == "[" and "]" not in src[end : src.find("\n", end) % (len(src) + 1)]


def _trimmed(url: str) -> str:
    """Without the sentence that goes on after the address: its full stop, bracket, or Chinese words."""
    for at in range(8, len(url)):
        if url[at] >= "\u2e80" and url[at - 1] < "\u2e80" and url[at - 1] not in "/=-_%&?#+":
            url = url[:at]
            break
    url = url.rstrip(".,;:!?*_~|")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_~|")
    return url


def _template_link(state: StateInline, silent: bool) -> bool:
    """`[T]({{ … }})`: the text of a link whose address only a template knows."""
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


def _brackets(state: StateInline, silent: bool) -> bool:
    """A `[` that cannot open a link is a literal. Found for a whole text at once, or 20,000 of them take minutes."""
    length = 2 if state.src.startswith("![", state.pos) else 1
    if state.src[state.pos + length - 1] != "[":
        return False
    if state.pos + length - 1 in _openings(state):
        return False
    if not silent:
        state.append_pending(state.src[state.pos : state.pos + length])
    state.pos += length
    return True


def _openings(state: StateInline) -> frozenset[int]:
    known = state.env.get("openings")
    if isinstance(known, tuple) and known[0] is state.src:
        found: frozenset[int] = known[1]
        return found
    found = frozenset(_matched(state.src, with_references="references" in state.env))
    state.env["openings"] = (state.src, found)
    return found


def _matched(src: str, *, with_references: bool) -> list[int]:
    """The places of `[` whose `]` exists, is followed by `(` or may be a reference, and that hold few others."""
    found: list[int] = []
    open_at: list[list[int]] = []
    at, end = 0, len(src)
    while at < end:
        character = src[at]
        if character == "\\":
            at += 1
        elif character == "[":
            open_at.append([at, 0])
        elif character == "]" and open_at:
            place, height = open_at.pop()
            if open_at:
                open_at[-1][1] = max(open_at[-1][1], height + 1)
            if height <= _HEIGHT and (with_references or src.startswith(("(", "["), at + 1)):
                found.append(place)
        at += 1
    return found
