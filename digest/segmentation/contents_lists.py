"""Find contents lists: lists that only repeat, or link to, headlines further below."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from digest.parsing.blocks import BlockKind
from digest.segmentation.pieces import PagePiece, all_lines
from digest.segmentation.text_metrics import link_spans, opening_phrase
from digest.segmentation.vocabulary import NameKind, is_kind
from domain.names import fold_name

_MIN_REPEATED_SHARE = 0.6  # of a list's lines that must come again; editors shorten a headline or two
_MIN_NAME_CHARACTERS = 4
_TAG = re.compile(r"#\w+")  # `T #1`
_REPEATED_COUNT = 2  # what comes again more often than once is a label within items


def find_contents_lists(pieces: Sequence[PagePiece], ruled: frozenset[int]) -> frozenset[int]:
    """Return the pieces of every contents list, including the heading right above it."""
    runs = list(_runs(pieces, ruled))
    if not runs:
        return frozenset()
    named = [(name, at) for at, piece in enumerate(pieces) if _may_be_headline(piece) and (name := _name(piece))]
    count = Counter(name for name, _ in named)
    last = {name: at for name, at in named if count[name] == _REPEATED_COUNT}
    above = {name: at for name, at in reversed(named) if count[name] == _REPEATED_COUNT}
    indexes: set[int] = set()
    repeated = {run: found for run in runs if (found := _repeated_below(pieces, run, last))}
    several = len(frozenset().union(*repeated.values())) > 1 and _names_nothing_else(pieces, repeated)
    for run in runs:
        repeats = run in repeated and (several or len(repeated[run]) > 1)
        if repeats or _links_within_page(pieces, run) or _repeats_above(pieces, run, above):
            indexes.update(run)
            if run.start and (pieces[run.start - 1].rank or _names_contents(pieces[run.start - 1])):
                indexes.add(run.start - 1)
    return frozenset(indexes)


def _runs(pieces: Sequence[PagePiece], ruled: frozenset[int]) -> Iterator[range]:
    kinds = [_list_kind(piece) for piece in pieces]
    start = 0
    for at in range(1, len(pieces) + 1):
        if at == len(pieces) or at in ruled or kinds[at] != kinds[start]:
            if kinds[start]:
                yield range(start, at)
            start = at


def _list_kind(piece: PagePiece) -> str:
    """Return what a contents list may consist of: entries, links within the page, or plain lines that are no sentences.

    "" for none of these.
    """
    if piece.kind is BlockKind.ENTRY or (piece.kind is BlockKind.PARAGRAPH and piece.number and not _is_anchor(piece)):
        return "entry"
    if _is_anchor(piece):
        return "anchor"
    is_line = piece.kind is BlockKind.PARAGRAPH and not piece.rank and not piece.has_link
    return "line" if is_line and not piece.is_sentence and not piece.has_bold_lead else ""


def _names_contents(piece: PagePiece) -> bool:
    return piece.kind is BlockKind.PARAGRAPH and is_kind(piece.plain.rstrip(":： "), NameKind.CONTENTS)


def _is_anchor(piece: PagePiece) -> bool:
    """Whether each line of a piece of text is a link within the page."""
    return piece.kind is BlockKind.PARAGRAPH and all(line.is_anchor for line in piece.block.lines)


def _may_be_headline(piece: PagePiece) -> bool:
    """Whether the piece has a mark of a headline; a summary may repeat sentences of plain text."""
    marked = piece.rank > 0 or bool(piece.marker) or piece.kind is not BlockKind.PARAGRAPH
    return marked or piece.is_link or piece.has_bold_lead or bool(link_spans(piece.text))


def _links_within_page(pieces: Sequence[PagePiece], run: range) -> bool:
    if any(pieces[at].has_link for at in run):
        return False
    lines = [line for at in run for line in all_lines(pieces[at].block)]
    if len(lines) == 1 and pieces[run.start].has_bold_lead:  # a headline that leads to itself
        return False
    return sum(line.anchor_count > 0 for line in lines) > len(lines) * _MIN_REPEATED_SHARE


def _repeated_below(pieces: Sequence[PagePiece], run: range, last: dict[str, int]) -> frozenset[int]:
    """Return where headlines stand that a list repeats; none unless it repeats most of its lines, all further below."""
    names = [name for at in run for name in _names(pieces[at])]
    found = frozenset(last[name] for name in names if last.get(name, -1) >= run.stop)
    if not found or len(found) < len(names) * _MIN_REPEATED_SHARE or len(run) > len(pieces) - min(found):
        return frozenset()
    return found


def _repeats_above(pieces: Sequence[PagePiece], run: range, above: Mapping[str, int]) -> bool:
    """Whether a list has nothing but headlines that stand above it with texts of their own: an index at the end."""
    names = [name for at in run for name in _names(pieces[at])]
    found = [above.get(name, len(pieces)) for name in names]
    return len(names) > 1 and all(at < run.start and pieces[at].kind is not BlockKind.ENTRY for at in found)


def _names_nothing_else(pieces: Sequence[PagePiece], repeated: Mapping[range, frozenset[int]]) -> bool:
    """Whether but headings stand between the lists, so that they are parts of one."""
    ordered = sorted(repeated, key=lambda run: run.start)
    return all(pieces[at].rank for one, two in pairwise(ordered) for at in range(one.stop, two.start))


def _names(piece: PagePiece) -> Iterator[str]:
    if piece.block.children and len(piece.block.children) > 1:
        lines = (fold_name(_without_tags(line.text.plain)) for line in all_lines(piece.block))
        yield from (name for name in lines if len(name) >= _MIN_NAME_CHARACTERS)
    elif len(name := fold_name(_without_tags(piece.unnumbered.plain))) >= _MIN_NAME_CHARACTERS:
        yield name


def _name(piece: PagePiece) -> str:
    """Return the folded headline that a piece begins with; empty if it is too short to compare."""
    name = fold_name(_without_tags(opening_phrase(piece.unnumbered)))
    return name if len(name) >= _MIN_NAME_CHARACTERS else ""


def _without_tags(text: str) -> str:
    """Cut the tags and the figures in brackets at the end of a line.

    Tags word by word: one expression for several takes time by their square.
    """
    words = text.split()
    while len(words) > 1 and _TAG.fullmatch(words[-1]):
        words.pop()
    plain = " ".join(words)
    opened = max(plain.rfind("("), plain.rfind("（"))
    has_figure = opened > 0 and plain[-1] in ")）" and any(map(str.isdigit, plain[opened:]))
    return plain[:opened] if has_figure else plain
