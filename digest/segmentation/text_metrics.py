"""Measure texts: their reading length, whether a style covers them, where their first sentence ends."""

from __future__ import annotations

import re
import unicodedata

from digest.segmentation.vocabulary import NameKind, is_kind
from domain.chat.text import Span, Style, Text

_CJK_CHARACTER = re.compile(r"[^\W\x00-\u2e7f]")
_ALPHABETIC_WORD = re.compile("[A-Za-z0-9\u00c0-\u1fff][A-Za-z0-9\u00c0-\u1fff'’.+-]*")
TITLE_LABELS = frozenset(
    (
        "标题",
        "新闻标题",
        "標題",
        "新聞標題",
        "title",
        "headline",
        "タイトル",
        "見出し",
        "제목",
        "заголовок",
        "título",
        "titular",
    )
)
"""Labels before a headline, which are none themselves, folded."""

_MAX_LABEL_CHARACTERS = 30
_MIN_WRAPPED_CHARACTERS = 48  # of a line that may have been wrapped
_MIN_CLAUSE_CHARACTERS = 24  # of one that ends with a comma
_LINE_ENDS = ".!?:;。！？：；…"
_FRAMED = re.compile(r"([\W_]*)\b.*\b([\W_]*)", re.DOTALL)
_WORD_CHARACTER = re.compile(r"[^\W_]")
_ABBREVIATIONS = (
    "Dr",
    "Mr",
    "Mrs",
    "Ms",
    "St",
    "Prof",
    "Gov",
    "Sen",
    "Gen",
    "Lt",
    "Mt",
    "vs",
    "Nr",
    "Sr",
    "Sra",
    "Dra",
    "EE",
)
"""What hardly ends a sentence: titles before names, and the like."""

_NO_END = "".join(rf"(?<!\b{title})" for title in _ABBREVIATIONS)
_SENTENCE_END = re.compile(
    rf"[。！？!?…]+|(?<!\s[A-Z\u0410-\u042f])(?<!^[A-Z\u0410-\u042f])(?<!\.[A-Z]){_NO_END}"
    r"\.(?=\s+[\"“«¿¡(\[]?[A-Z0-9\u00c0-\u00de\u0400-\u042f\u2e80-\U0003ffff]|\s*$)"
)
"""Full stops and the like; none is that of an initial or an abbreviation: `by T. Quist`, `the U.S. Senate`."""

_PROSE_END = re.compile(r"[。！？…]|[.!?][^\w\s]*(?:\s|$)")
_MIN_PROSE_WORDS = 12
_MIN_PROSE_CHARACTERS = 24
_MIN_SENTENCE_WORDS = 4
_MIN_SENTENCE_CHARACTERS = 6  # of ideographs, kana or syllables

_WORDS = re.compile(r"\w+(?: \w+)*")
_TAGS = re.compile(r"#[^\s#]{1,30}(?:\s+#[^\s#]{1,30}){0,9}")
TIME = re.compile(r"\b\d{1,2}(?:[:：][0-5]\d){1,2}\b")
"""A time of day or a length: `08:15`, `1:02:45`."""

_EMOJI_CODE = re.compile(r":(?:[a-z][a-z0-9_+-]{1,30}|[+-]1|100):(?![A-Za-z0-9])")
_EMOJI_CODE_AT_END = re.compile(rf"(?<![A-Za-z0-9]){_EMOJI_CODE.pattern}$")
_MAX_EMOJI_CODE = 34
_SIGN = re.compile(r"(?:[^\w\s]{1,3}\s*)?")
_BRACKETED = re.compile(r"[^\w【#]{0,3}(?:【[^【】]+】|#[^#\s]{1,12}#)")
_CLOSING_CHARACTERS = "”’」』》）)\"'】"
_BRACKET_PAIRS = (("“", "”"), ("（", "）"), ("「", "」"), ("(", ")"), ("《", "》"), ("『", "』"))


def begins_with_emoji_code(plain: str) -> bool:
    """Whether a text begins with the short code of an emoji (`:tada:`), perhaps behind spaces."""
    return _EMOJI_CODE.match(plain.lstrip()[:_MAX_EMOJI_CODE]) is not None


def ends_with_emoji_code(plain: str, end: int) -> bool:
    """Whether the text up to `end` ends with the short code of an emoji."""
    return plain[end - 1] == ":" and _EMOJI_CODE_AT_END.search(plain[max(0, end - _MAX_EMOJI_CODE) : end]) is not None


def strip_closing_marks(plain: str, marks: str) -> str:
    """Remove these marks at the end of a text; the colon that ends an emoji's short code (`:tada:`) stays."""
    end = len(plain)
    while end and plain[end - 1] in marks and not ends_with_emoji_code(plain, end):
        end -= 1
    return plain[:end]


def reading_length(plain: str) -> int:
    """Count what there is to read: each ideograph, kana or syllable and each word of an alphabet counts one."""
    word_count = len(_ALPHABETIC_WORD.findall(plain))
    return word_count if plain.isascii() else word_count + len(_CJK_CHARACTER.findall(plain))


def display_width(plain: str) -> int:
    """Count columns: an ideograph, kana or syllable is as wide as two letters."""
    return len(plain) + len(_CJK_CHARACTER.findall(plain))


def is_read_more_label(plain: str) -> bool:
    """Whether this is a label such as "read more" and no headline."""
    if len(plain) > _MAX_LABEL_CHARACTERS:
        return False
    return is_kind(plain.rstrip("0123456789"), NameKind.MORE)


def is_field_label(plain: str) -> bool:
    """Whether these words name a field of an item (`来源`, `Published`) and are no headline."""
    return len(plain) <= _MAX_LABEL_CHARACTERS and is_kind(plain, NameKind.FIELD)


def is_url(plain: str) -> bool:
    """Whether this is an address written out."""
    return plain.lower().startswith(("http://", "https://")) and not any(map(str.isspace, plain))


def is_prose(plain: str) -> bool:
    """Whether a line has the end of a sentence and is long enough for one, or is longer than names and figures are."""
    is_latin = plain.isascii() or not _CJK_CHARACTER.search(plain)
    length = reading_length(plain)
    if length >= (_MIN_PROSE_WORDS if is_latin else _MIN_PROSE_CHARACTERS):
        return True
    least = _MIN_SENTENCE_WORDS if is_latin else _MIN_SENTENCE_CHARACTERS
    return length >= least and _PROSE_END.search(plain) is not None


def is_tags(plain: str) -> bool:
    """Whether this is a line of hashtags: `#transport #data`."""
    return _TAGS.fullmatch(plain.strip()) is not None


def is_marked_url(plain: str) -> bool:
    """Whether this is an address with nothing but a sign before it: `🔗 https://…`."""
    match = _SIGN.match(plain) if "://" in plain else None
    return match is not None and is_url(plain[match.end() :])


def is_covered_by(text: Text, style: Style) -> bool:
    """Whether the style covers the whole text, apart from ornaments, brackets and punctuation."""
    at = 0
    for span in text.spans:
        if span.style is style:
            if _has_words(text.plain[at : span.start]):
                return False
            at = max(at, span.end)
    return at > 0 and not _has_words(text.plain[at:])


def first_span(text: Text, style: Style) -> Span | None:
    """Return the first span of the style."""
    return next((span for span in text.spans if span.style is style), None)


def leading_span(text: Text, style: Style) -> Span | None:
    """Return the first span of the style if only ornaments or a time stand before it."""
    span = first_span(text, style)
    return span if span is not None and not _has_words(TIME.sub("", text.plain[: span.start])) else None


def bracketed_lead(plain: str) -> int:
    """Return where the words in 【】 or ## end that a text begins with; 0 without them, or without text behind."""
    match = _BRACKETED.match(plain) if "【" in plain or "#" in plain else None
    return match.end() if match and _has_words(plain[match.end() :]) else 0


def link_spans(text: Text) -> list[Span]:
    """Return the spans of all links."""
    return [span for span in text.spans if span.style is Style.LINK]


def has_only_links(tail: Text) -> bool:
    """Whether only links follow, possibly in brackets."""
    at = 0
    for span in link_spans(tail):
        if any(character.isalnum() for character in tail.plain[at : span.start]):
            return False
        at = span.end
    return at > 0 and not any(character.isalnum() for character in tail.plain[at:])


def sentence_end(plain: str) -> int:
    """Return where the first sentence ends, including closing quotes and emoji after it."""
    at, open_counts = 0, [0] * len(_BRACKET_PAIRS)
    for match in _SENTENCE_END.finditer(plain):
        end = match.end()
        while end < len(plain) and plain[end] in _CLOSING_CHARACTERS:
            end += 1
        for number, (left, right) in enumerate(_BRACKET_PAIRS):
            open_counts[number] += plain.count(left, at, end) - plain.count(right, at, end)
        at = end
        if max(open_counts) <= 0:
            return _after_emoji(plain, end)
    return len(plain)


def _after_emoji(plain: str, end: int) -> int:
    at = end
    while at < len(plain) and (plain[at].isspace() or _is_emoji(plain[at])):
        at += 1
        if _is_emoji(plain[at - 1]):
            end = at
    return end


def _is_emoji(character: str) -> bool:
    return character in "\u200d\ufe0f" or (unicodedata.category(character) in ("So", "Sk") and character > "\u2000")


def is_wrapped(before: str, after: str) -> bool:
    """Whether a sentence goes on in the next line, because its editor or a tool wraps at a column or a comma."""
    fewest = _MIN_CLAUSE_CHARACTERS if before.endswith(",") else _MIN_WRAPPED_CHARACTERS
    return len(before) >= fewest and before[-1] not in _LINE_ENDS and after[:1].islower()


def signs_between(plain: str) -> str:
    """Return a line with a letter for each run of words: `👍 w | 👤 w: w`."""
    return _WORDS.sub("w", plain)


def outer_signs(plain: str) -> str:
    """Return the signs before and behind the words of a line, every emoji as one: `* *` for `*** T ***`."""
    match = _FRAMED.fullmatch(plain.strip())
    return " ".join(map(_sign_name, match.groups())) if match else ""


def _sign_name(signs: str) -> str:
    kept = "".join(dict.fromkeys(signs.replace(" ", "")))
    return "emoji" if any(map(_is_emoji, kept)) else kept.replace("：", ":")


def _has_words(plain: str) -> bool:
    return _WORD_CHARACTER.search(plain) is not None


def opening_phrase(text: Text) -> str:
    """Return the leading link or bold words of a line, else its first sentence without an address."""
    span = leading_span(text, Style.LINK) or leading_span(text, Style.BOLD)
    if span is not None and not is_url(text.plain[span.start : span.end]):
        return text.plain[: span.end]
    address = first_span(text, Style.LINK)
    plain = text.plain[: address.start] if address and is_url(text.plain[address.start :]) else text.plain
    return plain[: sentence_end(plain)]
