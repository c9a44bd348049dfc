"""Forms of real archives, crossed with what stands around the news in them, are mostly read as a person would.

The figures are those of a sample; `python -m tests.digest.crossed` counts all.
"""

from __future__ import annotations

from itertools import islice

import pytest

from tests.digest.crossed import LANGUAGES, load_language
from tests.digest.crossed.faults import find_faults
from tests.digest.crossed.pages import crossed_pages

EVERY = 40
"""Of how many openings and endings one is crossed with each form."""


PARTS = 4
"""Parts of the pages, so that no test takes minutes; each must have its share right."""


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("measured", "share"), [(False, 0.78), (True, 0.7)])
def test_most_pages_are_right(measured: bool, share: float, part: int) -> None:
    languages = map(load_language, LANGUAGES)
    pages = (page for each in languages for page in crossed_pages(each, measured=measured, every=EVERY))
    right = [not find_faults(page) for page in islice(pages, part, None, PARTS)]
    assert sum(right) / len(right) >= share, f"{sum(right)} of {len(right)}"


def test_blocks_say_what_they_contain() -> None:
    around = [
        (name, block) for name in LANGUAGES for block in (*load_language(name).openings, *load_language(name).endings)
    ]
    assert [(name, block.name, word) for name, block in around for word in block.words if word not in block.text] == []
