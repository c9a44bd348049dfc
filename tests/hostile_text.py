"""Characters that forge lines, steer terminals or reorder what is shown, for the tests of all that prints or logs."""

CONTROL_CHARACTERS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LINE_SEPARATORS = "\u2028\u2029"
HOSTILE_CHARACTERS = CONTROL_CHARACTERS + DIRECTION_MARKS + LINE_SEPARATORS + "\ufeff\udfff\ud800"


def hostile_in(shown: str) -> set[str]:
    """Return the hostile characters of what was printed, where line feeds end lines."""
    return set(shown) & (set(HOSTILE_CHARACTERS) - {"\n"})
