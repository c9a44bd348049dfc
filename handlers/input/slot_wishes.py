"""Wishes for a slot of the day: `晚报改到18:45`, `send the evening one at 7pm`, `no evening edition`.

text -> the slot it names, and the text with the digest in its place -> what that says of a digest -> of the slot
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from domain.chat.commands import CommandName
from domain.chat.slot_arguments import SLOT_DAYS, SLOT_OFF, SLOT_WITHOUT
from domain.edition_day import SLOTS_IN_NAMES, EditionDay
from handlers.input.intents import Intent, item_argument, pause_day
from handlers.input.meanings import MeaningKind, TextMeaning
from handlers.input.placeholders import TextContext
from handlers.input.reader import read_text
from handlers.input.written_forms import normalize_width, simplify
from views.dates import format_time

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
        re.compile(
            rf"午报|(?:午间|中午|正午|午餐)(?:版|新闻|{_CHINESE_ONE})|\b(?:noon|midday|lunch(?:time)?){_THE_ENGLISH}"
        ),
    ),
)
"""Slots that a name may mean, the minutes after midnight that mean the second half of the day, and the names."""

_TIMES_OF_DAY = frozenset(SLOTS_IN_NAMES)
"""Slots whose names are everyday words: alone they name no edition."""

_LETTERS = re.compile(r"[a-z]")
_SAYS_FIRST_HALF = re.compile(r"\bam\b|a\.m|\d\s?am\b|morning|早|上午|凌晨|清晨")
_DIGEST_ALONE = frozenset(("日报", "看日报", "看看日报", "我要看日报", "digest", "the digest"))
_COMMANDS = {
    MeaningKind.TODAY: CommandName.DIGEST,
    MeaningKind.LATEST: CommandName.DIGEST,
    MeaningKind.DAY: CommandName.DIGEST,
    MeaningKind.ITEM: CommandName.ITEM,
    MeaningKind.COMMENTARY: CommandName.COMMENTARY,
}
"""What is asked of an edition."""

_LEADS_TO_SCREEN = frozenset({MeaningKind.SUBSCRIBE, MeaningKind.ADD_WEEKDAYS, MeaningKind.TIME})
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
    is_bare: bool = False
    """It is one of the editors' own names, without a word such as *edition*: it may be meant as a topic, too."""

    @property
    def bare_text(self) -> str:
        """The text without marks at its ends."""
        return self.text.strip(" ,.!。！，~～")


def may_name_slot(text: str) -> bool:
    """Return whether a text may name a slot: by a time of day, or by letters such as editors name slots with."""
    plain = _plain(text)
    return _LETTERS.search(plain) is not None or any(names.search(plain) for *_, names in _NAMES)


def named_slot(text: str, slots: Collection[str]) -> NamedSlot | None:
    """Return the slot that a text names: a time of day, or one of the newsletter's own names; None if it names none."""
    plain = _plain(text)
    for slot in slots:
        name = rf"(?<![a-z0-9])(?:the )?{slot}"
        if match := re.search(rf"{name}(?:{_THE_ENGLISH}| ?(?:日报|[版刊]|{_CHINESE_ONE}))", plain):
            return NamedSlot((slot,), _second_half(slot), _about_digest(plain, match, is_chinese=match[0][-1] > "z"))
    for meant, second_half, names in _NAMES:
        if match := names.search(plain):
            return NamedSlot(meant, second_half, _about_digest(plain, match, is_chinese=match[0][0] > "z"))
    for slot in slots:
        match = re.search(rf"(?<![a-z0-9])(?:the )?{slot}(?![a-z0-9])", plain)
        if match is not None and slot not in _TIMES_OF_DAY:
            is_chinese = any(character > "z" for character in plain)
            said = _about_digest(plain, match, is_chinese=is_chinese)
            return NamedSlot((slot,), range(0), said, is_bare=True)
    return None


def _second_half(slot: str) -> range:
    """Return the minutes that mean the second half of the day in a wish for a slot; none for the editors' own names."""
    return next((second_half for meant, second_half, _ in _NAMES if slot in meant), range(0))


def _plain(text: str) -> str:
    return simplify(normalize_width(text).lower())


def _about_digest(plain: str, match: re.Match[str], *, is_chinese: bool) -> str:
    """Return a text with the digest in the place of the slot."""
    before, after = plain[: match.start()], plain[match.end() :]
    if is_chinese:
        return f"{before.rstrip()}日报{after.lstrip()}".strip()
    return f"{before}digest{after}".strip()


def parse_slot_intent(named: NamedSlot, slots: Collection[str], context: TextContext) -> Intent | None:
    """Return what a text asks of one of the newsletter's slots; None if it names none, or asks nothing of it."""
    slot = next((each for each in named.slots if each in slots), None)
    if slot is None:
        return Intent(CommandName.SLOT, named.slots[0]) if _asks_of_slot_alone(named, context) else None
    if named.is_bare:
        change = _change(read_text(named.text, context), named, context.today)
        return Intent(CommandName.PROPOSE, f"slot {slot} {change}") if change and change != SLOT_OFF else None
    if _NO_MORE.fullmatch(named.bare_text):
        return Intent(CommandName.PROPOSE, f"slot {slot} {SLOT_OFF}")
    if _ALSO_WANTED.fullmatch(named.bare_text):
        return Intent(CommandName.SLOT, slot)
    meaning = read_text(named.text, context)
    if meaning.kind is MeaningKind.PAUSE and pause_day(meaning.values, context.today) is None:
        return Intent(CommandName.SLOT, f"{slot} pause")
    change = _change(meaning, named, context.today)
    if change:
        return Intent(CommandName.PROPOSE, f"slot {slot} {change}")
    if (edition := _edition(meaning, named, slot, context.today)) is not None:
        return edition
    return Intent(CommandName.SLOT, slot) if meaning.kind in _LEADS_TO_SCREEN else None


def _edition(meaning: TextMeaning, named: NamedSlot, slot: str, today: date) -> Intent | None:
    """Return what shows an edition of a slot, or something of it: the one of a day, else the newest (`evening`)."""
    command = _COMMANDS.get(meaning.kind)
    if command is None and named.bare_text not in _DIGEST_ALONE:
        return None
    day = today if meaning.kind is MeaningKind.TODAY else meaning.values.get("day")
    what = item_argument(meaning.values) if meaning.kind is MeaningKind.ITEM else ""
    edition = EditionDay.of(day, slot) if isinstance(day, date) else slot
    return Intent(command or CommandName.DIGEST, f"{edition} {what}".strip())


def _asks_of_slot_alone(named: NamedSlot, context: TextContext) -> bool:
    """Return whether a text wants the editions of a slot, or none of them, which says nothing of the other ones."""
    if _NO_MORE.fullmatch(named.bare_text) or _ALSO_WANTED.fullmatch(named.bare_text):
        return True
    return _change(read_text(named.text, context), named, context.today) == SLOT_OFF


def _change(meaning: TextMeaning, named: NamedSlot, today: date) -> str:
    """Return what becomes of a slot: `off`, `18:45`, `days31 18:45`, `without64`, `pause 2025-10-01`; '' if nothing."""
    if meaning.kind is MeaningKind.UNSUBSCRIBE:
        return SLOT_OFF
    if meaning.kind is MeaningKind.RESUME:
        return "resume"
    if meaning.kind is MeaningKind.PAUSE:
        day = pause_day(meaning.values, today)
        return "" if day is None else f"pause {day}"
    if meaning.kind not in (MeaningKind.TIME, MeaningKind.WEEKDAYS, MeaningKind.WEEKDAYS_OFF):
        return ""
    is_off = meaning.kind is MeaningKind.WEEKDAYS_OFF
    minute = next((meaning.values[name] for name in ("time", "clock") if name in meaning.values), None)
    parts = [f"{SLOT_WITHOUT if is_off else SLOT_DAYS}{meaning.values['days']}"] if "days" in meaning.values else []
    if isinstance(minute, int):
        is_second_half = minute in named.second_half and not _SAYS_FIRST_HALF.search(named.text)
        minute += _NOON if is_second_half else 0
        parts.append(format_time(minute))
    return " ".join(parts)
