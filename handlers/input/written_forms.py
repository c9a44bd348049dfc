"""The forms of a text that phrases are matched with: simplified, without apostrophes and idle blanks, typos corrected.

Each character knows where it was typed, so a name can be given back as the person wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from domain.chinese_scripts import simplified
from handlers.input.numerals import chinese_numerals_to_digits
from handlers.input.word_lists import WORD_LISTS

_CANTONESE = {simplified(south): north for south, north in WORD_LISTS["cantonese"].items()}
"""Words of the south, in simplified characters, by ones of the same length."""

_CJK = re.compile(r"[\u3400-\u9fff]")
_MARK = re.compile(r"[,;!?，。；！？…～\n]+|\.(?![\w.])|[()（）]|\s[-–—]\s")
_SEPARATOR = re.compile(rf"{_MARK.pattern}|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_HALF_OF_DAY = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_IDLE = re.compile("一下子?")
_IGNORED = "'’‘`´\ufe0f\u200b\u200d\"“”「」『』《》"

_CHECKED_WORDS = tuple(WORD_LISTS["checked_words"])
_NO_TYPOS = frozenset(WORD_LISTS["no_typos"])
_MIN_TYPO_SIMILARITY = 0.82

_UNITS = {
    word: value
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
}
_TEENS = {"thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50}
_ORDINAL_WORDS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = dict(zip(_ORDINAL_WORDS.split(" "), range(2, 13), strict=True))
_NUMBER_WORDS = {**_UNITS, **_TEENS, **_TENS}
del _NUMBER_WORDS["one"]  # "the next one" is no number
_ENGLISH_NUMBERS = re.compile(
    rf"\b(?:({'|'.join(_TENS)})[- ]({'|'.join(list(_UNITS)[1:10])})"
    rf"|({'|'.join(_NUMBER_WORDS)})|({'|'.join(_ORDINALS)}))\b"
)
_CHINESE_NUMBER = re.compile(r"(?:周|星期|礼拜|几)[零〇一二两三四五六七八九十]+|[零〇一二两三四五六七八九十]+")
_WEEKDAYS = re.compile("一?二?三?四?五?六?日?")
_COUNTED = "条则篇项号日点月"
_BLANKS = re.compile(r"\s+")
_EMOTICON = re.compile(r"(?::'?-?[)(DPp]+|;-?\)|=\)|\^_?\^|<3|\.{2,})$")
_SPOKEN_PICTURES = "\U0001f515\U0001f514"
"""A bell, crossed out or not, is said to the bot."""
_DOTTED = re.compile(r"\b(no|nr|num)\.\s+(?=\d)", re.IGNORECASE)
_DAY_NAME = r"(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)[a-z]*"
_SPACED_DAYS = re.compile(rf"\b({_DAY_NAME})\s*[-–—]\s*(?={_DAY_NAME}\b)", re.IGNORECASE)
_A_BIT = re.compile(r"(?<!^)[^午晨上晚里夜到成为在是于改换调,凌点定设后前约夜 ]一点$|^[短长多少快慢简详]一点$")
"""`精简一点` is a bit and no time of day: what stands before it says so."""


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """A text in the form to be matched, and where each of its characters was typed."""

    text: str
    typed: str
    positions: tuple[int, ...]

    def as_typed(self, start: int, end: int) -> str:
        """Return a part of the text as the person typed it."""
        if start >= end:
            return ""
        return _BLANKS.sub(" ", self.typed[self.positions[start] : self.positions[end - 1] + 1]).strip()


def simplify(text: str) -> str:
    """Return a Chinese text in simplified characters, with southern words by northern ones; lengths stay."""
    northern = simplified(text)
    for south, north in _CANTONESE.items():
        northern = northern.replace(south, north)
    return northern


def whole_form(words: str) -> WrittenForm:
    """Return the form of a whole text."""
    typed = unicodedata.normalize("NFKC", words)
    lowered = typed.lower() if len(typed.lower()) == len(typed) else typed
    text = simplify(lowered)
    for typo, right in WORD_LISTS["typos"].items():
        text = text.replace(typo, right)
    for idle in _IDLE.finditer(text):
        text = text[: idle.start()] + _IGNORED[0] * len(idle[0]) + text[idle.end() :]
    kept = [(at, " " if sign.isspace() else sign) for at, sign in enumerate(text) if sign not in _IGNORED]
    return _tidy(kept, typed)


def clauses(words: str) -> list[WrittenForm]:
    """Return the forms of a text's clauses, in order."""
    typed = normalize_width(words)
    return [form for part in _SEPARATOR.split(typed) if part and (form := whole_form(part)).text]


def without_separators(words: str, *, blanks_separate: bool = True) -> str:
    """Return a text in which marks between clauses are commas; blanks between Chinese may be such marks."""
    separator = _SEPARATOR if blanks_separate else _MARK
    return separator.sub(",", normalize_width(words)).strip(", ")


def without_decoration(words: str) -> str:
    """Return a text without what only colours it at its ends: emoji, emoticons, `~`, dots; as it was if that is all."""
    end = len(words)
    while end:
        emoticon = _EMOTICON.search(words[:end])
        if emoticon is not None:
            end = emoticon.start()
        elif _is_picture(words[end - 1]) or words[end - 1] in " ~\uff5e\u2026":
            end -= 1
        else:
            break
    start = 0
    while start < end and (_is_picture(words[start]) or words[start] == " "):
        start += 1
    return words[start:end] or words


def normalize_width(words: str) -> str:
    """Return a text without the full width of its signs, and without dots that end no clause: `7 a.m.`."""
    text = _HALF_OF_DAY.sub(r"\1m", unicodedata.normalize("NFKC", words))
    return _SPACED_DAYS.sub(r"\1-", _DOTTED.sub(r"\1 ", text))


def _is_picture(sign: str) -> bool:
    is_pictorial = unicodedata.category(sign) in ("So", "Sk") or sign in "\ufe0f\u200d"
    return is_pictorial and sign not in _SPOKEN_PICTURES


def with_digits(text: str) -> str:
    """Return a text with numbers written in digits: `第3条`, `the 3rd`, `7 30`."""
    text = _CHINESE_NUMBER.sub(lambda match: _chinese_number(match, text), text)
    return _ENGLISH_NUMBERS.sub(_english_number, text)


def _tidy(kept: list[tuple[int, str]], typed: str) -> WrittenForm:
    """Leave out blanks at the ends, doubled ones, and those beside Chinese; correct typos of the bot's own words."""
    tidy: list[tuple[int, str]] = []
    for number, (at, sign) in enumerate(kept):
        if sign == " ":
            after = next((other for _, other in kept[number + 1 :] if other != " "), "")
            if not tidy or not after or tidy[-1][1] == " " or _CJK.match(after) or _CJK.match(tidy[-1][1]):
                continue
        tidy.append((at, sign))
    text = "".join(sign for _, sign in tidy)
    corrected: list[str] = []
    positions: list[int] = []
    last = 0
    for word in re.finditer(r"[a-z]{6,}", text):
        right = _corrected(word[0])
        corrected += text[last : word.start()], right
        positions += [tidy[at][0] for at in range(last, word.start())]
        first, end = tidy[word.start()][0], tidy[word.end() - 1][0]
        positions += [min(first + offset, end) for offset in range(len(right) - 1)] + [end]
        last = word.end()
    corrected.append(text[last:])
    positions += [tidy[at][0] for at in range(last, len(text))]
    return WrittenForm("".join(corrected), typed, tuple(positions))


@lru_cache(maxsize=1024)
def _corrected(word: str) -> str:
    if word in _CHECKED_WORDS or word in _NO_TYPOS or word.rstrip("sd") in _CHECKED_WORDS:
        return word
    near = get_close_matches(word, _CHECKED_WORDS, n=1, cutoff=_MIN_TYPO_SIMILARITY)
    return near[0] if near and near[0][:2] == word[:2] and abs(len(near[0]) - len(word)) <= 1 else word


def _chinese_number(match: re.Match[str], text: str) -> str:
    """Return a Chinese number in digits; a lone `一` counts only after `第` or before what is counted."""
    if match[0][0] not in "零〇一二两三四五六七八九十":
        return match[0]
    if (
        match[0] == "一"
        and text[match.start() - 1 : match.start()] != "第"
        and (text[match.end() : match.end() + 1] not in tuple(_COUNTED) or _A_BIT.search(text[: match.end() + 1]))
    ):
        return match[0]
    if len(match[0]) > 2 and _WEEKDAYS.fullmatch(match[0]):  # 一三五发
        return match[0]
    return chinese_numerals_to_digits(match[0])


def _english_number(match: re.Match[str]) -> str:
    if match[1]:
        return str(_TENS[match[1]] + _UNITS[match[2]])
    if match[3]:
        return str(_NUMBER_WORDS[match[3]])
    value = _ORDINALS[match[4]]
    return f"{value}{ {2: 'nd', 3: 'rd'}.get(value, 'th') }"
