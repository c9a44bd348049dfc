"""What people say without a slash: `3`, `第3条`, `点评`, `8:30`, a category, a city in; the command line meant out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from domain.chat.callback_data import CallbackData
from domain.names import find_name, fold_name, nearest_name
from handlers.input.dates import parse_date
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.input.time_zones import TimeZoneLookup
from handlers.input.times import is_unambiguous_time

_ITEM = re.compile(r"(?:(?:item|no\.?|nr\.?|#|第|条目)\s*)?(\d{1,3})\s*[条條则项号.。、]?")
_MEANT = {
    "today": ("today", "digest", "news", "今天", "今日", "早报", "日报", "摘要", "新闻", "今日早报", "看今天", "最新"),
    "items": ("items", "headlines", "list", "目录", "条目", "标题", "列表"),
    "commentary": ("commentary", "comment", "comments", "opinion", "点评", "點評", "评论", "今日点评", "看点评"),
    "categories": ("categories", "category", "topics", "分类", "分類", "类别", "栏目"),
    "settings": ("settings", "options", "preferences", "设置", "設置", "设定", "选项"),
    "status": ("status", "when", "状态", "什么时候", "下一次", "下次"),
    "start": ("start", "subscribe", "订阅", "訂閱", "开始", "我要订阅"),
    "stop": ("stop", "unsubscribe", "quit", "退订", "取消订阅", "停止", "停"),
    "help": ("help", "commands", "hello", "hi", "帮助", "幫助", "怎么用", "命令", "菜单", "你好", "您好"),
    "language": ("language", "语言", "語言"),
    "timezone": ("timezone", "时区", "時區"),
    "time": ("time", "时间", "時間"),
}
_LONGEST = 60  # characters: no name is longer, and what is longer is a letter, not a request


def parse_intent(
    text: str, categories: Iterable[str], time_zones: TimeZoneLookup, now: datetime, today: date
) -> CallbackData | None:
    """The command that a text means; None where it means none.

    `categories` are the newest edition's, `today` the date where the person is.
    """
    if len(text) > _LONGEST:
        return None
    said, digits = normalize(text), chinese_numerals_to_digits(normalize(text))
    known = next((name for name, words in _MEANT.items() if fold_name(said) in words), None)
    if known is not None:
        return CallbackData(known)
    if found := _ITEM.fullmatch(digits):
        return CallbackData("item", found[1])
    if is_unambiguous_time(text):
        return CallbackData("time", said)
    if parse_date(text, today) is not None:
        return CallbackData("digest", said)
    return _named(text, tuple(categories), time_zones, now)


def _named(text: str, categories: tuple[str, ...], time_zones: TimeZoneLookup, now: datetime) -> CallbackData | None:
    """A category or a place by its name; a category also by a name that comes near."""
    if find_name(text, categories) is not None:
        return CallbackData("category", text.strip())
    zone = time_zones.find(text, now).zone
    if zone is not None:
        return CallbackData("place", zone)  # to be confirmed: "nice" is a word before it is a city
    return CallbackData("category", text.strip()) if nearest_name(text, categories) is not None else None
