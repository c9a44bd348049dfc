"""Find where a string may be cut without splitting a grapheme.

After UAX #29 (extended grapheme clusters), with the properties that Python's `unicodedata` knows. Where it knows less
than the annex (conjuncts of Indic scripts, emoji sequences with a joiner), the string is not cut.
"""

from __future__ import annotations

from unicodedata import category, combining

_JOINER = "\u200d"
_NON_JOINER = "\u200c"
_MAX_CLUSTER_CHARACTERS = 512
_VIRAMA = 9  # the canonical combining class of signs that join two consonants

_EXTENDING = frozenset("\u200c\u200d\uff9e\uff9f\u0e33\u0eb3")
_PREPENDED = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")


def is_grapheme_boundary(plain: str, index: int, since: int = 0) -> bool:
    """Whether the string may be cut before `index`; its two ends and `since` are boundaries."""
    if index <= since or index >= len(plain):
        return True
    before, after = plain[index - 1], plain[index]
    if _is_simple(before) and _is_simple(after):
        return not (before == "\r" and after == "\n")
    return not _is_joined(plain, index, since)


def boundary_before(plain: str, index: int, start: int) -> int:
    """Return the last boundary in `(start, index]`; if one cluster fills that range, the first one after.

    A cluster longer than 512 characters, which no script has, is cut.
    """
    before = (cut for cut in range(index, start, -1) if is_grapheme_boundary(plain, cut, start))
    after = (
        cut for cut in range(index + 1, start + _MAX_CLUSTER_CHARACTERS) if is_grapheme_boundary(plain, cut, start)
    )
    return next(before, 0) or next(after, start + _MAX_CLUSTER_CHARACTERS)


def _is_simple(character: str) -> bool:
    """Whether the character (ASCII, Han, kana, full-width) stands alone unless a neighbour joins it."""
    return (
        character < "\u0300"
        or "\u3000" <= character < "\u302a"
        or "\u3030" <= character < "\u3099"
        or ("\u30a0" <= character < "\ua000")
        or "\uff01" <= character < "\uff9e"
    )


def _is_joined(plain: str, index: int, since: int) -> bool:
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
    """Whether a joiner stands between two emoji, or a virama (with or without joiner) between two consonants."""
    before, after = plain[index - 1], plain[index]
    if before == _JOINER and not after.isalnum():
        return True
    sign = index - 2 if before == _JOINER else index - 1
    return sign >= 0 and combining(plain[sign]) == _VIRAMA and category(after) == "Lo"


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_flag(plain: str, index: int, since: int) -> bool:
    """Whether this is the middle of a flag: an odd number of regional indicators before, one more after."""
    if not (_is_regional_indicator(plain[index - 1]) and _is_regional_indicator(plain[index])):
        return False
    first = index - 1
    while first > since and _is_regional_indicator(plain[first - 1]):
        first -= 1
    return (index - first) % 2 == 1


def _is_hangul_pair(before: str, after: str) -> bool:
    """Whether two jamo belong to one Hangul syllable: L×(L V LV LVT), (LV V)×(V T), (LVT T)×T."""
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
