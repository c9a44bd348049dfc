"""Find the lines that close a page: words of goodbye, credits, notes, and the sign that this is the end."""

from __future__ import annotations

from collections.abc import Sequence

from digest.parsing.blocks import BlockKind
from digest.segmentation.pieces import PagePiece
from digest.segmentation.text_metrics import reading_length, sentence_end, signs_between
from digest.segmentation.vocabulary import NameKind, is_kind, region_of, says_goodbye
from domain.names import fold_name

_MAX_LINES = 4
_MAX_LENGTH = 40
_MAX_GOODBYE_LENGTH = 12  # of the first sentence of a longer farewell
_MAX_ENDING_CHARACTERS = 24
_MAX_LABEL_LENGTH = 6
_MIN_SIGNS = 2
_MIN_ALIKE = 2
_NOTE_SIGN = "※"


def find_closing_lines(pieces: Sequence[PagePiece]) -> frozenset[int]:
    """Return the last lines that say goodbye, ask for a subscription, name the authors or begin as a note does.

    A line that says that this is the end (`— END —`) closes wherever it stands; the last heading may say goodbye.
    """
    last = range(max(0, len(pieces) - _MAX_LINES), len(pieces))
    ends = (at for at, piece in enumerate(pieces) if at and _says_end(piece.plain))
    named = [at for at, piece in enumerate(pieces) if piece.block.level > 0][-1:]
    goodbye = (at for at in named if at and _is_goodbye(pieces[at]))
    closing = [at for at in last if _is_closing(pieces[at]) or _is_credit(pieces, at)]
    found = (at for at in closing if not (_is_line_of_items(pieces, at) or _is_beside_labels(pieces, at, closing)))
    return frozenset((*found, *ends, *goodbye))


def _is_closing(piece: PagePiece) -> bool:
    is_line = piece.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE) and not piece.rank and not piece.number
    is_short = piece.reading_length <= _MAX_LENGTH
    words = piece.plain if is_short else piece.plain[: sentence_end(piece.plain)]
    if not is_line or reading_length(words) > (_MAX_LENGTH if is_short else _MAX_GOODBYE_LENGTH):
        return False
    return (is_short and words.startswith(_NOTE_SIGN)) or says_goodbye(words)


def _is_credit(pieces: Sequence[PagePiece], at: int) -> bool:
    """Whether a short line or entry has a label of an author, a date or trailing matter that no other has.

    `Edited by: Ann`, `归档：https://…`; a sentence is none.
    """
    piece, label = pieces[at], _label_of(pieces[at])
    if piece.rank or piece.is_prose or not label or is_kind(label, NameKind.FIELD):
        return False
    is_credit = is_kind(label, NameKind.DATED) or is_kind(label, NameKind.AUTHOR)
    is_named = is_credit or region_of(label) is NameKind.TRAILING
    return is_named and sum(_label_of(one) == label for one in pieces) == 1


def _is_beside_labels(pieces: Sequence[PagePiece], at: int, closing: Sequence[int]) -> bool:
    """Whether the entry right above one has a label, too, and closes nothing: `- Bank: rates fall`."""
    above = at - 1
    if pieces[at].kind is not BlockKind.ENTRY or not at or pieces[above].kind is not BlockKind.ENTRY:
        return False
    return above not in closing and _label_of(pieces[above]) != ""


def _is_line_of_items(pieces: Sequence[PagePiece], at: int) -> bool:
    """Whether lines above have the same signs between their words, as fields of items do: `👍 9 | 👤 Author: T`."""
    signs = signs_between(pieces[at].plain)
    is_telling = len(signs.replace("w", "").split()) >= _MIN_SIGNS
    return is_telling and sum(signs_between(piece.plain) == signs for piece in pieces[:at]) >= _MIN_ALIKE


def _is_goodbye(piece: PagePiece) -> bool:
    """Whether a heading says goodbye: `That's all for this week!`."""
    return not piece.has_link and not piece.number and says_goodbye(piece.plain)


def _label_of(piece: PagePiece) -> str:
    """Return the few words before the colon of a line or entry, "" without any."""
    name, colon, _ = piece.plain.replace("：", ":").partition(":")
    return fold_name(name) if colon and reading_length(name) <= _MAX_LABEL_LENGTH else ""


def _says_end(plain: str) -> bool:
    """Whether a short line says that this is the end."""
    return len(plain) <= _MAX_ENDING_CHARACTERS and is_kind(plain, NameKind.ENDING)
