"""Shapes that newsletters have beyond the catalogue; the texts are invented."""

from __future__ import annotations

from datetime import date

from digest.parse import parse
from tests.digest.reading import bodies, heads, read

U = "https://example.org/"


def test_fields_below_numbered_headings_are_no_headlines() -> None:
    digest = read("""
        ## 1. 一门新语言

        **原文标题**: A new language

        **原文链接**: [https://example.org/1](https://example.org/1)

        **主要特性：**
        *   **安全：** 有检查。
        *   **快：** 编译快。

        ---

        ## 2. 免费土豆四千吨

        **原文标题**: Free potatoes

        **原文链接**: [https://example.org/2](https://example.org/2)

        1. 登记
        2. 领取
    """)
    assert heads(digest) == [("一门新语言", U + "1"), ("免费土豆四千吨", U + "2")]
    assert bodies(digest)[1].endswith("1. 登记\n2. 领取")


def test_scores_behind_a_linked_headline() -> None:
    digest = read(f"### 1. [A story that is long]({U}1) ⭐ 892 💬 156\n> Brief.\n\n### 2. [B]({U}2) ⭐ 1\n")
    assert heads(digest) == [("A story that is long", U + "1"), ("B", U + "2")]
    assert bodies(digest)[0] == "⭐ 892 💬 156\n\nBrief."


def test_sources_behind_or_below_numbered_headings() -> None:
    digest = read(
        "### 1. 甲 — `[Zenn]`\n<https://example.org/1>\n\n正文。\n\n### 2. 乙\n\n来源：某站 · [链接](https://example.org/2)\n\n正文。"
    )
    assert heads(digest) == [("甲 — [Zenn]", U + "1"), ("乙", U + "2")]


def test_top_stories_as_paragraphs_and_quick_hits_as_bullets() -> None:
    digest = read("""
        Good morning.

        ## Top stories

        **Acme ships a thing.** It costs nothing. ([The Paper](https://example.org/1))

        **Beta sells chips.** A lot of them. ([The Wire](https://example.org/2))

        ## Quick hits

        - Gamma [delays](https://example.org/3) its assistant.
        - Delta [hires](https://example.org/4) ten people.

        ## Bottom line

        A slow day.
    """)
    assert [item.url for item in digest.items] == [U + str(n) for n in (1, 2, 3, 4)]
    assert [item.section for item in digest.items] == ["Top stories"] * 2 + ["Quick hits"] * 2
    assert digest.commentary.plain == "A slow day."


def test_sections_written_as_a_list_of_lists() -> None:
    digest = read(f"- **产品**\n  - [甲]({U}1)\n  - [乙]({U}2)\n- **研究**\n  - [丙]({U}3)\n  - [丁]({U}4)\n")
    assert [(item.headline, item.section) for item in digest.items] == [
        ("甲", "产品"),
        ("乙", "产品"),
        ("丙", "研究"),
        ("丁", "研究"),
    ]


def test_sections_in_brackets_between_numbered_lines() -> None:
    digest = read("【国内】\n1、甲公司发布新品。\n2、乙公司完成融资。\n【国际】\n1、丙公司被罚。\n2、丁公司裁员。\n")
    assert [(item.headline, item.section) for item in digest.items] == [
        ("甲公司发布新品。", "国内"), ("乙公司完成融资。", "国内"), ("丙公司被罚。", "国际"), ("丁公司裁员。", "国际"),
    ]  # fmt: skip


def test_a_bulleted_footer_below_numbered_items() -> None:
    digest = read(
        "1. 甲 https://example.org/1\n2. 乙 https://example.org/2\n\n- 编辑：某某\n- 订阅：https://example.org/x\n"
    )
    assert heads(digest) == [("甲", U + "1"), ("乙", U + "2")]
    assert bodies(digest) == ["", ""]
    assert digest.trailing.plain == "• 编辑：某某\n• 订阅：https://example.org/x"


def test_days_of_a_month_with_the_year_last() -> None:
    first_day = f"### 17-06-2025\n\n- A [{U}1]({U}1)\n- B [{U}2]({U}2)\n\n"
    text = f"# News of the month\n\nHere they are:\n\n{first_day}### 16-06-2025\n\n- C [{U}3]({U}3)\n"
    first, second = parse(text.encode())
    assert (first.date, second.date) == (date(2025, 6, 17), date(2025, 6, 16))
    assert (heads(first), heads(second)) == ([("A", U + "1"), ("B", U + "2")], [("C", U + "3")])
    assert first.intro.plain == "News of the month\n\nHere they are:"
    assert {item.section for item in first.items} == {""}
