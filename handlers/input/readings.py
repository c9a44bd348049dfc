"""What a text means: a kind of reading and its arguments, by the phrases of `phrases.toml`.

whole text, then its clauses -> requests -> conversation -> words of praise or complaint -> a search for the text
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from domain.subscription.calendar import EVERY_DAY
from handlers.input.grammar import Captures, Phrase, Scan, WordChoice, parse_phrase
from handlers.input.slots import MOST_CHARACTERS, Surroundings, search_words, split_words
from handlers.input.written_forms import WrittenForm, clauses, whole_form, with_digits, without_separators

MAX_CHARACTERS = 160
"""Longest text that is read; a longer one is nothing that was said to a bot."""

_LONGEST_WORD = 24

_SLOT_NAMES = {"zone": "place", "num": "n", "nth": "n", "offday": "span"}
"""Slots that give the same value as another."""


class ReadingKind(StrEnum):
    """What people ask for, or say."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PAUSE = "pause"
    RESUME = "resume"
    STATUS = "status"
    SETTINGS = "settings"
    UNDO = "undo"
    TIME = "time"
    WEEKDAYS = "weekdays"
    WEEKDAYS_OFF = "weekdays_off"
    ADD_WEEKDAYS = "add_weekdays"
    TIME_ZONE = "time_zone"
    ONLY = "only"
    MUTE = "mute"
    UNMUTE = "unmute"
    LANGUAGE = "language"
    LAYOUT = "layout"
    SOUND = "sound"
    TODAY = "today"
    LATEST = "latest"
    DAY = "day"
    ITEM = "item"
    ITEM_RANGE = "item_range"
    CATEGORIES = "categories"
    CATEGORY = "category"
    COMMENTARY = "commentary"
    SEARCH = "search"
    RECAP = "recap"
    SAVE = "save"
    SAVED = "saved"
    SHARE = "share"
    FEEDBACK_MORE = "feedback_more"
    FEEDBACK_LESS = "feedback_less"
    EXPORT_DATA = "export_data"
    ERASE_DATA = "erase_data"
    PRIVACY = "privacy"
    HELP = "help"
    WHO_ARE_YOU = "who_are_you"
    THANKS = "thanks"
    GREETING = "greeting"
    PRAISE = "praise"
    COMPLAINT = "complaint"
    EMOJI_ONLY = "emoji_only"
    UNKNOWN = "unknown"


CONVERSATION = frozenset(
    {
        ReadingKind.HELP,
        ReadingKind.WHO_ARE_YOU,
        ReadingKind.THANKS,
        ReadingKind.GREETING,
        ReadingKind.PRAISE,
        ReadingKind.COMPLAINT,
    }
)
_WHOLE_ONLY = frozenset(
    {ReadingKind.ITEM, ReadingKind.SEARCH, ReadingKind.CATEGORY, ReadingKind.LATEST, ReadingKind.HELP}
)
"""Read only as the whole text: as a clause of a longer one they are rarely meant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means. Values are by the names of the slots; words are as they were typed.

    It `is_guess` if nothing was understood: perhaps an edition has the words.
    """

    kind: ReadingKind
    values: Mapping[str, object] = field(default_factory=dict)
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class _PhraseGroup:
    kind: ReadingKind
    values: Mapping[str, object]
    reads_words: bool
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class _Cue:
    kind: ReadingKind
    values: Mapping[str, object]
    has: tuple[WordChoice, ...]
    lacks: WordChoice
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Grammar:
    entries: tuple[_PhraseGroup, ...]
    cues: tuple[_Cue, ...]
    before: WordChoice
    after: WordChoice
    vocabulary: frozenset[str]
    keywords: Mapping[ReadingKind, tuple[str, ...]]
    weak_keywords: Mapping[ReadingKind, tuple[str, ...]]


def read_text(text: str, surroundings: Surroundings) -> Reading:
    """Return what a text means."""
    stripped = text.strip()
    if not stripped or len(stripped) > MAX_CHARACTERS:
        return Reading(ReadingKind.UNKNOWN, is_guess=True)
    grammar = _load_grammar()
    if (pressed := _keycap(stripped)) is not None:
        return Reading(ReadingKind.ITEM, {"n": pressed})
    if _is_emoji_only(stripped) and stripped.rstrip("\ufe0f") != "🔕":
        return Reading(ReadingKind.EMOJI_ONLY)
    whole = whole_form(without_separators(stripped))
    if _is_quoted(stripped) or not whole.text:
        return Reading(ReadingKind.SEARCH, {"query": stripped}, is_guess=True)
    parts = [part for part in clauses(stripped) if part.text != whole.text]
    requests = frozenset(ReadingKind) - CONVERSATION
    tries = ([whole], requests), (parts, requests - _WHOLE_ONLY), ([whole, *parts], CONVERSATION)
    for forms, kinds in tries:
        matchers = [_Matcher(form, grammar, surroundings) for form in forms]
        for entry in grammar.entries:
            if entry.kind in kinds:
                for matcher in matchers:
                    if (reading := matcher.read(entry)) is not None:
                        return _unless_for_a_while(reading, whole, surroundings)
    reading = (
        _by_keyword(whole.text, grammar.keywords)
        or read_cues(whole, parts or [whole], grammar.cues, surroundings)
        or _by_keyword(whole.text, grammar.weak_keywords)
    )
    return reading or Reading(ReadingKind.SEARCH, {"query": _bare(stripped)}, is_guess=True)


class _Matcher:
    """Matches one form of a text, or of a clause, with the entries of the grammar."""

    def __init__(self, form: WrittenForm, grammar: _Grammar, surroundings: Surroundings) -> None:
        self._form = form
        self._surroundings = surroundings
        digits = with_digits(form.text)
        self._variants = {
            reads_words: _Variant(Scan(text, surroundings.read_slot), grammar)
            for reads_words, text in ((True, form.text), (False, digits))
        }

    def read(self, entry: _PhraseGroup) -> Reading | None:
        """Return the reading of an entry, or None if none of its phrases matches."""
        variant = self._variants[entry.reads_words]
        for phrase in entry.phrases:
            if phrase.may_match(variant.words):
                captures = phrase.match(variant.scan, variant.starts, variant.ends)
                if captures is not None:
                    return _reading(entry, captures, variant.scan, self._form, self._surroundings)
        return None


class _Variant:
    """A text, the words of the grammar that occur in it, and where a phrase may begin and end."""

    def __init__(self, scan: Scan, grammar: _Grammar) -> None:
        self.scan, text = scan, scan.text
        self.words = {
            text[start:end]
            for start in range(len(text))
            for end in range(start + 1, min(len(text), start + _LONGEST_WORD) + 1)
            if text[start:end] in grammar.vocabulary
        }
        self.starts = _reachable(scan, grammar.before)
        self.ends = {len(text) - at for at in _reachable(Scan(text[::-1], scan.read_slot), grammar.after)}


def _reachable(scan: Scan, fillers: WordChoice) -> list[int]:
    """Return the positions after any number of fillers, the first one first."""
    found, new = [0], [0]
    while new:
        after = fillers.follow(scan, dict.fromkeys(new, ()))
        skipped = [at + (scan.text[at : at + 1] == " ") for at in after]
        new = [at for at in skipped if at not in found and at <= len(scan.text)]
        found += new
    return found


def _reading(
    entry: _PhraseGroup, captures: Captures, scan: Scan, form: WrittenForm, surroundings: Surroundings
) -> Reading:
    values = dict(entry.values)
    for slot, start, end in captures:
        value = scan.value(slot, start, end)
        if slot in ("words", "query", "place", "category", "zone"):
            value = _as_typed(slot, form, start, end) if entry.reads_words else scan.text[start:end]
        values[_SLOT_NAMES.get(slot, slot)] = value
    if entry.kind is ReadingKind.WEEKDAYS_OFF:
        days = values["days"]
        left_out = days if isinstance(days, int) else 0
        return Reading(ReadingKind.WEEKDAYS, {**values, "days": EVERY_DAY & ~left_out or EVERY_DAY})
    if entry.kind is ReadingKind.WEEKDAYS and "clock" in values:
        values["time"] = values.pop("clock")
    if entry.kind is ReadingKind.DAY and values.get("day") == surroundings.today:
        return Reading(ReadingKind.TODAY)
    if entry.kind is ReadingKind.DAY and "day" not in values:
        values["day"] = surroundings.today - timedelta(days=1)
    return Reading(entry.kind, values)


def _as_typed(slot: str, form: WrittenForm, start: int, end: int) -> object:
    typed = form.as_typed(start, end)
    if slot == "words":
        return split_words(typed)
    return search_words(typed) if slot == "query" else typed


def _by_keyword(text: str, keywords: Mapping[ReadingKind, tuple[str, ...]]) -> Reading | None:
    """Return what the first keyword says; a word of praise that is denied is a complaint."""
    for kind, words in keywords.items():
        if (word := next((word for word in words if word in text), None)) is not None:
            is_denied = kind is ReadingKind.PRAISE and _DENIED.search(text[: text.index(word)]) is not None
            return Reading(ReadingKind.COMPLAINT if is_denied else kind)
    return None


_DENIED = re.compile(
    r"(?:不|不太|不够|不怎么|没什么|没有|\b(?:not|isnt|wasnt|arent|never|hardly)(?: very| so| that| really)?) ?$"
)


def _keycap(text: str) -> int | None:
    """Return the number of a keycap emoji."""
    return int(text[0]) if len(text) in (2, 3) and text[0].isdecimal() and text.endswith("\u20e3") else None


def _is_emoji_only(text: str) -> bool:
    return not any(sign.isalnum() or sign in "?？!！.。,，#+-~…" for sign in text)


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] in '"“「『' and text[-1] in '"”」』'


def _bare(text: str) -> str:
    return text.strip(" \n?!。？！.,，~～")


@lru_cache(maxsize=1)
def _load_grammar() -> _Grammar:
    source = tomllib.loads((files("handlers.input") / "phrases.toml").read_text(encoding="utf-8"))
    classes = {name: WordChoice.of(words) for name, words in source["words"].items()}
    entries = tuple(_entries(source["reading"], classes))
    vocabulary = frozenset(
        word for entry in entries for phrase in entry.phrases for words in phrase.required for word in words
    )
    keywords, weak_keywords = (
        {ReadingKind(kind): tuple(words) for kind, words in source[name].items()}
        for name in ("keywords", "weak_keywords")
    )
    before, after = source["fillers"]["before"], source["fillers"]["after"]
    cues = tuple(_cues(source["cue"]))
    return _Grammar(
        entries=entries,
        cues=cues,
        before=WordChoice.of(before),
        after=WordChoice.of(word[::-1] for word in after),
        vocabulary=vocabulary,
        keywords=keywords,
        weak_keywords=weak_keywords,
    )


def _entries(source: list[dict[str, object]], classes: Mapping[str, WordChoice]) -> Iterator[_PhraseGroup]:
    for entry in source:
        phrases, values = entry["phrases"], entry.get("values", {})
        if not isinstance(phrases, list) or not isinstance(values, dict):
            raise TypeError("a reading has a list of phrases, and perhaps values")
        parsed = tuple(parse_phrase(phrase, classes, MOST_CHARACTERS) for phrase in phrases)
        yield _PhraseGroup(ReadingKind(str(entry["kind"])), values, bool(entry.get("words")), parsed)


def _cues(source: list[dict[str, object]]) -> Iterator[_Cue]:
    for cue in source:
        has, lacks, values = cue["has"], cue.get("not", []), cue.get("values", {})
        if not isinstance(has, list) or not isinstance(lacks, list) or not isinstance(values, dict):
            raise TypeError("a cue has groups of words")
        slots = tuple(str(cue[name]) for name in ("slot", "slot_too") if name in cue)
        yield _Cue(ReadingKind(str(cue["kind"])), values, tuple(map(WordChoice.of, has)), WordChoice.of(lacks), slots)


_FOR_A_WHILE = re.compile(
    r"先|暂时|暂停|这几天|这两天|这阵子|最近|今天|明天"
    r"|for now|temporarily|for a (?:while|bit)|until|till|this week|tomorrow|today"
)


def _unless_for_a_while(reading: Reading, whole: WrittenForm, surroundings: Surroundings) -> Reading:
    """Return a pause for a wish to leave that names a time, or is for now only; else the reading."""
    if reading.kind is not ReadingKind.UNSUBSCRIBE:
        return reading
    length = _longest(Scan(with_digits(whole.text), surroundings.read_slot), "pause")
    if length is not None:
        return Reading(ReadingKind.PAUSE, {"pause": length})
    return Reading(ReadingKind.PAUSE) if _FOR_A_WHILE.search(whole.text) else reading


def read_cues(
    whole: WrittenForm, parts: list[WrittenForm], cues: tuple[_Cue, ...], surroundings: Surroundings
) -> Reading | None:
    """Return the reading of the first cue that holds for a text."""
    scan = Scan(with_digits(whole.text), surroundings.read_slot)
    for cue in cues:
        if _find(scan, cue.lacks) is not None or any(_find(scan, words) is None for words in cue.has):
            continue
        values: dict[str, object] = dict(cue.values)
        found = [_slot_value(slot, cue, scan, parts, surroundings) for slot in cue.slots]
        if cue.slots and (not found or found[0] is None):
            continue
        values |= dict(filter(None, found))
        if "item_number" in cue.slots and "n" not in values:
            continue
        if cue.kind is ReadingKind.WEEKDAYS and values.get("days") == EVERY_DAY and "clock" not in values:
            continue  # "every day" within a longer sentence seldom says when to deliver
        return _finished(cue.kind, values, surroundings)
    return None


def _finished(kind: ReadingKind, values: dict[str, object], surroundings: Surroundings) -> Reading:
    if kind is ReadingKind.WEEKDAYS_OFF:
        days = values["days"]
        return Reading(
            ReadingKind.WEEKDAYS, {**values, "days": EVERY_DAY & ~(days if isinstance(days, int) else 0) or EVERY_DAY}
        )
    if kind is ReadingKind.DAY and values.get("day") == surroundings.today:
        return Reading(ReadingKind.TODAY)
    return Reading(kind, values)


def _find(scan: Scan, words: WordChoice) -> tuple[int, int] | None:
    """Return where the first of the words stands in a text, at its earliest place."""
    for start in range(len(scan.text)):
        ends = words.follow(scan, {start: ()})
        if ends:
            return start, max(ends)
    return None


def _slot_value(
    slot: str, cue: _Cue, scan: Scan, parts: list[WrittenForm], surroundings: Surroundings
) -> tuple[str, object] | None:
    if slot in ("after", "before", "between"):
        return _words_beside(slot, cue, parts, surroundings)
    if slot == "item_number":
        value = _longest(scan, "item_text")
        return None if value is None else ("n", value)
    if slot == "place_in":
        place = _place_in(parts, surroundings)
        return None if place is None else ("place", place)
    if slot == "time_after":
        for words in cue.has:
            found = _find(scan, words)
            value = None if found is None else _longest(scan, "time", start=found[1])
            if value is not None:
                return "time", value
        return None
    value = _longest(scan, slot)
    return None if value is None else (slot, value)


def _longest(scan: Scan, slot: str, *, start: int = 0) -> object | None:
    """Return the value of the longest part of a text that a slot reads; of equally long ones the last."""
    best: tuple[int, int, object] | None = None
    for first in range(start, len(scan.text)):
        if not scan.is_boundary(first) or scan.text[first] == " ":
            continue
        for end in range(first + 1, min(len(scan.text), first + MOST_CHARACTERS[slot]) + 1):
            if not scan.is_boundary(end) or scan.text[end - 1] == " ":
                continue
            value = scan.value(slot, first, end)
            if value is not None and (best is None or (end - first, end) >= best[:2]):
                best = end - first, end, value
    return None if best is None else best[2]


def _words_beside(
    slot: str, cue: _Cue, parts: list[WrittenForm], surroundings: Surroundings
) -> tuple[str, object] | None:
    """Return the words beside the cue in the clause that has it, as they were typed."""
    name = "query" if cue.kind is ReadingKind.SEARCH else "words"
    for form in parts:
        scan = Scan(form.text, surroundings.read_slot)
        found = _find(scan, cue.has[0])
        if found is None:
            continue
        start, end = (0, found[0]) if slot == "before" else (found[1], len(form.text))
        start, end = trimmed(form.text, start, end)
        if start < end and scan.value(name, start, end) is not None:
            return name, _as_typed(name, form, start, end)
    return None


_IDLE_BEFORE = re.compile(
    r"^(?:[\s,的了点些]|关于|有关|任何|什么|那些|这些|那个|这个|所有|any |all |the |about |on |of |with |that |this "
    r"|those |these |anything |everything |news |stuff |more |so many |for |to see |to read |in )+"
)
_IDLE_AFTER = re.compile(
    r"(?:[\s,的了吧啊呢吗嘛呀啦]|新闻|内容|消息|东西|相关|有关|报道|谢谢|在哪里?|哪天|那条|以后|能不能|就|又|也|请|还是"
    r"| news| stuff| stories| items| please| pls| thanks| thx| anymore| any more| now| lately| recently| again| in it"
    r"| last week| yesterday| at all| articles| for me| from now on| ok| today| content| things| it| is|,.*)+$"
)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without idle words at its ends."""
    if before := _IDLE_BEFORE.match(text[start:end]):
        start += before.end()
    if after := _IDLE_AFTER.search(text[start:end]):
        end = start + after.start()
    return start, end


def _place_in(parts: list[WrittenForm], surroundings: Surroundings) -> str | None:
    """Return the longest name of a place in a clause, as it was typed."""
    for form in parts:
        text = form.text
        scan = Scan(text, surroundings.read_slot)
        spans = [
            (start, end)
            for start in range(len(text))
            for end in range(start + 2, min(len(text), start + 24) + 1)
            if scan.is_boundary(start) and scan.is_boundary(end) and text[start] != " " and text[end - 1] != " "
        ]
        for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
            if surroundings.is_place(text[start:end]):
                return form.as_typed(start, end)
    return None
