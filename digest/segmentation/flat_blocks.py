"""Prepare blocks for segmentation: list entries instead of lists, single lines instead of paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.inline import TextLine
from digest.parsing.list_markers import find_marker
from digest.segmentation.text_metrics import is_tags, leading_span, reading_length
from digest.segmentation.vocabulary import is_date_label
from domain.chat.text import Style, Text, concat

_MAX_SECTION_LENGTH = 6
"""Reading length up to which the first words of an entry may name a section."""

_DEFINITION = re.compile(r":[ \t]+(?=\S)")
_DRAWN_RULE = re.compile(r"(?:[━─═＝—–―＿▬▔▁╌┄┈⎯〰➖◇◆~～*＊=·・…‥_-]\ufe0f?\s?){5,}|⸻{1,3}|--")
"""A line of one sign, drawn as a rule (`━━━━━━━━`), or what mail programs write above a signature (`--`)."""

_LONG_DASH = re.compile(r"[—–]\s+(?=\S)")
_WORDED_NUMBER = re.compile(r"[\W_]*([^\W\d_]{1,8})\s?([1-9]\d?)[\W_]*")
_BOXED_LEVEL = 3
"""Level of the heading that a line between two drawn rules is."""


def flatten_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Replace lists by their entries and paragraphs by their lines."""
    flat = tuple(_fill_empty_entries(tuple(_flatten_level(_nest_bullets(blocks)))))
    return tuple(_join_lone_numbers(flat))


def _nest_bullets(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Put bullets right below numbered entries into these, as their editor meant, if they come below several.

    Markdown begins a new list there unless the bullets are indented.
    """
    below = [at for at in range(1, len(blocks)) if _are_bullets_below(blocks[at - 1], blocks[at])]
    if len(below) < 2:
        return blocks
    nested = list(blocks)
    for at in below:
        entry = nested[at - 1].children[-1]
        holder = replace(entry, children=(*entry.children, nested[at]))
        nested[at - 1] = replace(nested[at - 1], children=(*nested[at - 1].children[:-1], holder))
    return tuple(block for at, block in enumerate(nested) if at not in below)


def _are_bullets_below(above: Block, block: Block) -> bool:
    """Whether bullets follow a numbered list without an empty line."""
    if block.kind is not BlockKind.LIST or block.ordered or above.kind is not BlockKind.LIST or not above.ordered:
        return False
    return block.line - last_line(above) == 1


def last_line(block: Block) -> int:
    """Return the line on which the block's last text begins."""
    return last_line(block.children[-1]) if block.children else block.lines[-1].line if block.lines else block.line


def _fill_empty_entries(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Give a list of one number or bullet without words the line below it; leave other entries without words out."""
    empty: Block | None = None
    for block in blocks:
        if block.kind is BlockKind.ENTRY and not block.children and not block.lines:
            empty = None if block.continues_previous else block
            continue
        if empty is not None and block.kind is BlockKind.PARAGRAPH:
            yield replace(empty, children=(replace(block, continues_previous=False),))
        else:
            yield block
        empty = None


def _join_lone_numbers(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Join a line that is only a number (`1、`, `01`) with the paragraph below it."""
    number: Block | None = None
    last = 0
    blocks = tuple(_with_lone_numbers(blocks))
    for at, block in enumerate(blocks):
        following = blocks[at + 1] if at + 1 < len(blocks) else None
        if number is not None:
            yield _prepend_number(number, block)
            last = _lone_number(number)
            number = None
        elif _is_only_number(block, last) and following is not None and _may_be_numbered(block, following):
            number = block
        else:
            yield block


def _with_lone_numbers(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Turn headings of one word and a number that counts (`Tip 1`, `Tip 2`) into mere numbers."""
    found = {at: match for at, block in enumerate(blocks) if (match := _worded_number(block))}
    counted = [(match[1], int(match[2])) for match in found.values()]
    counts = len(counted) > 1 and all(two == (one[0], one[1] + 1) for one, two in pairwise(counted))
    for at, block in enumerate(blocks):
        if counts and at in found:
            yield replace(block, lines=(replace(block.lines[0], text=Text(f"{found[at][2]}.")),))
        else:
            yield block


def _worded_number(block: Block) -> re.Match[str] | None:
    is_line = block.kind is BlockKind.HEADING and len(block.lines) == 1
    return _WORDED_NUMBER.fullmatch(block.lines[0].text.plain) if is_line else None


def _is_only_number(block: Block, last: int) -> bool:
    """Whether the line is only a number; without a mark (`10`) it must be the one after the last."""
    if block.kind not in (BlockKind.PARAGRAPH, BlockKind.HEADING) or len(block.lines) != 1:
        return False
    plain = block.lines[0].text.plain
    if last and plain == str(last + 1):
        return True
    marker = find_marker(plain + " ")
    return marker is not None and marker.offset >= len(plain)


def _may_be_numbered(number: Block, block: Block) -> bool:
    """Whether a block may be what the number above it counts: a paragraph; below a heading, of one line."""
    return block.kind is BlockKind.PARAGRAPH and (number.kind is BlockKind.PARAGRAPH or len(block.lines) == 1)


def _lone_number(block: Block) -> int:
    marker = find_marker(block.lines[0].text.plain + " ")
    return int(marker.number if marker else block.lines[0].text.plain)


def _prepend_number(number: Block, block: Block) -> Block:
    first, *others = block.lines
    mark = number.lines[0].text.without_styles(Style.BOLD)
    text = concat((mark, Text("" if find_marker(mark.plain + " ") else "."), Text(" "), first.text))
    return replace(
        block,
        kind=number.kind,
        level=number.level,
        line=number.line,
        lines=(replace(first, text=text), *others),
        continues_previous=number.continues_previous,
    )


def _flatten_level(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        if _is_list_of_sections(block):
            yield from (part for entry in block.children for part in _open_section_entry(entry))
        elif block.kind is BlockKind.LIST:
            entries = [entry for child in block.children for entry in _part_entries(child)]
            yield from (
                _unwrap_numbered_entry(entry, continues_previous=number > 0) for number, entry in enumerate(entries)
            )
        elif block.kind is BlockKind.PARAGRAPH:
            yield from _dashed_entries(block) or _part_lines(_with_tags_below(block))
        else:
            yield block


def _dashed_entries(block: Block) -> list[Block]:
    """Return the lines of a paragraph as entries of a list if there are several and each begins with a long dash."""
    dashes = [_LONG_DASH.match(line.text.plain) for line in block.lines]
    entries: list[Block] = []
    for line, dash in zip(block.lines, dashes, strict=True):
        if dash is None or len(dashes) < 2:
            return []
        text = replace(line, text=line.text[dash.end() :])
        paragraph = replace(block, line=line.line, lines=(text,), continues_previous=False)
        entries.append(
            Block(kind=BlockKind.ENTRY, line=line.line, children=(paragraph,), continues_previous=bool(entries))
        )
    return entries


def _with_tags_below(block: Block) -> Block:
    """Put a line of hashtags that a paragraph begins with below the next line, if it is the title that they are of."""
    first, *others = block.lines
    if not others or not is_tags(first.text.plain) or not _is_marked(others[0].text):
        return block
    return replace(block, lines=(others[0], first, *others[1:]))


def _is_marked(text: Text) -> bool:
    return leading_span(text, Style.BOLD) is not None or leading_span(text, Style.LINK) is not None


def _part_lines(block: Block) -> Iterator[Block]:
    """Part a paragraph into its lines; drawn lines become rules, and one line between two of them a heading."""
    drawn = [_DRAWN_RULE.fullmatch(line.text.plain.strip()) is not None for line in block.lines]
    if not any(drawn):
        yield from (_single_line(block, number) for number in range(len(block.lines)))
        return
    boxed = [number for number in range(1, len(drawn) - 1) if drawn[number - 1 : number + 2] == [True, False, True]]
    for number, line in enumerate(block.lines):
        if number in boxed:
            yield Block(kind=BlockKind.HEADING, line=line.line, level=_BOXED_LEVEL, lines=(line,))
        elif not drawn[number]:
            after_rule = number > 0 and drawn[number - 1]
            yield replace(_single_line(block, number), continues_previous=number > 0 and not after_rule)
        elif number - 1 not in boxed and number + 1 not in boxed:
            yield Block(kind=BlockKind.RULE, line=line.line)


def _single_line(block: Block, number: int) -> Block:
    line = block.lines[number]
    definition = _DEFINITION.match(line.text.plain) if number else None
    if definition is not None:
        line = replace(line, text=line.text[definition.end() :])
    return replace(block, lines=(line,), line=line.line, continues_previous=number > 0)


def _is_list_of_sections(block: Block) -> bool:
    """Whether the list is one of sections: each entry a name above a list of linked entries, most with two or more."""
    if block.kind is not BlockKind.LIST or len(block.children) < 2 or not all(map(_is_section, block.children)):
        return False
    several = [len(entry.children[1].children) > 1 for entry in block.children]
    return sum(several) * 2 >= len(several) or (any(several) and all(map(_is_short_name, block.children)))


def _is_short_name(entry: Block) -> bool:
    """Whether the entry's words are a date, or few and those of each linked entry below it more."""
    name, below = entry.children
    plain = name.lines[0].text.plain
    if is_date_label(plain):
        return True
    length = reading_length(plain)
    longer = (reading_length(_first_text(child).lines[0].text.plain) > length for child in below.children)
    return length <= _MAX_SECTION_LENGTH and all(longer)


def _is_section(entry: Block) -> bool:
    if (
        len(entry.children) != 2
        or entry.children[0].kind is not BlockKind.PARAGRAPH
        or len(entry.children[0].lines) != 1
    ):
        return False
    name, below = entry.children
    if below.kind is not BlockKind.LIST or _is_linked(name):
        return False
    return all(_is_linked(_first_text(child)) or _is_section(child) for child in below.children)


def _first_text(entry: Block) -> Block:
    """Return the first block of an entry, of the numbered one within it (`- 7. T`) too."""
    inner = _unwrap_numbered_entry(entry, continues_previous=False)
    return inner.children[0] if inner.children else inner


def _is_linked(block: Block) -> bool:
    return any(span.style is Style.LINK for line in block.lines[:1] for span in line.text.spans)


def _open_section_entry(entry: Block) -> Iterator[Block]:
    name, below = entry.children
    line = replace(name.lines[0], text=name.lines[0].text.without_styles(Style.BOLD).styled(Style.BOLD))
    yield replace(name, lines=(line,))
    for number, child in enumerate(below.children):
        if _is_section(child):
            yield from _open_section_entry(child)
        else:
            yield _unwrap_numbered_entry(child, continues_previous=number > 0)


def _part_entries(entry: Block) -> Iterator[Block]:
    """Part an entry before lines with the next numbers, which Markdown takes for its text: `2.T` below `1. T`."""
    first = entry.children[0] if entry.ordered and entry.children else None
    if first is None or first.kind is not BlockKind.PARAGRAPH or len(first.lines) < 2:
        yield entry
        return
    number, start = int(entry.number or 0), 0
    for at, line in enumerate(first.lines):
        marker = find_marker(line.text.plain) if at else None
        if marker is not None and marker.number == str(number + 1) and not line.starts_escaped:
            yield _with_lines(entry, number, first.lines[start:at])
            number, start = number + 1, at
    if start == 0:
        yield entry
        return
    rest = _with_lines(entry, number, first.lines[start:])
    yield replace(rest, children=(*rest.children, *entry.children[1:]))


def _with_lines(entry: Block, number: int, lines: tuple[TextLine, ...]) -> Block:
    """Return an entry that has only these lines, the number before them taken off."""
    first, *others = lines
    marker = find_marker(first.text.plain) if str(number) != entry.number else None
    text = first.text[marker.offset :] if marker else first.text
    paragraph = replace(entry.children[0], line=first.line, lines=(replace(first, text=text), *others))
    return replace(entry, number=str(number), line=first.line, children=(paragraph,))


def _unwrap_numbered_entry(entry: Block, *, continues_previous: bool) -> Block:
    """Unwrap a numbered entry within a bullet (`- 7. T`), with what else the bullet contains."""
    inner = entry.children[0] if entry.children and not entry.ordered else None
    if inner is None or inner.kind is not BlockKind.LIST or not inner.ordered or len(inner.children) != 1:
        return replace(entry, continues_previous=True) if continues_previous else entry
    numbered = inner.children[0]
    return replace(numbered, children=(*numbered.children, *entry.children[1:]), continues_previous=continues_previous)
