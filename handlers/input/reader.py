"""What a text means: a kind of reading and its arguments, by the phrases of `phrases.toml`.

whole text, then its clauses -> requests -> conversation -> words of praise or complaint -> a search for the text
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial
from itertools import chain, takewhile
from threading import Lock

from domain.subscription.calendar import EVERY_DAY
from handlers.input.cues import find_words, read_cues, read_slots
from handlers.input.examples import load_examples, read_by_example
from handlers.input.grammar import Captures, Scan, WordChoice
from handlers.input.phrases import Grammar, PhraseGroup, load_grammar
from handlers.input.readings import Reading, ReadingKind, complete
from handlers.input.slots import Surroundings, longest_value, split_words, words_as_typed
from handlers.input.written_forms import (
    WrittenForm,
    clauses,
    whole_form,
    with_digits,
    without_decoration,
    without_separators,
)

MAX_CHARACTERS = 160
"""Longest text that is read; a longer one is nothing that was said to a bot."""

_LONGEST_WORD = 24

_SLOT_NAMES = {"zone": "place", "num": "n", "nth": "n"}
"""Slots that give the same value as another."""


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


_preparing = Lock()


def is_prepared() -> bool:
    """Return whether the phrases and examples have been read, so that `read_text` takes no more than milliseconds."""
    return all(load.cache_info().currsize for load in (load_grammar, load_examples))


def prepare() -> None:
    """Read the phrases and examples, once: half a second of work for a thread, not for an event loop."""
    with _preparing:
        load_grammar()
        load_examples()


def read_text(text: str, surroundings: Surroundings) -> Reading:
    """Return what a text means."""
    stripped = text.strip()
    if not stripped or len(stripped) > MAX_CHARACTERS:
        return Reading(ReadingKind.UNKNOWN, is_guess=True)
    grammar = load_grammar()
    if (pressed := _keycap(stripped)) is not None:
        return Reading(ReadingKind.ITEM, {"n": pressed})
    if _is_emoji_only(stripped) and stripped.rstrip("\ufe0f") != "🔕":
        return Reading(ReadingKind.EMOJI_ONLY)
    stripped = without_decoration(stripped)
    whole = whole_form(without_separators(stripped))
    joined = whole_form(without_separators(stripped, blanks_separate=False))
    if _is_quoted(stripped) or not whole.text:
        return Reading(ReadingKind.SEARCH, {"query": stripped}, is_guess=True)
    parts = [part for part in clauses(stripped) if part.text != whole.text]
    wholes = [whole] if joined.text == whole.text else [joined, whole]
    reading = (
        _by_phrases(wholes, parts, grammar, surroundings)
        or read_cues(whole, parts or [whole], grammar.strong_cues, surroundings)
        or _by_keyword(whole.text, grammar.keywords)
        or read_cues(whole, parts or [whole], grammar.cues, surroundings)
        or _by_keyword(whole.text, grammar.weak_keywords)
        or read_by_example(whole, parts or [whole], surroundings)
        or Reading(ReadingKind.SEARCH, {"query": _bare(stripped)}, is_guess=True)
    )
    reading = _with_words_listed(reading, parts, surroundings)
    return _in_second_half(_of_whole_week(_unless_for_a_while(reading, whole, surroundings), whole), whole)


def _by_phrases(
    wholes: list[WrittenForm], parts: list[WrittenForm], grammar: Grammar, surroundings: Surroundings
) -> Reading | None:
    """Return what the first phrase says that matches the text, else one that matches a clause."""
    requests = frozenset(ReadingKind) - CONVERSATION
    of_wholes = [_Matcher(form, grammar, surroundings) for form in wholes]
    if (reading := _first_reading(requests, of_wholes, grammar)) is not None:
        return _with_slots_beside(reading, wholes[-1], parts, surroundings)
    of_parts = [_Matcher(form, grammar, surroundings) for form in parts]
    if (reading := _first_reading(requests - _WHOLE_ONLY, of_parts, grammar)) is not None:
        return _with_other_half(_with_slots_beside(reading, wholes[-1], parts, surroundings), of_parts, grammar)
    if (reading := _first_reading(CONVERSATION, of_wholes, grammar)) is not None:
        return reading
    peeled = [form for form in (without_fillers(whole, grammar, surroundings) for whole in wholes) if form is not None]
    for form in peeled:
        if (reading := read_cues(form, [form], grammar.cues, surroundings)) is not None:
            return reading
    return _first_reading(CONVERSATION, of_parts, grammar)


_SLOTS_BESIDE: Mapping[ReadingKind, tuple[str, ...]] = {
    ReadingKind.PAUSE: ("pause", "offday"),
    ReadingKind.TIME: ("clock",),
    ReadingKind.TIME_ZONE: ("place_in",),
    ReadingKind.FEEDBACK_MORE: ("item_number",),
    ReadingKind.FEEDBACK_LESS: ("item_number",),
    ReadingKind.SAVE: ("item_number",),
    ReadingKind.SHARE: ("item_number",),
}


def _with_slots_beside(
    reading: Reading, whole: WrittenForm, parts: list[WrittenForm], surroundings: Surroundings
) -> Reading:
    """Return a reading without a slot with what stands elsewhere in the text: `先别发，我下周三才回来`."""
    slots = _SLOTS_BESIDE.get(reading.kind, ())
    if not slots or reading.values or len(parts) < 2:
        return reading
    for slot in slots:
        if values := read_slots((slot,), whole, parts, surroundings):
            return Reading(reading.kind, values)
    return reading


_DAYS = frozenset({ReadingKind.WEEKDAYS, ReadingKind.WEEKDAYS_OFF})


def _with_other_half(reading: Reading, of_parts: list[_Matcher], grammar: Grammar) -> Reading:
    """Return days with the time that another clause tells, or a time with its days: `改成七点半，周末别发`."""
    if reading.kind not in {ReadingKind.TIME, *_DAYS}:
        return reading
    is_time = reading.kind is ReadingKind.TIME
    other = _first_reading(_DAYS if is_time else {ReadingKind.TIME}, of_parts, grammar)
    if other is None:
        return reading
    values = {**other.values, **reading.values}
    has_both = "days" in values and ("clock" in values or "time" in values)
    return Reading(other.kind if is_time else reading.kind, values) if has_both else reading


def without_fillers(form: WrittenForm, grammar: Grammar, surroundings: Surroundings) -> WrittenForm | None:
    """Return a text without the polite words at its ends; None if there are none, or nothing else."""
    variant = _Variant(Scan(form.text, surroundings.read_slot), grammar, reads_words=True)
    start, end = max(variant.starts), min(variant.ends)
    if start >= end or end - start == len(form.text):
        return None
    return WrittenForm(form.text[start:end], form.typed, form.positions[start:end])


def _first_reading(kinds: Collection[ReadingKind], matchers: list[_Matcher], grammar: Grammar) -> Reading | None:
    for entry in grammar.entries:
        if entry.kind in kinds:
            for matcher in matchers:
                if (reading := matcher.read(entry)) is not None:
                    return reading
    return None


class _Matcher:
    """Matches one form of a text, or of a clause, with the entries of the grammar."""

    def __init__(self, form: WrittenForm, grammar: Grammar, surroundings: Surroundings) -> None:
        self._form = form
        self._surroundings = surroundings
        digits = with_digits(form.text)
        self._variants = {
            reads_words: _Variant(Scan(text, surroundings.read_slot), grammar, reads_words=reads_words)
            for reads_words, text in ((True, form.text), (False, digits))
        }

    def read(self, entry: PhraseGroup) -> Reading | None:
        """Return the reading of an entry, or None if none of its phrases matches."""
        variant = self._variants[entry.reads_words]
        for phrase in variant.phrases.get(entry.number, ()):
            captures = phrase.match(variant.scan, variant.starts, variant.ends)
            if captures is not None:
                return _reading(entry, captures, variant.scan, self._form, self._surroundings)
        return None


class _Variant:
    """A text, the phrases that may match it, and where a phrase may begin and end."""

    def __init__(self, scan: Scan, grammar: Grammar, *, reads_words: bool) -> None:
        self.scan, text = scan, scan.text
        words = {
            text[start:end]
            for start in range(len(text))
            for end in range(start + 1, min(len(text), start + _LONGEST_WORD) + 1)
            if text[start:end] in grammar.vocabulary
        }
        self.phrases = grammar.possible(words, reads_words=reads_words)
        self.starts = [at for at in _reachable(scan, grammar.before) if not _is_amid_question(text, at)]
        self.ends = {len(text) - at for at in _reachable(Scan(text[::-1], scan.read_slot), grammar.after)}


def _is_amid_question(text: str, at: int) -> bool:
    """Return whether a position is before the `不` of `能不能` or `可不可以`, which denies nothing."""
    return 0 < at < len(text) - 1 and text[at] == "不" and text[at - 1] == text[at + 1]


_BETWEEN_FILLERS = " ,:"


def _reachable(scan: Scan, fillers: WordChoice) -> list[int]:
    """Return the positions after any number of fillers, the first one first."""
    found, new = [0], [0]
    while new:
        after = fillers.follow(scan, dict.fromkeys(new, ()))
        skipped = [len(scan.text) - len(scan.text[at:].lstrip(_BETWEEN_FILLERS)) for at in after]
        new = [at for at in skipped if at not in found and at <= len(scan.text)]
        found += new
    return found


def _reading(
    entry: PhraseGroup, captures: Captures, scan: Scan, form: WrittenForm, surroundings: Surroundings
) -> Reading:
    values = dict(entry.values)
    for slot, start, end in () if entry.kind in CONVERSATION else captures:
        value = scan.value(slot, start, end)
        if slot in ("words", "query", "place", "category", "zone"):
            value = words_as_typed(slot, form, start, end) if entry.reads_words else scan.text[start:end]
        values[_SLOT_NAMES.get(slot, slot)] = value
    if entry.kind is ReadingKind.WEEKDAYS and "clock" in values:
        values["time"] = values.pop("clock")
    if entry.kind is ReadingKind.SEARCH and not _ASKS_TO_SEARCH.search(scan.text):
        query = str(values.get("query", ""))
        if surroundings.category_named(query) is not None:
            return Reading(ReadingKind.CATEGORY, {"category": query})
    return complete(entry.kind, values, surroundings.today)


_ASKS_TO_SEARCH = re.compile(r"[搜找查]|\b(?:search|find|look|mention)")
"""What asks for a search although the name of a category is searched for."""


def _by_keyword(text: str, keywords: Mapping[ReadingKind, WordChoice]) -> Reading | None:
    """Return what the first keyword says; a word of praise that is denied is a complaint."""
    scan = Scan(text, lambda _slot, _text: None)
    for kind, words in keywords.items():
        if (found := find_words(scan, words)) is not None:
            is_denied = kind is ReadingKind.PRAISE and _DENIED.search(text[: found[0]]) is not None
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


_FOR_A_WHILE = re.compile(
    r"先(?!谢)|暂时|暂停|这几天|这两天|这阵子|最近|[今明]天(?!开始|起)"
    r"|for now|temporarily|for a (?:while|bit)|until|till|this week|tomorrow|today"
)


_ASKS_WHETHER = re.compile(r"^我(?![能可]).*了(?:吗|么|没有?)$")
"""`我取消订阅了吗`: asks what was done, and wants nothing done."""


def _unless_for_a_while(reading: Reading, whole: WrittenForm, surroundings: Surroundings) -> Reading:
    """Return a pause for a wish to leave that names a time, or is for now only; else the reading."""
    if reading.kind in (ReadingKind.UNSUBSCRIBE, ReadingKind.ERASE_DATA) and _ASKS_WHETHER.search(whole.text):
        return Reading(ReadingKind.STATUS)
    if reading.kind is not ReadingKind.UNSUBSCRIBE:
        return reading
    scan = Scan(with_digits(whole.text), surroundings.read_slot)
    if (left_out := longest_value(scan, "offday")) is not None:
        return Reading(ReadingKind.PAUSE, {"offday": left_out})
    length = longest_value(scan, "pause")
    if length is not None:
        return Reading(ReadingKind.PAUSE, {"pause": length})
    return Reading(ReadingKind.PAUSE) if _FOR_A_WHILE.search(whole.text) else reading


_OF_WORDS = frozenset({ReadingKind.MUTE, ReadingKind.UNMUTE, ReadingKind.ONLY})
_MAX_LISTED_CHARACTERS, _MAX_LISTED_WORDS = 8, 3
"""Longest clause that may be one of several words: in Chinese characters, or in words."""
_NO_LISTED_WORD = re.compile(
    r"[的了吧呢吗啊呀我你您他她它们是有在很太最真就也还再都才又被让谢不没别请要]|浪费|无聊|垃圾|反感|一样|[烦腻厌够]"
    r"|\b(?:its?|im|ive|id|my|your|they|he|she|we|but|because|since|sorry|just|too|very|so|really|only|dont|cant|ok)\b"
)


def _with_words_listed(reading: Reading, parts: list[WrittenForm], surroundings: Surroundings) -> Reading:
    """Return words to be muted or chosen with those that commas part from them: `屏蔽芯片，数据`."""
    words = reading.values.get("words")
    if reading.kind not in _OF_WORDS or not isinstance(words, tuple) or len(parts) < 2:
        return reading
    first, last = whole_form(words[0]).text, whole_form(words[-1]).text
    at = next((at for at, part in enumerate(parts) if first in part.text and last in part.text), None)
    if at is None:
        return reading
    before = parts[:at][::-1] if parts[at].text.startswith(first) else []
    after = parts[at + 1 :] if parts[at].text.endswith(last) else []
    listed = (*_listed_words(before, surroundings)[::-1], words, *_listed_words(after, surroundings))
    return Reading(reading.kind, {**reading.values, "words": tuple(dict.fromkeys(chain(*listed)))})


def _listed_words(parts: list[WrittenForm], surroundings: Surroundings) -> list[tuple[str, ...]]:
    """Return the words of each of the first clauses that are no more than names, without polite words around them."""
    grammar = load_grammar()
    bare = [without_fillers(part, grammar, surroundings) or part for part in parts]
    typed = (part.as_typed(0, len(part.text)) for part in takewhile(partial(_is_listed, surroundings), bare))
    return [split_words(part) for part in typed]


def _is_listed(surroundings: Surroundings, part: WrittenForm) -> bool:
    """Return whether a clause is no more than a name: it says nothing by itself."""
    text = part.text
    is_short = len(text.split()) <= _MAX_LISTED_WORDS if text.isascii() else len(text) <= _MAX_LISTED_CHARACTERS
    if not is_short or len(text) < 2 or _NO_LISTED_WORD.search(text):
        return False
    if surroundings.read_slot("words", text) is None:
        return False
    alone = read_text(part.as_typed(0, len(text)), surroundings)
    return alone.is_guess or alone.kind is ReadingKind.CATEGORY


_EVERY_DAY_BUT = re.compile(
    r"除.{1,20}(?:[都全]|其他|其它|其余|别的)"
    r"|\b(?:every ?day|daily|each day|always|(?:all|any)(?: days?)?|everything)[ ,]+"
    r"(?:but|except|excluding|apart|besides|other than|without|not?)\b"
)


def _of_whole_week(reading: Reading, whole: WrittenForm) -> Reading:
    """Return the days that stay of every day for a text that says so, such as `every day but Sunday`."""
    left_out = reading.values.get("days")
    if reading.kind is not ReadingKind.WEEKDAYS_OFF or not isinstance(left_out, int):
        return reading
    left = EVERY_DAY & ~left_out
    if not left or _EVERY_DAY_BUT.search(whole.text) is None:
        return reading
    return Reading(ReadingKind.WEEKDAYS, {**reading.values, "days": left})


_NOON = 12 * 60
_SECOND_HALF = re.compile(
    r"晚上|傍晚|晚饭|晚餐|下班|睡前|睡觉前|下午"
    r"|\b(?:evenings?|tonight|afternoons?|after work|(?:before|after) (?:dinner|bed)|bedtime)\b"
)
_NOT_SECOND_HALF = re.compile(
    r"早|上午|凌晨|中午|半夜|起床|太|[别不没]"
    r"|\d ?am\b|\b0\d:|\b(?:mornings?|breakfast|wake|get up|too|not|no|dont|cant|instead|rather|than)\b"
)


def _in_second_half(reading: Reading, whole: WrittenForm) -> Reading:
    """Return a time in the half of the day that the rest of the text names: `我晚上看，十点发`."""
    if reading.kind not in {ReadingKind.TIME, *_DAYS}:
        return reading
    if not _SECOND_HALF.search(whole.text) or _NOT_SECOND_HALF.search(whole.text):
        return reading
    later = {
        name: minute + _NOON
        for name, minute in reading.values.items()
        if name in ("time", "clock") and isinstance(minute, int) and 60 <= minute < _NOON
    }
    return Reading(reading.kind, {**reading.values, **later})
