"""Where a string may be cut without harming a character as people see it: an index in, yes or no out.

After Unicode's UAX #29 (extended grapheme clusters), from the properties that Python's `unicodedata` knows. Where it
knows less than the annex (conjuncts of Indic scripts, which sequences with a joiner are emoji) the answer is the
careful one: not here.
"""

from __future__ import annotations

from unicodedata import category, combining

_JOINER = "\u200d"
_NON_JOINER = "\u200c"
_LONGEST = 512
_VIRAMA = 9  # the canonical combining class of signs that join two consonants

_EXTENDING = frozenset("\u200c\u200d\uff9e\uff9f\u0e33\u0eb3")
_PREPENDED = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def is_boundary(plain: str, index: int, since: int = 0) -> bool:
    """Whether the string may be cut before `index`; its two ends, and `since`, are boundaries."""
    if index <= since or index >= len(plain):
        return True
    before, after = plain[index - 1], plain[index]
    if _is_simple(before) and _is_simple(after):
        return not (before == "\r" and after == "\n")
    return not _joined(plain, index, since)


def boundary_before(plain: str, index: int, start: int) -> int:
    """The last boundary in `(start, index]`; where one cluster fills all of it, the first after.

    A cluster longer than 512 characters (no script has one, a joker may) is cut.
    """
    before = (cut for cut in range(index, start, -1) if is_boundary(plain, cut, start))
    after = (cut for cut in range(index + 1, start + _LONGEST) if is_boundary(plain, cut, start))
    return next(before, 0) or next(after, start + _LONGEST)


def _is_simple(character: str) -> bool:
    """ASCII, Han, kana and the full-width marks: characters that stand alone unless something joins them."""
    return (
        character < "\u0300"
        or "\u3000" <= character < "\u302a"
        or "\u3030" <= character < "\u3099"
        or ("\u30a0" <= character < "\ua000")
        or "\uff01" <= character < "\uff9e"
    )


def _joined(plain: str, index: int, since: int) -> bool:
    before, after = plain[index - 1], plain[index]
    if _is_control(before) or _is_control(after):
        return False
    return (
        _extends(after)
        or before in _PREPENDED
        or _is_hangul_pair(before, after)
        or _is_joined_pair(plain, index)
        or _is_flag(plain, index, since)
    )


def _is_control(character: str) -> bool:
    if character in (_JOINER, _NON_JOINER) or character in _PREPENDED or _is_tag(character):
        return False
    return category(character) in ("Cc", "Cf", "Zl", "Zp")


def _is_tag(character: str) -> bool:
    return "\U000e0020" <= character <= "\U000e007f"


def _extends(character: str) -> bool:
    return (
        category(character)[0] == "M"
        or character in _EXTENDING
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or _is_tag(character)  # the letters of a region's flag
    )


def _is_joined_pair(plain: str, index: int) -> bool:
    """Two emoji with a joiner between them, or two consonants with a virama (and perhaps a joiner) between."""
    before, after = plain[index - 1], plain[index]
    if before == _JOINER and not after.isalnum():
        return True
    sign = index - 2 if before == _JOINER else index - 1
    return sign >= 0 and combining(plain[sign]) == _VIRAMA and category(after) == "Lo"


def _is_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_flag(plain: str, index: int, since: int) -> bool:
    """The middle of a flag: an odd number of regional indicators before, one more after."""
    if not (_is_indicator(plain[index - 1]) and _is_indicator(plain[index])):
        return False
    first = index - 1
    while first > since and _is_indicator(plain[first - 1]):
        first -= 1
    return (index - first) % 2 == 1


def _is_hangul_pair(before: str, after: str) -> bool:
    """Hangul syllables spelt in jamo: L×(L V LV LVT), (LV V)×(V T), (LVT T)×T."""
    first, second = _hangul(before), _hangul(after)
    return second in _HANGUL_FOLLOWERS.get(first, ())


_HANGUL_FOLLOWERS = {
    "L": ("L", "V", "LV", "LVT"),
    "LV": ("V", "T"),
    "V": ("V", "T"),
    "LVT": ("T",),
    "T": ("T",),
}


def _hangul(character: str) -> str:
    if "\uac00" <= character <= "\ud7a3":
        return "LV" if (ord(character) - 0xAC00) % 28 == 0 else "LVT"
    for first, last, kind in _JAMO:
        if first <= character <= last:
            return kind
    return ""


_JAMO = (
    ("\u1100", "\u115f", "L"),
    ("\ua960", "\ua97c", "L"),
    ("\u1160", "\u11a7", "V"),
    ("\ud7b0", "\ud7c6", "V"),
    ("\u11a8", "\u11ff", "T"),
    ("\ud7cb", "\ud7fb", "T"),
)
