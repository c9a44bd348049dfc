"""Split the first line of an item into its headline and the beginning of its body."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from digest.segmentation.text_metrics import (
    TIME,
    TITLE_LABELS,
    begins_with_emoji_code,
    bracketed_lead,
    ends_with_emoji_code,
    first_span,
    has_only_links,
    is_covered_by,
    is_read_more_label,
    is_url,
    leading_span,
    link_spans,
    reading_length,
    sentence_end,
    strip_closing_marks,
)
from digest.segmentation.vocabulary import is_date_label, leads_on
from domain.chat.text import Span, Style, Text, concat
from domain.names import fold_name

MAX_HEADLINE_LENGTH = 160
"""Reading length above which a headline is cut at the end of a clause."""

_SEPARATOR = re.compile(r"\s*(?:(?:[–—|｜·•:：]+|//|-+(?=\s))\s*|$)")
_COMMAS = "，,；;、 "
_OPENING_BRACKETS = "（([【「《/"
_BODY_LEADS = "：:-–—|｜"
_SENTENCE_STOPS = "。！？!?.…：:"
_CLOSERS = "”」』"
_QUOTES = '“«‘"¿¡'
_DASH = re.compile(r"\s[–—-]+\s")
_FULL_STOPS = (".", "。")
_ENDS = ("。", "！", "？", "!", "?", ".")
_MAX_SOURCE_WORDS = 4  # of a source's name in bold
_MAX_SOURCE_NAME_LENGTH = 6  # reading length of the longest source's name
_ENCLOSED = re.compile(
    r"[\W_]*(?:[(（\[【][^)）\]】]{1,40}[)）\]】][\W_]*)?"
)  # behind an address: nothing, or a source
_FIELDS_BEHIND = re.compile(r"[)）]\s*[\[【@|｜·•#]")
"""What follows an address in brackets where it ends a title: further fields, and no words of the sentence."""

_LABEL = re.compile(
    r"\W{0,3}(?:【[^】]{1,12}】|\[[^\]]{1,16}\]|\d{1,2}:\d{2}|\w{1,10}："
    r"|(?=\D{0,12}\d)[\w.,/-]{1,10}(?:\s[\w.,/-]{1,10}){0,3}\s*[:：|｜—–])\s*"
)
_NAME = re.compile(r"\W{0,3}\w[\w.'’-]{0,20}(?:\s\w[\w.'’-]{0,20}){0,2}:\s+")
"""The name of an author or a place before a link, in an alphabet: `Andrea Fertik: [T](u)`."""

_SCOPE = re.compile(r"[a-z][a-z0-9/_.-]{0,20}: ?\S")
"""The part of a program before what has changed in it, as release notes have it: `**cli:** T`."""

_TITLE_MARKS = re.compile(r"[\W_]{0,3}《[^》]+》[\W_]{0,3}")
_STOP = re.compile(r"\s?([。！？]|[.!?](?=\s))\s*(?=\S)")
"""The end of a sentence right behind a linked title, with further words behind: `[T](u). Text`."""

_COUNTED = re.compile(r"\s+\d[\d.,:/-]*k?(?:\s[^\W\d]+){0,2}(?:\s\d{4})?\s*(?:[·|｜•,(\[]|$)")
"""A number and what it counts, behind a linked title: ` 41 points · …`, ` 3 hours ago`."""

_DATED = re.compile(r"\W{0,3}\d[\d./-]{3,10}\s*[|｜]")
_BRACKETED_STOP = re.compile(r"\s*[(（][^()（）]{1,60}[)）][.。:：](?=\s|$|[^\W\d_])")
"""Words in brackets that end a title: `**T** (authors). Text`."""

_BRACKETED_AUTHOR = re.compile(r"\s*(?:[(（][^()（）]{1,60}[)）]|\[[^\[\]]{1,16}\])\s*(?:[:：–—|｜]|-+\s)")
"""Words in brackets between a linked title and what leads over to its text: `[T](u) (author) -- text`."""

_BRACKETED_LABEL = re.compile(r"\W{0,3}[\[【][^\[\]【】]{1,16}[\]】]\s*")
"""Bold words in brackets, which label what follows: `**[Source]** T`."""

_CLAUSE = re.compile(r"[，,；;、：]|——|: ")
_JOINT = re.compile(r"\s*+(?:[&/+×x、]|and|与|和|及)?\s*+")
_LINK_JOINT = re.compile(r"\s*[,，、]\s*")
_LEAD_OVER = re.compile("(?:[，,；;]\\s*|(?<!\\s)\\s+)?(?:具体|详情|更多|论文|项目|请)[^，,。；;]{0,8}$")
_MAX_TITLE_LENGTH = 40  # reading length of the longest title with stops within
_MIN_TEXT_LENGTH = 9  # reading length from which words behind a dash are a text
_MIN_TITLE_BEFORE_COMMA = 10  # ideographs from which a link before a comma is a headline rather than a name
_MIN_CLAUSES_LENGTH = 20  # reading length of the text behind that comma
_MAX_LINK_LABEL_LENGTH = 2
_MAX_QUESTION_LENGTH = 6  # reading length of a question that a title ends with
_MIN_LATIN_TITLE_LENGTH = 3
_MIN_TITLE_LENGTH = 6  # reading length from which a link before running text is a headline


@dataclass(frozen=True, slots=True)
class HeadlineSplit:
    """The headline with its link, and the `rest` of the line, which belongs to the body."""

    headline: Text
    rest: Text


def split_headline(text: Text, *, followed: bool, has_repeated_label: bool = False) -> HeadlineSplit:
    """Split a first line.

    `followed`: the item has more text below the line. `has_repeated_label`: its first bold words recur in other items,
    so they are a label.
    """
    text = _address_last(text.strip())
    end = _link_end(text)
    if end is None:
        end = _bold_end(text, followed=followed, labelled=has_repeated_label)
    if end is None:
        end = _bracketed_title_end(text.plain)
    if end is None:
        end = _address_start(text)
    if end is None:
        end = _plain_end(text, followed=followed)
    return HeadlineSplit(_strip_body_lead(text[:end].strip()), _strip_separator(text[end:]))


def _address_last(text: Text) -> Text:
    """Put an address before the words of a title behind them: `https://… T`."""
    span = leading_span(text, Style.LINK)
    if span is None or span.start > 0 or not is_url(text.plain[: span.end]):
        return text
    words = _strip_separator(text[span.end :])
    return concat((words, " ", text[: span.end])) if reading_length(words.plain) > 1 else text


def _link_end(text: Text) -> int | None:
    """Return the end of the leading link: `[T](u)`, `**[T](u)**`, `[T](u) - 3 comments`; None within a sentence."""
    span = leading_span(text, Style.LINK) or _labelled_link(text)
    if span is None or is_url(text.plain[span.start : span.end]):
        return None
    end = _last_listed_end(text, span)
    tail = text.plain[end:]
    stripped = tail.lstrip()
    if _SEPARATOR.match(tail) or _is_tags(text[end:]) or unicodedata.category(stripped[0])[0] == "S":
        return end
    if (stripped[0] in _OPENING_BRACKETS and reading_length(stripped) <= 12) or _BRACKETED_AUTHOR.match(tail):
        return end
    if _begins_clause(text.plain[span.start : end], stripped):
        return end
    if not _is_long_title(text.plain[span.start : end]):
        return None
    if stop := _STOP.match(tail):
        return end + stop.end(1) if _begins_text(tail[stop.end(1) :]) else None
    begins_anew = tail[:1].isspace() and (_begins_text(tail) or _COUNTED.match(tail))
    return end if begins_anew or _leads_to_links(text[end:]) else None


def _begins_clause(title: str, behind: str) -> bool:
    """Whether a comma parts a linked title from a long text: `[A whole title](u)，text`; hardly a mere name."""
    is_ideographic = title.strip()[-1:] >= "\u2e80"
    is_long = reading_length(title) >= (_MIN_TITLE_BEFORE_COMMA if is_ideographic else _MIN_LATIN_TITLE_LENGTH)
    is_title = _TITLE_MARKS.fullmatch(title) is not None or is_long
    return behind[0] == "，" and is_title and reading_length(behind) >= _MIN_CLAUSES_LENGTH


def _leads_to_links(tail: Text) -> bool:
    """Whether only short further links follow, with at most one word before each: `and [a translation](u)`."""
    spans = link_spans(tail)
    ends = (0, *(span.end for span in spans))
    between = (tail.plain[end : span.start] for end, span in zip(ends, spans, strict=False))
    are_labels = all(reading_length(tail.plain[span.start : span.end]) <= _MAX_LINK_LABEL_LENGTH for span in spans)
    is_short = all(reading_length(words) <= 1 for words in between) and reading_length(tail.plain[ends[-1] :]) == 0
    return bool(spans) and are_labels and is_short


def _last_listed_end(text: Text, first: Span) -> int:
    """Return the end of the last of several links in a row, if a text or nothing follows: `[A](u), [B](v) — text`."""
    end = first.end
    for span in link_spans(text):
        if span.start >= end and _LINK_JOINT.fullmatch(text.plain, end, span.start):
            end = span.end
    return end if _SEPARATOR.match(text.plain, end) else first.end


def _begins_text(tail: str) -> bool:
    """Whether a sentence of its own may begin here."""
    first = tail.lstrip()[:1]
    return first.isupper() or first >= "\u2e80" or first in _QUOTES


def _is_long_title(title: str) -> bool:
    """Whether the words are enough for a headline, and not only a name within a sentence."""
    ideographic = title.strip()[-1:] >= "\u2e80"
    return reading_length(title) >= (_MIN_TITLE_LENGTH if ideographic else _MIN_LATIN_TITLE_LENGTH)


def _labelled_link(text: Text) -> Span | None:
    """Return the first link after a mere label: `【芯片】[T](u)`, `IT之家：[T](u)`, `09:30 [T](u)`.

    Bold words that are longer than the link are a headline: `**Two new kilns**：[Zy](u)`.
    """
    span = first_span(text, Style.LINK)
    if span is None:
        return None
    words, behind = text.plain[span.start : span.end], text.plain[span.end :]
    is_followed = _SEPARATOR.match(behind) or _last_listed_end(text, span) > span.end
    is_named = _is_long_title(words) and is_followed and _NAME.fullmatch(text.plain, 0, span.start)
    bold = leading_span(text, Style.BOLD)
    name = text.plain[: bold.end] if bold else ""
    is_source = (
        _is_long_title(words) and bold is not None and _is_source_name(name, text.plain[bold.end : span.start], words)
    )
    if not is_named and not is_source and not _LABEL.fullmatch(text.plain, 0, span.start):
        return None
    is_title = _is_long_title(name) and reading_length(name) > reading_length(words)
    return None if is_title else span


def _is_source_name(name: str, between: str, title: str) -> bool:
    """Whether few bold words, and signs behind them, name whose much longer linked title follows: `**S** — [T](u)`.

    A link that begins or ends with words such as *Read* or *announcement* leads to the source of a bold headline.
    """
    length = reading_length(TIME.sub("", name))
    is_short = length <= (_MAX_SOURCE_WORDS if name.isascii() else _MAX_SOURCE_NAME_LENGTH)
    return is_short and reading_length(between) == 0 and reading_length(title) >= 2 * length and not leads_on(title)


def _is_tags(tail: Text) -> bool:
    """Whether only tags follow: `#AI #芯片`, or words in code."""
    plain = tail.plain
    for span in reversed([span for span in tail.spans if span.style is Style.CODE]):
        plain = plain[: span.start] + plain[span.end :]
    return bool(tail.plain.strip()) and all(word.startswith("#") for word in plain.split())


def _bold_end(text: Text, *, followed: bool, labelled: bool) -> int | None:
    """Return the end of the bold headline: `**T**`, `**T**：body`, `**T。**body`.

    None if the bold words begin a sentence or are a label.
    """
    if is_covered_by(text, Style.BOLD):
        return len(text)
    span = leading_span(text, Style.BOLD)
    if span is None:
        return None
    if fold_name(text.plain[: span.end]) in TITLE_LABELS or is_date_label(text.plain[: span.end]):
        return None
    if _SCOPE.match(text.plain) and ":" not in text.plain[: span.end - 1]:
        return None
    end = _joined_end(text, span)
    tail = text.plain[end:]
    leads_over = tail.lstrip()[:1] in (*_BODY_LEADS, "") or has_only_links(text[end:])
    if _BRACKETED_LABEL.fullmatch(text.plain, 0, span.end) and not leads_over:
        return _title_behind(text, span)
    if labelled and tail[:1] in _BODY_LEADS:
        return None
    if labelled and (second := _title_behind(text, span)):
        return second
    if (
        text.plain[:end].rstrip(_CLOSERS)[-1:] in _SENTENCE_STOPS
        or tail[:1] in _BODY_LEADS
        or tail.lstrip()[:1] in "-–—|｜"
        or tail.lstrip().startswith("//")
        or _BRACKETED_STOP.match(tail)
        or _BRACKETED_AUTHOR.match(tail)
        or (
            tail[:1] in "，,"
            and _is_long_title(text.plain[span.start : end])
            and reading_length(tail) > _MIN_TITLE_LENGTH
        )
        or has_only_links(text[end:])
        or (tail[:1].isspace() and _begins_text(tail) and _is_long_title(text.plain[span.start : end]))
    ):
        return end
    return _colon_end(text) if not followed else None


def _title_behind(text: Text, label: Span) -> int | None:
    """Return the end of the bold title right behind a bold label: `**[New]** **T** — text`."""
    for span in text.spans:
        if span.style is Style.BOLD and span.start > label.end and text.plain[label.end : span.start].isspace():
            return span.end if _is_long_title(text.plain[span.start : span.end]) else None
    return None


def _bracketed_title_end(plain: str) -> int | None:
    """Return the end of a title in brackets: `【T】body`; a short name there is a label."""
    end = bracketed_lead(plain)
    return end if end and _is_long_title(plain[:end].strip("【】 ")) else None


def _joined_end(text: Text, lead: Span) -> int:
    """Return the end of the leading bold words, with bold words that nothing or an "and" joins to them."""
    end = lead.end
    for span in text.spans:
        if span.style is Style.BOLD and span.start >= end and _is_joint(text.plain, lead.start, end, span.start):
            end = span.end
    return end


def _is_joint(plain: str, start: int, end: int, following: int) -> bool:
    """Whether what stands between two bold texts joins them; a space does not join a title to a sentence."""
    if not _JOINT.fullmatch(plain, end, following):
        return False
    title = plain[start:end]
    ends = title.rstrip(_CLOSERS)[-1:] in _SENTENCE_STOPS or _is_long_title(title)
    return not plain[end:following].isspace() or not ends


def _colon_end(text: Text) -> int | None:
    """Return the colon in `**A** does X：body …` if a headline stands before it and sentences behind."""
    colons = re.finditer(r"：|:\s", text.plain)
    match = next((colon for colon in colons if not ends_with_emoji_code(text.plain, colon.start() + 1)), None)
    if match is None or match.start() > sentence_end(text.plain):
        return None
    before, behind = text.plain[: match.start()], text.plain[match.end() :]
    return match.start() if 4 <= reading_length(before) <= 60 and reading_length(behind) > 15 else None


def _address_start(text: Text) -> int | None:
    """Return where the address begins: `T：https://…`, `T https://…`."""
    for span in link_spans(text):
        is_apart = text.plain[: span.start].endswith(("(", "（")) and _FIELDS_BEHIND.match(text.plain, span.end)
        if is_url(text.plain[span.start : span.end]) and (is_apart or _ENCLOSED.fullmatch(text.plain, span.end)):
            before = text.plain[: span.start].rstrip(_BODY_LEADS + " ")
            if (dash := _dash_before_text(text[: span.start].strip())) is not None:
                return dash
            if not before or (sentence_end(before) < len(before) and not _is_one_title(before)):
                return None
            return span.start - len(_open_bracket_text(text.plain[: span.start]))
    return None


def _is_one_title(plain: str) -> bool:
    """Whether the words before an address or a source are a title, whatever stops it has: `Why? Three steps`."""
    plain = plain.strip()
    return (
        reading_length(plain) <= _MAX_TITLE_LENGTH and "。" not in plain and not plain.endswith(("。", ".", "；", ";"))
    )


def _plain_end(text: Text, *, followed: bool) -> int:
    """Return the end of a title, or of the first sentence of running text, before any "read more" link."""
    end = sentence_end(text.plain)
    asks = _is_question(text.plain[end:].strip())
    is_title = followed or asks or (not text.plain[:end].rstrip().endswith(_FULL_STOPS) and _is_one_title(text.plain))
    if is_title and end < len(text) and reading_length(text.plain) <= _MAX_TITLE_LENGTH:
        end = len(text)
    if (dash := _dash_before_text(text)) is not None:
        return dash
    for start in (_read_more_start(text), _source_name_start(text)):
        if start is not None:
            end = start if _is_one_title(text.plain[:start].rstrip(" |｜—–→-（([【")) else min(end, start)
    if reading_length(text.plain[:end]) > MAX_HEADLINE_LENGTH:
        end = _clause_end(text.plain, end)
    return _outside_links(text, end)


def _is_question(plain: str) -> bool:
    """Whether the words are one short question."""
    is_short = reading_length(plain) <= _MAX_QUESTION_LENGTH
    return plain.endswith(("?", "？")) and is_short and sentence_end(plain) == len(plain)


def _dash_before_text(text: Text) -> int | None:
    """Return the only dash of a line without links if a title stands before it, and a text behind: `T – A text.`."""
    plain = text.plain
    dashes = list(_DASH.finditer(plain))
    if len(dashes) != 1 or link_spans(text) or not plain.endswith(_FULL_STOPS):
        return None
    before, behind = plain[: dashes[0].start()], plain[dashes[0].end() :]
    is_text = reading_length(behind) >= max(_MIN_TEXT_LENGTH, reading_length(before))
    return dashes[0].start() if is_text and _is_long_title(before) else None


def _read_more_start(text: Text) -> int | None:
    """Return where the "read more" link begins, with the brackets and the few words that lead to it."""
    for span in link_spans(text):
        label = text.plain[span.start : span.end]
        if is_read_more_label(label) and text.plain[: span.start].strip() and has_only_links(text[span.start :]):
            start = span.start
            while start and text.plain[start - 1] in " （([【\"'“‘👉🔗":
                start -= 1
            lead_over = _LEAD_OVER.search(text.plain, 0, start)
            return lead_over.start() if lead_over else start
    return None


def _source_name_start(text: Text) -> int | None:
    """Return where the source's name at the end begins: `T | [S](u)`, `T（[S](u)）`, `T。[S](u)`."""
    span = first_span(text, Style.LINK)
    if span is None or not has_only_links(text[span.start :]) or _DATED.match(text.plain):
        return None
    before = text.plain[: span.start].rstrip()
    opened = _open_bracket_text(before)
    start = len(before) - len(opened)
    apart = before.endswith((*"|｜—–→", " -")) or (sentence_end(before) == start and before[start - 1 : start] in _ENDS)
    title = before[:start].rstrip("|｜—–→- ")
    named = reading_length(text.plain[span.start : span.end]) <= min(_MAX_SOURCE_NAME_LENGTH, reading_length(title) - 1)
    return start if (apart or 0 < len(opened) <= 1) and named and _is_long_title(title) else None


def _open_bracket_text(before: str) -> str:
    """Return the text from the last bracket that is still open."""
    at = max((before.rfind(opener) for opener in "（([【"), default=-1)
    return before[at:] if at > max(before.rfind(closer) for closer in "）)]】") else ""


def _clause_end(plain: str, end: int) -> int:
    cuts = [
        match.end()
        for match in _CLAUSE.finditer(plain, 0, end)
        if reading_length(plain[: match.end()]) <= MAX_HEADLINE_LENGTH
    ]
    return cuts[-1] if cuts else end


def _outside_links(text: Text, end: int) -> int:
    for span in text.spans:
        if span.style in (Style.LINK, Style.CODE) and span.start < end < span.end:
            end = span.end
    return end


def _strip_body_lead(headline: Text) -> Text:
    """Remove the colon or dash that leads over to the body."""
    plain = strip_closing_marks(headline.plain, " ：:-–—|｜")
    return headline[: len(plain)] if plain else headline


def _strip_separator(text: Text) -> Text:
    """Remove what joins the rest to the headline: a colon, a dash, a comma."""
    match = None if begins_with_emoji_code(text.plain) else _SEPARATOR.match(text.plain)
    rest = text[match.end() :].strip() if match else text.strip()
    return rest[len(rest) - len(rest.plain.lstrip(_COMMAS)) :]
