"""Passages in, messages out: the fewest that keep items whole, as even as that allows, within all of Telegram's limits.

passages -> atoms (whole passages; pieces of those too long) -> balance -> runs of atoms -> texts -> messages
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from digest.rendering.pagination.balance import Atom, fewest
from digest.rendering.pagination.balance import pack as pack_atoms
from digest.rendering.pagination.entities import Segment, is_bearable, lighten
from digest.rendering.pagination.message_size import MESSAGE, Weight, weigh, weigh_plain
from digest.rendering.pagination.passage import Passage
from digest.rendering.pagination.text_cutter import cut
from domain.chat import limits
from domain.chat.message import Button, Message
from domain.chat.text import Style, Text, concat

Rows = tuple[tuple[Button, ...], ...]

_UNDER_HEADING = "\n\n"
_ABOVE_NUMBER = "\n\n"
_NUMBER = weigh_plain(f"{_ABOVE_NUMBER}999/999")
_LONGEST_LEAD = Weight(1024, 12_288, 20, 1)
"""A longer headline is no headline: it is cut like a body."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one atom stands for: `[start, end)` of a passage's body."""

    passage: Passage
    start: int
    end: int
    opens: bool


def pack(passages: Sequence[Passage], *, rows: Rows = ()) -> tuple[Message, ...]:
    """The messages, in order, `rows` under the last. Passages without any text make no message.

    A passage that fits into a message is never cut; the number of messages is the fewest with which that can be done.
    They are numbered (`1/2`) when there are several, unless the numbers themselves would make one message more.
    """
    atoms, pieces = _atoms([passage for passage in map(_reasonable, passages) if passage.lead or passage.body])
    count = fewest(atoms, MESSAGE)
    limit = MESSAGE if count < 2 or count < fewest(atoms, MESSAGE.less(_NUMBER)) else MESSAGE.less(_NUMBER)
    parts = pack_atoms(atoms, limit)
    if parts is None:
        raise AssertionError("every piece was cut to fit")
    numbers = [f"{_ABOVE_NUMBER}{part}/{count}" if limit is not MESSAGE else "" for part in range(1, count + 1)]
    runs = [[pieces[index] for index in part] for part in parts]
    return tuple(
        Message(_text(run, number), (*_buttons(run), *(rows if run is runs[-1] else ())))
        for run, number in zip(runs, numbers, strict=True)
    )


def in_rows(buttons: Sequence[Button], most: int) -> Rows:
    """The buttons in rows of at most `most`, as even as they come, the longer ones first."""
    count = -(-len(buttons) // most)
    edges = [-(-len(buttons) * row // count) for row in range(count + 1)] if count else []
    return tuple(tuple(buttons[start:stop]) for start, stop in pairwise(edges))


def _reasonable(passage: Passage) -> Passage:
    """The passage, what stands above its body made part of it where that is far too long to be kept whole."""
    opening = concat(_opening(passage))
    if weigh(opening).fits(_LONGEST_LEAD):
        return passage
    return replace(
        passage,
        heading=Text(),
        lead=Text(),
        section_continuation=Text,
        body=(opening + passage.body).strip(),
        folded=False,
    )


def _atoms(passages: Sequence[Passage]) -> tuple[list[Atom], list[_Piece]]:
    atoms: list[Atom] = []
    pieces: list[_Piece] = []
    for passage in passages:
        for atom, piece in _whole(passage) or _cut(passage):
            atoms.append(atom)
            pieces.append(piece)
    return atoms, pieces


def _whole(passage: Passage) -> list[tuple[Atom, _Piece]]:
    """The passage as one atom, if it fits into a message."""
    size = _opening_weight(passage).plus(weigh(passage.body))
    if not size.fits(MESSAGE):
        return []
    return [(Atom(size, weigh_plain(passage.gap)), _Piece(passage, 0, len(passage.body), opens=True))]


def _cut(passage: Passage) -> Iterator[tuple[Atom, _Piece]]:
    opening, again = _opening_weight(passage), weigh(concat(_again(passage)))
    above = Weight(*map(max, opening, again))
    before = 0
    for start, end, size in cut(passage.body, MESSAGE.less(_NUMBER).less(above)):
        if start and before:
            gap = weigh_plain(passage.body.plain[before:start])
            yield Atom(size, gap, again, opens=False), _Piece(passage, start, end, opens=False)
        else:
            yield Atom(opening.plus(size), weigh_plain(passage.gap)), _Piece(passage, start, end, opens=True)
        before = end


def _opening_weight(passage: Passage) -> Weight:
    weight = weigh(concat(_opening(passage)))
    return weight._replace(buttons=1) if passage.button else weight


def _opening(passage: Passage) -> list[Text | str]:
    """What stands above the body where the passage begins."""
    heading = [passage.heading, _UNDER_HEADING] if passage.heading else []
    lead = [passage.lead, passage.separator] if passage.lead and passage.body else [passage.lead]
    return [*heading, *lead]


def _again(passage: Passage) -> list[Text | str]:
    """What stands above the body where it goes on in a new message."""
    again = passage.continuation_heading()
    return [again, passage.separator] if again else []


def _text(run: Sequence[_Piece], number: str) -> Text:
    segments: list[Segment] = []
    for _, pieces in groupby(run, key=lambda piece: id(piece.passage)):
        first, *others = pieces
        passage = first.passage
        if segments:
            segments.append(Segment(Text(passage.gap)))
        segments.append(Segment(concat(_opening(passage) if first.opens else _again(passage))))
        body = passage.body[first.start : (others[-1] if others else first).end]
        segments.append(Segment(_folded(body) if passage.folded else body, loose=True))
    segments.append(Segment(Text(number)))
    return lighten([*_section_above(run[0], segments), *segments])


def _section_above(first: _Piece, segments: Sequence[Segment]) -> list[Segment]:
    """The heading of the section amid which a message begins, where it costs neither a message nor an entity."""
    if first.opens and first.passage.heading:
        return []
    heading = first.passage.section_continuation()
    if not heading:
        return []
    above = Segment(concat((heading, _UNDER_HEADING)))
    whole = concat(each.text for each in (above, *segments))
    return [above] if weigh(whole).fits(MESSAGE) and is_bearable(whole) else []


def _folded(body: Text) -> Text:
    """A quote that unfolds; Telegram knows no quote within a quote."""
    return body.without_styles(Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE).styled(Style.EXPANDABLE_BLOCKQUOTE)


def _buttons(run: Sequence[_Piece]) -> Rows:
    buttons = [piece.passage.button for piece in run if piece.opens and piece.passage.button]
    return in_rows(buttons, limits.KEYBOARD_ROW_BUTTONS)
