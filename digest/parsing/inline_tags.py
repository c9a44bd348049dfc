"""Tell what HTML tags within a text do: break a line, style words, hide what stands between them, or nothing.

A tag that a text only names (`the <dl> element`) is no tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

from markdown_it.token import Token

from domain.chat.text import Style

TAG_STYLES = {
    "b": Style.BOLD,
    "strong": Style.BOLD,
    "i": Style.ITALIC,
    "em": Style.ITALIC,
    "cite": Style.ITALIC,
    "u": Style.UNDERLINE,
    "ins": Style.UNDERLINE,
    "s": Style.STRIKETHROUGH,
    "del": Style.STRIKETHROUGH,
    "strike": Style.STRIKETHROUGH,
    "code": Style.CODE,
    "kbd": Style.CODE,
    "tt": Style.CODE,
}
_BREAK_NAMES = """
br p div li ul ol tr table section article aside header footer center details summary blockquote hr
dl dt dd figure figcaption h1 h2 h3 h4 h5 h6 pre
"""
BREAK_TAGS = frozenset(_BREAK_NAMES.split())
_MEDIA_NAMES = """
video audio iframe embed object svg canvas picture source track
"""
MEDIA_TAGS = frozenset(_MEDIA_NAMES.split())
HIDING_TAGS = frozenset(["script", "style", "svg", "iframe", "object"])
"""Tags between which nothing is for readers."""

_SILENT_NAMES = """
a img span small big font sub sup mark abbr td th tbody thead tfoot caption col colgroup label q
ruby rt rp time wbr nobr input button form meta link html body head title base noscript main nav var
samp dfn bdi bdo param address
"""
SILENT_TAGS = frozenset(_SILENT_NAMES.split())
KNOWN_TAGS = BREAK_TAGS | TAG_STYLES.keys() | MEDIA_TAGS | HIDING_TAGS | SILENT_TAGS
_JOINING_TAGS = frozenset(("p", "li", "dd", "dt", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "figcaption"))
"""Tags within which a line break of the source is a space."""

TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)")
_BARE_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)\s*>")
_COMPONENT = re.compile(r"<(?P<close>/?)(?P<name>[A-Z][A-Za-z0-9.]*)(?=[\s/>])")
_NEVER_CLOSED_NAMES = """
br hr wbr p li td th tr img input source track col embed b i em strong u s a
"""
_NEVER_CLOSED = frozenset(_NEVER_CLOSED_NAMES.split())
_ATTRIBUTE = re.compile(
    r"""\b(?P<name>href|src|alt)\s*=\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<u>[^\s>]+))""", re.IGNORECASE
)


@dataclass(slots=True)
class _TagPair:
    """What stands on a line, or within a pair of tags on it: the tags that close themselves, and whether words do."""

    tags: list[int] = field(default_factory=list)
    has_words: bool = False


def last_ends(tokens: Sequence[Token]) -> dict[str, int]:
    """Return where each tag that hides text is closed last."""
    matches = ((at, TAG.match(token.content)) for at, token in enumerate(tokens) if token.type == "html_inline")
    return {match["name"].lower(): at for at, match in matches if match is not None and match["close"]}


def hidden_end(tokens: Sequence[Token], at: int, ends: Mapping[str, int]) -> int:
    """Return where the text ends that a tag hides, 0 if it hides none; a tag that is never closed hides nothing."""
    content = tokens[at].content
    match = TAG.match(content) if tokens[at].type == "html_inline" and not content.endswith("/>") else None
    name = match["name"].lower() if match is not None and not match["close"] else ""
    if name not in HIDING_TAGS or ends.get(name, -1) < at:
        return 0
    closing = (index for index in range(at, len(tokens)) if tokens[index].type == "html_inline")
    return 1 + next(index for index in closing if re.match(rf"</{name}\b", tokens[index].content, re.IGNORECASE))


def named_tags(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the tags that a text only names (`the <dl> element`): amid words, bare, and never closed or opened."""
    tags = {
        at: (match["name"].lower(), bool(match["close"]))
        for at, token in enumerate(tokens)
        if token.type == "html_inline" and (match := _BARE_TAG.fullmatch(token.content))
    }
    present = {
        (match["name"].lower(), bool(match["close"]))
        for token in tokens
        if token.type == "html_inline" and (match := TAG.match(token.content))
    }
    return frozenset(
        at
        for at, (name, closes) in tags.items()
        if name not in _NEVER_CLOSED and (name, not closes) not in present and _is_amid_words(tokens, at)
    )


def marker_tags(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the unknown tags that stand alone on their line, such as `<cut/>`: marks for the program of a site."""
    return frozenset(
        at
        for at, token in enumerate(tokens)
        if token.type == "html_inline"
        and (match := TAG.match(token.content)) is not None
        and match["name"].lower() not in KNOWN_TAGS
        and all(
            not 0 <= beside < len(tokens) or tokens[beside].type in ("softbreak", "hardbreak")
            for beside in (at - 1, at + 1)
        )
    )


def component_tags(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the tags of an MDX page's components, whose words stay: `<Callout type="info">T</Callout>`.

    Their names have a capital, and they have a closing tag, or close themselves with no words beside them:
    `List<String>` is none, and in `React ships <Activity />` the tag is one of the words.
    """
    tags = {
        at: match
        for at, token in enumerate(tokens)
        if token.type == "html_inline" and (match := _COMPONENT.match(token.content)) is not None
    }
    opened = {match["name"] for match in tags.values() if not match["close"]}
    paired = opened & {match["name"] for match in tags.values() if match["close"]}
    components = {
        at: match["name"] in paired
        for at, match in tags.items()
        if match["name"].lower() not in KNOWN_TAGS
        and match["name"] != "Link"
        and (match["name"] in paired or tokens[at].content.endswith("/>"))
    }
    amid_words = _amid_words(tokens, components)
    return frozenset(at for at, is_paired in components.items() if is_paired or at not in amid_words)


def _amid_words(tokens: Sequence[Token], components: Mapping[int, bool]) -> frozenset[int]:
    """Return the tags that close themselves and have words beside them: on their line, and within the same pair."""
    found: set[int] = set()
    pairs = [_TagPair()]  # the line, and the pairs that are open on it
    for at, token in enumerate(tokens):
        if token.type in ("softbreak", "hardbreak"):
            found.update(*(pair.tags for pair in pairs if pair.has_words))
            pairs = [_TagPair()]
        elif at not in components:
            pairs[-1].has_words |= bool(token.content.strip())
        elif token.content.endswith("/>"):
            pairs[-1].tags.append(at)
        elif not token.content.startswith("</"):
            pairs.append(_TagPair())
        elif len(pairs) > 1 and (pair := pairs.pop()).has_words:
            found.update(pair.tags)
    return frozenset(found.union(*(pair.tags for pair in pairs if pair.has_words)))


def joined_breaks(tokens: Sequence[Token]) -> frozenset[int]:
    """Return the line breaks that only wrap the source, as browsers read them: between `<p>` and `</p>` or the like."""
    found: set[int] = set()
    opened, within = "", list[int]()
    for at, token in enumerate(tokens):
        if token.type == "softbreak" and opened:
            within.append(at)
        match = TAG.match(token.content) if token.type == "html_inline" else None
        name = match["name"].lower() if match else ""
        if match and name == opened and match["close"]:
            found.update(within)
            opened, within = "", []
        elif match and name in BREAK_TAGS and name != "br":
            opened = name if name in _JOINING_TAGS and not match["close"] else ""
            within = []
    return frozenset(found)


def _is_amid_words(tokens: Sequence[Token], at: int) -> bool:
    """Whether text of the same line stands on either side."""
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    beside = [token for token in (before, after) if token is not None]
    return any(token.type in ("text", "code_inline") and token.content.strip() for token in beside)


def attribute(tag: str, name: str) -> str:
    for match in _ATTRIBUTE.finditer(tag):
        if match["name"].lower() == name:
            return unescape(match["d"] or match["s"] or match["u"] or "")
    return ""
