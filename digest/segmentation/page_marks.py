"""Take for marks what only the page as a whole shows: signs and outline numbers that recur, quotes above lists."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from digest.parsing.blocks import BlockKind
from digest.parsing.list_markers import ListMarker, find_outline_number
from digest.segmentation.pieces import BOLD_LINE_RANK, CLAUSE_ENDS, PagePiece
from digest.segmentation.text_metrics import TITLE_LABELS, is_url, link_spans, reading_length, signs_between
from digest.segmentation.vocabulary import NameKind, is_kind, region_of
from domain.names import fold_name

_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_SIGN = re.compile(
    rf"([—–](?=\s)|[\u2580-\u259f┃]|[{_EMOJI}])(?:[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d[{_EMOJI}])*\s*(?=\w|[“\"«「《(（【¿¡])"
)
_LABEL = re.compile(r"[^\w\[【(（]{0,4}([^\W\d_](?:[^\W\d]| ){0,19})[\W_]{0,2}[:：]")
_WORDED = re.compile(r"([^\W\d]{1,8})\s?([1-9]\d?)\s?[:：.、|｜-]\s*(?=\S)")
_DASHES = "—–"
_MAX_LABEL_LENGTH = 4
_MIN_WORDED = 2
_MAX_NAME_LENGTH = 8
_MIN_DASHES = 3
_MIN_BARS = 2
_MIN_EMOJI = 2
_MIN_SINGLE_EMOJI = 4  # lines from which on each has an emoji of its own as its bullet


def with_marks_of_page(pieces: list[PagePiece]) -> list[PagePiece]:
    """Return the pieces with the marks that they have beside one another."""
    marked = _with_recurring_labels(_with_bare_numbers(_with_worded_numbers(_with_recurring_signs(pieces))))
    return _with_outline_numbers(_with_top_headings(_with_quoted_names(marked)))


def _with_recurring_labels(pieces: list[PagePiece]) -> list[PagePiece]:
    """Mark the lines whose labels recur as often as other labels do: `Stars: 3`, `Language: C` below each name."""
    labels = [_label_of(piece) for piece in pieces]
    counts = Counter(label for label in labels if label)
    alike = Counter(count for count in counts.values() if count > 1)
    return [
        replace(piece, has_recurring_label=True) if label and alike[counts[label]] > 1 else piece
        for piece, label in zip(pieces, labels, strict=True)
    ]


def _label_of(piece: PagePiece) -> str:
    """Return the short words before the colon of a line or entry, folded; those of a title are none."""
    if piece.rank or piece.number or piece.kind not in (BlockKind.PARAGRAPH, BlockKind.ENTRY):
        return ""
    match = _LABEL.match(piece.unnumbered.plain)
    if match is None or is_url(piece.unnumbered.plain[match.start(1) :]):
        return ""
    name = fold_name(match[1])
    linked = any(span.start < match.end() for span in link_spans(piece.unnumbered))
    return name if reading_length(name) <= _MAX_LABEL_LENGTH and not linked and name not in TITLE_LABELS else ""


def _with_worded_numbers(pieces: list[PagePiece]) -> list[PagePiece]:
    """Take numbers behind one word for numbers of headings if they count: `Rank 1: T`, `Rank 2: T`."""
    found = {at: match for at, piece in enumerate(pieces) if (match := _worded_number(piece))}
    counted = [(match[1], int(match[2])) for match in found.values()]
    counts = all(two == (one[0], one[1] + 1) for one, two in pairwise(counted))
    if len(counted) < _MIN_WORDED or not counts:
        return pieces
    return [
        replace(
            piece,
            number=found[at][2],
            marker=ListMarker(found[at][2], found[at].end()),
            unnumbered=piece.text[found[at].end() :],
        )
        if at in found
        else piece
        for at, piece in enumerate(pieces)
    ]


def _with_bare_numbers(pieces: list[PagePiece]) -> list[PagePiece]:
    """Take headings that are only a number for numbered ones if they count: `## 1`, `## 2`."""
    bare = [piece.block.level > 0 and piece.plain.isdecimal() for piece in pieces]
    numbers = [piece.plain for piece, is_bare in zip(pieces, bare, strict=True) if is_bare]
    if len(numbers) < _MIN_WORDED or numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        return pieces
    return [
        replace(piece, number=piece.plain) if is_bare else piece for piece, is_bare in zip(pieces, bare, strict=True)
    ]


def _worded_number(piece: PagePiece) -> re.Match[str] | None:
    """Match a word and a number that a heading or bold line begins with, if words follow."""
    return _WORDED.match(piece.plain) if piece.rank and not piece.number else None


def _with_outline_numbers(pieces: list[PagePiece]) -> list[PagePiece]:
    """Take `1.1`, `1.2`, `2.1` … for numbers of headings if they count; `3.5 released` alone is no number."""
    found = {
        at: number
        for at, piece in enumerate(pieces)
        if piece.kind is BlockKind.HEADING and not piece.number and (number := find_outline_number(piece.plain))
    }
    counted = [(upper, lower) for upper, lower, _ in found.values()]
    counts = all(two in ((one[0], one[1] + 1), (one[0] + 1, 1)) for one, two in pairwise(counted))
    if len(counted) < 2 or counted[0][1] != 1 or not counts:
        return pieces
    numbered = {
        at: replace(pieces[at], marker=marker, unnumbered=pieces[at].text[marker.offset :])
        for at, (_, _, marker) in found.items()
    }
    return [numbered.get(at, piece) for at, piece in enumerate(pieces)]


def _with_quoted_names(pieces: list[PagePiece]) -> list[PagePiece]:
    """Take short quotes for names of sections if several stand above lists: `> 工具`."""
    names = [at for at, (piece, below) in enumerate(pairwise(pieces)) if _is_quoted_name(piece, below)]
    if len(names) < 2:
        return pieces
    return [
        replace(piece, rank=BOLD_LINE_RANK, region=region_of(piece.plain)) if at in names else piece
        for at, piece in enumerate(pieces)
    ]


def _is_quoted_name(piece: PagePiece, below: PagePiece) -> bool:
    is_line = piece.kind is BlockKind.QUOTE and not piece.is_multiline and not piece.has_link
    short = 0 < piece.reading_length <= _MAX_NAME_LENGTH and piece.plain[-1] not in CLAUSE_ENDS
    return is_line and short and below.kind is BlockKind.ENTRY


def _with_top_headings(pieces: list[PagePiece]) -> list[PagePiece]:
    """Mark the headings of the highest level, a title at the start not counted, if several are."""
    levels = [piece.block.level for piece in pieces if piece.block.level]
    below_title = levels[1:] if levels[:1] and levels.count(levels[0]) == 1 else levels
    top = min(below_title, default=0)
    if below_title.count(top) < 2:
        return pieces
    return [replace(piece, is_top_heading=True) if piece.block.level == top else piece for piece in pieces]


def _with_recurring_signs(pieces: list[PagePiece]) -> list[PagePiece]:
    """Take signs before several lines for bullets: dashes (`— T`) and emoji (`✅ T`)."""
    signed: dict[str, list[int]] = {}
    for at, piece in enumerate(pieces):
        if (sign := _sign_of(piece)) and not (at and pieces[at - 1].kind is BlockKind.QUOTE):
            signed.setdefault(sign, []).append(at)
    found = {at: sign for sign, members in signed.items() if _are_bullets(sign, members, pieces) for at in members}
    single = [members[0] for sign, members in signed.items() if len(members) == 1 and sign not in _DASHES]
    if len(single) >= _MIN_SINGLE_EMOJI:
        found |= dict.fromkeys(single, "emoji")
    return [_with_sign(piece, found[at]) if at in found else piece for at, piece in enumerate(pieces)]


def _sign_of(piece: PagePiece) -> str:
    """Return the dash or emoji that a line begins with, if nothing else tells what the line is."""
    if piece.kind is not BlockKind.PARAGRAPH or piece.marker or piece.rank or piece.has_bold_lead or piece.is_only_link:
        return ""
    match = _SIGN.match(piece.plain)
    if match is None or piece.region is not None or _label_is_field(piece.plain[match.end() :]):
        return ""
    label = piece.plain[: piece.inline_end]
    is_labelled = 0 < reading_length(label) <= _MAX_LABEL_LENGTH and not any(map(str.isdigit, label))
    in_link = any(span.start < piece.inline_end <= span.end for span in link_spans(piece.text))
    return "" if is_labelled and not in_link else match[1]


def _label_is_field(plain: str) -> bool:
    return is_kind(plain.replace("：", ":").partition(":")[0], NameKind.FIELD)


def _are_bullets(sign: str, members: list[int], pieces: list[PagePiece]) -> bool:
    """Whether lines with a sign are a list: several, no words of which recur, and no fields: `📊 9 | 💬 3 | 🏷️ C`."""
    words = Counter(pieces[at].plain for at in members)
    signs = {signs_between(pieces[at].plain) for at in members}
    if len(signs) == 1 and sum(sign in "|｜·•" for sign in min(signs)) >= _MIN_BARS:
        return False
    return len(members) >= (_MIN_DASHES if sign in _DASHES else _MIN_EMOJI) and max(words.values()) == 1


def _with_sign(piece: PagePiece, sign: str) -> PagePiece:
    match = _SIGN.match(piece.plain)
    offset = match.end() if match else 0
    return replace(piece, marker=ListMarker("", offset, kind=sign), unnumbered=piece.text[offset:])
