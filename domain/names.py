"""Names as people type them: what makes two names the same, and which known name a mistyped one was meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

_NO_NAME = re.compile(r"[\W_]+")

MIN_SIMILARITY = 0.6
"""How alike (0 to 1) a folded name must be to one we know before we ask whether that was meant."""


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """The name without case, width, punctuation, symbols and spaces: `fold("ＡＩ 产业！") == fold("ai产业")`."""
    return _NO_NAME.sub("", unicodedata.normalize("NFKC", name).casefold())


def find_name(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that is the same name, as it is written there."""
    wanted = fold_name(name)
    return next((known for known in names if fold_name(known) == wanted), None) if wanted else None


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant, for a "did you mean"; None where nothing comes near."""
    wanted = fold_name(name)
    if not wanted:
        return None
    best = max(names, key=lambda known: _likeness(wanted, fold_name(known)), default=None)
    return best if best is not None and _likeness(wanted, fold_name(best)) >= MIN_SIMILARITY else None


def _likeness(wanted: str, known: str) -> float:
    if not known:
        return 0.0
    shorter, longer = sorted((wanted, known), key=len)
    contained = 0.5 + len(shorter) / len(longer) / 2 if shorter in longer else 0.0
    return max(contained, SequenceMatcher(None, wanted, known).ratio())
