"""Headings named like sections amid stories, lines above all items, and names on the first line of a paragraph."""

from __future__ import annotations

from itertools import product

import pytest

from tests.digest.reading import bodies, read

_STORIES = {
    "en": (("Harbour opens at night", "Ferry fares fall", "Old mill burns down"), "Hardware", "The city said so."),
    "de": (
        ("Hafen öffnet nachts", "Fähren werden billiger", "Alte Mühle brennt ab"),
        "Hardware",
        "Das teilte sie mit.",
    ),
    "zh": (("港口夜间开放", "轮渡票价下调", "老磨坊失火"), "硬件", "市里昨天宣布了这件事。"),
    "zh-Hant": (("港口夜間開放", "渡輪票價下調", "老磨坊失火"), "硬體", "市府昨天宣布了這件事。"),
    "ja": (("港が夜も開く", "フェリーが値下げ", "古い製粉所が火事"), "ハードウェア", "市が昨日発表した。"),
}


@pytest.mark.parametrize(("language", "at"), [*product(_STORIES, range(1, 4))])
def test_heading_named_like_a_section_is_a_story_beside_stories(language: str, at: int) -> None:
    titles, name, text = _STORIES[language]
    stories = (*titles[:at], name, *titles[at:])
    digest = read("\n\n".join(f"## {title}\n\n{text} {number}" for number, title in enumerate(stories, 1)))
    assert tuple(item.headline for item in digest.items) == stories
    assert bodies(digest) == [f"{text} {number}" for number in range(1, 5)]


def test_section_with_a_text_above_deeper_headlines_stays_a_section() -> None:
    digest = read("## Hardware\n\nAll about chips.\n\n### Harbour opens\n\nSoon.\n\n### Ferry fares fall\n\nA bit.")
    assert [(item.headline, item.section) for item in digest.items] == [
        ("Harbour opens", "Hardware"),
        ("Ferry fares fall", "Hardware"),
    ]


@pytest.mark.parametrize("headline", ["## {at}. {title}", "## [{title}](https://n.example/{at})"])
@pytest.mark.parametrize("language", _STORIES)
def test_section_beside_numbered_or_linked_headlines_stays_one(headline: str, language: str) -> None:
    titles, name, text = _STORIES[language]
    news = [f"{headline.format(at=at, title=title)}\n\n{text}" for at, title in enumerate(titles, 1)]
    digest = read("\n\n".join((news[0], f"## {name}\n\n{text}", *news[1:])))
    assert tuple(item.headline for item in digest.items) == titles
    assert [item.section for item in digest.items] == ["", name, name]


_NEWS = "1. [Harbour opens at night](https://n.example/1)\n2. [Ferry fares fall](https://n.example/2)\n"


@pytest.mark.parametrize(
    "line",
    [
        "Five links today:",
        "Two stories we liked:",
        "今日共 2 条：",
        "早安，今日要闻：",
        "*Prepared by Mara - 5 minute read*",
        "November 24, 2026",
        "24.11.2026",
        "2026年11月24日",
        "2026年11月24日 星期二",
    ],
)
def test_line_above_all_items_is_introduction_and_no_category(line: str) -> None:
    digest = read(f"{line}\n\n{_NEWS}")
    assert digest.intro.plain == line.strip("*")
    assert [(item.section, item.categories) for item in digest.items] == [("", ())] * 2


@pytest.mark.parametrize(
    "name", ["科技", "Technology", "芯片与制造", "Village news", "## Village news", "**Village news**"]
)
def test_name_of_a_section_above_all_items_stays_one(name: str) -> None:
    digest = read(f"{name}\n\n{_NEWS}")
    assert {item.section for item in digest.items} == {name.strip("#* ")}


_PARAGRAPHS = {
    "zh": ("头条", "国际", "原文：", ("港口夜间开放", "轮渡票价下调", "老磨坊失火", "桥梁封闭"), "市里昨天宣布。"),
    "en": (
        "Business",
        "World",
        "Source: ",
        ("Harbour opens", "Ferry fares fall", "Old mill burns", "Bridge shut"),
        "So.",
    ),
}


@pytest.mark.parametrize("language", _PARAGRAPHS)
def test_name_on_the_first_line_of_a_paragraph_hides_no_headline(language: str) -> None:
    first, second, source, titles, text = _PARAGRAPHS[language]
    news = [f"{title}\n{text}\n{source}https://n.example/{at}" for at, title in enumerate(titles)]
    digest = read(f"{first}\n{news[0]}\n\n{news[1]}\n\n{second}\n{news[2]}\n\n{news[3]}")
    assert [(item.section, item.headline) for item in digest.items] == [
        (first, titles[0]),
        (first, titles[1]),
        (second, titles[2]),
        (second, titles[3]),
    ]
