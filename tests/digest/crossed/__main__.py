"""Count how many crossed pages are read right: `python -m tests.digest.crossed [LANGUAGE …] [--measured] [--faults]`.

`--faults` lists the faults of the blocks that may be looked at, by form, opening and ending.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict

from tests.digest.crossed import LANGUAGES, load_language
from tests.digest.crossed.faults import find_faults
from tests.digest.crossed.pages import crossed_pages

_ITEM_FAULTS = {"items too many", "items missing", "headlines", "several days"}


def count(name: str, *, measured: bool, listed: bool) -> tuple[int, int, int]:
    """Print the figures of a language; return how many pages there are, right as a whole, and with the right items."""
    faults: defaultdict[str, Counter[str]] = defaultdict(Counter)
    alone: set[str] = set()
    pages = right = with_items = 0
    for page in crossed_pages(load_language(name), measured=measured):
        found = find_faults(page)
        pages, right, with_items = pages + 1, right + (not found), with_items + (not _ITEM_FAULTS & set(found))
        around = page.opening or page.ending
        if found and not around:
            alone.add(page.form.name)
            faults[f"form {page.form.name}"][" + ".join(found)] += 1
        elif found and around and page.form.name not in alone:
            faults[around.name][" + ".join(found)] += 1
    sys.stdout.write(f"{name:18} {right:5} of {pages:5} right, {with_items:5} with the right items\n")
    if listed and not measured:
        for block, kinds in sorted(faults.items(), key=lambda pair: -pair[1].total()):
            sys.stdout.write(f"   {kinds.total():4} {block}: {dict(kinds)}\n")
    return pages, right, with_items


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")] or LANGUAGES
    counts = [count(name, measured="--measured" in sys.argv, listed="--faults" in sys.argv) for name in names]
    total, right, with_items = map(sum, zip(*counts, strict=True))
    sys.stdout.write(f"{'all':18} {right / total:.1%} right, {with_items / total:.1%} with the right items\n")
