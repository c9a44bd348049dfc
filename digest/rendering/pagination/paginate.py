"""Divide passages into messages: the fewest that keep items whole, evenly filled, within Telegram's limits.

`passages -> atoms (whole passages, ranges of long ones) -> balance -> message texts -> messages`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from digest.rendering.pagination.balance import Atom, fewest_parts
from digest.rendering.pagination.balance import balance as pack_atoms
from digest.rendering.pagination.entities import MessageSegment, fit_entities, fits_entity_limits
from digest.rendering.pagination.message_size import MESSAGE_LIMIT, NO_SIZE, MessageSize, measure, measure_plain
from digest.rendering.pagination.passage import Passage
from digest.rendering.pagination.text_cutter import cut_text
from domain.chat import limits
from domain.chat.message import Button, Message, PicturePreview
from domain.chat.text import Style, Text, concat

KeyboardRows = tuple[tuple[Button, ...], ...]

_PART_NUMBER_GAP = "\n\n"
_PART_NUMBER_SIZE = measure_plain(f"{_PART_NUMBER_GAP}999/999")
_MAX_HEADING_SIZE = MessageSize(1024, 12_288, 20, 1)
"""A longer headline is cut like a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PassageRange:
    """The range `[start, end)` of a passage's body that one atom stands for."""

    passage: Passage
    start: int
    end: int
    opens: bool


def paginate(
    passages: Sequence[Passage],
    *,
    rows: KeyboardRows = (),
    beside: Sequence[Button] = (),
    room: MessageSize = NO_SIZE,
) -> tuple[Message, ...]:
    """Divide the passages into messages in order, with `rows` under the last; empty passages make none.

    The buttons `beside` share the rows of the last message's passages; there may be a row of them.

    A passage that fits into a message is never cut, and the number of messages is the least possible. Several messages
    are numbered (`1/2`), unless the numbers themselves would need one message more. The last message has `room` left:
    where it would have none, all are filled a little less.
    """
    messages = _paginate(passages, rows, beside, MESSAGE_LIMIT)
    if not messages or measure(messages[-1].text).plus(room).fits(MESSAGE_LIMIT):
        return messages
    return _paginate(passages, rows, beside, MESSAGE_LIMIT.less(room))


def _paginate(
    passages: Sequence[Passage], rows: KeyboardRows, beside: Sequence[Button], most: MessageSize
) -> tuple[Message, ...]:
    bounded = map(_with_bounded_heading, passages)
    atoms, pieces = _build_atoms([passage for passage in bounded if passage.lead or passage.body], most)
    count, numbered = fewest_parts(atoms, most), most.less(_PART_NUMBER_SIZE)
    limit = most if count < 2 or count < fewest_parts(atoms, numbered) else numbered
    parts = pack_atoms(atoms, limit)
    if parts is None:
        raise AssertionError("every piece was cut to fit")
    numbers = [f"{_PART_NUMBER_GAP}{part}/{count}" if limit is not most else "" for part in range(1, count + 1)]
    runs = [[pieces[index] for index in part] for part in parts]
    return tuple(
        Message(
            _message_text(run, number, most),
            (*_button_rows(run, beside), *rows) if run is runs[-1] else _button_rows(run),
            picture=_picture(run),
        )
        for run, number in zip(runs, numbers, strict=True)
    )


def arrange_in_rows(buttons: Sequence[Button], most: int) -> KeyboardRows:
    """Arrange the buttons in even rows of at most `most`, longer rows first."""
    count = -(-len(buttons) // most)
    edges = [-(-len(buttons) * row // count) for row in range(count + 1)] if count else []
    return tuple(tuple(buttons[start:stop]) for start, stop in pairwise(edges))


def _with_bounded_heading(passage: Passage) -> Passage:
    """Move a heading that is too long to be kept whole into the body."""
    opening = concat(_opening(passage))
    if measure(opening).fits(_MAX_HEADING_SIZE):
        return passage
    return replace(
        passage,
        heading=Text(),
        lead=Text(),
        section_continuation=Text,
        body=(opening + passage.body).strip(),
        folded=False,
    )


def _build_atoms(passages: Sequence[Passage], most: MessageSize) -> tuple[list[Atom], list[_PassageRange]]:
    atoms: list[Atom] = []
    pieces: list[_PassageRange] = []
    for passage in passages:
        for atom, piece in _whole_atom(passage, most) or _cut_atoms(passage, most):
            atoms.append(atom)
            pieces.append(piece)
    return atoms, pieces


def _whole_atom(passage: Passage, most: MessageSize) -> list[tuple[Atom, _PassageRange]]:
    """Return the passage as one atom if it fits into a message."""
    size = _opening_size(passage).plus(measure(passage.body))
    if not size.fits(most):
        return []
    return [
        (
            Atom(size=size, gap=measure_plain(passage.gap)),
            _PassageRange(passage=passage, start=0, end=len(passage.body), opens=True),
        )
    ]


def _cut_atoms(passage: Passage, most: MessageSize) -> Iterator[tuple[Atom, _PassageRange]]:
    opening, again = _opening_size(passage), measure(concat(_continuation(passage)))
    above = MessageSize(*map(max, opening, again))
    before = 0
    for start, end, size in cut_text(passage.body, most.less(_PART_NUMBER_SIZE).less(above)):
        if start and before:
            gap = measure_plain(passage.body.plain[before:start])
            yield (
                Atom(size=size, gap=gap, continuation_size=again, opens_passage=False),
                _PassageRange(passage=passage, start=start, end=end, opens=False),
            )
        else:
            yield (
                Atom(size=opening.plus(size), gap=measure_plain(passage.gap)),
                _PassageRange(passage=passage, start=start, end=end, opens=True),
            )
        before = end


def _opening_size(passage: Passage) -> MessageSize:
    size = measure(concat(_opening(passage)))
    return size._replace(buttons=1) if passage.button else size


def _opening(passage: Passage) -> list[Text | str]:
    """Return what stands above the body where the passage begins."""
    heading = [passage.heading, passage.heading_gap] if passage.heading else []
    lead = [passage.lead, passage.separator] if passage.lead and passage.body else [passage.lead]
    return [*heading, *lead]


def _continuation(passage: Passage) -> list[Text | str]:
    """Return what stands above the body where it continues in a new message."""
    again = passage.continuation_heading()
    return [again, passage.separator] if again else []


def _message_text(run: Sequence[_PassageRange], number: str, most: MessageSize) -> Text:
    segments: list[MessageSegment] = []
    for _, pieces in groupby(run, key=lambda piece: id(piece.passage)):
        first, *others = pieces
        passage = first.passage
        if segments:
            segments.append(MessageSegment(Text(passage.gap)))
        segments.append(MessageSegment(concat(_opening(passage) if first.opens else _continuation(passage))))
        body = passage.body[first.start : (others[-1] if others else first).end]
        segments.append(MessageSegment(_fold(body) if passage.folded else body, is_body=True))
    segments.append(MessageSegment(Text(number)))
    return fit_entities([*_section_above(run[0], segments, most), *segments])


def _section_above(first: _PassageRange, segments: Sequence[MessageSegment], most: MessageSize) -> list[MessageSegment]:
    """Return the heading of the section within which a message begins, if it costs no message and no entity."""
    if first.opens and first.passage.heading:
        return []
    heading = first.passage.section_continuation()
    if not heading:
        return []
    above = MessageSegment(concat((heading, first.passage.heading_gap)))
    text = concat(segment.text for segment in (above, *segments))
    return [above] if measure(text).fits(most) and fits_entity_limits(text) else []


def _fold(body: Text) -> Text:
    """Put the body in an expandable quote; Telegram knows no nested quotes."""
    return body.without_styles(Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE).styled(Style.EXPANDABLE_BLOCKQUOTE)


def _button_rows(run: Sequence[_PassageRange], beside: Sequence[Button] = ()) -> KeyboardRows:
    buttons = [piece.passage.button for piece in run if piece.opens and piece.passage.button]
    return arrange_in_rows([*buttons, *beside], limits.KEYBOARD_ROW_BUTTONS)


def _picture(run: Sequence[_PassageRange]) -> PicturePreview | None:
    return next((piece.passage.picture for piece in run if piece.opens and piece.passage.picture), None)
