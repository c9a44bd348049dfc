"""The first line of an item in; its headline, and what of the line belongs to the body, out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from digest.segmentation.text_metrics import covers, first, is_address, is_more, leading, links, sentence_end, weight
from domain.chat.text import Span, Style, Text
from domain.names import fold_name

LONGEST = 160
"""Weight of a headline above which it is cut at the end of a clause."""

_SEPARATOR = re.compile(r"\s*(?:(?:[–—|｜·•:：]+|-+(?=\s))\s*|$)")
_OPENERS = "（([【「《/"
_LEADS = "：:-–—|｜"
_STOPS = "。！？!?.…：:"
_CLOSERS = "”」』"
_ENDS = ("。", "！", "？", "!", "?", ".")
_SOURCE = 6  # weight of the longest name of a source
_ENCLOSED = re.compile(
    r"[\W_]*(?:[(（\[【][^)）\]】]{1,40}[)）\]】][\W_]*)?"
)  # behind an address: nothing, or a source
_LABEL = re.compile(r"\W{0,3}(?:【[^】]{1,12}】|\[[^\]]{1,16}\]|\d{1,2}:\d{2}|\w{1,10}：)\s*")
_CLAUSE = re.compile(r"[，,；;、：]|——|: ")
_JOINT = re.compile(r"\s*(?:[&/+×x、]|and|与|和|及)?\s*")
_LEAD_OVER = re.compile("[，,；;]?\\s*(?:具体|详情|更多|论文|项目|请)[^，,。；;]{0,8}$")
_TITLES = frozenset(("标题", "新闻标题", "title", "headline"))  # labels before a headline, none themselves
_LATIN_TITLE = 3
_TITLE = 6  # weight of a link that, before running text, is a headline rather than a name


@dataclass(frozen=True, slots=True)
class Lead:
    """`headline` (its link in it) and `rest`, the part of the line that belongs to the body."""

    headline: Text
    rest: Text


def lead_of(text: Text, *, followed: bool, labelled: bool = False) -> Lead:
    """Divide a first line. `followed` says that the item goes on below it; `labelled`, that its first bold words are a
    label and no headline by themselves."""
    text = text.strip()
    end = _link_end(text)
    if end is None:
        end = _bold_end(text, followed=followed, labelled=labelled)
    if end is None:
        end = _address_start(text)
    if end is None:
        end = _plain_end(text, followed=followed)
    return Lead(_without_stop(text[:end].strip()), _rest(text[end:]))


def _link_end(text: Text) -> int | None:
    """`[T](u)`, `**[T](u)**`, `[T](u) - 3 comments`: the end of the link; None where it begins a sentence."""
    span = leading(text, Style.LINK) or _labelled(text)
    if span is None or is_address(text.plain[span.start : span.end]):
        return None
    end = span.end
    tail = text.plain[end:]
    stripped = tail.lstrip()
    if _SEPARATOR.match(tail) or _is_tags(text[end:]) or unicodedata.category(stripped[0])[0] == "S":
        return end
    if stripped[0] in _OPENERS and weight(stripped) <= 12:
        return end
    begins = stripped[0].isupper() or stripped[0] >= "\u2e80"
    long = weight(text.plain[span.start : end]) >= (_TITLE if text.plain[end - 1] >= "\u2e80" else _LATIN_TITLE)
    return end if tail[:1].isspace() and begins and long else None


def _labelled(text: Text) -> Span | None:
    """The first link, where only a label stands before it: `【芯片】[T](u)`, `IT之家：[T](u)`, `09:30 [T](u)`."""
    span = first(text, Style.LINK)
    return span if span is not None and _LABEL.fullmatch(text.plain, 0, span.start) else None


def _is_tags(tail: Text) -> bool:
    """Whether nothing follows but tags: `#AI #芯片`, or words in code."""
    plain = tail.plain
    for span in reversed([span for span in tail.spans if span.style is Style.CODE]):
        plain = plain[: span.start] + plain[span.end :]
    return bool(tail.plain.strip()) and all(word.startswith("#") for word in plain.split())


def _bold_end(text: Text, *, followed: bool, labelled: bool) -> int | None:
    """`**T**`, `**T**：body`, `**T。**body`: the end of the bold words; None where they begin a sentence, or are a
    label."""
    if covers(text, Style.BOLD):
        return len(text)
    span = leading(text, Style.BOLD)
    if span is None:
        return None
    if fold_name(text.plain[: span.end]) in _TITLES:
        return None
    end = _joined_end(text, span)
    tail = text.plain[end:]
    if labelled and tail[:1] in _LEADS:
        return None
    if (
        text.plain[:end].rstrip(_CLOSERS)[-1:] in _STOPS
        or tail[:1] in _LEADS
        or tail.lstrip()[:1] in "-–—|｜"
        or _only_links(text[end:])
    ):
        return end
    return _colon_end(text) if not followed else None


def _joined_end(text: Text, lead: Span) -> int:
    """The end of the bold words at the start, others that an "and" joins to them included."""
    end = lead.end
    for span in text.spans:
        if span.style is Style.BOLD and span.start >= end and _JOINT.fullmatch(text.plain, end, span.start):
            end = span.end
    return end


def _only_links(tail: Text) -> bool:
    """Whether nothing follows but links, in brackets perhaps."""
    at = 0
    for span in links(tail):
        if any(character.isalnum() for character in tail.plain[at : span.start]):
            return False
        at = span.end
    return at > 0 and not any(character.isalnum() for character in tail.plain[at:])


def _colon_end(text: Text) -> int | None:
    """`**A** does X：body …`: the colon, where a headline stands before it and sentences behind."""
    match = re.search(r"：|:\s", text.plain)
    if match is None or match.start() > sentence_end(text.plain):
        return None
    before, behind = text.plain[: match.start()], text.plain[match.end() :]
    return match.start() if 4 <= weight(before) <= 60 and weight(behind) > 15 else None


def _address_start(text: Text) -> int | None:
    """`T：https://…`, `T https://…`: where the address begins."""
    for span in links(text):
        if is_address(text.plain[span.start : span.end]) and _ENCLOSED.fullmatch(text.plain, span.end):
            before = text.plain[: span.start].rstrip(_LEADS + " ")
            if not before or sentence_end(before) < len(before):
                return None
            return span.start - len(_opened(text.plain[: span.start]))
    return None


def _plain_end(text: Text, *, followed: bool) -> int:
    """All of a title; of running text the first sentence, the last link apart where it only says "read on"."""
    end = sentence_end(text.plain)
    if followed and end < len(text) and weight(text.plain) <= 30:
        end = len(text)
    for start in (_label_start(text), _source_start(text)):
        end = min(end, start if start is not None else end)
    if weight(text.plain[:end]) > LONGEST:
        end = _clause_end(text.plain, end)
    return _outside_links(text, end)


def _label_start(text: Text) -> int | None:
    """Where the link that only says "read on" begins, with the brackets and the few words that lead to it."""
    for span in links(text):
        label = text.plain[span.start : span.end]
        if is_more(label) and text.plain[: span.start].strip() and _only_links(text[span.start :]):
            start = span.start
            while start and text.plain[start - 1] in " （([【\"'“‘👉🔗":
                start -= 1
            lead_over = _LEAD_OVER.search(text.plain, 0, start)
            return lead_over.start() if lead_over else start
    return None


def _source_start(text: Text) -> int | None:
    """Where the name of a source begins that the line ends with: `T | [S](u)`, `T（[S](u)）`, `T。[S](u)`."""
    span = first(text, Style.LINK)
    if span is None or not _only_links(text[span.start :]):
        return None
    before = text.plain[: span.start].rstrip()
    opened = _opened(before)
    start = len(before) - len(opened)
    apart = before.endswith((*"|｜—–", " -")) or (sentence_end(before) == start and before[start - 1 : start] in _ENDS)
    title = before[:start].rstrip("|｜—–- ")
    named = weight(text.plain[span.start : span.end]) <= min(_SOURCE, weight(title) - 1)
    return start if (apart or 0 < len(opened) <= 1) and named and weight(title) >= _TITLE else None


def _opened(before: str) -> str:
    """What stands in a bracket that is still open at the end."""
    at = max((before.rfind(opener) for opener in "（([【"), default=-1)
    return before[at:] if at > max(before.rfind(closer) for closer in "）)]】") else ""


def _clause_end(plain: str, end: int) -> int:
    cuts = [match.end() for match in _CLAUSE.finditer(plain, 0, end) if weight(plain[: match.end()]) <= LONGEST]
    return cuts[-1] if cuts else end


def _outside_links(text: Text, end: int) -> int:
    for span in text.spans:
        if span.style in (Style.LINK, Style.CODE) and span.start < end < span.end:
            end = span.end
    return end


def _without_stop(headline: Text) -> Text:
    """Without the colon or dash that leads over to the body."""
    plain = headline.plain.rstrip(" ：:-–—|｜")
    return headline[: len(plain)] if plain else headline


def _rest(text: Text) -> Text:
    match = _SEPARATOR.match(text.plain)
    return text[match.end() :].strip() if match else text.strip()


def own_link(headline: Text, body: Text) -> str:
    """The item's own link: the headline's, else one of the body that says "read on", else the body's first."""
    found = first(headline, Style.LINK)
    if found is not None:
        return found.value
    spans = links(body)
    labelled = (span for span in spans if is_more(body.plain[span.start : span.end]))
    chosen = next(labelled, None) or next(iter(spans), None)
    return chosen.value if chosen else ""
