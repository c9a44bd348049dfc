"""The flat blocks of a file in; its days out, where it holds several, each under a heading that is a date."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from digest.parsing.blocks import Block, Kind
from digest.parsing.dates import Found, find_date
from digest.segmentation.text_metrics import covers
from domain.chat.text import Style
from domain.names import fold_name

_WORDS = re.compile(
    r"ai|日报|早报|晚报|周[一二三四五六日天]|星期[一二三四五六日天]|资讯|新闻|速递|简报|每日|今日|全球|科技|更新|news|daily|digest|update|edition|newsletter"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?",
    re.IGNORECASE,
)
_REST = 8


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a file: its heading as title, its blocks, and its lines (`end_line` excluded)."""

    date: date
    title: str
    blocks: tuple[Block, ...]
    line: int
    end_line: int


def split_days(blocks: tuple[Block, ...], zone: tzinfo, year: int | None) -> tuple[Day, ...]:
    """The days of the file; none unless at least two different ones have headings of one kind. What stands before
    the first heading goes to the first day."""
    dated = [(at, found) for at, block in enumerate(blocks) if (found := _date_of(block, zone, year))]
    if not dated:
        return ()
    rank = min(_rank(blocks[at]) for at, _ in dated)
    dated = [(at, found) for at, found in dated if _rank(blocks[at]) == rank]
    if len({found.day for _, found in dated}) < 2:
        return ()
    return tuple(_day(blocks, dated, number) for number in range(len(dated)))


def _day(blocks: tuple[Block, ...], dated: list[tuple[int, Found]], number: int) -> Day:
    at, found = dated[number]
    stop = dated[number + 1][0] if number + 1 < len(dated) else len(blocks)
    before = (*map(_unheaded, blocks[:at]), Block(Kind.RULE, blocks[at].line)) if number == 0 and at else ()
    title = " ".join(line.text.plain for line in blocks[at].lines)
    end_line = blocks[stop].line if stop < len(blocks) else 10**9
    return Day(found.day, title, (*before, *blocks[at + 1 : stop]), blocks[at].line, end_line)


def _unheaded(block: Block) -> Block:
    """A heading above all days as a bold line: it is no section of the first day."""
    if block.kind is not Kind.HEADING:
        return block
    lines = tuple(replace(line, text=line.text.without_styles(Style.BOLD).styled(Style.BOLD)) for line in block.lines)
    return replace(block, kind=Kind.PARAGRAPH, level=0, lines=lines)


def _rank(block: Block) -> int:
    return block.level if block.kind is Kind.HEADING else 7


def _date_of(block: Block, zone: tzinfo, year: int | None) -> Found | None:
    """The date that a heading, or a bold line, consists of."""
    if not block.lines or block.glued or block.kind not in (Kind.HEADING, Kind.PARAGRAPH):
        return None
    text = block.lines[0].text
    if block.kind is Kind.PARAGRAPH and not covers(text, Style.BOLD):
        return None
    if len(text.plain) > 60 or (found := find_date(text.plain, zone, year)) is None:
        return None
    rest = fold_name(text.plain[: found.start] + " " + text.plain[found.end :])
    return found if len(_WORDS.sub("", rest)) <= _REST else None
