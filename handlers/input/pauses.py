"""Parsing of how long a pause shall last: `2 weeks`, `两周`, `10 days`, `a month`, or a day to come."""

from __future__ import annotations

import re
from datetime import date, timedelta

from handlers.input.dates import parse_future_date
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.input.written_forms import simplify

_UNTIL = re.compile(r"^(?:until|till|til|to|through|直到|到|至)\s*|\s*(?:为止|再发|再说|恢复|之后|以后)$")
_SPAN = re.compile(
    r"(?:for )?(?:about |around )?(?P<next>the next |next |接下来 ?|未来 ?)?(?:the )?"
    r"(?P<number>\d{1,3}|an?|one|two|three|four|a couple(?: of)?|couple(?: of)?|a few|few|半)? ?"
    r"(?:whole|full|entire|整|来)? ?"
    r"(?P<unit>days?|weeks?|wks?|fortnights?|months?|天|日|个?整?星期|个?整?礼拜|周|个?整?月)"
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "a few": 3, "few": 3, "four": 4} | dict.fromkeys(
    ("a couple of", "a couple", "couple of", "couple"), 2
)
_UNIT_DAYS = {"d": 1, "天": 1, "日": 1, "w": 7, "周": 7, "星": 7, "礼": 7, "f": 14, "m": 30, "月": 30}
_HOURS = re.compile(r"(?:for )?(\d{2,3}) ?(?:hours?|hrs?|个?小时)")
_WEEKS_ONLY = re.compile(r"\d{1,2}")


def parse_pause_end(words: str, today: date) -> date | None:
    """Return the day on which a pause ends, or None. A bare number counts weeks, as the buttons do."""
    text = _UNTIL.sub("", _UNTIL.sub("", simplify(normalize(words))))
    digits = chinese_numerals_to_digits(text)
    if _WEEKS_ONLY.fullmatch(digits):
        return today + timedelta(weeks=int(digits))
    days = parse_span(text)
    return parse_future_date(text, today) if days is None else today + timedelta(days=days)


def parse_span(words: str) -> int | None:
    """Return the days of a length such as `2 weeks`, or None."""
    spoken = " ".join(words.split()).removeprefix("整整").replace("俩", "两").replace("仨", "三")
    if hours := _HOURS.fullmatch(spoken):
        return max(1, int(hours[1]) // 24)
    match = _SPAN.fullmatch(chinese_numerals_to_digits(spoken))
    if match is None or not (match["number"] or match["next"] or "整" in words):
        return None
    number, unit_days = match["number"] or "1", _UNIT_DAYS[match["unit"].lstrip("个整")[0]]
    return -(-unit_days // 2) if number == "半" else (_NUMBERS.get(number) or int(number)) * unit_days
