"""Find a digest's title: in the front matter, the day's heading, or what stands at its beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise

from digest.metadata import FileMetadata
from digest.parsing.blocks import Block, BlockKind
from digest.parsing.dates import find_date, names_day, without_day
from digest.segmentation.days import DigestDay
from digest.segmentation.text_metrics import is_url, leading_span, reading_length
from digest.segmentation.vocabulary import is_date_label
from domain.chat.text import Style
from domain.names import fold_name

_ISSUE = re.compile(r"(?:#|no\.?|issue|vol\.?|第)\s?(?!1\b)\d{1,4}\b", re.IGNORECASE)
_ISSUE_NAMED = re.compile(r"第\s?\d{1,4}\s?期|(?:#|\bissue|\bno\.?|\bvol\.?)\s?\d{1,4}\b", re.IGNORECASE)
_BRIEF = re.compile(
    r"(?:日报|早报|晚报|周报|简报|快报|日報|早報|晚報|週報|简讯|\b(?:daily|brief|briefing|news|digest))\W{0,3}\d{1,2}[./-]\d{1,2}\s*$",
    re.IGNORECASE,
)
_MAX_LINES_ABOVE_TITLE = 2

_MAX_NAME_LENGTH = 8
"""Reading length up to which the words beside a date are the name of a newsletter."""

_MAX_LONG_NAME_LENGTH = 20
"""The same for a heading of the highest level in a file without a title."""

_STOPS = "，,。.！!？?；;…"
_MAX_LINE_LENGTH = 16
"""Reading length up to which a first line may be a title."""


@dataclass(frozen=True, slots=True)
class TitleSearch:
    """The written `title`, the `heading` that may stand for one, and the `blocks` without a repeated heading."""

    title: str
    heading: str
    blocks: tuple[Block, ...]


def find_title(metadata: FileMetadata, day: DigestDay | None, blocks: tuple[Block, ...]) -> TitleSearch:
    """Find the title in the day's heading, the front matter, or at the beginning of the text."""
    if day is not None:
        return TitleSearch(day.title, "", blocks)
    if not blocks:
        return TitleSearch(metadata.title, "", blocks)
    if blocks[0].kind is BlockKind.HEADING:
        return _find_in_heading(metadata, blocks)
    return TitleSearch(metadata.title, "", blocks) if metadata.title else _find_in_text(blocks, metadata.zone)


def _find_in_heading(metadata: FileMetadata, blocks: tuple[Block, ...]) -> TitleSearch:
    title, zone, heading = metadata.title, metadata.zone, _plain(blocks[0])
    if _is_linked(blocks[0]) and _is_date(heading, zone) and len(blocks) > 1:
        below = find_title(metadata, None, blocks[1:])
        return TitleSearch(below.title, below.heading, (blocks[0], *below.blocks))
    same = bool(heading) and fold_name(heading) == fold_name(title)
    if not same and not _is_title(blocks, zone, has_title=bool(title)):
        return TitleSearch(title, "", blocks)
    if not title or (_is_date(title, zone) and not _is_date(heading, zone)):
        return TitleSearch("", heading, blocks[1:])
    is_repeated = fold_name(heading) in fold_name(title) or not heading
    return TitleSearch(title, heading, blocks[1:] if is_repeated else blocks)


def _is_title(blocks: tuple[Block, ...], zone: tzinfo, *, has_title: bool) -> bool:
    """Whether the first heading is a title by its level, its date, its number, or as the only one without parts."""
    longest = _MAX_LONG_NAME_LENGTH if not has_title and blocks[0].level == 1 else _MAX_NAME_LENGTH
    by_itself = _is_above_all(blocks) or _is_dated(blocks, zone, longest) or _names_issue(blocks)
    return by_itself or (not has_title and (_is_alone_without_parts(blocks) or _is_only_date(blocks, zone)))


def _find_in_text(blocks: tuple[Block, ...], zone: tzinfo) -> TitleSearch:
    """Find the title in the highest heading below a few lines, or in a first line with a date or an issue's number."""
    at = next((at for at, block in enumerate(blocks) if block.kind is not BlockKind.PARAGRAPH), len(blocks))
    below = blocks[at:]
    if 0 < at <= _MAX_LINES_ABOVE_TITLE and below and below[0].level == 1 and _is_above_all(below):
        return TitleSearch("", _plain(below[0]), (*blocks[:at], *below[1:]))
    if _is_title_line(blocks[0], zone) and len(blocks) > 1:
        return TitleSearch("", _plain(blocks[0]), blocks[1:])
    return TitleSearch("", "", blocks)


def _is_title_line(block: Block, zone: tzinfo) -> bool:
    """Whether a short line names an issue (`Notes, No. 61`), or is bold or in brackets and has a date."""
    if block.kind is not BlockKind.PARAGRAPH or len(block.lines) != 1 or _is_linked(block):
        return False
    text = block.lines[0].text
    marked = leading_span(text, Style.BOLD) is not None or text.plain.startswith(("[", "【"))
    dated = (marked or _is_name_with_date(text.plain, zone)) and names_day(text.plain, zone)
    named = _ISSUE_NAMED.search(text.plain) is not None or _BRIEF.search(text.plain) is not None
    return reading_length(text.plain) <= _MAX_LINE_LENGTH and (dated or named)


def _is_name_with_date(plain: str, zone: tzinfo) -> bool:
    """Whether words without stops stand beside a date: `Harbour Brief 24 Nov`, and no greeting of the day."""
    name = without_day(plain, zone)
    return bool(name.strip()) and not is_date_label(plain) and not set(name) & set(_STOPS)


def _is_alone_without_parts(blocks: tuple[Block, ...]) -> bool:
    """Whether of the headings of its level only the first has none of a lower level below it."""
    levels = [block.level for block in blocks if block.kind is BlockKind.HEADING]
    has_parts = [below > level for level, below in pairwise((*levels, 0)) if level == levels[0]]
    return min(levels) == levels[0] and len(has_parts) > 1 and not has_parts[0] and all(has_parts[1:])


def _names_issue(blocks: tuple[Block, ...]) -> bool:
    """Whether of the headings of its level only the first has a number, as that of an issue: `#228 Brighter icons`."""
    numbered = [_ISSUE.match(_plain(block)) is not None for block in _of_its_level(blocks)]
    first = _ISSUE.match(_plain(blocks[0])) is not None
    return bool(numbered) and first and not any(numbered) and not _is_linked(blocks[0])


def _is_dated(blocks: tuple[Block, ...], zone: tzinfo, longest: int) -> bool:
    """Whether a heading with a date stands right above another one of its level, or alone has one besides a name.

    The name's reading length is at most `longest`.
    """
    heading = _plain(blocks[0])
    match = find_date(heading, zone)
    if match is None or _is_linked(blocks[0]) or len(blocks) < 2:
        return False
    others = list(_of_its_level(blocks))
    name = heading[: match.start] + heading[match.end :]
    is_only = 0 < reading_length(name) <= longest and not any(find_date(_plain(one), zone) for one in others)
    return is_only or (bool(others) and others[0] is blocks[1])


def _is_only_date(blocks: tuple[Block, ...], zone: tzinfo) -> bool:
    """Whether the first heading is a date and nothing else, and no other of its level has one."""
    is_date = _is_date(_plain(blocks[0]), zone)
    return is_date and not any(find_date(_plain(other), zone) for other in _of_its_level(blocks))


def _is_above_all(blocks: tuple[Block, ...]) -> bool:
    """Whether the first heading is no link and stands above all other headings."""
    levels = [block.level for block in blocks[1:] if block.kind is BlockKind.HEADING]
    first = blocks[0]
    return not _is_linked(first) and all(level > first.level for level in levels) and (first.level == 1 or bool(levels))


def _of_its_level(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yield the further headings of the first one's level."""
    return (block for block in blocks[1:] if block.kind is BlockKind.HEADING and block.level == blocks[0].level)


def _is_date(heading: str, zone: tzinfo) -> bool:
    """Whether the heading is a date and nothing else."""
    match = find_date(heading, zone)
    return match is not None and not fold_name(heading[: match.start] + heading[match.end :])


def _plain(block: Block) -> str:
    return " ".join(" ".join(line.text.plain for line in block.lines).split())


def _is_linked(block: Block) -> bool:
    """Whether it begins with a link; an address written out behind words is none of theirs."""
    first = ((line.text.plain, line.text.spans[0]) for line in block.lines if line.text.spans)
    return any(span.value and not is_url(plain[span.start : span.end]) for plain, span in first)
