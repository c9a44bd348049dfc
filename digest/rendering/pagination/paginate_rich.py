"""Divide passages into rich messages: the fewest that keep items whole, evenly filled, within Telegram's limits.

`passages -> atoms (whole passages, fragments of long ones) -> balance -> parts, each with a contents list of its own`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from digest.rendering.pagination.balance import Atom
from digest.rendering.pagination.balance import balance as pack_atoms
from digest.rendering.pagination.message_size import MessageSize
from digest.rendering.pagination.rich_passage import RichPassage
from digest.rendering.pagination.rich_size import RICH_LIMIT, RichSize, measure_blocks, measure_rich_text
from digest.rendering.pagination.text_cutter import cut_text
from domain.chat.message import Keyboard
from domain.chat.rich_message import (
    ContentsList,
    Details,
    Footer,
    Paragraph,
    Preformatted,
    Quote,
    RichBlock,
    RichMessage,
    TableBlock,
    block_texts,
)
from domain.chat.signature import SIGNATURE_UTF16_UNITS
from domain.chat.text import Text, join

MIN_CONTENTS_ENTRIES = 6
"""A part with fewer entries has no contents list: it is seen at a glance."""

_MAX_OPENING_SIZE = RichSize(2048, 12_288, 8)
"""Longer headings and summaries are cut like a body."""

_PART_NUMBER = Footer(Text("999/999"))
_SIGNATURE_SIZE = RichSize(SIGNATURE_UTF16_UNITS, SIGNATURE_UTF16_UNITS, 1)


@dataclass(frozen=True, slots=True)
class RichPart:
    """One rich message, and the position of the passage with which it begins or goes on."""

    message: RichMessage
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fragment:
    """The range `[start, end)` of a block: of its text, or of a table's rows; the whole block if it has neither.

    `gap` is the white space before it; `again` is what it costs more where it continues its block in a new part.
    """

    block: RichBlock
    start: int = 0
    end: int = 0
    size: RichSize
    gap: RichSize = field(default_factory=RichSize)
    again: RichSize = field(default_factory=RichSize)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """The fragments of a passage that one atom stands for."""

    passage: RichPassage
    fragments: tuple[_Fragment, ...]
    opens: bool
    closes: bool


def paginate_rich(
    passages: Sequence[RichPassage], *, contents_name: Text, keyboard: Keyboard = (), signed: bool = False
) -> tuple[RichPart, ...]:
    """Divide the passages into parts in order, with `keyboard` under the last.

    A passage that fits into a part is never cut, and the number of parts is the least possible. Several parts are
    numbered (`1/2`). A part with many entries has a contents list, folded below `contents_name`.
    `signed`: each part has room for a signature.
    """
    reserved = measure_blocks((Details(contents_name, (ContentsList(()),)), _PART_NUMBER))
    if signed:
        reserved = reserved.plus(_SIGNATURE_SIZE)
    limit = RICH_LIMIT.less(reserved)
    atoms, pieces = _build_atoms([_with_bounded_opening(passage) for passage in passages], limit)
    parts = pack_atoms(atoms, limit)
    if parts is None:
        raise AssertionError("every piece was cut to fit")
    return tuple(
        _build_part(
            [pieces[index] for index in part],
            contents_name=contents_name,
            number=f"{number}/{len(parts)}" if len(parts) > 1 else "",
            keyboard=keyboard if number == len(parts) else (),
        )
        for number, part in enumerate(parts, 1)
    )


def _build_atoms(passages: Sequence[RichPassage], limit: RichSize) -> tuple[list[Atom], list[_Piece]]:
    atoms: list[Atom] = []
    pieces: list[_Piece] = []
    for passage in passages:
        for atom, piece in _whole_atom(passage, limit) or _cut_atoms(passage, limit):
            atoms.append(atom)
            pieces.append(piece)
    return atoms, pieces


def _whole_atom(passage: RichPassage, limit: RichSize) -> list[tuple[Atom, _Piece]]:
    """Return the passage as one atom if it fits into a part."""
    size = _opening_size(passage).plus(measure_blocks((*passage.body, *passage.closing)))
    if not size.fits(limit):
        return []
    fragments = tuple(_Fragment(block=block, end=_length(block), size=RichSize()) for block in passage.body)
    return [(_atom(size), _Piece(passage=passage, fragments=fragments, opens=True, closes=True))]


def _cut_atoms(passage: RichPassage, limit: RichSize) -> Iterator[tuple[Atom, _Piece]]:
    opening, closing = _opening_size(passage), measure_blocks(passage.closing)
    again = measure_blocks((Details(passage.continuation_summary(), ()),)) if passage.summary else RichSize()
    above = RichSize(*map(max, opening, again)).plus(closing)
    fragments = [fragment for block in passage.body for fragment in _cut_block(block, limit.less(above))]
    for number, fragment in enumerate(fragments):
        opens, closes = number == 0, number == len(fragments) - 1
        size = fragment.size.plus(closing if closes else RichSize())
        piece = _Piece(passage=passage, fragments=(fragment,), opens=opens, closes=closes)
        if opens:
            yield _atom(opening.plus(size)), piece
        else:
            extra = again.plus(fragment.again)
            yield Atom(size=size, gap=fragment.gap, continuation_size=extra, opens_passage=False), piece


def _atom(size: RichSize) -> Atom:
    return Atom(size=size, gap=RichSize(), continuation_size=RichSize())


def _opening_size(passage: RichPassage) -> RichSize:
    """Return the size of what stands above the body, and of the passage's lines in a contents list."""
    folded = (Details(passage.summary, ()),) if passage.summary else ()
    links = tuple(link for link in (passage.section, passage.entry) if link)
    lines = measure_blocks((ContentsList(links),)).less(measure_blocks((ContentsList(()),)))
    return measure_blocks((*passage.opening, *folded)).plus(lines)


def _whole(block: RichBlock) -> _Fragment:
    return _Fragment(block=block, end=_length(block), size=measure_blocks((block,)))


def _length(block: RichBlock) -> int:
    match block:
        case Paragraph(text) | Quote(text) | Preformatted(text):
            return len(text)
        case TableBlock(rows):
            return len(rows)
    return 0


def _cut_block(block: RichBlock, room: RichSize) -> Iterator[_Fragment]:
    """Divide a block that does not fit: a text at its best cuts, a table between its rows."""
    if measure_blocks((block,)).fits(room):
        yield _whole(block)
        return
    match block:
        case Paragraph(text) | Quote(text) | Preformatted(text):
            yield from _cut_text(block, text, room)
        case TableBlock(rows):
            yield from _cut_table(block, rows, room)
        case _:
            raise AssertionError(f"a {type(block).__name__} cannot be divided")


def _cut_text(block: RichBlock, text: Text, room: RichSize) -> Iterator[_Fragment]:
    around = measure_blocks((_slice(block, 0, 0),))
    room = room.less(around)
    before = 0
    # A UTF-16 unit has a byte at least, so bytes within `total_units` keep that limit, addresses included.
    for start, end, cut in cut_text(text, MessageSize(room.utf16_units, room.total_units, room.total_units)):
        size, gap = RichSize(cut.utf16_units, cut.byte_count), measure_rich_text(Text(text.plain[before:start]))
        if before:
            yield _Fragment(block=block, start=start, end=end, size=size, gap=gap, again=around)
        else:
            yield _Fragment(block=block, start=start, end=end, size=size.plus(around))
        before = end


def _cut_table(block: TableBlock, rows: tuple[tuple[Text, ...], ...], room: RichSize) -> Iterator[_Fragment]:
    """Divide a table between its rows; its heads are repeated. One with too long a row becomes lines of text."""
    heads, empty = measure_blocks((_slice(block, 0, 1),)), measure_blocks((TableBlock(()),))
    sizes = [measure_blocks((TableBlock((row,)),)).less(empty) for row in rows]
    if any(not heads.plus(size).fits(room) for size in sizes[1:] or [RichSize()]):
        lines = join("\n", [join(" | ", [cell for cell in row if cell]) for row in rows])
        yield from _cut_block(Paragraph(lines), room)
        return
    yield _Fragment(block=block, start=0, end=2, size=heads.plus(sizes[1]))
    for at in range(2, len(rows)):
        yield _Fragment(block=block, start=at, end=at + 1, size=sizes[at], again=heads)


def _slice(block: RichBlock, start: int, end: int) -> RichBlock:
    """Return a range of a block; a table keeps its heads."""
    match block:
        case Paragraph(text, anchor):
            return Paragraph(text[start:end], "" if start else anchor)
        case Quote(text):
            return Quote(text[start:end])
        case Preformatted(text, language):
            return Preformatted(text[start:end], language)
        case TableBlock(rows):
            return TableBlock((*rows[: min(start, 1)], *rows[start:end]))
    return block


def _build_part(pieces: Sequence[_Piece], *, contents_name: Text, number: str, keyboard: Keyboard) -> RichPart:
    groups = [list(group) for _, group in groupby(pieces, key=lambda piece: id(piece.passage))]
    shown = [_group_blocks(group) for group in groups]
    contents = _contents([group[0].passage for group in groups if group[0].opens], contents_name)
    has_title = pieces[0].opens and pieces[0].passage.entry is None
    before = shown[:1] if has_title else []
    blocks = [block for group in (*before, contents, *shown[len(before) :]) for block in group]
    footer = [Footer(Text(number))] if number else []
    return RichPart(RichMessage((*blocks, *footer), keyboard), pieces[0].passage.position)


def _group_blocks(group: Sequence[_Piece]) -> list[RichBlock]:
    """Return what a part shows of one passage."""
    passage, opens = group[0].passage, group[0].opens
    fragments = [fragment for piece in group for fragment in piece.fragments]
    runs = [list(run) for _, run in groupby(fragments, key=lambda fragment: id(fragment.block))]
    inner = [_slice(run[0].block, run[0].start, run[-1].end) for run in runs]
    if group[-1].closes:
        inner.extend(passage.closing)
    above = list(passage.opening) if opens else []
    if not passage.summary:
        return [*above, *inner]
    summary = passage.summary if opens else passage.continuation_summary()
    return [*above, Details(summary, tuple(inner), passage.anchor if opens else "")]


def _contents(passages: Sequence[RichPassage], name: Text) -> list[RichBlock]:
    """Return the contents list of passages that begin in a part: of their sections if there are several."""
    entries = [passage.entry for passage in passages if passage.entry]
    if len(entries) < MIN_CONTENTS_ENTRIES:
        return []
    sections = [passage.section for passage in passages if passage.section]
    return [Details(name, (ContentsList(tuple(sections if len(sections) > 1 else entries)),))]


def _with_bounded_opening(passage: RichPassage) -> RichPassage:
    """Move headings and a summary that are too long to be kept whole into the body, which is then not folded."""
    folded = (Details(passage.summary, ()),) if passage.summary else ()
    if measure_blocks((*passage.opening, *folded)).fits(_MAX_OPENING_SIZE):
        return passage
    lines = [text for block in (*passage.opening, *folded) for text in block_texts(block)]
    return replace(
        passage,
        opening=(),
        summary=Text(),
        body=(*(Paragraph(line) for line in lines), *passage.body),
        section=None,
        entry=None,
    )
