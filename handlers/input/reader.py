"""Tell what a text means: its kind and its arguments, by the phrases of `phrases.toml`.

whole text, then its clauses -> requests -> conversation -> words of praise or complaint -> a search for the text
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, takewhile
from threading import Lock

from domain.subscription.calendar import EVERY_DAY
from handlers.input.cues import find_words, read_cues, read_placeholders
from handlers.input.examples import load_examples, read_by_example
from handlers.input.grammar import Captures, Scan, WordChoice
from handlers.input.meanings import MeaningKind, TextMeaning, complete
from handlers.input.phrases import Grammar, PhraseGroup, load_grammar
from handlers.input.placeholders import TextContext, longest_value, split_words, words_as_typed
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

_PLACEHOLDER_NAMES = {"zone": "place", "num": "n", "nth": "n", "nth_from_end": "from_end"}
"""Placeholders that give the same value as another."""


CONVERSATION = frozenset(
    {
        MeaningKind.HELP,
        MeaningKind.WHO_ARE_YOU,
        MeaningKind.THANKS,
        MeaningKind.GREETING,
        MeaningKind.PRAISE,
        MeaningKind.COMPLAINT,
    }
)
_WHOLE_ONLY = frozenset(
    {MeaningKind.ITEM, MeaningKind.SEARCH, MeaningKind.CATEGORY, MeaningKind.LATEST, MeaningKind.HELP}
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


def read_text(text: str, context: TextContext) -> TextMeaning:
    """Return what a text means."""
    stripped = text.strip()
    if not stripped or len(stripped) > MAX_CHARACTERS:
        return TextMeaning(MeaningKind.UNKNOWN, is_guess=True)
    context = replace(context)  # with nothing read so far: the limit is one of each reading
    grammar = load_grammar()
    if (pressed := _keycap(stripped)) is not None:
        return TextMeaning(MeaningKind.ITEM, {"n": pressed})
    if _is_emoji_only(stripped) and stripped.rstrip("\ufe0f") != "🔕":
        return TextMeaning(MeaningKind.EMOJI_ONLY)
    stripped = without_decoration(stripped)
    whole = whole_form(without_separators(stripped))
    joined = whole_form(without_separators(stripped, blanks_separate=False))
    if _is_quoted(stripped) or not whole.text:
        return TextMeaning(MeaningKind.SEARCH, {"query": stripped}, is_guess=True)
    parts = [part for part in clauses(stripped) if part.text != whole.text]
    wholes = [whole] if joined.text == whole.text else [joined, whole]
    meaning = (
        _by_phrases(wholes, parts, grammar, context)
        or read_cues(whole, parts or [whole], grammar.strong_cues, context)
        or _by_keyword(whole.text, grammar.keywords)
        or read_cues(whole, parts or [whole], grammar.cues, context)
        or _by_keyword(whole.text, grammar.weak_keywords)
        or read_by_example(whole, parts or [whole], context)
        or TextMeaning(MeaningKind.SEARCH, {"query": _bare(stripped)}, is_guess=True)
    )
    meaning = _with_words_listed(meaning, parts, context)
    return _in_second_half(_of_whole_week(_unless_for_a_while(meaning, whole, context), whole), whole)


def _by_phrases(
    wholes: list[WrittenForm], parts: list[WrittenForm], grammar: Grammar, context: TextContext
) -> TextMeaning | None:
    """Return what the first phrase says that matches the text, else one that matches a clause."""
    requests = frozenset(MeaningKind) - CONVERSATION
    of_wholes = [_Matcher(form, grammar, context) for form in wholes]
    if (meaning := _first_meaning(requests, of_wholes, grammar)) is not None:
        return _with_placeholders_beside(meaning, wholes[-1], parts, context)
    of_parts = [_Matcher(form, grammar, context) for form in parts]
    if (meaning := _first_meaning(requests - _WHOLE_ONLY, of_parts, grammar)) is not None:
        return _with_other_half(_with_placeholders_beside(meaning, wholes[-1], parts, context), of_parts, grammar)
    if (meaning := _first_meaning(CONVERSATION, of_wholes, grammar)) is not None:
        return meaning
    peeled = [form for form in (without_fillers(whole, grammar, context) for whole in wholes) if form is not None]
    for form in peeled:
        if (meaning := read_cues(form, [form], grammar.cues, context)) is not None:
            return meaning
    return _first_meaning(CONVERSATION, of_parts, grammar)


_PLACEHOLDERS_BESIDE: Mapping[MeaningKind, tuple[str, ...]] = {
    MeaningKind.PAUSE: ("pause", "offday"),
    MeaningKind.TIME: ("clock",),
    MeaningKind.TIME_ZONE: ("place_in",),
    MeaningKind.FEEDBACK_MORE: ("item_number",),
    MeaningKind.FEEDBACK_LESS: ("item_number",),
    MeaningKind.SAVE: ("item_number",),
    MeaningKind.SHARE: ("item_number",),
}


def _with_placeholders_beside(
    meaning: TextMeaning, whole: WrittenForm, parts: list[WrittenForm], context: TextContext
) -> TextMeaning:
    """Return a meaning without a placeholder with what stands elsewhere in the text: `先别发，我下周三才回来`."""
    placeholders = _PLACEHOLDERS_BESIDE.get(meaning.kind, ())
    if not placeholders or meaning.values or len(parts) < 2:
        return meaning
    for placeholder in placeholders:
        if values := read_placeholders((placeholder,), whole, parts, context):
            return TextMeaning(meaning.kind, values)
    return meaning


_DAYS = frozenset({MeaningKind.WEEKDAYS, MeaningKind.WEEKDAYS_OFF})


def _with_other_half(meaning: TextMeaning, of_parts: list[_Matcher], grammar: Grammar) -> TextMeaning:
    """Return days with the time that another clause tells, or a time with its days: `改成七点半，周末别发`."""
    if meaning.kind not in {MeaningKind.TIME, *_DAYS}:
        return meaning
    is_time = meaning.kind is MeaningKind.TIME
    other = _first_meaning(_DAYS if is_time else {MeaningKind.TIME}, of_parts, grammar)
    if other is None:
        return meaning
    values = {**other.values, **meaning.values}
    has_both = "days" in values and ("clock" in values or "time" in values)
    return TextMeaning(other.kind if is_time else meaning.kind, values) if has_both else meaning


def without_fillers(form: WrittenForm, grammar: Grammar, context: TextContext) -> WrittenForm | None:
    """Return a text without the polite words at its ends; None if there are none, or nothing else."""
    variant = _Variant(Scan(form.text, context.read_placeholder), grammar, reads_words=True)
    start, end = max(variant.starts), min(variant.ends)
    if start >= end or end - start == len(form.text):
        return None
    return WrittenForm(form.text[start:end], form.typed, form.positions[start:end])


def _first_meaning(kinds: Collection[MeaningKind], matchers: list[_Matcher], grammar: Grammar) -> TextMeaning | None:
    for entry in grammar.entries:
        if entry.kind in kinds:
            for matcher in matchers:
                if (meaning := matcher.read(entry)) is not None:
                    return meaning
    return None


class _Matcher:
    """Matches one form of a text, or of a clause, with the entries of the grammar."""

    def __init__(self, form: WrittenForm, grammar: Grammar, context: TextContext) -> None:
        self._form = form
        self._context = context
        digits = with_digits(form.text)
        self._variants = {
            reads_words: _Variant(Scan(text, context.read_placeholder), grammar, reads_words=reads_words)
            for reads_words, text in ((True, form.text), (False, digits))
        }

    def read(self, entry: PhraseGroup) -> TextMeaning | None:
        """Return the meaning of an entry, or None if none of its phrases matches."""
        variant = self._variants[entry.reads_words]
        for phrase in variant.phrases.get(entry.number, ()):
            captures = phrase.match(variant.scan, variant.starts, variant.ends)
            if captures is not None:
                return _meaning(entry, captures, variant.scan, self._form, self._context)
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
        self.ends = {len(text) - at for at in _reachable(Scan(text[::-1], scan.read_placeholder), grammar.after)}


def _is_amid_question(text: str, at: int) -> bool:
    """Return whether a position is before the `不` of `能不能` or `可不可以`, which denies nothing."""
    return 0 < at < len(text) - 1 and text[at] == "不" and text[at - 1] == text[at + 1]


_BETWEEN_FILLERS = " ,:"

_MOST_FILLERS = 8
"""Fillers in a row that are skipped: after each a phrase may begin, and its placeholders are read there too."""


def _reachable(scan: Scan, fillers: WordChoice) -> list[int]:
    """Return the positions after some fillers, or none, the first one first."""
    found, new = [0], [0]
    for _ in range(_MOST_FILLERS):
        after = fillers.follow(scan, dict.fromkeys(new, ()))
        skipped = [len(scan.text) - len(scan.text[at:].lstrip(_BETWEEN_FILLERS)) for at in after]
        new = [at for at in skipped if at not in found and at <= len(scan.text)]
        found += new
    return found


def _meaning(
    entry: PhraseGroup, captures: Captures, scan: Scan, form: WrittenForm, context: TextContext
) -> TextMeaning:
    values = dict(entry.values)
    for placeholder, start, end in () if entry.kind in CONVERSATION else captures:
        value = scan.value(placeholder, start, end)
        if placeholder in ("words", "query", "place", "category", "zone"):
            value = words_as_typed(placeholder, form, start, end) if entry.reads_words else scan.text[start:end]
        values[_PLACEHOLDER_NAMES.get(placeholder, placeholder)] = value
    if entry.kind is MeaningKind.WEEKDAYS and "clock" in values:
        values["time"] = values.pop("clock")
    if entry.kind is MeaningKind.SEARCH and not _ASKS_TO_SEARCH.search(scan.text):
        query = str(values.get("query", ""))
        if context.category_named(query) is not None:
            return TextMeaning(MeaningKind.CATEGORY, {"category": query})
    return complete(entry.kind, values, context.today)


_ASKS_TO_SEARCH = re.compile(r"[搜找查]|\b(?:search|find|look|mention)")
"""What asks for a search although the name of a category is searched for."""


def _by_keyword(text: str, keywords: Mapping[MeaningKind, WordChoice]) -> TextMeaning | None:
    """Return what the first keyword says; a word of praise that is denied is a complaint."""
    scan = Scan(text, lambda _placeholder, _text: None)
    for kind, words in keywords.items():
        if (found := find_words(scan, words)) is not None:
            is_denied = kind is MeaningKind.PRAISE and _DENIED.search(text[: found[0]]) is not None
            return TextMeaning(MeaningKind.COMPLAINT if is_denied else kind)
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


def _unless_for_a_while(meaning: TextMeaning, whole: WrittenForm, context: TextContext) -> TextMeaning:
    """Return a pause for a wish to leave that names a time, or is for now only; else the meaning."""
    if meaning.kind in (MeaningKind.UNSUBSCRIBE, MeaningKind.ERASE_DATA) and _ASKS_WHETHER.search(whole.text):
        return TextMeaning(MeaningKind.STATUS)
    if meaning.kind is not MeaningKind.UNSUBSCRIBE:
        return meaning
    scan = Scan(with_digits(whole.text), context.read_placeholder)
    if (left_out := longest_value(scan, "offday")) is not None:
        return TextMeaning(MeaningKind.PAUSE, {"offday": left_out})
    length = longest_value(scan, "pause")
    if length is not None:
        return TextMeaning(MeaningKind.PAUSE, {"pause": length})
    return TextMeaning(MeaningKind.PAUSE) if _FOR_A_WHILE.search(whole.text) else meaning


_OF_WORDS = frozenset({MeaningKind.MUTE, MeaningKind.UNMUTE, MeaningKind.ONLY})
_MAX_LISTED_CHARACTERS, _MAX_LISTED_WORDS = 8, 3
"""Longest clause that may be one of several words: in Chinese characters, or in words."""
_NO_LISTED_WORD = re.compile(
    r"[的了吧呢吗啊呀我你您他她它们是有在很太最真就也还再都才又被让谢不没别请要]|浪费|无聊|垃圾|反感|一样|[烦腻厌够]"
    r"|\b(?:its?|im|ive|id|my|your|they|he|she|we|but|because|since|sorry|just|too|very|so|really|only|dont|cant|ok)\b"
)


def _with_words_listed(meaning: TextMeaning, parts: list[WrittenForm], context: TextContext) -> TextMeaning:
    """Return words to be muted or chosen with those that commas part from them: `屏蔽芯片，数据`."""
    words = meaning.values.get("words")
    if meaning.kind not in _OF_WORDS or not isinstance(words, tuple) or len(parts) < 2:
        return meaning
    first, last = whole_form(words[0]).text, whole_form(words[-1]).text
    at = next((at for at, part in enumerate(parts) if first in part.text and last in part.text), None)
    if at is None:
        return meaning
    before = parts[:at][::-1] if parts[at].text.startswith(first) else []
    after = parts[at + 1 :] if parts[at].text.endswith(last) else []
    listed = (*_listed_words(before, context)[::-1], words, *_listed_words(after, context))
    return TextMeaning(meaning.kind, {**meaning.values, "words": tuple(dict.fromkeys(chain(*listed)))})


def _listed_words(parts: list[WrittenForm], context: TextContext) -> list[tuple[str, ...]]:
    """Return the words of each of the first clauses that are no more than names, without polite words around them."""
    grammar = load_grammar()
    bare = [without_fillers(part, grammar, context) or part for part in parts]
    typed = (part.as_typed(0, len(part.text)) for part in takewhile(partial(_is_listed, context), bare))
    return [split_words(part) for part in typed]


def _is_listed(context: TextContext, part: WrittenForm) -> bool:
    """Return whether a clause is no more than a name: it says nothing by itself."""
    text = part.text
    is_short = len(text.split()) <= _MAX_LISTED_WORDS if text.isascii() else len(text) <= _MAX_LISTED_CHARACTERS
    if not is_short or len(text) < 2 or _NO_LISTED_WORD.search(text):
        return False
    if context.read_placeholder("words", text) is None:
        return False
    alone = read_text(part.as_typed(0, len(text)), context)
    return alone.is_guess or alone.kind is MeaningKind.CATEGORY


_EVERY_DAY_BUT = re.compile(
    r"除.{1,20}(?:[都全]|其他|其它|其余|别的)"
    r"|\b(?:every ?day|daily|each day|always|(?:all|any)(?: days?)?|everything)[ ,]+"
    r"(?:but|except|excluding|apart|besides|other than|without|not?)\b"
)


def _of_whole_week(meaning: TextMeaning, whole: WrittenForm) -> TextMeaning:
    """Return the days that stay of every day for a text that says so, such as `every day but Sunday`."""
    left_out = meaning.values.get("days")
    if meaning.kind is not MeaningKind.WEEKDAYS_OFF or not isinstance(left_out, int):
        return meaning
    left = EVERY_DAY & ~left_out
    if not left or _EVERY_DAY_BUT.search(whole.text) is None:
        return meaning
    return TextMeaning(MeaningKind.WEEKDAYS, {**meaning.values, "days": left})


_NOON = 12 * 60
_SECOND_HALF = re.compile(
    r"晚上|傍晚|晚饭|晚餐|下班|睡前|睡觉前|下午"
    r"|\b(?:evenings?|tonight|afternoons?|after work|(?:before|after) (?:dinner|bed)|bedtime)\b"
)
_NOT_SECOND_HALF = re.compile(
    r"早|上午|凌晨|中午|半夜|起床|太|[别不没]"
    r"|\d ?am\b|\b0\d:|\b(?:mornings?|breakfast|wake|get up|too|not|no|dont|cant|instead|rather|than)\b"
)


def _in_second_half(meaning: TextMeaning, whole: WrittenForm) -> TextMeaning:
    """Return a time in the half of the day that the rest of the text names: `我晚上看，十点发`."""
    if meaning.kind not in {MeaningKind.TIME, *_DAYS}:
        return meaning
    if not _SECOND_HALF.search(whole.text) or _NOT_SECOND_HALF.search(whole.text):
        return meaning
    later = {
        name: minute + _NOON
        for name, minute in meaning.values.items()
        if name in ("time", "clock") and isinstance(minute, int) and 60 <= minute < _NOON
    }
    return TextMeaning(meaning.kind, {**meaning.values, **later})
