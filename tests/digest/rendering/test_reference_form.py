"""Digests written in the reference form."""

from __future__ import annotations

import pytest

from digest.parsing.front_matter import split_front_matter
from digest.reader import read_digests
from digest.rendering.reference_form import format_reference
from digest.rendering.to_markdown import text_to_markdown
from digest.segmentation.classifier import Classifier
from domain.chat.text import Span, Style, Text
from tests.digest.reading import read


def test_the_reference_form() -> None:
    digest = read("""
        今天的新闻。

        ## 产品

        1、[山海模型发布](https://example.org/1)
        它能**看图**。

        2、长河芯片量产
        [来源](https://example.org/2)

        ## 总结

        便宜是一种功能。
    """)
    assert format_reference(digest) == (
        "---\ntitle: 早报\ndate: '2025-09-12T08:00:00+08:00'\n---\n\n今天的新闻。\n\n---\n\n### 产品\n\n"
        "1.  [山海模型发布](https://example.org/1)\n\n    它能**看图**。\n\n"
        "2.  **长河芯片量产**\n\n    [来源](https://example.org/2)\n\n---\n\n### **总结**\n\n便宜是一种功能。\n"
    )


def test_special_characters_are_escaped_only_where_needed() -> None:
    text = Text(
        "# 一\n- 二\n1. 三\n> 四\n*五* `六` [七](八) <b> &lt; a_b C# AT&T 2 < 3\n---\n| 九 |\nhttps://example.org/x"
    )
    assert text_to_markdown(text) == (
        "\\# 一\\\n\\- 二\\\n1\\. 三\\\n\\> 四\\\n\\*五\\* \\`六\\` \\[七\\](八) \\<b> \\&lt; a_b C# AT&T 2 < 3\\\n"
        "\\---\\\n| 九 |\\\nhttps\\://example.org/x"
    )


def test_styles_that_touch_are_written_as_tags() -> None:
    spans = (Span(0, 1, Style.BOLD), Span(1, 2, Style.ITALIC), Span(2, 3, Style.BOLD))
    assert text_to_markdown(Text("甲乙丙", spans)) == "<b>甲</b><i>乙</i><b>丙</b>"


def test_styles_that_overlap_are_cut() -> None:
    spans = (Span(0, 2, Style.BOLD), Span(1, 3, Style.LINK, "https://e.org"))
    assert text_to_markdown(Text("甲乙丙", spans)) == "**甲[乙](https://e.org)**[丙](https://e.org)"


def test_code_with_fences_in_it() -> None:
    text = Text("```\n甲\n\n乙", (Span(0, 8, Style.PRE, "text"),))
    assert text_to_markdown(text) == "````text\n```\n甲\n\n乙\n````"


def test_addresses_that_need_brackets() -> None:
    assert text_to_markdown(Text("甲", (Span(0, 1, Style.LINK, "https://e.org/a(b"),))) == "[甲](<https://e.org/a(b>)"


def test_draft_and_tags_are_kept() -> None:
    digest = read(
        "1. [甲](https://e.org)\n\n   正文。 #技术前沿",
        head="---\ntitle: T\ndate: 2025-09-12\ncategories: [技术前沿]\ndraft: true\n---\n",
    )
    written = format_reference(digest)
    assert "draft: true" in written
    assert written.endswith("    正文。\n\n    #技术前沿\n")


def test_extra_fields_are_kept() -> None:
    head = (
        "---\nTitle: T\ndate: 2025-09-12\nlastmod: 2025-09-13\nslug: a-b\ntags: [x, y]\nmenu:\n  main: {weight: 3}\n"
        "draft: false\n---\n"
    )
    others = split_front_matter(head + "1. [A](https://e.org)\n").extra_fields
    assert others == {"lastmod": "2025-09-13", "slug": "a-b", "tags": ["x", "y"], "menu": {"main": {"weight": 3}}}
    once = format_reference(read("1. [A](https://e.org)", head=head), others)
    assert split_front_matter(once).extra_fields == others
    (again,) = read_digests(once.encode())
    assert format_reference(again, split_front_matter(once).extra_fields) == once


def test_dates_of_toml_are_written_as_text() -> None:
    head = '+++\ntitle = "T"\ndate = 2025-09-12\nlastmod = 2025-09-12T08:00:00Z\n+++\n'
    assert split_front_matter(head).extra_fields == {"lastmod": "2025-09-12T08:00:00+00:00"}


def _again(text: str) -> None:
    digest = read(text)
    (after,) = read_digests(format_reference(digest).encode(), classifier=Classifier())
    assert [(item.headline, item.url, item.body) for item in after.items] == [
        (item.headline, item.url, item.body) for item in digest.items
    ]
    assert (after.commentary_title, after.commentary) == (digest.commentary_title, digest.commentary)
    assert format_reference(after) == format_reference(digest)


def test_restarted_numbers_are_written_as_positions() -> None:
    first = "### 1. [甲发布新品](https://e.org/1)\n\n它能看图。\n\n### 2. [乙量产](https://e.org/2)\n\n产能翻倍。\n\n"
    _again(f"{first}### 1. 丙融资")


def test_link_list_in_commentary_is_no_item_list() -> None:
    news = "### 1. 甲发布新品\n\n它能看图。\n\n### 2. 乙量产\n\n产能翻倍。\n\n"
    _again(f"{news}### 3. 丙融资\n\n三亿元。\n\n## 趋势分析\n\n1. [价格](https://e.org/1)\n2. [芯片](https://e.org/2)")


@pytest.mark.parametrize("second", ["芯片<br/>降价。", "芯片\n   - [内存](https://e.org/2)", "芯片\\\n   1. 内存"])
def test_link_list_with_indented_lines_stays_a_list(second: str) -> None:
    _again(f"1. [甲](https://e.org/0)\n\n   正文。\n\n---\n\n### 点评\n\n1. [价格](https://e.org/1)。\n2. {second}")


def test_a_bold_line_with_a_number_in_a_body() -> None:
    _again("## [甲](https://e.org/1)\n\n正文。\n\n**1. 便宜**\n\n**2. 快**\n\n## [乙](https://e.org/2)\n\n正文。")


def test_closing_words_that_are_only_a_heading() -> None:
    _again("1. [甲](https://e.org/1)\n2. [乙](https://e.org/2)\n\n## 点评\n")
