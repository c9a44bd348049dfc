"""Find what is labelled as an advertisement: `… (Sponsor)`, `【广告】…`, `Реклама: …`, `TOGETHER WITH …`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.segmentation.pieces import MAX_SPONSOR_NAME_LENGTH, PagePiece
from digest.segmentation.vocabulary import NameKind, is_kind

_OPEN, _CLOSE = r"[\[【(（［]", r"[\]】)）］]"
_INSIDE = r"([^\[\]【】()（）［］]{1,24})"
_BRACKETS_FIRST = re.compile(rf"[^\w\[【(（［]{{0,4}}{_OPEN}{_INSIDE}{_CLOSE}")
_BRACKETS_LAST = re.compile(rf"{_OPEN}{_INSIDE}{_CLOSE}\W{{0,3}}$")
_COLON = re.compile(r"[^\w\[【(（［]{0,4}([^\W\d_](?:[^\W\d]| ){0,23})\s?[:：]")
_KANA = re.compile("[\u3040-\u30ff]")
_PUBLIC_RELATIONS = "pr"
_MIN_TOPICS = 2
"""Number of other labels from which on labels name topics."""


def find_advertisements(pieces: Sequence[PagePiece]) -> frozenset[int]:
    """Return the pieces that begin or end with the label of an advertisement, or name a sponsor above its title.

    Numbered headlines are none: their editor wants to have them sent.
    Labels at the beginning tell nothing where others begin with other ones: `【广告】` is a topic beside `【硬件】`.
    """
    found = {at for at, piece in enumerate(pieces) if _is_labelled_last(piece)}
    for at in range(len(pieces)):
        if _names_sponsor(pieces, at):
            found |= {at, at + 1}
    for form in (_BRACKETS_FIRST, _COLON):
        labels = {at: match[1] for at, piece in enumerate(pieces) if (match := form.match(piece.unnumbered.plain))}
        names_it = _is_bracketed_label if form is _BRACKETS_FIRST else _is_label
        labelled = {at for at, label in labels.items() if names_it(label, pieces[at].plain)}
        if len(labels) - len(labelled) < _MIN_TOPICS:
            found |= labelled
    return frozenset(at for at in found if not pieces[at].number)


def _is_labelled_last(piece: PagePiece) -> bool:
    match = _BRACKETS_LAST.search(piece.plain)
    return match is not None and _is_bracketed_label(match[1], piece.plain)


def _is_label(label: str, plain: str) -> bool:
    """Whether words before a colon are the label of an advertisement; `PR` is so in Japanese only."""
    in_japanese = label.casefold() == _PUBLIC_RELATIONS and _KANA.search(plain) is not None
    return in_japanese or is_kind(label, NameKind.ADVERTISEMENT)


def _is_bracketed_label(label: str, plain: str) -> bool:
    """Whether words in brackets are the label of an advertisement."""
    return _is_label(label, plain) or is_kind(label, NameKind.BRACKETED_ADVERTISEMENT)


def _names_sponsor(pieces: Sequence[PagePiece], at: int) -> bool:
    """Whether a short name right above a title begins as those of sponsors do."""
    piece = pieces[at]
    if (
        not piece.names_sponsor
        or piece.has_link
        or piece.reading_length > MAX_SPONSOR_NAME_LENGTH
        or at + 1 == len(pieces)
    ):
        return False
    below = pieces[at + 1]
    return below.rank > 0 or below.is_link
