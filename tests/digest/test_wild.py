"""Forms of newsletters beyond the catalogue; the texts are invented."""

from __future__ import annotations

from datetime import date

import pytest

from digest.reader import read_digests
from tests.digest.reading import bodies, codes, heads, read

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


def test_mixed_sections_paragraphs_and_bullets() -> None:
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
        ("甲公司发布新品。", "国内"),
        ("乙公司完成融资。", "国内"),
        ("丙公司被罚。", "国际"),
        ("丁公司裁员。", "国际"),
    ]


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
    first, second = read_digests(text.encode())
    assert (first.date, second.date) == (date(2025, 6, 17), date(2025, 6, 16))
    assert (heads(first), heads(second)) == ([("A", U + "1"), ("B", U + "2")], [("C", U + "3")])
    assert first.intro.plain == "News of the month\n\nHere they are:"
    assert {item.section for item in first.items} == {""}


def test_groups_named_in_plain_lines() -> None:
    digest = read("""
        今日要闻

        山海发布新模型
        https://example.org/1
        长河芯片量产
        https://example.org/2

        行业

        东篱融资
        https://example.org/3
    """)
    assert [(item.section, item.headline) for item in digest.items] == [
        ("今日要闻", "山海发布新模型"),
        ("今日要闻", "长河芯片量产"),
        ("行业", "东篱融资"),
    ]


@pytest.mark.parametrize("sign", ["•", "🔹", "▶", "●"])
def test_lines_with_bullet_characters(sign: str) -> None:
    digest = read(f"{sign} [甲发布新品](https://example.org/1)\n它能看图。\n\n{sign} **乙融资**\n三亿元。")
    assert digest.source_form == "signed-lines"
    assert heads(digest) == [("甲发布新品", "https://example.org/1"), ("乙融资", "")]
    assert bodies(digest) == ["它能看图。", "三亿元。"]


def test_chinese_numerals_before_headlines() -> None:
    digest = read("一、甲发布新品\n它能看图。\n\n二、乙芯片量产\n产能翻倍。\n\n十一、丙融资\n三亿元。")
    assert [(item.written_number, item.headline) for item in digest.items] == [
        ("1", "甲发布新品"),
        ("2", "乙芯片量产"),
        ("11", "丙融资"),
    ]


def test_chinese_numerals_before_sections() -> None:
    digest = read("""
        一、产品

        1、[甲发布新品](https://example.org/1)
        2、[乙芯片量产](https://example.org/2)

        二、资本

        1、[丙融资](https://example.org/3)
    """)
    assert [(item.section, item.headline) for item in digest.items] == [
        ("一、产品", "甲发布新品"),
        ("一、产品", "乙芯片量产"),
        ("二、资本", "丙融资"),
    ]


def test_quotes_as_items() -> None:
    digest = read("> **甲发布新品**\n> 它能看图。[来源](https://example.org/1)\n\n> **乙融资**\n> 三亿元。")
    assert (digest.source_form, heads(digest)) == ("quotes", [("甲发布新品", "https://example.org/1"), ("乙融资", "")])


def test_numbered_sections_above_bold_headlines() -> None:
    digest = read("""
        ## 1. 产品发布

        **甲发布新品**
        它能看图。

        **乙芯片量产**
        产能翻倍。

        ## 2. 行业研究

        **丙找到新方法**
        显存少四成。
    """)
    assert [(item.section, item.headline) for item in digest.items] == [
        ("1. 产品发布", "甲发布新品"),
        ("1. 产品发布", "乙芯片量产"),
        ("2. 行业研究", "丙找到新方法"),
    ]


def test_a_novel_with_linked_lists_below_the_closing_words() -> None:
    digest = read("""
        1. [甲](https://example.org/1)
        2. [乙](https://example.org/2)

        ## 总结

        今天不错。

        ---

        # 第一章

        1. [他说](https://example.org/3)
        2. [她说](https://example.org/4)
        3. [他们说](https://example.org/5)
    """)
    assert [item.headline for item in digest.items] == ["甲", "乙"]
    assert digest.commentary.plain == "今天不错。"
    assert "他们说" in digest.trailing.plain


def test_closing_line_in_brackets_is_not_part_of_last_item() -> None:
    digest = read("1、甲发布新品；\n2、乙芯片量产。\n\n【微语】慢就是快。")
    assert bodies(digest) == ["", ""]
    assert (digest.commentary_title, digest.commentary.plain) == ("微语", "慢就是快。")


def test_a_body_of_one_bold_sentence() -> None:
    digest = read(
        "**甲发布新品**\n\n**它能看图。**\n\n**乙芯片量产**\n\n产能翻倍。\n\n**丙融资**\n\n[详细报道](https://e.org/3)"
    )
    assert heads(digest) == [("甲发布新品", ""), ("乙芯片量产", ""), ("丙融资", "https://e.org/3")]
    assert bodies(digest) == ["它能看图。", "产能翻倍。", "详细报道"]


def test_an_empty_group_before_all_others() -> None:
    digest = read("### 产品\n\n暂无更新。\n\n### 研究\n\n1. [甲](https://example.org/1)")
    assert (digest.intro.plain, digest.items[0].section) == ("", "研究")
    assert "D203-empty-group" in codes(digest)


def test_a_date_above_all_headings_is_no_section() -> None:
    digest = read("## 2025-09-12\n\n### 甲发布新品\n\n它能看图。\n\n### 乙芯片量产\n\n产能翻倍。")
    assert [(item.section, item.headline) for item in digest.items] == [("", "甲发布新品"), ("", "乙芯片量产")]


def test_a_label_before_the_headline_is_no_headline() -> None:
    digest = read("1. **标题**：甲发布新品\n   **链接**：https://e.org/1\n2. **标题**：乙量产\n   **摘要**：快。")
    assert heads(digest) == [("标题：甲发布新品", "https://e.org/1"), ("标题：乙量产", "")]


def test_sign_before_own_address_is_removed_with_it() -> None:
    digest = read(
        "## 1. 甲发布新品\n\n它能看图。\n\n🔗 https://e.org/1\n\n## 2. 乙量产\n\n快。\n\n👉 原文：https://e.org/2"
    )
    assert bodies(digest) == ["它能看图。", "快。\n\n👉 原文"]


@pytest.mark.parametrize("name", ["**{}**", "【{}】", "## {}"])
def test_single_item_section_before_restarted_numbers(name: str) -> None:
    """`1` and then `1, 2`: the second 1 is no list in the first one's body."""
    first, second = name.format("大厂风向"), name.format("国际观察站")
    digest = read(
        f"{first}\n\n1. [甲发布新品](https://example.org/1)\n\n   正文。\n\n{second}\n\n"
        "1. [乙芯片量产](https://example.org/2)\n\n   正文。\n\n2. [丙融资](https://example.org/3)\n\n   正文。"
    )
    assert [(item.section, item.headline) for item in digest.items] == [
        ("大厂风向", "甲发布新品"),
        ("国际观察站", "乙芯片量产"),
        ("国际观察站", "丙融资"),
    ]


def test_observations_are_news_amid_and_commentary_at_end() -> None:
    digest = read("## 观察\n\n1. 甲\n2. 乙\n\n## 海外\n\n1. 丙\n2. 丁\n\n## 今日观察\n\n1. 便宜是一种功能。")
    assert [item.headline for item in digest.items] == ["甲", "乙", "丙", "丁"]
    assert (digest.commentary_title, digest.commentary.plain) == ("今日观察", "1. 便宜是一种功能。")


def test_tags_at_the_end_of_an_item_are_no_section() -> None:
    digest = read("**甲发布新品**\n\n它能看图。\n\n#人工智能 #芯片\n\n**乙芯片量产**\n\n产能翻倍。")
    assert [(item.section, item.body.plain) for item in digest.items] == [
        ("", "它能看图。\n\n#人工智能 #芯片"),
        ("", "产能翻倍。"),
    ]


def test_a_question_before_an_address() -> None:
    digest = read("研究：投资没有回报？：https://e.org/1\n\n甲发布新品：https://e.org/2")
    assert heads(digest) == [("研究：投资没有回报？", "https://e.org/1"), ("甲发布新品", "https://e.org/2")]


def test_unknown_bold_section_names_above_numbered_items() -> None:
    digest = read(
        "**数码家电**\n\n1、甲发布新品\n\n它能看图。\n\n2、乙芯片量产\n\n产能翻倍。\n\n**资本风云**\n\n1、丙融资\n\n三亿元。"
    )
    assert [(item.section, item.headline) for item in digest.items] == [
        ("数码家电", "甲发布新品"),
        ("数码家电", "乙芯片量产"),
        ("资本风云", "丙融资"),
    ]


def test_one_numbered_list_in_one_of_many_bodies() -> None:
    digest = read(
        "### 甲公司发布新品\n\n看：\n\n1. [公告](https://e.org/a)\n2. [手册](https://e.org/b)\n\n"
        "### 乙公司芯片量产\n\n产能翻倍。\n\n### 丙公司完成融资\n\n三亿元。"
    )
    assert [item.headline for item in digest.items] == ["甲公司发布新品", "乙公司芯片量产", "丙公司完成融资"]


def test_a_bold_headline_right_above_a_bold_field() -> None:
    digest = read("**甲发布新品**\n\n**背景**\n\n去年开始。\n\n**乙芯片量产**\n\n产能翻倍。\n\n**丙融资**\n\n三亿元。")
    assert [item.headline for item in digest.items] == ["甲发布新品", "乙芯片量产", "丙融资"]
    assert bodies(digest)[0] == "背景\n\n去年开始。"


def test_sections_underlined_with_equals_signs() -> None:
    digest = read(
        "Big Tech & Startups\n====\n\n**A thing ships**\n\nIt is small. [Read more](https://e.org/1)\n\n"
        "Science\n=======\n\n**A robot walks**\n\nFar. [Read more](https://e.org/2)\n\n2 + 2\n= 4"
    )
    assert [(item.section, item.headline) for item in digest.items] == [
        ("Big Tech & Startups", "A thing ships"),
        ("Science", "A robot walks"),
    ]
    assert bodies(digest)[1] == "Far. Read more\n\n2 + 2 = 4"


def test_only_numbered_list_of_two_linked_entries_is_body() -> None:
    digest = read(
        "**词甲语发布新模型**\n\n词乙语。\n\n[来源](https://e.org/0)\n\n"
        "**词丙语发布新模型**\n\n1. 词丁语，词戊语<br/>。\n2. 词己语。\n\n[来源](https://e.org/1)"
    )
    assert heads(digest) == [("词甲语发布新模型", "https://e.org/0"), ("词丙语发布新模型", "https://e.org/1")]


def test_only_numbered_list_with_the_links_is_the_news() -> None:
    digest = read(
        "**工具**\n\n试试[这个](https://e.org/0)，很顺手。\n\n"
        "**新闻**\n\n1. [甲发布新品](https://e.org/1)\n2. [乙芯片量产](https://e.org/2)\n3. [丙融资](https://e.org/3)"
    )
    assert [item.url for item in digest.items][-3:] == ["https://e.org/1", "https://e.org/2", "https://e.org/3"]
