"""Comparing names as people type them: equal names, and the nearest name to a mistyped one ("did you mean")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from domain.chinese_scripts import simplified

_IGNORED = re.compile(r"[\W_]+")

MIN_SIMILARITY = 0.6
"""Least similarity (0 to 1) of two folded names at which one is taken for a misspelling of the other."""


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """Return a name without case, width, punctuation, symbols and spaces: `ＡＩ 产业！` becomes `ai产业`."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())


def find_name(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of `names` that is the same name, or None."""
    wanted = fold_name(name)
    return next((candidate for candidate in names if fold_name(candidate) == wanted), None) if wanted else None


@lru_cache(maxsize=4096)
def fold_script(name: str) -> str:
    """Return a folded name in simplified characters: `技術前沿！` becomes `技术前沿`."""
    return simplified(fold_name(name))


def find_in_either_script(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of `names` that is the same name, or else the same in the other Chinese script, or None."""
    candidates = tuple(names)
    if (same := find_name(name, candidates)) is not None:
        return same
    wanted = fold_script(name)
    return next((candidate for candidate in candidates if fold_script(candidate) == wanted), None) if wanted else None


def nearest_name(name: str, names: Iterable[str], *, min_similarity: float = MIN_SIMILARITY) -> str | None:
    """Return the entry of `names` that was probably meant, or None if no name is similar enough."""
    wanted = fold_name(name)
    if not wanted:
        return None
    nearest = max(names, key=lambda candidate: _similarity(wanted, fold_name(candidate)), default=None)
    return nearest if nearest is not None and _similarity(wanted, fold_name(nearest)) >= min_similarity else None


def nearest_in_either_script(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of `names` that was probably meant, whatever its Chinese script, or None."""
    spelled = {fold_script(candidate): candidate for candidate in names}
    nearest = nearest_name(fold_script(name), spelled)
    return None if nearest is None else spelled[nearest]


def _similarity(wanted: str, candidate: str) -> float:
    if not candidate:
        return 0.0
    shorter, longer = sorted((wanted, candidate), key=len)
    contained = 0.5 + len(shorter) / len(longer) / 2 if shorter in longer else 0.0
    return max(contained, SequenceMatcher(None, wanted, candidate).ratio())
