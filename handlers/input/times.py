"""Parsing of times of day as people type them: `8`, `8:30`, `0830`, `8pm`, `早上8点`, `晚上九点半`."""

from __future__ import annotations

import re

from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.input.written_forms import simplify, with_digits

_BEFORE_NOON = "凌晨|大清早|清早|清晨|早晨|早上|早间|上午|一早|早"
_FROM_NOON = "三更半夜|3更半夜|大半夜|半夜|深夜|午夜|中午|午后|午间|下午|傍晚|晚上|晚间|夜晚|夜间|夜里|晚"
_TIME = re.compile(
    rf"(?P<part>{_BEFORE_NOON}|{_FROM_NOON})?\s*"
    r"(?:(?P<hour>\d{1,2})(?:\s*(?:[:.]|点钟|点过?|时|h)\s*(?P<minute>\d{2}|\d(?=分)|半|1刻|3刻)?\s*分?)?"
    r"|(?P<packed>\d{3,4}))"
    r"\s*(?P<half>am|pm|a\.m\.|p\.m\.)?"
)
_LAST_HOUR_OF_NIGHT = {"晚上": 4, "晚间": 4, "夜晚": 4, "晚": 4, "夜间": 5, "夜里": 5} | dict.fromkeys(
    ("三更半夜", "3更半夜", "大半夜", "半夜", "深夜", "午夜"), 5
)
"""The last hour after midnight that each part of the day still names: `夜里3点` is 03:00, `晚上7点` 19:00."""
_MINUTE_WORDS = {"半": 30, "1刻": 15, "3刻": 45}


_ENGLISH_PARTS = {
    "in the morning": "am",
    "in the afternoon": "pm",
    "in the evening": "pm",
    "at night": "pm",
    "tonight": "pm",
}
_PAST = re.compile(
    r"(?P<part>half(?: an? hour)?|(?:a )?quarter|\d{1,2}(?: min(?:ute)?s?)?)\s*(?:(?P<way>past|after|to|before)\s*)?"
    r"(?P<hour>\d{1,2})(?P<rest>\s.*)?"
)
_SPOKEN = {
    "noon": "12:00",
    "12 noon": "12:00",
    "12 midnight": "00:00",
    "midday": "12:00",
    "midnight": "00:00",
    "lunchtime": "12:00",
    "lunch time": "12:00",
    "正午": "12:00",
    "中午": "12:00",
    "午夜": "00:00",
    "零点": "00:00",
    "0点": "00:00",
}
_PARTS = f"{_BEFORE_NOON}|{_FROM_NOON}"
_TO_THE_HOUR = re.compile(
    rf"(?P<part>{_PARTS})?(?:差|还差)(?P<minutes>\d{{1,2}}分?钟?|1刻)(?:到)?(?P<hour>\d{{1,2}})点"
    rf"|(?P<part_after>{_PARTS})?(?P<hour_after>\d{{1,2}})点(?:差|还差)(?P<minutes_after>\d{{1,2}}分?|1刻)"
)
_ABOUT = re.compile(r"(?:左右|前后|整|钟整|(?<=\d) ?ish)$")


_HOUR = r"\d{1,2}(?::\d\d|点钟?半?)?(?: ?[ap]m\b)?"
_TWO_TIMES = re.compile(
    rf"(?P<at>\bat )?(?<![\d:/.-])(?P<first>(?:{_PARTS})?{_HOUR}) ?"
    rf"(?:(?:和|跟|与|及|、|,|&|and\b|还有) ?(?P<second>(?:{_PARTS})?{_HOUR})|(?P<later>(?:{_PARTS}){_HOUR}))"
    r"(?![\d:/.-])"
)
_ONE_IS_MEANT = re.compile(r"之间|[点半\d][到至改]|[不别]|\b(?:between|from|not|no|dont|instead)\b")
"""What stands beside two times of which one is meant, or a span."""


def parse_time(words: str) -> int | None:
    """Return minutes from midnight, or None if the text is no time of day."""
    match = _TIME.fullmatch(_as_clock(chinese_numerals_to_digits(normalize(words))))
    if match is None:
        return None
    hour, minute = _clock(match)
    if (hour, minute) == (24, 0) and match["minute"]:  # the end of the day is the beginning of the next
        return 0
    hour = _hour_of_day(hour, match["part"] or "", (match["half"] or "").replace(".", ""))
    return hour * 60 + minute if 0 <= hour < 24 and minute < 60 else None


def is_unambiguous_time(words: str) -> bool:
    """Return whether a text can only be a time: `8` and `830` might be item numbers, `9.12` a day."""
    is_written = re.search(
        r"[:点时]|[ap]\.?m\b|past|quarter|half|^2[05] to \d|^[早晚]\d|clock"
        r"|noon|midday|lunch|\dish$|midnight|正午|中午|午夜|morning|evening|night|^0\d{3}$|\d \d\d",
        normalize(words),
    )
    return is_written is not None and parse_time(words) is not None


_SHIFT = re.compile(
    r"(?P<way>提前|提早|往前推?|早|推迟|延后|延迟|往后推?|晚)[到个上点]?"
    r"(?P<number>半|\d{1,3})(?P<half>个半)?个?(?P<unit>小时|钟头|分钟|刻钟)"
)
_ENGLISH_SHIFT = re.compile(
    r"(?:(?P<part>half) (?:an? )?|(?P<number>an|one|\d{1,3}) )(?P<unit>h(?:ou)?rs?|min(?:ute)?s?)"
    r"(?P<half> and a half)? (?P<way>later|earlier|sooner)"
)
_MINUTES_OF = {"小": 60, "钟": 60, "h": 60, "分": 1, "m": 1, "刻": 15}


def parse_shift(words: str) -> int | None:
    """Return by how many minutes a time shall be later, or earlier if negative: `提前半小时`, `an hour later`."""
    text = with_digits(simplify(normalize(words)))
    match = _SHIFT.search(chinese_numerals_to_digits(text)) or _ENGLISH_SHIFT.search(text)
    if match is None:
        return None
    unit, number = _MINUTES_OF[match["unit"][0]], match["number"]
    if number == "半" or number is None:
        minutes = unit // 2
    else:
        minutes = (int(number) if number.isdecimal() else 1) * unit + (unit // 2 if match["half"] else 0)
    is_earlier = match["way"][0] in "提早es" or match["way"].startswith("往前")
    return (-minutes if is_earlier else minutes) if 0 < minutes < 24 * 60 else None


_FREQUENCY = re.compile(
    r"(?:请|我想|想|能不能|可以|可不可以)?(?:改成|改到|改为|换成|调成|设成|要)?(?:每个?|[一1])(?:(?P<day>天|日)|周|个?星期|个?礼拜)(?:给我)?"
    r"[发送推来收]?[2-9]次(?:日报)?[吧吗么呢行好可以]{0,3}"
    r"|(?:(?:please|can you|could you) )?(?:(?:change|send|deliver|make|set|get|i want)(?: it)?(?: to)? )?"
    r"(?:twice|[2-9] times) (?:an?|per|each|every) (?:(?P<daily>day)|week)(?: please)?"
)


def parse_frequency(words: str) -> str | None:
    """Return `day` or `week` if a text wants the digest several times in each; None if it is no such wish."""
    text = chinese_numerals_to_digits(with_digits(simplify(normalize(words)))).strip(" .!?。！？～~")
    match = _FREQUENCY.fullmatch(text)
    if match is None:
        return None
    return "day" if match["day"] or match["daily"] else "week"


def parse_two_times(text: str) -> tuple[int, int] | None:
    """Return the two times of day that a text names side by side, as in `7am and 7pm`; None if it names no two."""
    plain = normalize(text)  # its digits first: `周五7点` has no 57 o'clock
    match = _TWO_TIMES.search(plain) or _TWO_TIMES.search(chinese_numerals_to_digits(plain))
    if match is None or _ONE_IS_MEANT.search(plain):
        return None
    words = match["first"], match["second"] or match["later"]
    first, second = map(parse_time, words)
    if first is None or second is None or first == second or not (match["at"] or any(map(is_unambiguous_time, words))):
        return None
    return first, second


def _as_clock(text: str) -> str:
    """Return an English time as a clock shows it: `half past 7` as 7:30, `7 in the evening` as 7 pm."""
    text = _ABOUT.sub("", _SPOKEN.get(text, text)).replace("oclock", "").replace("o'clock", "").strip()
    text = " ".join(text.split())
    if match := _TO_THE_HOUR.fullmatch(text):
        part, hour = match["part"] or match["part_after"] or "", int(match["hour"] or match["hour_after"])
        words = match["minutes"] or match["minutes_after"]
        minutes = 15 if words == "1刻" else int(words.rstrip("分钟"))
        return f"{part}{(hour - 1) % 24}:{60 - minutes:02}" if 0 < minutes < 60 else text
    for part, half in _ENGLISH_PARTS.items():
        if text.endswith(part):
            text = f"{text.removesuffix(part).strip()} {half}"
    if match := _PAST.fullmatch(text):
        part = match["part"].removeprefix("a ").split(" ")[0]
        minutes = {"half": 30, "quarter": 15}.get(part) or (int(part) if part.isdecimal() else 0)
        hour, rest = int(match["hour"]), match["rest"] or ""
        if match["way"] in ("to", "before"):
            return f"{(hour - 1) % 24}:{60 - minutes:02}{rest}" if 0 < minutes < 60 else text
        if match["way"] or part == "half":
            return f"{hour}:{minutes:02}{rest}"
    return re.sub(r"^(\d{1,2}) (\d{2})\b", r"\1:\2", text)


def _clock(match: re.Match[str]) -> tuple[int, int]:
    if match["packed"]:
        return int(match["packed"][:-2]), int(match["packed"][-2:])
    minute = match["minute"] or "0"
    return int(match["hour"]), _MINUTE_WORDS[minute] if minute in _MINUTE_WORDS else int(minute)


def _hour_of_day(hour: int, part: str, half: str) -> int:
    """Return the hour of the day, -1 if there is none; `part` is the Chinese part of the day, `half` am or pm."""
    if half and not 1 <= hour <= 12:
        return -1
    if half == "am" or part == "凌晨":
        return 0 if hour == 12 else hour
    if hour == 12 and part in _LAST_HOUR_OF_NIGHT:
        return 0
    if hour <= _LAST_HOUR_OF_NIGHT.get(part, 0):
        return hour
    is_from_noon = half == "pm" or part in _FROM_NOON.split("|")
    return hour + 12 if is_from_noon and 0 < hour < 12 and not (part == "中午" and hour > 9) else hour
