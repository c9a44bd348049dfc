"""Plain text as commands: `3`, `第3条`, `点评`, `8:30`, `yesterday`, a category or a city."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.chat.commands import CommandName
from domain.names import find_name, fold_name, nearest_name
from handlers.input.dates import parse_date
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.input.search_words import parse_search
from handlers.input.time_zones import TimeZoneLookup
from handlers.input.times import is_unambiguous_time

_ITEM = re.compile(r"(?:(?:item|no\.?|nr\.?|#|第|条目)\s*)?(\d{1,3})\s*[条條则项号.。、]?")
_KEYWORDS = {
    CommandName.TODAY: (
        *("today", "digest", "news"),
        *("今天", "今日", "早报", "日报", "摘要", "新闻", "今日早报", "看今天", "最新"),
    ),
    CommandName.ITEMS: ("items", "headlines", "list", "目录", "条目", "标题", "列表"),
    CommandName.COMMENTARY: (
        *("commentary", "comment", "comments", "opinion"),
        *("点评", "點評", "评论", "今日点评", "看点评"),
    ),
    CommandName.CATEGORIES: ("categories", "category", "topics", "分类", "分類", "类别", "栏目"),
    CommandName.SAVED: ("saved", "bookmarks", "favourites", "favorites", "收藏", "我的收藏", "收藏夹"),
    CommandName.SETTINGS: ("settings", "options", "preferences", "设置", "設置", "设定", "选项"),
    CommandName.STATUS: ("status", "when", "状态", "什么时候", "下一次", "下次"),
    CommandName.START: ("start", "subscribe", "订阅", "訂閱", "开始", "我要订阅"),
    CommandName.STOP: ("stop", "unsubscribe", "quit", "退订", "取消订阅", "停止", "停"),
    CommandName.HELP: ("help", "commands", "hello", "hi", "帮助", "幫助", "怎么用", "命令", "菜单", "你好", "您好"),
    CommandName.CHATS: ("chats", "mygroups", "mychannels", "mygroupsandchannels", "我的群", "我的频道", "我的群和频道"),
    CommandName.PRIVACY: ("privacy", "隐私", "隱私", "隐私政策"),
    CommandName.EXPORT: (
        *("export", "exportmydata", "exportdata", "mydata"),
        *("导出", "导出数据", "导出我的数据", "匯出我的資料", "我的数据"),
    ),
    CommandName.ERASE: (
        *("erase", "erasemydata", "deletemydata", "forgetme"),
        *("删除我的数据", "清除我的数据", "刪除我的資料", "忘了我"),
    ),
    CommandName.LANGUAGE: ("language", "语言", "語言"),
    CommandName.TIMEZONE: ("timezone", "时区", "時區"),
    CommandName.TIME: ("time", "时间", "時間"),
    CommandName.LAYOUT: ("layout", "版式", "排版"),
}
_LAYOUTS = {
    "headlines": ("标题版",),
    "full": ("fulltext", "全文版"),
    "rich": ("rich", "richlayout", "richtext", "图文版", "富文本", "富文本版"),
}
"""Arguments of /layout by the names of the layouts that mean nothing else: "headlines" lists the items."""

_MAX_TEXT_CHARACTERS = 60
"""Longest text that may be a command; no name is longer."""


@dataclass(frozen=True, slots=True)
class Intent:
    """The command that a text stands for, with its arguments."""

    command: CommandName
    arguments: str = ""


def parse_intent(
    text: str, categories: Iterable[str], time_zones: TimeZoneLookup, now: datetime, today: date
) -> Intent | None:
    """Return the command that a text stands for, or None.

    `categories` are those of the newest edition, `today` is the date where the person is.
    """
    if (words := parse_search(text)) is not None:
        return Intent(CommandName.SEARCH, words)
    if len(text) > _MAX_TEXT_CHARACTERS:
        return None
    normalized = normalize(text)
    folded = fold_name(normalized)
    command = next((command for command, keywords in _KEYWORDS.items() if folded in keywords), None)
    layout = next((name for name, keywords in _LAYOUTS.items() if folded in keywords), None)
    if command is not None:
        return Intent(command)
    if layout is not None:
        return Intent(CommandName.LAYOUT, layout)
    if match := _ITEM.fullmatch(chinese_numerals_to_digits(normalized)):
        return Intent(CommandName.ITEM, match[1])
    if is_unambiguous_time(text):
        return Intent(CommandName.TIME, normalized)
    if parse_date(text, today) is not None:
        return Intent(CommandName.DIGEST, normalized)
    return _parse_name(text, tuple(categories), time_zones, now)


def _parse_name(text: str, categories: tuple[str, ...], time_zones: TimeZoneLookup, now: datetime) -> Intent | None:
    """Return the intent for a category or a place by its name; categories may be misspelled."""
    if find_name(text, categories) is not None:
        return Intent(CommandName.CATEGORY, text.strip())
    zone = time_zones.find(text, now).zone
    if zone is not None:
        return Intent(CommandName.PLACE, zone)  # asks for confirmation: "nice" is also a word
    return Intent(CommandName.CATEGORY, text.strip()) if nearest_name(text, categories) is not None else None
