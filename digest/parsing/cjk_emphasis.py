"""Plug-in for markdown-it that reads `*`, `**` and `~~` the way people write them beside Chinese punctuation.

CommonMark looks at the kind of character on both sides and so misses the bold in `**“活人感”**的`.
Here a run of two or more opens if no space follows and closes if no space precedes. A single star must also touch a
word on its inner side; between Latin letters or digits it is a literal (`2*3*4`, `(*^_^*)`).
"""

from __future__ import annotations

import unicodedata

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

MAX_RUN_LENGTH = 6
"""A longer run of marks is an ornament and stays literal."""

_OPENING = frozenset("\"'“‘「『《【（([<#@$￥…")
_CLOSING = frozenset("\"'”’」』》】）)]>。！？；：，、.!?;:,%…")


def use_cjk_emphasis(md: MarkdownIt) -> None:
    """Replace the emphasis rules of markdown-it."""
    md.inline.ruler.at("emphasis", emphasis_rule)
    md.inline.ruler.at("strikethrough", strikethrough_rule)


def emphasis_rule(state: StateInline, silent: bool) -> bool:
    """Inline rule for `*` and `_`."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    length = _run_length(state, marker)
    before, after = _characters_beside(state, length)
    if length > MAX_RUN_LENGTH:
        state.append_pending(marker * length)
    elif marker == "*" and length > 1:
        _push_strong(state, length, opens=not after.isspace(), closes=not before.isspace())
    elif marker == "*":
        opens, closes = _flanks_of_single_star(before, after)
        _push(state, marker, 1, opens=opens, closes=closes)
    else:
        _push_underscores(state, length, before, after)
    state.pos += length
    return True


def strikethrough_rule(state: StateInline, silent: bool) -> bool:
    """Inline rule for `~~`; other lengths stay literal (`~30%`, `~~~~`)."""
    if silent or state.src[state.pos] != "~":
        return False
    length = _run_length(state, "~")
    before, after = _characters_beside(state, length)
    if length == 2:
        token = state.push("text", "", 0)
        token.content = "~~"
        token_index = len(state.tokens) - 1
        state.delimiters.append(Delimiter(0x7E, 0, token_index, -1, not after.isspace(), not before.isspace()))
    else:
        state.append_pending("~" * length)
    state.pos += length
    return True


def _run_length(state: StateInline, marker: str) -> int:
    end = state.pos
    while end < state.posMax and state.src[end] == marker:
        end += 1
    return end - state.pos


def _characters_beside(state: StateInline, length: int) -> tuple[str, str]:
    after = state.pos + length
    return (
        state.src[state.pos - 1] if state.pos > 0 else " ",
        state.src[after] if after < state.posMax else " ",
    )


def _push_strong(state: StateInline, length: int, *, opens: bool, closes: bool) -> None:
    """Push a run of two or more stars.

    Between two bold words (`**华为****何庭波**`) four stars close one and open the next.
    """
    if length == 4 and opens and closes and _is_open(state):
        _push(state, "*", 2, opens=False, closes=True)
        _push(state, "*", 2, opens=True, closes=False)
    else:
        _push(state, "*", length, opens=opens, closes=closes)


def _is_open(state: StateInline) -> bool:
    runs = [mark for mark in state.delimiters if mark.marker == 0x2A and mark.length > 1]
    return sum(1 for mark in runs if mark.open or mark.close) % 4 == 2


def _flanks_of_single_star(before: str, after: str) -> tuple[bool, bool]:
    if _is_latin(before) and _is_latin(after):
        return False, False
    return _is_word(after) or after in _OPENING, _is_word(before) or before in _CLOSING


def _push_underscores(state: StateInline, length: int, before: str, after: str) -> None:
    scanned = state.scanDelims(state.pos, False)
    opens = scanned.can_open and (length > 1 or _is_word(after) or after in _OPENING)
    closes = scanned.can_close and (length > 1 or _is_word(before) or before in _CLOSING)
    _push(state, "_", length, opens=opens, closes=closes)


def _push(state: StateInline, marker: str, length: int, *, opens: bool, closes: bool) -> None:
    for _ in range(length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(Delimiter(ord(marker), length, len(state.tokens) - 1, -1, opens, closes))


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNS" and character not in "^`´=+<>~|$°¯"


def _is_latin(character: str) -> bool:
    return character.isalnum() and character < "\u2e80"
