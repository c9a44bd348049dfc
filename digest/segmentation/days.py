"""Split a file that contains several days, each under a heading that is a date."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from digest.parsing.blocks import Block, BlockKind
from digest.parsing.dates import DateMatch, find_date
from digest.segmentation.text_metrics import is_covered_by
from digest.segmentation.vocabulary import NameKind, is_date_label, is_kind
from domain.chat.text import Style
from domain.names import fold_name

_EDITION_WORDS = re.compile(
    r"ai|日报|早报|晚报|周[一二三四五六日天]|星期[一二三四五六日天]|资讯|新闻|速递|简报|每日|今日|全球|科技|更新|news|daily|digest|update|edition|newsletter"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?",
    re.IGNORECASE,
)
_MAX_OTHER_CHARACTERS = 8
_MAX_LINE_CHARACTERS = 60
_TIME_OF_DAY = re.compile(
    r"\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?|\b(?:at|UTC|GMT|CET|CST|KST|JST|Z)\b|[+-]\d\d:?\d\d", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDay:
    """One day of a file: its heading as title, its blocks and its lines (`end_line` excluded)."""

    date: date
    title: str
    blocks: tuple[Block, ...]
    line: int
    end_line: int


def split_into_days(blocks: tuple[Block, ...], zone: tzinfo, year: int | None) -> tuple[DigestDay, ...]:
    """Split at headings of one level with at least two different dates; empty if there are none.

    Dates right below one another with nothing between are a list of earlier issues. Blocks above the first such heading
    belong to the first day.
    """
    dated = [(at, match) for at, block in enumerate(blocks) if (match := _find_heading_date(block, zone, year))]
    if not dated:
        return ()
    rank = min(_heading_rank(blocks[at]) for at, _ in dated)
    dated = [(at, match) for at, match in dated if _heading_rank(blocks[at]) == rank]
    stops = (*(at for at, _ in dated[1:]), len(blocks))
    filled = sum(stop > at + 1 for (at, _), stop in zip(dated, stops, strict=True))
    is_list = filled < 2 <= len(dated) - filled
    if len({match.day for _, match in dated}) < 2 or is_list:
        return ()
    return tuple(_build_day(blocks, dated, number) for number in range(len(dated)))


def _build_day(blocks: tuple[Block, ...], dated: list[tuple[int, DateMatch]], number: int) -> DigestDay:
    at, match = dated[number]
    stop = dated[number + 1][0] if number + 1 < len(dated) else len(blocks)
    before = (
        (*map(_as_bold_line, blocks[:at]), Block(kind=BlockKind.RULE, line=blocks[at].line))
        if number == 0 and at
        else ()
    )
    title = " ".join(line.text.plain for line in blocks[at].lines)
    end_line = blocks[stop].line if stop < len(blocks) else 10**9
    return DigestDay(
        date=match.day, title=title, blocks=(*before, *blocks[at + 1 : stop]), line=blocks[at].line, end_line=end_line
    )


def _as_bold_line(block: Block) -> Block:
    """Turn a heading above all days into a bold line, so that it is no section of the first day."""
    if block.kind is not BlockKind.HEADING:
        return block
    lines = tuple(replace(line, text=line.text.without_styles(Style.BOLD).styled(Style.BOLD)) for line in block.lines)
    return replace(block, kind=BlockKind.PARAGRAPH, level=0, lines=lines)


def _heading_rank(block: Block) -> int:
    return block.level if block.kind is BlockKind.HEADING else 7


def _find_heading_date(block: Block, zone: tzinfo, year: int | None) -> DateMatch | None:
    """Find the date of a heading, or bold line, that consists of little else."""
    if not block.lines or block.continues_previous or block.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH):
        return None
    text = block.lines[0].text
    if block.kind is BlockKind.PARAGRAPH and not is_covered_by(text, Style.BOLD):
        return None
    if len(text.plain) > 60 or (match := find_date(text.plain, zone, year)) is None:
        return None
    rest = fold_name(text.plain[: match.start] + " " + text.plain[match.end :])
    return match if len(_EDITION_WORDS.sub("", rest)) <= _MAX_OTHER_CHARACTERS else None


def find_dated_line(lines: Iterable[str], zone: tzinfo) -> str:
    """Return the first line that only dates the page: `Date: July 3, 2026`. Empty if there is none."""
    return next((plain for plain in lines if _dates_page(plain, zone)), "")


def _dates_page(plain: str, zone: tzinfo) -> bool:
    match = find_date(plain, zone)
    if match is None or len(plain) > _MAX_LINE_CHARACTERS:
        return False
    label = plain[: match.start]
    return is_date_label(plain) or (is_kind(label, NameKind.DATED) and _is_time(plain[match.end :]))


def _is_time(plain: str) -> bool:
    return not _TIME_OF_DAY.sub("", plain).strip(" .,;，。()（）*_T")
