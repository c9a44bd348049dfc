"""What can stand in the placeholders of phrases: times, days, weekdays, numbers, places, names and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.names import find_in_either_script, fold_script
from handlers.input.dates import parse_date, parse_future_date
from handlers.input.grammar import Scan
from handlers.input.item_numbers import is_list, parse_item_numbers
from handlers.input.pauses import parse_span
from handlers.input.time_zones import TimeZoneLookup
from handlers.input.times import is_unambiguous_time, parse_time
from handlers.input.weekdays import parse_weekdays
from handlers.input.word_lists import WORD_LISTS
from handlers.input.written_forms import WrittenForm, simplify, with_digits

MOST_CHARACTERS = (
    dict.fromkeys(("time", "clock", "day", "until"), 36)
    | dict.fromkeys(("n", "num", "nth", "last", "from_end", "nth_from_end", "final"), 6)
    | dict.fromkeys(("a", "b"), 4)
    | dict.fromkeys(("weekday", "offday"), 18)
    | dict.fromkeys(("place", "zone"), 30)
    | {"span": 24, "pause": 28, "days": 44, "category": 24, "items": 60, "words": 44, "query": 70, "item_text": 12}
)
"""The placeholders, with the length of their longest texts."""

MAX_ITEM = 999

MOST_VALUES = 4_000
"""Parts of a text that placeholders read; those of real ones are some hundreds, and each takes up to 0.05 ms."""

_NO_PLACES = frozenset(WORD_LISTS["no_places"])
_ALIASES = {fold_script(name): names for names in WORD_LISTS["category_aliases"] for name in names}
_NOT_WORDS = frozenset(WORD_LISTS["no_words"])
_NO_FIRST_WORDS = frozenset(WORD_LISTS["no_first_words"])
_WORD_BEGINS = re.compile(
    r"^(?:(?:任何|所有|一切|凡是)(?:关于|有关|涉及)?|关于|有关"
    r"|(?:(?:any|all|more|other|so much|so many|news|stories|stuff|items|articles|posts|anything|everything) )*"
    r"(?:about|regarding|concerning|related to|to do with|mentioning) |(?:any|all) )(?=..)"
)
_WORD_ENDS = re.compile(
    r"(?:(?<=..)(?:我都?|都|也)|(?<=..)类的?|(?:相关|有关|方面)?的?(?:新闻|内容|东西|消息|资讯|报道)|(?:相关|有关|方面)的?"
    r"|的?(?:分类|类别|板块|栏目)|类的|类|(?<=..)(?:[这那]一?[个种类]?|之类)(?:的?(?:话题|主题|东西|新闻|内容))?|的"
    r"| (?:in|from|out of) (?:my|the|this) (?:digest|news|feed|newsletter)| at all| already| any ?more"
    r"| sections?| category| topics?| news| stuff| stories| items)$"
)
_LIST = re.compile(r"(?:(?<!\s)\s+)?(?:,|、|/|&|\band\b|\bor\b|和|以及|跟|与|还有)\s*")
_QUERY_BEGINS = re.compile(
    r"^(?:看?看?有(?:没有|无)|有(?![道赞色机])(?=..)|(?:讲|提到|说到|写)(?=..)|(?:一?[条篇则个]|那[条篇则])(?=关于|有关|讲)|一下|(?:过去|以前|之前|最近)的?|关于|有关"
    r"|mentioning |the |a |an |about |for |on "
    r"|(?:story|stories|article|articles|piece|news|something|anything|everything|items?) (?:about|on|mentioning) )+"
)
_QUERY_ENDS = re.compile(
    r"(?:(?:有关的|相关的|相关|的)(?:新闻|消息|报道|文章|旧闻|内容|事情?)?)?(?:吗|么|没有|呢|吧|啊)?$"
    r"|的?都?有(?:什么?|哪些|啥)$"
    r"|(?: (?:lately|recently|please|yet|here|in the archive|(?:this|last) (?:week|month)))+$"
)
_NUMBER = re.compile(r"(\d{1,3})(?:st|nd|rd|th)?")
_NUMBER_WORDS = {"one": 1, "first": 1, "一": 1, "1": 1}
_UNTIL_BEFORE = re.compile(r"^(?:until|till|til|after|on|到|直到|等到|the)\s*")
_UNTIL_AFTER = re.compile(r"(?:(?<!\s)\s+)?(?:为止|以后|之后|过后|后|之前|以前|前|回来|时)$")
_DAYS_LEFT_OUT = {
    name: days
    for days, names in (
        (1, "今天 今日 今早 今晚 today tonight"),
        (2, "明天 明日 明早 明晚 tomorrow tmr tmrw tomorrows"),
    )
    for name in names.split()
}
_NEXT_WEEK = (
    "coming week",
    "this coming week",
    "the coming week",
    "下周",
    "下个星期",
    "下星期",
    "下礼拜",
    "下个礼拜",
    "下个周",
    "next week",
)
_HOLIDAYS = {name: day for day, names in WORD_LISTS["holidays"].items() for name in names}
"""The month and day of each holiday, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContext:
    """What a text may refer to: the newest edition's categories, and the day where the person is."""

    categories: tuple[str, ...]
    time_zones: TimeZoneLookup
    now: datetime
    today: date
    _values: dict[tuple[str, str], object | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What placeholders have read: a text that repeats itself, or is matched in several forms, asks again and again."""

    def read_placeholder(self, placeholder: str, text: str) -> object | None:
        """Return what a text means in a placeholder; None if it cannot stand there."""
        key = placeholder, text
        if key not in self._values:
            if len(self._values) >= MOST_VALUES:
                return None
            self._values[key] = _READERS[placeholder](self, text)
        return self._values[key]

    def is_place(self, text: str) -> bool:
        """Return whether a text is the name of a place, and not also a usual word."""
        return len(text) > 1 and text not in _NO_PLACES and text[-1] not in "+-," and self.time_zones.is_name(text)

    def category_named(self, text: str) -> str | None:
        """Return the category that a name stands for: its own, one of its usual names, or a part of it."""
        if (name := find_in_either_script(text, self.categories)) is not None:
            return name
        folded = fold_script(text)
        aliases = {fold_script(alias) for alias in _ALIASES.get(folded, ())} | ({folded} if len(folded) > 1 else set())
        own = {fold_script(name): name for name in self.categories}
        exact = next((own[alias] for alias in sorted(aliases) if alias in own), None)
        if exact is not None or folded not in _ALIASES:
            return exact
        return next(
            (
                name
                for key, name in own.items()
                for alias in sorted(aliases, key=len, reverse=True)
                if len(alias) > 1 and alias in key
            ),
            None,
        )


def _time(_: TextContext, text: str) -> int | None:
    return parse_time(text)


_A_BIT = re.compile(r"一点|[早晚][1一]点|[1一]时")
"""`少推一点` asks for less, `再早一点` for an earlier time, and `一时` is a moment. Where `一点` means a time, it is
written in digits by now (written_forms.with_digits)."""


def _clock(_: TextContext, text: str) -> int | None:
    return parse_time(text) if is_unambiguous_time(text) and _A_BIT.fullmatch(text) is None else None


def _day(context: TextContext, text: str) -> date | None:
    bare = text.removesuffix("那天").removesuffix("当天")
    if bare in _HOLIDAYS:
        return parse_date(_HOLIDAYS[bare], context.today)
    return parse_date(text.removesuffix("s") if text.endswith("ys") else text, context.today)


def _until(context: TextContext, text: str) -> date | None:
    """Return the day until which a pause lasts; `after` a holiday is the day after it."""
    bare, is_after = _UNTIL_BEFORE.sub("", text), " after " in f" {text}"
    bare = _UNTIL_AFTER.sub("", _UNTIL_BEFORE.sub("", bare))
    if bare in _HOLIDAYS:
        found = parse_future_date(_HOLIDAYS[bare], context.today)
        return date.fromordinal(found.toordinal() + 1) if found and is_after else found
    found = parse_future_date(bare, context.today)
    return found if found is not None and found > context.today else None


def _span(_: TextContext, text: str) -> int | None:
    return parse_span(text)


def _pause(context: TextContext, text: str) -> int | date | None:
    return _span(context, text) or _until(context, text)


def _offday(context: TextContext, text: str) -> int | None:
    """Return after how many days the digest comes again if today, tomorrow or next week is left out."""
    if text in _NEXT_WEEK:
        return 14 - context.today.weekday()
    return _DAYS_LEFT_OUT.get(text)


def _days(_: TextContext, text: str) -> int | None:
    return parse_weekdays(text)


def _weekday(_: TextContext, text: str) -> int | None:
    weekdays = parse_weekdays(text)
    return weekdays.bit_length() - 1 if weekdays and weekdays & (weekdays - 1) == 0 else None


def _nth(_: TextContext, text: str) -> int | None:
    match = re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)", text)
    return int(match[1]) if match else 1 if text == "first" else None


def _plain_number(context: TextContext, text: str) -> int | None:
    return _number(context, text) if text.isdecimal() or text in ("one", "一") else None


def _several(context: TextContext, text: str) -> int | None:
    number = _plain_number(context, text)
    return number if number is not None and number > 1 else None


def _number(_: TextContext, text: str) -> int | None:
    if text in _NUMBER_WORDS:
        return _NUMBER_WORDS[text]
    match = _NUMBER.fullmatch(text)
    number = int(match[1]) if match else 0
    return number if 0 < number <= MAX_ITEM and text[0] != "0" else None


_ITEM_TEXT = re.compile(
    r"第(\d{1,3})(?:条|则|个|篇|项|号)?|(\d{1,3})(?:条|则|篇)"
    r"|(\d{1,3})(?:st|nd|rd|th)(?: (?:one|item|story|article|headline|piece))?"
    r"|(?:item|number|no\.?|nr\.?|story|article|#|headline|point)\s*(\d{1,3})"
)


def _item_text(_: TextContext, text: str) -> int | None:
    match = _ITEM_TEXT.fullmatch(text)
    number = int(next(filter(None, match.groups()))) if match else 0
    return number or None


def _items(_: TextContext, text: str) -> tuple[int, ...] | None:
    """Return the items of a list; a mere range is none."""
    return parse_item_numbers(text) if is_list(text) else None


def _zone(context: TextContext, text: str) -> str | None:
    """Return the zone of a place that is certain, or the first one of a city or a state; a bare number is none."""
    if re.fullmatch(r"[\d\s]+", text) or text.endswith(","):
        return None
    match = context.time_zones.named(text, context.now)
    if match.candidates and context.time_zones.is_city_or_region(text):
        return match.candidates[0]
    return match.zone


def _place(context: TextContext, text: str) -> str | None:
    """Return a place if its zone is known, or a country with several zones; `portland,oregon` is one place."""
    if re.fullmatch(r"[\d\s]+", text) or text in _NOT_WORDS or text[-1] == ",":
        return None
    match = context.time_zones.named(text, context.now)
    return text if match.zone is not None or match.candidates else None


def _place_name(context: TextContext, text: str) -> str | None:
    return text if context.is_place(text) else None


def _category(context: TextContext, text: str) -> str | None:
    return None if "," in text else context.category_named(text)


def _core(text: str) -> tuple[int, int]:
    """Return where the word that is meant begins and ends: without `anything about` before it and `stuff` after it."""
    start, end = 0, len(text)
    while begins := _WORD_BEGINS.match(text[start:end]):
        start += begins.end()
    while ends := _WORD_ENDS.search(text[start:end].rstrip()):
        end = start + ends.start()
    while start < end and text[start] == " ":
        start += 1
    return start, start + len(text[start:end].rstrip())


def _words(context: TextContext, text: str) -> tuple[str, ...] | None:
    """Return words that can be muted, or chosen; none of them a particle or a day."""
    if "," in text:
        return None
    listed = tuple(part[slice(*_core(part))] for part in _LIST.split(text))
    if not all(listed) or any(part in _NOT_WORDS or len(part) > 40 for part in listed):
        return None
    if any(_is_time_or_item(with_digits(part), context.today) for part in listed):
        return None
    if any(_ON_DAY.search(part) or _WISH.match(part) or part.endswith(_NO_ENDS) for part in listed):
        return None
    is_cut = any(part.startswith(_NO_BEGINNINGS) or _FIRST_WORD.split(part)[0] in _NO_FIRST_WORDS for part in listed)
    return None if is_cut else listed


_NO_BEGINNINGS = (
    *"了的吧吗是把对",
    *("屏蔽", "解除", "撤销", "取消", "退订", "改成", "换成", "暂停", "恢复", "打开", "关闭", "关掉", "导出", "删除"),
    *("收藏", "分享", "这周"),
    *("只看", "只要", "只想", "只发", "只推"),
    *("搜索", "看看", "不要", "不看", "给我", "帮我", "一个", "请", "列出", "加入", "总结"),
)
"""Particles and verbs of wishes, with which no word begins that is muted or chosen."""

_NO_ENDS = ("之外", "以外", "给", "任何")

_FIRST_WORD = re.compile(r" |(?<=[a-z])(?=[\u3400-\u9fff])")
_WISH = re.compile(
    r"(?:(?:switch|change|turn|move|set|make|stop|open) (?:to|it|on|off|the|my|sending|settings)"
    r"|pause|mute|unmute|block|hide|cancel|delete|unsubscribe|subscribe|resume|export|tell)\b"
)
_ON_DAY = re.compile(r"\b(?:on|at|over|during) (?:the )?(?:mon|tue|wed|thu|fri|sat|sun|week|work)[a-z]*$")


def _is_time_or_item(text: str, today: date) -> bool:
    """Return whether a text names a day, a time or an item, and so nothing to be muted or chosen."""
    if parse_date(text, today) or parse_weekdays(text) or is_unambiguous_time(text):
        return True
    return _ITEM_TEXT.fullmatch(text) is not None or _TIME_WITHIN.search(text) is not None


_TIME_WITHIN = re.compile(
    r"(?<!\d)\d{1,2}(?:点(?!评)|:\d\d)|(?:周|星期|礼拜)[一二三四五六日天末]|^(?:[一二三四五六]{2,}[日天]?发|这?几天|上班|第\d)"
    r"|\d (?:minutes?|mins?|hours?|days?|weeks?|months?)\b|\bfortnight\b|\d ?[ap]m\b|\bpast \d|\bhalf past\b"
    r"|\b(?:i|im|i'm|i am|you|youre|me|is|are|was|were|he|she|they|these|need)\b"
)


def _query(_: TextContext, text: str) -> str | None:
    bare = "" if "," in text else search_words(text)
    return bare if len(bare) > 1 and bare not in _NOT_WORDS and not bare.startswith(_ASKING) else None


_ASKING = ("什么", "啥", "哪些", "哪个")


_READERS: Mapping[str, Callable[[TextContext, str], object | None]] = {
    "time": _time,
    "clock": _clock,
    "day": _day,
    "until": _until,
    "span": _span,
    "pause": _pause,
    "offday": _offday,
    "days": _days,
    "weekday": _weekday,
    "n": _number,
    "a": _number,
    "b": _number,
    "last": _number,
    "num": _plain_number,
    "nth": _nth,
    "from_end": _plain_number,
    "nth_from_end": _nth,
    "final": _several,
    "item_text": _item_text,
    "items": _items,
    "zone": _zone,
    "place": _place,
    "place_in": _place_name,
    "category": _category,
    "words": _words,
    "query": _query,
}


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a list as they were typed."""
    parts = re.split(_LIST.pattern, text, flags=re.IGNORECASE)
    return tuple(filter(None, (part[slice(*_core(simplify(part.lower())))] for part in parts)))


def search_words(text: str) -> str:
    """Return a query as it was typed, without the words that only lead to it."""
    begun = re.sub(_QUERY_BEGINS.pattern, "", text, flags=re.IGNORECASE).strip()
    return re.sub(_QUERY_ENDS.pattern, "", begun, count=1, flags=re.IGNORECASE).strip() or begun


def longest_value(scan: Scan, placeholder: str, *, start: int = 0) -> object | None:
    """Return the value of the longest part of a text that a placeholder reads; of equally long ones the last."""
    best: tuple[int, int, object] | None = None
    for first in range(start, len(scan.text)):
        if not scan.is_boundary(first) or scan.text[first] == " ":
            continue
        for end in range(first + 1, min(len(scan.text), first + MOST_CHARACTERS[placeholder]) + 1):
            if not scan.is_boundary(end) or scan.text[end - 1] == " ":
                continue
            value = scan.value(placeholder, first, end)
            if value is not None and (best is None or (end - first, end) >= best[:2]):
                best = end - first, end, value
    return None if best is None else best[2]


def words_as_typed(placeholder: str, form: WrittenForm, start: int, end: int) -> object:
    """Return the value of a placeholder of words for a part of a text, in the letters that were typed."""
    typed = form.as_typed(start, end)
    if placeholder == "words":
        return split_words(typed)
    return search_words(typed) if placeholder == "query" else typed
