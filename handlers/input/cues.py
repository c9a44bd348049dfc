"""Read a text by its cues: words that tell what is meant wherever they stand, where no phrase matches the whole."""

from __future__ import annotations

import re

from domain.subscription.calendar import EVERY_DAY
from handlers.input.grammar import Scan, WordChoice
from handlers.input.meanings import MeaningKind, TextMeaning, complete
from handlers.input.other_matters import is_other_matter
from handlers.input.phrases import Cue
from handlers.input.placeholders import TextContext, longest_value, words_as_typed
from handlers.input.written_forms import WrittenForm, with_digits


def read_cues(
    whole: WrittenForm, parts: list[WrittenForm], cues: tuple[Cue, ...], context: TextContext
) -> TextMeaning | None:
    """Return the meaning of the first cue that holds for a text; None for sentences about others."""
    if is_other_matter(whole):
        return None
    scan = Scan(with_digits(whole.text), context.read_placeholder)
    for cue in cues:
        if find_words(scan, cue.lacks) is not None or any(find_words(scan, words) is None for words in cue.has):
            continue
        values: dict[str, object] = dict(cue.values)
        found = [_placeholder_value(placeholder, cue, scan, parts, context) for placeholder in cue.placeholders]
        if cue.placeholders and (not found or found[0] is None):
            continue
        values |= dict(filter(None, found))
        if "item_number" in cue.placeholders and "n" not in values:
            continue
        if cue.kind is MeaningKind.WEEKDAYS and values.get("days") == EVERY_DAY and "clock" not in values:
            continue  # "every day" within a longer sentence seldom says when to deliver
        return complete(cue.kind, values, context.today)
    return None


def read_placeholders(
    placeholders: tuple[str, ...], whole: WrittenForm, parts: list[WrittenForm], context: TextContext
) -> dict[str, object]:
    """Return the values of those placeholders that a text has, wherever they stand."""
    scan = Scan(with_digits(whole.text), context.read_placeholder)
    return dict(filter(None, (_value_anywhere(placeholder, scan, parts, context) for placeholder in placeholders)))


def find_words(scan: Scan, words: WordChoice) -> tuple[int, int] | None:
    """Return where the first of the words stands in a text, at its earliest place."""
    for start in range(len(scan.text)):
        ends = words.follow(scan, {start: ()})
        if ends:
            return start, max(ends)
    return None


def _placeholder_value(
    placeholder: str, cue: Cue, scan: Scan, parts: list[WrittenForm], context: TextContext
) -> tuple[str, object] | None:
    if placeholder in ("after", "before", "between"):
        return _words_beside(placeholder, cue, parts, context)
    if placeholder == "time_after":
        for words in cue.has:
            found = find_words(scan, words)
            value = None if found is None else longest_value(scan, "time", start=found[1])
            if value is not None:
                return "time", value
        return None
    return _value_anywhere(placeholder, scan, parts, context)


def _value_anywhere(
    placeholder: str, scan: Scan, parts: list[WrittenForm], context: TextContext
) -> tuple[str, object] | None:
    if placeholder == "item_number":
        value = None if _OTHER_ITEM.search(scan.text) else longest_value(scan, "item_text")
        return None if value is None else ("n", value)
    if placeholder == "place_in":
        place = _place_in(parts, context)
        return None if place is None else ("place", place)
    value = longest_value(scan, placeholder)
    return None if value is None else (placeholder, value)


def _words_beside(
    placeholder: str, cue: Cue, parts: list[WrittenForm], context: TextContext
) -> tuple[str, object] | None:
    """Return the words beside the cue in the clause that has it, as they were typed."""
    name = "query" if cue.kind is MeaningKind.SEARCH else "words"
    for form in parts:
        scan = Scan(form.text, context.read_placeholder)
        found = find_words(scan, cue.has[0])
        if found is None:
            continue
        start, end = (0, found[0]) if placeholder == "before" else (found[1], len(form.text))
        start, end = _trimmed(form.text, start, end)
        if start < end and scan.value(name, start, end) is not None:
            return name, words_as_typed(name, form, start, end)
    return None


_OTHER_ITEM = re.compile(
    r"倒数|(?:上|下|换|另|再来)[1一](?:条|则|篇)|后\d{1,2}(?:条|则|篇)|\bto last\b|\bfrom the (?:end|bottom)\b"
)
"""What stands beside the number of an item that is counted from another one, or from the end."""

_IDLE_BEFORE = re.compile(
    r"^(?:[\s,的了点些]|老是|老推|总是|一直"
    r"|关于|有关|任何|什么|那些|这些|那个|这个|所有|any |all |the |about |on |of |with |that |this "
    r"|those |these |anything |everything |news |stuff |more |so many |for |to see |to read |in )+"
)
_IDLE_AFTER = re.compile(
    r"(?:[\s,的了吧啊呢吗嘛呀啦]|新闻|内容|消息|东西|相关|有关|报道|谢谢|在哪里?|哪天|那条|以后|能不能|就|又|也|请|还是"
    r"| news| stuff| stories| items| please| pls| thanks| thx| anymore| any more| now| lately| recently| again| in it"
    r"| already| either"
    r"| last week| yesterday| at all| articles| for me| from now on| ok| today| content| things| it| is|,.*)+$"
)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without idle words at its ends."""
    if before := _IDLE_BEFORE.match(text[start:end]):
        start += before.end()
    if after := _IDLE_AFTER.search(text[start:end]):
        end = start + after.start()
    return start, end


def _place_in(parts: list[WrittenForm], context: TextContext) -> str | None:
    """Return the longest name of a place in a clause, as it was typed."""
    for form in parts:
        text = form.text
        scan = Scan(text, context.read_placeholder)
        spans = [
            (start, end)
            for start in range(len(text))
            for end in range(start + 2, min(len(text), start + 24) + 1)
            if scan.is_boundary(start) and scan.is_boundary(end) and text[start] != " " and text[end - 1] != " "
        ]
        for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
            if scan.value("place_in", start, end) is not None:
                return form.as_typed(start, end)
    return None
