"""Each detector by itself: which pieces of a page it takes for the beginnings of items."""

from __future__ import annotations

from textwrap import dedent

import pytest

from digest.parsing.blocks import build_blocks
from digest.parsing.markdown import tokenize
from digest.segmentation import detectors
from digest.segmentation.contents_lists import find_contents_lists
from digest.segmentation.detectors import CERTAIN_FORMS, DETECTORS, Detector
from digest.segmentation.features import Page, build_page
from digest.segmentation.flat_blocks import flatten_blocks
from digest.segmentation.regions import RegionKind, exclude_regions, is_empty_notice, region_kind, region_kind_of_name
from digest.segmentation.selection import UNRECOGNISED_FORM, select_items

L = "[甲公司发布新品](https://e.org/1)"
M = "[乙公司发布新品](https://e.org/2)"


def page(markdown: str) -> Page:
    """Build the page of a text."""
    text = dedent(markdown).strip("\n")
    return build_page(flatten_blocks(build_blocks(tokenize(text)[0], 1, text.split("\n"), [])))


@pytest.mark.parametrize(
    ("recogniser", "markdown", "heads"),
    [
        (detectors.numbered_headings, f"## 1. {L}\n\n正文\n\n## 2. {M}\n\n正文", (0, 2)),
        (detectors.numbered_headings, f"## {L} `#1`\n\n## {M} `#2`", (0, 1)),
        (detectors.numbered_headings, f"## 1. 产品\n\n- {L}\n- {M}\n\n## 2. 研究\n\n- {L}\n- {M}", ()),
        (detectors.numbered_headings, "## 产品\n\n## 研究", ()),
        (detectors.linked_headings, f"## {L}\n\n正文\n\n## {M}", (0, 2)),
        (detectors.linked_headings, f"## 产品 {L}\n\n## 研究 {M}", ()),
        (detectors.numbered_entries, f"引言\n\n1. {L}\n2. {M}", (1, 2)),
        (detectors.numbered_entries, f"1. {L}\n2. {M}\n\n3.{L}", (0, 1, 2)),
        (detectors.numbered_entries, f"- {L}\n- {M}", ()),
        (detectors.numbered_lines, f"1、{L}\n2、{M}", (0, 1)),
        (detectors.numbered_lines, "3.5 版本发布\n价格不变", ()),
        (detectors.numbered_lines, "1\\、甲\n\n2\\. 乙", ()),
        (detectors.numbered_lines, "7、甲\n\n3、乙\n\n9、丙", ()),
        (detectors.titles_with_addresses, "甲公司发布新品\nhttps://e.org/1\n乙公司：https://e.org/2", (0, 2)),
        (detectors.titles_with_addresses, "原文链接：https://e.org/1\n来源：https://e.org/2", ()),
        (detectors.linked_lines, f"{L}\n\n正文\n\n**{M}**\n\n正文", (0, 2)),
        (detectors.linked_lines, "正文\n\n[原文链接](https://e.org/1)\n\n[阅读原文](https://e.org/2)", ()),
        (detectors.linked_lines, f"{L}。\n\n{M}。", ()),
        (detectors.bold_lines, "**甲公司发布新品**\n正文\n\n**乙公司发布新品**\n\n正文", (0, 2)),
        (detectors.bold_lines, f"**产品**\n- {L}\n\n**研究**\n- {M}", ()),
        (detectors.bold_lines, "**要点**\n甲\n\n**来源**\n乙", ()),
        (detectors.bold_lines, "**甲**\n\n---\n\n**乙**\n\n---", ()),
        (detectors.bullets, f"- {L}\n- {M}", (0, 1)),
        (detectors.bullets, "- 甲\n- 乙", ()),
        (detectors.plain_headings, "### 甲公司发布新品\n\n正文\n\n### 乙公司发布新品\n\n正文", (0, 2)),
        (detectors.plain_headings, f"### 产品\n\n1. {L}\n\n### 研究\n\n1. {M}", ()),
        (detectors.plain_headings, "没有标题", ()),
        (detectors.bold_leads, "**甲公司**发布新品\n\n**乙公司**发布新品", (0, 1)),
        (detectors.bold_leads, "**来源**：某报社\n\n**分类**：研究报告", ()),
        (detectors.linked_paragraphs, f"甲。{L}\n\n乙。{M}", (0, 1)),
        (detectors.linked_paragraphs, "甲。\n\n乙。", ()),
        (detectors.plain_bullets, "- 甲\n- 乙", (0, 1)),
        (detectors.plain_bullets, "- 甲", ()),
    ],
)
def test_each_detector(recogniser: Detector, markdown: str, heads: tuple[int, ...]) -> None:
    assert recogniser(page(markdown)) == heads


def test_every_detector_has_a_name_and_a_docstring() -> None:
    names = [name for name, _ in DETECTORS]
    assert len(set(names)) == len(names)
    assert set(names) > CERTAIN_FORMS - {"single"}
    assert [name for name, detector in DETECTORS if not detector.__doc__] == []


def test_prose_matches_no_detector() -> None:
    choice = select_items(page("一段话。\n\n又一段话。"))
    assert (choice.form, choice.heads) == (UNRECOGNISED_FORM, ())


def test_region_is_excluded_but_not_a_recurring_label() -> None:
    assert exclude_regions(page("## 总结\n\n1. 甲\n2. 乙\n\n## 产品\n\n1. 丙")).excluded == {0, 1, 2}
    assert exclude_regions(page("甲\n\n**点评**\n\n好\n\n乙\n\n**点评**\n\n坏")).excluded == frozenset()


def test_region_of_linked_entries_holds_items() -> None:
    assert exclude_regions(page(f"## 行业观察\n\n1. {L}\n2. {M}")).excluded == frozenset()
    assert exclude_regions(page(f"## 点评\n\n1. {L}\n2. {M}")).excluded == {0, 1, 2}


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("今日摘要", RegionKind.SUMMARY),
        ("TL;DR", RegionKind.SUMMARY),
        ("**点评**", RegionKind.COMMENTARY),
        ("Editor's note", RegionKind.COMMENTARY),
        ("目录", RegionKind.CONTENTS),
        ("收听语音版", RegionKind.TRAILING),
        ("AI产品与功能更新", None),
        ("行业展望与社会影响", None),
        ("社媒分享", None),
    ],
)
def test_region_kind_of_names(name: str, zone: RegionKind | None) -> None:
    assert region_kind_of_name(name) is zone


def test_headlines_have_no_region_kind() -> None:
    pieces = page("## 1. 总结\n\n## 甲公司的总结大会上发布了三款新的手机产品\n\n总结").pieces
    assert [region_kind(piece) for piece in pieces] == [None, None, None]


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("暂无相关新闻。", True),
        ("今日无重大更新", True),
        ("None", True),
        ("No updates today", True),
        ("暂无定论的争议", False),
        ("无人机新规发布", False),
        ("没有人能拒绝", False),
    ],
)
def test_empty_notices(text: str, nothing: bool) -> None:
    assert is_empty_notice(text) is nothing


def test_contents_lists_repeat_or_link_within_page() -> None:
    again = page(
        "- 甲公司发布新品\n- 乙公司发布新品\n\n## 甲公司发布新品\n\n正文很长很长\n\n## 乙公司发布新品\n\n正文很长很长"
    )
    assert find_contents_lists(again) == {0, 1}
    assert find_contents_lists(page("## 目录\n\n- [甲](#a)\n- [乙](#b)\n\n正文")) == {0, 1, 2}
    assert find_contents_lists(page(f"- {L}\n- {M}\n\n正文")) == frozenset()
