"""Parsing of weekdays as people name them: `工作日`, `周一三五`, `mon-fri`, `mondays and thursdays`, `every day`."""

from __future__ import annotations

import re

from domain.subscription.calendar import EVERY_DAY
from handlers.input.numerals import normalize
from handlers.input.word_lists import WORD_LISTS

_WORKDAYS, _WEEKEND = 0b0011111, 0b1100000
_NAMED = {_WORKDAYS: "workdays", _WEEKEND: "weekend", EVERY_DAY: "every_day"}
_BY_NAME = {name: weekdays for weekdays, key in _NAMED.items() for name in WORD_LISTS["weekdays"][key]}
_ENGLISH = {
    name: day
    for day, names in enumerate(
        (
            "mon monday mondays",
            "tue tues tuesday tuesdays",
            "wed weds wednesday wednesdays",
            "thu thur thurs thursday thursdays",
            "fri friday fridays",
            "sat saturday saturdays",
            "sun sunday sundays",
        )
    )
    for name in names.split()
}
_CHINESE = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {
    str(day + 1): day for day in range(6)
}
_BARE = re.compile("[一二三四五六日]{3,6}")
_DAY = r"(?:周|星期|礼拜)[一二三四五六日天]"
_TOKEN = re.compile(
    rf"(?P<span>(?P<first>{_DAY})(?:到|至|-|~|–)(?P<last>(?:周|星期|礼拜)?[一二三四五六日天2-6]))|(?:周|星期|礼拜)(?P<days>[一二三四五六日天](?:[、,/和及与跟]?[一二三四五六日天2-6])*)"
    r"|(?P<zh>工作日|平日|周末|双休日|每天)"
    r"|(?P<from>[a-z]+)\s*(?:-|–|~|to|till|until|through|thru|til)\s*(?P<to>[a-z]+)|(?P<en>[a-z]+)"
)
_JOIN = re.compile(r"[\s,、和跟与及&+/]+|and\b|or\b|都|或|还有|每|逢|每个|every\b|each\b|on\b|the\b")


_EVERY_DAY = re.compile(r"每天|每日|天天|\bevery ?day\b|\bdaily\W*$|\beach day\b")


def says_every_day(words: str) -> bool:
    """Return whether a text says that something happens every day."""
    return _EVERY_DAY.search(normalize(words)) is not None


def parse_weekdays(words: str) -> int | None:
    """Return the weekdays that a text names as a bit mask (bit 0 is Monday), or None."""
    if words in _BY_NAME:
        return _BY_NAME[words]
    if _BARE.fullmatch(words):  # 一三五, as in 每周一三五
        return sum(1 << _CHINESE[sign] for sign in set(words))
    found, at = 0, 0
    while at < len(words):
        if join := _JOIN.match(words, at):
            at = join.end()
            continue
        match = _TOKEN.match(words, at)
        weekdays = _weekdays_of(match) if match else None
        if match is None or weekdays is None:
            return None
        found |= weekdays
        at = match.end()
    return found or None


def read_weekday_mask(number: str) -> int | None:
    """Return the weekdays that a button names as a bit mask in digits, or None if it is none."""
    if not number.isdecimal() or len(number) > 3 or not 0 < int(number) <= EVERY_DAY:
        return None
    return int(number)


def _weekdays_of(match: re.Match[str]) -> int | None:
    if match["span"]:
        return _between(_CHINESE[match["first"][-1]], _CHINESE[match["last"][-1]])
    if match["days"]:
        return sum({1 << _CHINESE[sign] for sign in match["days"] if sign in _CHINESE})
    if match["zh"]:
        return _BY_NAME[match["zh"]]
    if match["from"] in _ENGLISH and match["to"] in _ENGLISH:
        return _between(_ENGLISH[match["from"]], _ENGLISH[match["to"]])
    name = match["en"] or ""
    return 1 << _ENGLISH[name] if name in _ENGLISH else _BY_NAME.get(name)


def _between(first: int, last: int) -> int:
    return sum(1 << day % 7 for day in range(first, last + 1 if last >= first else last + 8))
