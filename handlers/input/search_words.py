"""Searches as people write them: `搜索 芯片`, `find chips since 1 Nov`, `最近7天 芯片`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.input.dates import parse_date

_ASKED = re.compile(
    r"(?:(?:please\s+)?(?:search(?:\s+for)?|find(?:\s+me)?|look\s+(?:for|up))\s+"
    r"|(?:请|帮我|我想|给我)*(?:搜索|搜尋|搜寻|搜一下|搜一搜|搜搜看|搜搜|查找|查一下|查一查|查查|检索|檢索|找一下|找一找|找找看|找找|搜|找(?!不|回|到))\s*[:：]?\s*)"
    r"(?P<words>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_TOPIC = re.compile(
    r"(?:(?:一下|看看|有没有|有沒有|有无|有無|关于|關於)+(?:有关|有關|关于|關於)?(?P<topic>\S.*?)"
    r"(?:的(?:新闻|新聞|消息|内容|內容|报道|報道|報導|资讯|資訊|文章|条目|條目)?)?[吗嗎呢吧]?[?？。]?)"
    r"|(?:something|anything|news|items?|stories|articles) (?:about|on) (?P<about>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_SINCE = re.compile(r"(?:since|from|after|自从|自從|自|从|從)", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|before|to|截至|直到|到|至)", re.IGNORECASE)
_DAY_SUFFIX = re.compile(r"(?:(?<!\s)\s+)?(?:起|以来|以來|开始|開始|为止|為止|之前|以前)$")
_LAST_DAYS = re.compile(
    r"(?:\b(?:in\s+the\s+)?(?:last|past)\s+(\d{1,4})\s+days?\b|最?近\s*(\d{1,4})\s*天)", re.IGNORECASE
)
_MAX_DATE_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWords:
    """The words to search for, and the days of the editions; None where no bound was written."""

    words: str
    since: date | None = None
    until: date | None = None


def parse_search(text: str) -> str | None:
    """Return what a sentence asks to search for, or None if it asks for something else."""
    match = _ASKED.fullmatch(text.strip())
    return _without_fillers(match["words"].strip()) if match else None


def _without_fillers(words: str) -> str:
    """Return what is searched for without the words that only lead to it: 有没有关于机器人的."""
    topic = _TOPIC.fullmatch(words)
    return (topic["topic"] or topic["about"]) if topic else words


def parse_search_words(text: str, today: date) -> SearchWords:
    """Split a search into its words and its days; whatever names no day is a word."""
    words, since, until = text.split(), None, None
    if match := _LAST_DAYS.search(text):
        since = today - timedelta(days=int(match[1] or match[2]))
        words = f"{text[: match.start()]} {text[match.end() :]}".split()
    kept: list[str] = []
    at = 0
    while at < len(words):
        near = words[at : at + 1 + _MAX_DATE_WORDS]
        day, used = _bound(_SINCE, near, today)
        if day is not None:
            since = day
        else:
            day, used = _bound(_UNTIL, near, today)
            until = day or until
        if day is None:
            kept.append(near[0])
            used = 1
        at += used
    if since is not None and until is not None and since > until:
        since, until = until, since
    return SearchWords(words=" ".join(kept), since=since, until=until)


def _bound(keyword: re.Pattern[str], words: list[str], today: date) -> tuple[date | None, int]:
    """Return the day that stands after a keyword at the beginning, and how many words that takes."""
    match = keyword.match(words[0])
    if match is None:
        return None, 0
    attached = words[0][match.end() :]
    following = ([attached] if attached else []) + words[1:]
    for count in range(min(_MAX_DATE_WORDS, len(following)), 0, -1):
        day = parse_date(_DAY_SUFFIX.sub("", " ".join(following[:count])), today)
        if day is not None:
            return day, count + (0 if attached else 1)
    return None, 0
