"""Find the fenced blocks of code in a text before it is parsed, so that what they show is left as it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_FENCE = re.compile(
    r"^(?P<around>(?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t]){0,40})(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$", re.MULTILINE
)
"""A fence, within quotes and entries of lists too."""


@dataclass(frozen=True, slots=True)
class CodeBlocks:
    """Where the blocks of a text begin and end, from top to bottom."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def contain(self, at: int) -> bool:
        """Whether a place lies within a block or its fences."""
        block = bisect_right(self.starts, at) - 1
        return block >= 0 and at < self.ends[block]


def find_code_blocks(text: str) -> CodeBlocks:
    """Return the fenced blocks; one that is never closed goes on to the end of the text, as Markdown reads it."""
    starts: list[int] = []
    ends: list[int] = []
    opening = ""
    for fence in _FENCE.finditer(text) if "```" in text or "~~~" in text else ():
        if opening:
            if fence["fence"].startswith(opening) and not fence["info"].strip():
                ends.append(fence.end())
                opening = ""
        elif fence["fence"][0] == "~" or "`" not in fence["info"]:
            starts.append(fence.start())
            opening = fence["fence"]
    if opening:
        ends.append(len(text))
    return CodeBlocks(tuple(starts), tuple(ends))
