"""The search that stops early finds what the search of all style sets finds."""

from __future__ import annotations

from itertools import islice

from digest.parsing.blocks import build_blocks
from digest.parsing.front_matter import split_front_matter
from digest.parsing.markdown import tokenize
from digest.segmentation.flat_blocks import flatten_blocks
from digest.segmentation.page_features import Page, build_page
from digest.segmentation.selection import CLOSE_MARGIN, rank_segmentations, select_items
from digest.segmentation.states import Label
from tests.digest.generated.combine import generate_many
from tests.digest.generated.judge import find_file_differences
from tests.digest.written import KINDS, load_written

PAGES = 30


def page_of(source: str) -> Page:
    text = split_front_matter(source).body
    return build_page(flatten_blocks(build_blocks(tokenize(text).tokens, 1, text.split("\n"), [])))


def pages() -> list[Page]:
    generated = (digest.source for digest in islice(generate_many(11, held_out=None), PAGES))
    written = (digest.data.decode() for digest in islice(load_written(KINDS), PAGES))
    return [page_of(source) for source in (*generated, *written)]


def test_stopping_early_finds_the_best_reading_and_its_margin() -> None:
    for page in pages():
        early, readings = select_items(page), rank_segmentations(page)
        assert early.labels == (readings[0].labels if readings else (Label.INTRO,) * len(page.pieces))
        is_close = len(readings) > 1 and readings[1].cost - readings[0].cost < CLOSE_MARGIN
        assert (early.second is not None) == is_close


def test_search_exchanges_a_style_for_its_linked_entries() -> None:
    digest = next(islice(generate_many(7000), 357, None))
    assert not find_file_differences(digest.source.encode(), digest.truth)
