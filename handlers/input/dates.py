"""Parsing of days as people type them: `2025-09-12`, `9月12日`, `12 Sep`, `the 20th`, `上周五`, `yesterday`.

What is written is read first and given a year, month or week afterwards: the latest such day up to today for the
archive (`parse_date`), the next one after today for what is to come (`parse_future_date`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from domain.edition_day import parse_edition_day
from handlers.input.numerals import chinese_numerals_to_digits, normalize

MAX_DAY_WORDS = 5
"""Most words of a day: `on Fri, 12 September 2025`."""

_NAMED = {
    3: ("in three days", "大后天"),
    2: ("the day after tomorrow", "day after tomorrow", "后天"),
    1: ("tomorrow", "明天", "明日"),
    0: ("today", "今天", "今日", "今早"),
    -1: ("yesterday", "昨天", "昨日", "昨儿"),
    -2: ("the day before yesterday", "day before yesterday", "前天"),
    -3: ("大前天",),
}
_DAYS_AWAY = {name: days for days, names in _NAMED.items() for name in names}

_WEEKDAYS = "(?:mon(?:day)?|tues?(?:day)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DAYS = {
    sign: day for day, signs in enumerate(("1一", "2二", "3三", "4四", "5五", "6六", "7日天")) for sign in signs
}
_ENGLISH_WEEKDAY = re.compile(rf"(?:(?P<which>last|past|previous|this|next|on|coming)\s+)?(?P<day>{_WEEKDAYS})s?\.?")
_CHINESE_WEEKDAY = re.compile(
    r"(?P<which>上上个?|上个?|这个?|本|下下个?|下个?)?\s*(?:周|星期|礼拜)(?P<day>[1-7一二三四五六日天])"
)
_WEEKS_AWAY = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}

_WRITTEN = re.compile(
    r"(?:(?P<year>\d{4})\s*[-./年]?\s*)?(?P<month>\d{1,2})\s*[-./月]\s*(?P<day>\d{1,2})\s*[日号.]?"
    r"\s*(?:(?:周|星期)[一二三四五六日天])?"
)
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\s*[-./]\s*(?P<month>\d{1,2})\s*[-./]\s*(?P<year>\d{4})")
_SLASHED = re.compile(
    r"(?<![\d/-])(?P<first>\d{1,2})(?P<sign>[/-])(?P<second>\d{1,2})(?:(?P=sign)(?P<year>\d{4}))?(?![\d/-])"
)
_GERMAN = re.compile(r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.(?P<year>)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_NAMED_MONTH = rf"\b(?P<{{}}>{_MONTH_NAMES})(?![a-z-])\.?"
_MONTH = rf"\b({_MONTH_NAMES})(?![a-z-])\.?"
_NUMBER = r"(\d{1,2})(?:st|nd|rd|th)?"
_ENGLISH = re.compile(
    rf"(?:on\s+)?(?:(?:{_WEEKDAYS}),?\s+)?(?:(?:the\s+)?{_NUMBER}\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+(?:the\s+)?{_NUMBER})"
    r"(?:,?\s+(\d{4}))?"
)
_ORDINAL = re.compile(r"(?:on\s+)?(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)")
_NUMBERED = re.compile(r"(?P<month>这个?月|本月|上个?月|下个?月)?\s*(?P<day>\d{1,2})\s*[号日]")
_LAST_OF_MONTH = re.compile(r"(上)个?月(?:的)?(?:最后(?:一|1)天|底|末)")
_MONTHS_AWAY = {"上": -1, "这": 0, "本": 0, "下": 1}
_AGO = re.compile(r"(?P<number>\d{1,3}|an?|one|two|three)\s*(?P<unit>days?|weeks?|天|个?星期|周)\s*(?:ago|以?前)")
_NUMBER_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_YEARS_WITH_A_LEAP_DAY = 9
"""So many years in a row have a 29th of February, even around 2100."""
_ENDS_OF_MONTH = frozenset(
    f"{which}{end}" for which in ("", "这个", "本", "这", "the ", "this ") for end in ("月底", "月末", "month end")
) | {f"{the}end of {which}month" for the in ("", "the ") for which in ("", "the ", "this ")}
_NEXT_MONTHS = frozenset(("下个月", "下月", "下个月初", "下月初", "next month", "the next month", "early next month"))
_NEXT_YEARS = frozenset(("明年", "明年初", "next year", "the next year", "early next year"))
_NEXT_YEARS_DAY = re.compile(r"明年(\d{1,2})月(\d{1,2})[日号]?")
_MONTH_ALONE = re.compile(
    r"(?:early\s+)?(jan(?:uary)?|feb(?:ruary)?|march|april|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    r"|(?:nov|dec)(?:ember)?)"
)
_PACKED = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")


def parse_date(words: str, today: date) -> date | None:
    """Return the day that a text names, or None; a name of several days means the latest one up to today."""
    return _parse(words, today, step=-1)


def count_day_words(words: Sequence[str], is_day: Callable[[str], bool]) -> int:
    """Return how many of the first words are a day, as many as can be; 0 if none are. `is_day` judges a text."""
    counts = range(min(len(words), MAX_DAY_WORDS), 0, -1)
    return next((count for count in counts if is_day(" ".join(words[:count]))), 0)


def parse_edition(words: str, today: date) -> date | None:
    """Return the edition that a text names, by its name (`2026-11-26-evening`) or its day, or None."""
    return parse_edition_day(words) or parse_date(words, today)


def parse_future_date(words: str, today: date) -> date | None:
    """Return the day that a text names, or None; a name of several days means the next one after today."""
    return _parse(words, today, step=1)


def looks_like_date(words: str) -> bool:
    """Return whether a text is written like a date, even one that does not exist (`2025-13-40`)."""
    text = normalize(words)
    return any(written.fullmatch(text) for written in (_PACKED, _WRITTEN, _DAY_FIRST))


def find_impossible_date(text: str) -> str:
    """Return the words of a date in a text that no year has (`2月30日`, `Feb 30`, `2026-11-31`); '' if it has none."""
    plain = normalize(text)
    for written in (plain, chinese_numerals_to_digits(plain)):
        for match in _MONTH_AND_DAY.finditer(written):
            month = match["month"] or match["iso_month"]
            name = match["name"] or match["name_first"]
            number = _number_of_month(name) if name else int(month)
            day = int(match["day"] or match["iso_day"] or match["day_first"] or match["day_after"])
            if 1 <= number <= 12 and _date(int(match["year"] or match["iso_year"] or _LEAP_YEAR), number, day) is None:
                return match[0]
    return ""


_LEAP_YEAR = 2024
_MONTH_AND_DAY = re.compile(
    r"(?<!\d)(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?(?!\d)"
    r"|(?<![\d-])(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2})(?![\d-])"
    rf"|\b(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_NAMED_MONTH.format('name')}"
    rf"|{_NAMED_MONTH.format('name_first')} (?:the )?(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
)


def doubtful_dates(words: str, today: date) -> tuple[date, ...]:
    """Return both days that a date with slashes may mean, as some write the day first; none if it means only one."""
    match = _SLASHED.fullmatch(normalize(words))
    if match is None or (match["sign"] == "-" and not match["year"]):  # `11-28` has the month first everywhere
        return ()
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    days = _in_year(year, second, first, today, -1), _in_year(year, first, second, today, -1)
    return tuple(day for day in days if day is not None) if None not in days and days[0] != days[1] else ()


def find_doubtful_date(text: str, today: date) -> str:
    """Return the words of a date in a text that may mean two days; '' if it has none."""
    found = _SLASHED.search(normalize(text))
    return found[0] if found is not None and doubtful_dates(found[0], today) else ""


def _parse(words: str, today: date, *, step: int) -> date | None:
    """Return the day that a text names; `step` is -1 to look into the past, 1 into the future."""
    text = normalize(words).rstrip("的")
    if step > 0 and (begins := _of_period(text, today)) is not None:
        return begins
    if text in _DAYS_AWAY:
        return today + timedelta(days=_DAYS_AWAY[text]) if _DAYS_AWAY[text] * step >= 0 else None
    if match := _ENGLISH.fullmatch(text):
        month = _number_of_month(match[2] or match[3])
        return _in_year(match[5], month, int(match[1] or match[4]), today, step)
    digits = chinese_numerals_to_digits(text)
    for written in (_PACKED, _DAY_FIRST, _GERMAN, _WRITTEN):
        if match := written.fullmatch(text) or written.fullmatch(digits):
            return _of_numbers(match, today, step)
    if match := _LAST_OF_MONTH.fullmatch(digits):
        this_month = today.replace(day=1)
        return this_month - timedelta(days=1) if match[1] == "上" else None
    return _weekday(text, digits, today, step) or _numbered_day(digits, today, step) or _days_ago(digits, today)


def _of_period(text: str, today: date) -> date | None:
    """Return the day that the end of this month means, or on which a month or year to come begins."""
    if text in _ENDS_OF_MONTH:
        return today.replace(day=monthrange(today.year, today.month)[1])
    if text in _NEXT_MONTHS:
        return _day_of_month(1, today, 1)
    if text in _NEXT_YEARS:
        return date(today.year + 1, 1, 1)
    if (match := _MONTH_ALONE.fullmatch(text)) is not None:
        return _in_year(None, _number_of_month(match[1]), 1, today, 1)
    if (match := _NEXT_YEARS_DAY.fullmatch(chinese_numerals_to_digits(text))) is not None:
        return _date(today.year + 1, int(match[1]), int(match[2]))
    return None


def _of_numbers(match: re.Match[str], today: date, step: int) -> date | None:
    """Return the day of three numbers, or of two; a month above 12 is the day, as some write the day first."""
    month, day = int(match["month"]), int(match["day"])
    if month > 12 >= day and not match["year"]:
        month, day = day, month
    return _in_year(match["year"], month, day, today, step)


def _in_year(year: str | None, month: int, day: int, today: date, step: int) -> date | None:
    """Return the day in a year; without a year, the nearest one in the direction of `step`."""
    if year:
        return _date(int(year), month, day)
    return _nearest(
        (_date(today.year + step * years, month, day) for years in range(_YEARS_WITH_A_LEAP_DAY)), today, step
    )


def _number_of_month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _weekday(text: str, digits: str, today: date, step: int) -> date | None:
    """Return the day of a weekday's name; Chinese counts weeks (`上周五`), English days (`last Friday`)."""
    if match := _CHINESE_WEEKDAY.fullmatch(digits):
        day, which = _CHINESE_DAYS[match["day"]], (match["which"] or "").rstrip("个")
        if which:
            return today + timedelta(days=7 * _WEEKS_AWAY[which] + day - today.weekday())
        return _next_weekday(day, today, step, may_be_today=step < 0)
    match = _ENGLISH_WEEKDAY.fullmatch(text)
    if match is None:
        return None
    day, which = _ENGLISH_DAYS.index(match["day"][:3]), match["which"]
    if which in ("last", "past", "previous"):
        return _next_weekday(day, today, -1, may_be_today=False)
    if which in ("next", "coming"):
        return _next_weekday(day, today, 1, may_be_today=False)
    return _next_weekday(day, today, step, may_be_today=step < 0)


def _next_weekday(day: int, today: date, step: int, *, may_be_today: bool) -> date:
    distance = (day - today.weekday()) * step % 7
    return today + timedelta(days=step * (distance if distance or may_be_today else 7))


def _numbered_day(digits: str, today: date, step: int) -> date | None:
    """Return the day of a month's day (`the 20th`, `20号`); without a month, the nearest in the direction of `step`."""
    if match := _ORDINAL.fullmatch(digits):
        return _nearest(_days_of_months(int(match[1]), today, step), today, step)
    match = _NUMBERED.fullmatch(digits)
    if match is None:
        return None
    if match["month"]:
        return _day_of_month(int(match["day"]), today, _MONTHS_AWAY[match["month"][0]])
    return _nearest(_days_of_months(int(match["day"]), today, step), today, step)


def _days_of_months(day: int, today: date, step: int) -> Iterator[date | None]:
    return (_day_of_month(day, today, step * months) for months in range(4))


def _day_of_month(day: int, today: date, months_away: int) -> date | None:
    years, month = divmod(today.month - 1 + months_away, 12)
    return _date(today.year + years, month + 1, day)


def _days_ago(digits: str, today: date) -> date | None:
    match = _AGO.fullmatch(digits)
    if match is None:
        return None
    number = _NUMBER_WORDS.get(match["number"]) or int(match["number"])
    return today - timedelta(days=number * (1 if match["unit"][0] in "d天" else 7))


def _nearest(days: Iterator[date | None], today: date, step: int) -> date | None:
    """Return the first of the days, which lead away from today, that is up to today, or for the future after it."""
    return next((day for day in days if day is not None and (day <= today if step < 0 else day > today)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
