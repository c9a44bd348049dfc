"""Editions for the dialogues, built without parsing Markdown."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from digest.model import Digest, Item
from domain.chat.text import Text

CATEGORIES = ("AI产业", "技术前沿", "巨头动态")


def edition(day: date, *, items: int = 5, commentary: str = "今天的牌桌上，玩家们亮出的都是重磅底牌。") -> Digest:
    """An edition published at 01:17 UTC (09:17 in Shanghai), its items in the three categories by turns."""
    made = tuple(_item(day, position) for position in range(1, items + 1))
    return Digest(
        date=day,
        published_at=published(day),
        title=f"{day:%Y.%m.%d} 全球AI新闻速递",
        categories=CATEGORIES if items else (),
        intro=Text("今日要闻。"),
        items=made,
        commentary=Text(commentary),
        trailing=Text(),
        source_form="reference",
        content_hash=f"{day}-{items}-{len(commentary)}",
    )


def published(day: date) -> datetime:
    return datetime.combine(day, time(1, 17), UTC)


def _item(day: date, position: int) -> Item:
    return Item(
        position=position,
        written_number=f"{position}.",
        headline=f"{day.day} 日第 {position} 条 <3 {{x}} %s",
        url=f"https://example.org/{day}/{position}",
        body=Text(f"第 {position} 条的正文。"),
        categories=(CATEGORIES[(position - 1) % 3],),
    )
