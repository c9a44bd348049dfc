"""Numbers of several items: `2 and 4`, `第2、4条`, `2-4`, `1, 3-5`; as people type them, and as buttons carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LAST = "last"
"""The last item; `-2` is the one before it, `last-3` are the last three."""

_FROM_END = re.compile(rf"-(\d{{1,3}})|{LAST}(?:-(\d{{1,3}}))?")
_NUMBER = (
    r"(?:the )?(?:第|#|(?:item|number|no\.?|nr\.?|story|article|headline) ?)?(\d{1,3}|one|first)(?:st|nd|rd|th)? ?"
    r"(?:条新闻|则新闻|条|则|个|篇|项|号)?"
)
_PART = re.compile(rf"{_NUMBER}(?: ?(?:-|–|—|~|到|至|\bto\b|\bthrough\b|\bthru\b) ?{_NUMBER})?")
_COMMA = re.compile(r" ?(?:(?:,|、|&|\+|和|以及|及|跟|与|还有|\band\b|\bplus\b) ?)+")
_WORDS = {"one": 1, "first": 1}


def parse_item_numbers(text: str) -> tuple[int, ...] | None:
    """Return the items that a text in half width names, each once and in its order; None for one, or anything else."""
    parts = [_PART.fullmatch(part) for part in _COMMA.split(" ".join(text.split()))]
    if len(parts) == 1 and (parts[0] is None or parts[0][2] is None):
        return None
    found: dict[int, None] = {}
    for part in parts:
        first, last = (0, 0) if part is None else sorted((_value(part[1]), _value(part[2] or part[1])))
        if not first:
            return None
        found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def count_from_end(text: str) -> tuple[int, int] | None:
    """Return the first and last item that `last`, `-2` or `last-3` name, both counted from the end; else None."""
    match = _FROM_END.fullmatch(text)
    if match is None:
        return None
    return (int(match[1]), int(match[1])) if match[1] else (int(match[2] or 1), 1)


def is_list(text: str) -> bool:
    """Return whether numbers are told one by one, and not only as a range."""
    return _COMMA.search(text) is not None


def format_item_numbers(numbers: Iterable[int]) -> tuple[str, ...]:
    """Return numbers as `parse_item_numbers` reads them, those that follow each other as a range: `2`, `4-6`."""
    return tuple(str(first) if first == last else f"{first}-{last}" for first, last in _runs(numbers))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of each run of numbers that follow each other."""
    first = last = 0
    for number in numbers:
        if last and number == last + 1:
            last = number
            continue
        if last:
            yield first, last
        first = last = number
    if last:
        yield first, last


def _value(written: str) -> int:
    return _WORDS[written] if written in _WORDS else int(written)
