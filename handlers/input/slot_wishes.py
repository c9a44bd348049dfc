"""Wishes for a slot of the day: `晚报改到18:45`, `send the evening one at 7pm`, `no evening edition`.

text -> the slot it names, and the text with the digest in its place -> what that says of a digest -> of the slot
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from domain.chat.commands import CommandName
from handlers.input.intents import Intent
from handlers.input.reader import read_text
from handlers.input.readings import Reading, ReadingKind
from handlers.input.slots import Surroundings
from handlers.input.written_forms import normalize_width, simplify

_NOON = 12 * 60

_THE_ENGLISH = r"[ -](?:ones?|editions?|digests?|issues?|news|newsletters?|papers?|mails?)\b"
_CHINESE_ONE = "的?那?一?[期份]"
_NAMES = (
    (
        ("evening", "night", "pm"),
        range(5 * 60, _NOON),
        re.compile(
            rf"晚报|晚刊|夜报|(?:晚间|夜间|傍晚)(?:版|新闻|{_CHINESE_ONE})|晚上的?那一?[期份]|\b(?:evening|night|pm){_THE_ENGLISH}"
        ),
    ),
    (
        ("afternoon", "pm"),
        range(60, 8 * 60),
        re.compile(rf"(?:下午|午后)(?:版|{_CHINESE_ONE})|\b(?:afternoon|pm){_THE_ENGLISH}"),
    ),
    (
        ("noon", "midday", "lunch"),
        range(60, 5 * 60),
        re.compile(rf"午报|(?:午间|中午)(?:版|新闻|{_CHINESE_ONE})|\b(?:noon|midday|lunch(?:time)?){_THE_ENGLISH}"),
    ),
)
"""Slots that a name may mean, the minutes after midnight that mean the second half of the day, and the names."""

_SAYS_FIRST_HALF = re.compile(r"\bam\b|a\.m|\d\s?am\b|morning|早|上午|凌晨|清晨")
_LEADS_TO_SCREEN = frozenset({ReadingKind.SUBSCRIBE, ReadingKind.RESUME, ReadingKind.ADD_WEEKDAYS, ReadingKind.TIME})
_ALSO_WANTED = re.compile(
    r"日报[我也都还]{0,2}(?:想|要|订|来|收|看)[要看收订一份了吧,]*"
    r"|(?:i )?(?:also )?(?:want|(?:would|\W?d) like) (?:the )?digest(?: too| as well)?"
)
_NO_MORE = re.compile(
    r"日报[就我]?(?:算了|免了|停了|停掉|取消|退掉|退了|关掉|不发了|别送了?|别发了?|不用发了?|不用了)吧?|(?:取消|停掉|关掉|退掉|去掉)日报"
    r"|(?:no|cancel|drop|skip|remove|without) (?:more )?(?:the )?digest(?: please| any ?more)?"
)


@dataclass(frozen=True, slots=True)
class NamedSlot:
    """The slots that a text may name, and the text as it would be said of the digest."""

    slots: tuple[str, ...]
    second_half: range
    text: str


def named_slot(text: str) -> NamedSlot | None:
    """Return the slot that a text names; None if it names none."""
    plain = simplify(normalize_width(text).lower())
    for slots, second_half, names in _NAMES:
        if match := names.search(plain):
            said = "日报" if match[0][0] > "z" else "digest"
            return NamedSlot(slots, second_half, f"{plain[: match.start()]}{said}{plain[match.end() :]}".strip())
    return None


def parse_slot_intent(named: NamedSlot, slots: Collection[str], surroundings: Surroundings) -> Intent | None:
    """Return what a text asks of one of the newsletter's slots; None if it names none, or asks nothing of it."""
    slot = next((each for each in named.slots if each in slots), None)
    if slot is None:
        return None
    bare = named.text.strip(" ,.!。！，~～")
    if _NO_MORE.fullmatch(bare):
        return Intent(CommandName.PROPOSE, f"slot {slot} off")
    if _ALSO_WANTED.fullmatch(bare):
        return Intent(CommandName.SLOT, slot)
    reading = read_text(named.text, surroundings)
    change = _change(reading, named)
    if change:
        return Intent(CommandName.PROPOSE, f"slot {slot} {change}")
    return Intent(CommandName.SLOT, slot) if reading.kind in _LEADS_TO_SCREEN else None


def _change(reading: Reading, named: NamedSlot) -> str:
    """Return what a slot's schedule shall be, as `off`, `18:45` or `days31 18:45`; empty if the reading says none."""
    if reading.kind is ReadingKind.UNSUBSCRIBE:
        return "off"
    if reading.kind not in (ReadingKind.TIME, ReadingKind.WEEKDAYS):
        return ""
    minute = next((reading.values[name] for name in ("time", "clock") if name in reading.values), None)
    parts = [f"days{reading.values['days']}"] if "days" in reading.values else []
    if isinstance(minute, int):
        is_second_half = minute in named.second_half and not _SAYS_FIRST_HALF.search(named.text)
        minute += _NOON if is_second_half else 0
        parts.append(f"{minute // 60:02}:{minute % 60:02}")
    return " ".join(parts)
