"""The detectors by name: which forms there are, and which form the headlines of a page are in."""

from __future__ import annotations

from textwrap import dedent

import pytest

from digest.parsing.blocks import build_blocks
from digest.parsing.markdown import tokenize
from digest.segmentation.contents_lists import find_contents_lists
from digest.segmentation.detectors import CERTAIN_FORMS, DETECTORS
from digest.segmentation.flat_blocks import flatten_blocks
from digest.segmentation.page_features import Page, build_page
from digest.segmentation.selection import UNRECOGNISED_FORM, rank_segmentations, select_items
from digest.segmentation.states import Label

L = "[甲公司发布新品](https://e.org/1)"
M = "[乙公司发布新品](https://e.org/2)"
B = "[乙公司芯片量产](https://e.org/2)"


def page(markdown: str) -> Page:
    """Build the page of a text."""
    text = dedent(markdown).strip("\n")
    return build_page(flatten_blocks(build_blocks(tokenize(text).tokens, 1, text.split("\n"), [])))


@pytest.mark.parametrize(
    ("form", "markdown", "heads"),
    [
        ("numbered-headings", f"## 1. {L}\n\n正文\n\n## 2. {M}\n\n正文", (0, 2)),
        ("numbered-headings", f"## {L} `#1`\n\n## {M} `#2`", (0, 1)),
        ("bullets", f"## 1. 产品\n\n- {L}\n- {M}\n\n## 2. 研究\n\n- {B}\n- [丙公司融资](u)", (1, 2, 4, 5)),
        ("linked-headings", f"## {L}\n\n正文\n\n## {M}", (0, 2)),
        ("numbered-list", f"引言\n\n1. {L}\n2. {M}", (1, 2)),
        ("numbered-list", f"1. {L}\n2. {M}\n\n3.{B}", (0, 1, 2)),
        ("bullets", f"- {L}\n- {M}", (0, 1)),
        ("numbered-lines", f"1、{L}\n2、{M}", (0, 1)),
        ("titles-with-addresses", "甲公司发布新品\nhttps://e.org/1\n乙公司量产：https://e.org/2", (0, 2)),
        ("linked-lines", f"{L}\n\n正文\n\n**{M}**\n\n正文", (0, 2)),
        ("bold-headlines", "**甲公司发布新品**\n正文\n\n**乙公司发布新品**\n\n正文", (0, 2)),
        ("bullets", f"**产品**\n- {L}\n\n**研究**\n- {M}", (1, 3)),
        ("headings", "### 甲公司发布新品\n\n正文\n\n### 乙公司发布新品\n\n正文", (0, 2)),
        ("numbered-list", f"### 产品\n\n1. {L}\n\n### 研究\n\n1. {M}", (1, 3)),
        ("bold-leads", "**甲公司**发布新品\n\n**乙公司**发布新品", (0, 1)),
        ("linked-paragraphs", f"甲。{L}\n\n乙。{M}", (0, 1)),
        ("plain-bullets", "- 甲\n- 乙", (0, 1)),
        ("quotes", f"> **甲公司发布新品**\n> 正文。{L}\n\n> **乙公司量产**\n> 正文。", (0, 1)),
        ("signed-lines", f"• {L}\n正文\n\n• {M}\n正文", (0, 2)),
    ],
)
def test_each_form_is_found(form: str, markdown: str, heads: tuple[int, ...]) -> None:
    best = select_items(page(markdown))
    assert (best.form, best.heads) == (form, heads)


@pytest.mark.parametrize(
    "markdown",
    [
        "一段话。\n\n又一段话。",
        "1\\、甲\n\n2\\、乙",
        "3.5 版本发布\n价格不变",
        "没有标题",
    ],
)
def test_prose_has_no_items(markdown: str) -> None:
    best = select_items(page(markdown))
    assert (best.form, best.heads) == (UNRECOGNISED_FORM, ())
    assert set(best.labels) == {Label.INTRO}


def test_every_detector_has_a_form_and_a_certainty() -> None:
    certain = {name: {one.is_certain for one in DETECTORS if one.name == name} for name in {d.name for d in DETECTORS}}
    assert {len(kinds) for kinds in certain.values()} == {1}
    assert {name for name, kinds in certain.items() if True in kinds} == CERTAIN_FORMS


def test_segmentations_are_ranked_by_cost_and_unlike() -> None:
    ranked = rank_segmentations(page(f"## 产品\n\n- {L}\n- {M}\n\n## 研究\n\n- {B}"))
    costs = [one.cost for one in ranked]
    assert len(ranked) > 1
    assert costs == sorted(costs)
    assert len({one.labels for one in ranked}) == len(ranked)


def test_contents_lists_repeat_or_link_within_page() -> None:
    again = page(
        "- 甲公司发布新品\n- 乙公司发布新品\n\n## 甲公司发布新品\n\n正文很长很长\n\n## 乙公司发布新品\n\n正文很长很长"
    )
    linked = page("## 目录\n\n- [甲](#a)\n- [乙](#b)\n\n正文")
    plain = page(f"- {L}\n- {M}\n\n正文")
    assert find_contents_lists(again.pieces, again.ruled) == {0, 1}
    assert find_contents_lists(linked.pieces, linked.ruled) == {0, 1, 2}
    assert find_contents_lists(plain.pieces, plain.ruled) == frozenset()
