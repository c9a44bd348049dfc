"""Habits of public newsletters; the texts are invented."""

from __future__ import annotations

import pytest

from digest.reader import read_digests
from tests.digest.reading import HEAD, bodies, heads, read

U = "https://example.org/"


def sections(text: str) -> list[tuple[str, str]]:
    return [(item.section, item.headline) for item in read(text).items]


@pytest.mark.parametrize("mark", ["## {}", "**{}**", "{}"])
def test_chinese_numerals_before_the_name_of_the_commentary(mark: str) -> None:
    names = [mark.format(name) for name in ("一、国内要闻", "二、国际要闻", "三、编者按")]
    digest = read("{}\n\n1. 甲发布新品\n2. 乙量产\n\n{}\n\n1. 丙融资\n2. 丁裁员\n\n{}\n\n便宜。".format(*names))
    assert [(item.section, item.headline) for item in digest.items] == [
        ("一、国内要闻", "甲发布新品"),
        ("一、国内要闻", "乙量产"),
        ("二、国际要闻", "丙融资"),
        ("二、国际要闻", "丁裁员"),
    ]
    assert (digest.commentary_title, digest.commentary.plain) == ("三、编者按", "便宜。")


def test_a_number_before_the_name_of_the_commentary() -> None:
    digest = read(
        f"## 1. 产品动态\n\n- [甲]({U}1)\n- [乙]({U}2)\n\n## 2. 行业动态\n\n- [丙]({U}3)\n\n## 3. 总结\n\n便宜。"
    )
    assert [item.section for item in digest.items] == ["1. 产品动态", "1. 产品动态", "2. 行业动态"]
    assert (digest.commentary_title, digest.commentary.plain) == ("3. 总结", "便宜。")


def test_a_section_of_opinions_before_the_closing_words() -> None:
    digest = read(f"""
        ## 模型

        ### 甲发布新品

        它能看图。[来源]({U}1)

        ### 乙芯片量产

        产能翻倍。[来源]({U}2)

        ## 行业观点

        ### 推理会更便宜

        芯片在降价。[来源]({U}3)

        ## 今日总结

        价格战。
    """)
    assert [(item.section, item.headline) for item in digest.items][2:] == [("行业观点", "推理会更便宜")]
    assert digest.commentary.plain == "价格战。"


@pytest.mark.parametrize("mark", ["### {}", "**{}**"])
def test_headlines_with_words_of_other_regions(mark: str) -> None:
    names = ("微软发布年终总结", "播客公司裁员两百", "视频网站订阅涨价", "长河芯片量产")
    text = "".join(f"{mark.format(name)}\n\n正文。[来源]({U}{n})\n\n" for n, name in enumerate(names))
    assert heads(read(text)) == [(name, f"{U}{n}") for n, name in enumerate(names)]


def test_a_linked_heading_is_a_headline_whatever_it_says() -> None:
    text = f"## [Acme ships a thing]({U}1)\n\nSmall.\n\n## [Analysis: why chips are scarce]({U}2)\n\nLong."
    assert heads(read(text)) == [("Acme ships a thing", U + "1"), ("Analysis: why chips are scarce", U + "2")]


def test_numbers_on_lines_of_their_own() -> None:
    quotes = f"1、\n\n慢就是快。\n\n-- [某人]({U}2)\n\n2、\n\n简单最难。\n\n-- 另一人"
    text = f"## 文章\n\n1、[甲]({U}1)\n\n很短。\n\n## 言论\n\n{quotes}"
    assert heads(read(text)) == [("甲", U + "1"), ("慢就是快。", U + "2"), ("简单最难。", "")]
    digest = read("01\n**甲发布新品**\n\n它能看图。\n\n02\n**乙芯片量产**\n\n产能翻倍。")
    assert [(item.written_number, item.headline) for item in digest.items] == [
        ("01", "甲发布新品"),
        ("02", "乙芯片量产"),
    ]


@pytest.mark.parametrize(
    ("tenth", "number"), [("🔟 ", "10"), ("1️⃣0️⃣ ", "10"), ("10️⃣", "10"), ("10 | ", "10"), ("⑩", "10")]
)
def test_number_ten_keycap(tenth: str, number: str) -> None:
    digest = read(f"8️⃣ 甲发布新品\n它能看图。\n\n9️⃣ 乙芯片量产\n产能翻倍。\n\n{tenth}丙融资\n三亿元。")
    assert [(item.written_number, item.headline) for item in digest.items][2:] == [(number, "丙融资")]


def test_zero_padded_numbers_before_headlines() -> None:
    digest = read("### 01 甲发布新品\n\n它能看图。\n\n### 02 乙芯片量产\n\n产能翻倍。")
    assert [(item.written_number, item.headline) for item in digest.items] == [
        ("01", "甲发布新品"),
        ("02", "乙芯片量产"),
    ]


def test_boxes_of_task_lists() -> None:
    text = f"- [ ] [甲发布新品]({U}1)\n- [x] **乙芯片量产**：产能翻倍。[来源]({U}2)\n- [ ] 丙融资 {U}3"
    assert heads(read(text)) == [("甲发布新品", U + "1"), ("乙芯片量产", U + "2"), ("丙融资", U + "3")]


@pytest.mark.parametrize(
    ("written", "headline", "body"),
    [
        ("山海模型发布（https://example.org/1）", "山海模型发布", ""),
        ("山海模型发布（全文 https://example.org/1）", "山海模型发布", "（全文 https://example.org/1）"),
        ("山海模型发布：https://example.org/1 （量子位）", "山海模型发布", "（量子位）"),
        ("山海模型今天发布 | [量子位](https://example.org/1)", "山海模型今天发布", "量子位"),
        ("山海模型今天发布（[量子位](https://example.org/1)）", "山海模型今天发布", "（量子位）"),
        (
            "Acme ships a small model for all. [The Wire](https://example.org/1)",
            "Acme ships a small model for all.",
            "The Wire",
        ),
        ("产品 | [山海模型发布](https://example.org/1)", "产品 | 山海模型发布", ""),
        ("[山海模型发布](https://example.org/1) #AI #模型", "山海模型发布", "#AI #模型"),
        ("[a small tool](https://example.org/1) `tools` `go`", "a small tool", "tools go"),
        ("【模型】[山海发布](https://example.org/1)：能看图。", "【模型】山海发布", "能看图。"),
        ("量子位：[山海发布](https://example.org/1)", "量子位：山海发布", ""),
        ("09:30 [山海发布](https://example.org/1) - 能看图。", "09:30 山海发布", "能看图。"),
        ("**“活人感”**的模型来了：https://example.org/1", "“活人感”的模型来了", ""),
        ("**山海说：“不知道。”**它[承认](https://example.org/1)。", "山海说：“不知道。”", "它承认。"),
    ],
)
def test_where_the_headline_ends(written: str, headline: str, body: str) -> None:
    item = read(f"1. {written}\n2. [另一条新闻](https://example.org/9)\n").items[0]
    assert (item.headline, item.url, item.body.plain) == (headline, U + "1", body)


def test_recurring_bold_labels_are_no_headlines() -> None:
    text = (
        f"- **芯片**：长河量产，产能翻倍。[来源]({U}1)\n- **模型**：山海降价。[来源]({U}2)\n"
        f"- **芯片**：云杉流片。[来源]({U}3)\n- **芯片** 出口放开：九月起，手续只要一天，企业可以在线办理。[来源]({U}4)"
    )
    assert [item.headline for item in read(text).items] == [
        "芯片：长河量产，产能翻倍。",
        "模型",
        "芯片：云杉流片。",
        "芯片 出口放开",
    ]


@pytest.mark.parametrize("form", ["[{t}]({u})", "{t}"])
def test_top_stories_as_headings_and_quick_hits_as_bullets(form: str) -> None:
    first, second = (form.format(t=title, u=U) for title in ("Acme ships a thing", "Beta sells chips"))
    assert sections(f"""
        ## Top stories

        ### {first}

        It costs nothing. [Source]({U}1)

        ### {second}

        A lot. [Source]({U}2)

        ## Quick hits

        - [Gamma delays]({U}3)
        - [Delta hires]({U}4)

        ## Bottom line

        Slow.
    """) == [
        ("Top stories", "Acme ships a thing"),
        ("Top stories", "Beta sells chips"),
        ("Quick hits", "Gamma delays"),
        ("Quick hits", "Delta hires"),
    ]


def test_a_list_of_lists_with_a_section_of_one() -> None:
    assert sections(f"* **AI**\n    * [甲]({U}1)：能看图。\n    * [乙]({U}2)\n* **硬件**\n    * [丙]({U}3)\n") == [
        ("AI", "甲"),
        ("AI", "乙"),
        ("硬件", "丙"),
    ]


def test_linked_lines_of_one_paragraph() -> None:
    text = (
        f"🤖 **AI**\n[Acme ships]({U}1) — Small.\n[Beta sells]({U}2) — Big.\n\n🔒 **Security**\n[A leak]({U}3) — Sad.\n"
    )
    assert sections(text) == [("🤖 AI", "Acme ships"), ("🤖 AI", "Beta sells"), ("🔒 Security", "A leak")]
    assert heads(read(f"甲发布新品：{U}1 （量子位）\n乙芯片量产：{U}2 （界面）\n")) == [
        ("甲发布新品", U + "1"),
        ("乙芯片量产", U + "2"),
    ]


def test_a_sentence_before_an_address_is_a_body() -> None:
    first = f"**Acme ships a small model** *(The Wire)*\nIt runs on a laptop. <{U}1>\n\n"
    digest = read(f"{first}**Beta raises money** *(FT)*\nLed by X. <{U}2>\n")
    assert heads(digest) == [("Acme ships a small model (The Wire)", U + "1"), ("Beta raises money (FT)", U + "2")]


def test_bold_headlines_with_lists_and_sources_of_their_own() -> None:
    digest = read(
        f"**山海模型今天发布新版本**\n\n1. 快\n2. 便宜\n\n[来源]({U}1)\n\n"
        f"**长河芯片今天进入量产**\n\n1. 大\n2. 省电\n\n[来源]({U}2)\n"
    )
    assert heads(digest) == [("山海模型今天发布新版本", U + "1"), ("长河芯片今天进入量产", U + "2")]
    digest = read(
        f"**国内**\n\n1. 甲发布\n2. 乙量产\n\n[更多]({U}1)\n\n**国际**\n\n1. 丙融资\n2. 丁裁员\n\n[更多]({U}2)\n"
    )
    assert [item.headline for item in digest.items] == ["甲发布", "乙量产", "丙融资", "丁裁员"]


def test_arrows_before_headlines() -> None:
    digest = read(f"→ [甲发布新品]({U}1)\n它能看图。\n\n→ [乙芯片量产]({U}2)\n产能翻倍。")
    assert (heads(digest), bodies(digest)) == (
        [("甲发布新品", U + "1"), ("乙芯片量产", U + "2")],
        ["它能看图。", "产能翻倍。"],
    )


def test_attributes_of_headings_are_not_read() -> None:
    assert heads(read(f"## 1. [甲]({U}1) {{#item-1}}\n\n正文。\n\n## 2. [乙]({U}2) {{ #item-2 .new }}\n\n正文。")) == [
        ("甲", U + "1"),
        ("乙", U + "2"),
    ]


def test_digits_of_dates_are_no_numbers() -> None:
    (digest,) = read_digests(
        (HEAD + "## 09 月 12 日要闻\n\n- [甲](https://e.org/1)\n- [乙](https://e.org/2)\n").encode()
    )
    assert [item.section for item in digest.items] == ["09 月 12 日要闻"] * 2


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("> **编者按**：便宜是硬道理。\n> 明天见。", "便宜是硬道理。\n明天见。"),
        ("- **编者按**：便宜是硬道理。\n- 明天见。", "• 便宜是硬道理。\n• 明天见。"),
        ("> - 编者按：便宜是硬道理。", "• 便宜是硬道理。"),
        ("| 编者按：便宜 | 好 |\n| - | - |\n| 一 | 二 |", "编者按：便宜 | 好\n一 | 二"),
    ],
)
def test_closing_words_within_a_quote_or_a_list(written: str, body: str) -> None:
    digest = read(f"1. [甲发布新品]({U}1)\n2. [乙芯片量产]({U}2)\n\n---\n\n{written}\n")
    assert heads(digest) == [("甲发布新品", U + "1"), ("乙芯片量产", U + "2")]
    assert (digest.commentary_title, digest.commentary.plain) == ("编者按", body)


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_sentences_between_a_plain_title_and_its_address(between: str) -> None:
    news = (("甲发布新品", "它能看图。"), ("乙芯片量产", "产能翻倍。"), ("丙融资", "三亿元。"))
    text = "\n\n".join(between.join([title, body, f"{U}{n}"]) for n, (title, body) in enumerate(news))
    digest = read(f"今天三条。\n\n{text}\n")
    assert heads(digest) == [(title, f"{U}{n}") for n, (title, _) in enumerate(news)]
    assert (digest.intro.plain, bodies(digest)) == ("今天三条。", [body for _, body in news])


def test_navigation_links_below_plain_titles() -> None:
    news = f"甲发布新品\n{U}1\n\n乙芯片量产\n{U}2\n\n"
    digest = read(f"{news}往期回顾：{U}3\n订阅地址\n{U}4\n")
    assert heads(digest) == [("甲发布新品", U + "1"), ("乙芯片量产", U + "2")]
    assert digest.trailing.plain.startswith("往期回顾")


def test_restarted_numbered_headings_are_no_inner_list() -> None:
    first = f"### 1. [甲发布新品]({U}1)\n\n它能看图。\n\n### 2. [乙量产]({U}2)\n\n产能翻倍，首批三家数据中心。\n\n"
    assert heads(read(f"{first}### 1. 丙融资\n\n三亿元。")) == [
        ("甲发布新品", U + "1"),
        ("乙量产", U + "2"),
        ("丙融资", ""),
    ]
