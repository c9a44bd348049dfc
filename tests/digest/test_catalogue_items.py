"""The catalogue of real digests: items, one test for each entry."""

from __future__ import annotations

import pytest

from tests.digest.reading import bodies, codes, heads, read

U = "https://example.org/"
A = "[山海模型发布](https://example.org/1)"
B = "[长河芯片量产](https://example.org/2)"
V = "https://e.org/1"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (f"1. {A}\n\n   它能看图。\n\n2. {B}\n\n   产能翻倍。", "numbered-list"),
        (f"1.  {A}\n\n    它能看图。\n\n2.  {B}\n\n    产能翻倍。", "numbered-list"),
        (f"1.{A}\n\n它能看图。\n\n2.{B}\n\n产能翻倍。", "numbered-lines"),
        (f"1、{A}\n它能看图。\n\n2、{B}\n产能翻倍。", "numbered-lines"),
        (f"1、{A}\n它能看图。\n2、{B}\n产能翻倍。", "numbered-lines"),
        (f"1) {A}\n\n   它能看图。\n\n2) {B}\n\n   产能翻倍。", "numbered-list"),
        (f"（1）{A}\n\n它能看图。\n\n（2）{B}\n\n产能翻倍。", "numbered-lines"),
        (f"**1.** {A}\n\n它能看图。\n\n**2.** {B}\n\n产能翻倍。", "numbered-lines"),
        (f"**1. {A}**\n\n它能看图。\n\n**2. {B}**\n\n产能翻倍。", "numbered-lines"),
        (f"## 1. {A}\n\n它能看图。\n\n## 2. {B}\n\n产能翻倍。", "numbered-headings"),
        (
            f"### 1. 山海模型发布\n\n它能看图。 [原文链接]({U}1)\n\n### 2. 长河芯片量产\n\n产能翻倍。 [原文链接]({U}2)",
            "numbered-headings",
        ),
        (f"## {A} `#1`\n\n它能看图。\n\n## {B} `#2`\n\n产能翻倍。", "numbered-headings"),
        (f"## {A}\n\n它能看图。\n\n## {B}\n\n产能翻倍。", "linked-headings"),
        (f"- {A}\n\n  它能看图。\n\n- {B}\n\n  产能翻倍。", "bullets"),
        (f"* **山海模型发布**：它能看图。 [原文]({U}1)\n* **长河芯片量产**：产能翻倍。 [原文]({U}2)", "bullets"),
        (f"+ {A}\n  它能看图。\n+ {B}\n  产能翻倍。", "bullets"),
        (f"- 1. {A}\n  它能看图。\n- 2. {B}\n  产能翻倍。", "numbered-list"),
        (f"①{A}\n它能看图。\n\n②{B}\n产能翻倍。", "numbered-lines"),
        (f"1️⃣ {A}\n它能看图。\n\n2️⃣ {B}\n产能翻倍。", "numbered-lines"),
        (f"第1条：{A}\n它能看图。\n\n第2条：{B}\n产能翻倍。", "numbered-lines"),
    ],
)
def test_every_way_to_number(written: str, form: str) -> None:
    """`1. `, padded, without a space, `1、`, `1)`, `（1）`, `**1.**`, numbered headings, bullets, `- 7. T`."""
    digest = read(written)
    assert digest.source_form == form
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2")]
    assert [body.removesuffix("链接").removesuffix(" 原文") for body in bodies(digest)] == ["它能看图。", "产能翻倍。"]
    numbers = [item.written_number for item in digest.items]
    assert numbers == (["1", "2"] if "numbered" in form else ["", ""])


def test_an_address_on_a_line_of_its_own_is_a_link_with_the_headline() -> None:
    """The address leaves the body, and the item's first link keeps it under the headline's words."""
    digest = read("""
        1. 山海模型发布

           https://example.org/1

           它能看图。[演示](https://example.org/demo)

        2. 长河芯片量产

           https://example.org/2

           产能翻倍。
    """)
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2")]
    assert bodies(digest) == ["它能看图。演示", "产能翻倍。"]
    assert [[(link.text, link.url) for link in item.links] for item in digest.items] == [
        [("山海模型发布", U + "1"), ("演示", U + "demo")],
        [("长河芯片量产", U + "2")],
    ]


def test_numbers_that_restart_in_each_section() -> None:
    """Numbers restart in each section: the position goes on, the written number is kept beside it."""
    digest = read("""
        ### 产品

        1. [甲](https://example.org/1)
        2. [乙](https://example.org/2)

        ### 研究

        1. [丙](https://example.org/3)
        2. [丁](https://example.org/4)
    """)
    assert [(item.position, item.written_number, item.section) for item in digest.items] == [
        (1, "1", "产品"),
        (2, "2", "产品"),
        (3, "1", "研究"),
        (4, "2", "研究"),
    ]
    assert "D204-numbers" in codes(digest)


def test_numbers_that_skip_and_repeat() -> None:
    """Numbers skip, repeat (`1,2,3,5,5`)."""
    digest = read("".join(f"{n}. [标题之{n}](https://example.org/{n})\n\n" for n in (1, 2, 3, 5, 5)))
    assert [(item.position, item.written_number) for item in digest.items] == [
        (1, "1"),
        (2, "2"),
        (3, "3"),
        (4, "5"),
        (5, "5"),
    ]


def test_a_list_broken_by_unindented_text_resumes() -> None:
    """A list broken by unindented text resumes at its next number."""
    digest = read("""
        1. [甲公司发布新品](https://example.org/1)

        正文没有缩进。

        2. [乙公司发布新品](https://example.org/2)

        也没有缩进。
        3. [丙公司发布新品](https://example.org/3)
    """)
    assert bodies(digest) == ["正文没有缩进。", "也没有缩进。", ""]
    assert [item.written_number for item in digest.items] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("written", "headline", "url", "body"),
    [
        ("[山海模型发布](https://e.org/1)", "山海模型发布", V, ""),
        ("**[山海模型发布](https://e.org/1)**", "山海模型发布", V, ""),
        ("[**山海模型发布**](https://e.org/1)", "山海模型发布", V, ""),
        ("🔥 [山海模型发布](https://e.org/1)", "🔥 山海模型发布", V, ""),
        (
            "**山海模型今天发布。**\n它能看图，也能[听声音](https://e.org/1)。",
            "山海模型今天发布。",
            V,
            "它能看图，也能听声音。",
        ),
        ("山海模型发布\n   https://e.org/1", "山海模型发布", V, ""),
        ("山海模型发布：https://e.org/1", "山海模型发布", V, ""),
        ("山海模型发布 https://e.org/1", "山海模型发布", V, ""),
        ("山海模型今天发布。它能看图。[原文链接](https://e.org/1)", "山海模型今天发布。", V, "它能看图。原文链接"),
        ("山海模型今天发布，能看图。[原文链接](https://e.org/1)", "山海模型今天发布，能看图。", V, "原文链接"),
        (
            "据[山海官网](https://e.org/1)消息，新模型今天发布。它能看图。",
            "据山海官网消息，新模型今天发布。",
            V,
            "它能看图。",
        ),
        ("[山海模型发布](https://e.org/1) - [35 comments](https://e.org/2)", "山海模型发布", V, "35 comments"),
        ("山海模型发布", "山海模型发布", "", ""),
        ("[山海模型发布](https://e.org/1)（量子报）", "山海模型发布", V, "（量子报）"),
        (
            "[Shanhai ships its model](https://e.org/1) It can see. It can hear.",
            "Shanhai ships its model",
            V,
            "It can see. It can hear.",
        ),
        ("**Shanhai ships:** It can see. [Source](https://e.org/1)", "Shanhai ships", V, "It can see. Source"),
        (
            "**山海** 今天发布新模型，能看图：模型有三种大小，大的要八张卡，小的在手机上跑。[原文](https://e.org/1)",
            "山海 今天发布新模型，能看图",
            V,
            "模型有三种大小，大的要八张卡，小的在手机上跑。原文",
        ),
    ],
)
def test_every_kind_of_headline(written: str, headline: str, url: str, body: str) -> None:
    """Headlines: linked, bold and linked, bold then body, plain then a bare address, link at the end, in mid-sentence,
    with a second link behind a dash, without any link."""
    item = read(f"1. {written}\n2. [另一条新闻](https://example.org/9)\n").items[0]
    assert (item.headline, item.url, item.body.plain) == (headline, url, body)


@pytest.mark.parametrize(
    ("written", "headline", "url"),
    [
        (
            "[Attention revisited (2019) [pdf]](https://example.org/a.pdf)",
            "Attention revisited (2019) [pdf]",
            U + "a.pdf",
        ),
        (r"[\[video\] How it works](https://example.org/v)", "[video] How it works", U + "v"),
        ("[山海模型发布](https://example.org/wiki/Model_(AI))", "山海模型发布", U + "wiki/Model_(AI)"),
        ("[山海模型发布](https://example.org/百科/模型)", "山海模型发布", U + "百科/模型"),
        ("[山海模型发布](<https://example.org/a b>)", "山海模型发布", U + "a%20b"),
        ('[山海模型发布](https://example.org/1 "a title")', "山海模型发布", U + "1"),
        ("[](https://example.org/1)", U + "1", U + "1"),
        ("[山海模型发布](#anchor)", "山海模型发布", ""),
        ("[写信给编辑部](mailto:a@example.org)", "写信给编辑部", "mailto:a@example.org"),
        ("[山海模型发布]({{ .Link }})", "山海模型发布", ""),
        ("[山海模型发布]({{url}})", "山海模型发布", ""),
        ("[山海模型发布](javascript:alert(1))", "山海模型发布", ""),
        ("[山海模型发布](data:text/html;base64,AAAA)", "山海模型发布", ""),
        ("[山海模型发布](/posts/1)", "山海模型发布", ""),
    ],
)
def test_brackets_and_addresses(written: str, headline: str, url: str) -> None:
    """Brackets in the headline, parentheses and non-ASCII in addresses, `](<url>)`, titles, `[](u)`, `#anchor`,
    `mailto:`, templates, `javascript:`."""
    item = read(f"1. {written}\n2. [另一条新闻](https://example.org/9)\n").items[0]
    assert (item.headline, item.url) == (headline, url)


def test_dangerous_links_are_never_links_anywhere() -> None:
    """`javascript:` is never a link, in whatever form it comes."""
    digest = read("""
        1. [甲](https://example.org/1)

           [a](javascript:x) [b](JaVaScRiPt:x) [c](vbscript:x) [d](data:text/html,x) <a href="javascript:x">e</a>
           [f](&#106;avascript:x) <javascript:x> [g]( javascript:x) [h](file:///etc/passwd)
    """)
    assert [link.url for link in digest.items[0].links] == [U + "1"]
    assert not {span.value for span in digest.items[0].body.spans} - {""}
    assert codes(digest).count("D301-dangerous-link") >= 6


def test_a_body_in_all_its_shapes() -> None:
    """Body: indented, lazy, several paragraphs, nested lists to depth 4, quotes, inline and fenced code, breaks."""
    digest = read("""
        1. [甲](https://example.org/1)

           第一段
        懒得缩进的一行

           第二段有 `code`。

           - 一
             - 二
               - 三
                 - 四

           > 引用一句

           ```python
           print("hi")
           ```

           上<br/>下

        2. [乙](https://example.org/2)
    """)
    assert bodies(digest)[0] == (
        "第一段\n懒得缩进的一行\n\n第二段有 code。\n\n• 一\n   • 二\n      • 三\n         • 四\n\n"
        '引用一句\n\nprint("hi")\n\n上\n下'
    )
    assert len(digest.items) == 2


def test_unsupported_content_is_omitted_and_reported() -> None:
    """Images, linked images, `<video>`, `<iframe>`, `<small style>`, comments, shortcodes, `<!--more-->`."""
    digest = read("""
        1. [甲](https://example.org/1)

           一![图](https://example.org/i.png)二[![图二](https://example.org/j.png)](https://example.org/k)三
           <video src="https://example.org/v.mp4" controls></video>四<iframe src="https://example.org/f"></iframe>五
           <small style="color:red">六</small> <!-- 悄悄话 -->七{{< figure src="x.png" >}}八{{% note %}}九

           <!--more-->

           十
    """)
    assert "".join(bodies(digest)[0].split()) == "一二三四五六七八九十"
    assert [link.url for link in digest.items[0].links] == [U + "1"]
    told = " ".join(problem.message for problem in digest.problems)
    for left_out in ("图", "i.png", "图二", "j.png", "/k", "v.mp4", "/f", "悄悄话", "figure src", "note", "more"):
        assert left_out in told
    assert sorted(code for code in codes(digest) if code[:2] == "D4") == [
        "D401-image-left-out",
        "D403-media-left-out",
        "D403-media-left-out",
        "D404-shortcode-left-out",
        "D404-shortcode-left-out",
        "D405-comment-left-out",
        "D405-comment-left-out",
        "D408-picture-shown",
    ]


def test_a_table_in_a_body_is_shown_as_lines() -> None:
    """Tables in a body."""
    digest = read("""
        1. [甲](https://example.org/1)

           | 模型 | 分数 |
           | --- | --- |
           | 山海 | 91 |
    """)
    assert bodies(digest) == ["模型 | 分数\n山海 | 91"]
    assert "D407-table-as-lines" in codes(digest)


def test_numbered_lists_inside_a_body_are_no_items() -> None:
    """Numbered lists inside an item's body are not items: indented, or not."""
    digest = read("""
        1. [甲公司发布新品](https://example.org/1)

           1. 第一个特点
           2. 第二个特点

        2. [乙公司发布新品](https://example.org/2)

        它有这些特点：

        1. 便宜
        2. 快

        3. [丙公司发布新品](https://example.org/3)
    """)
    assert [item.headline for item in digest.items] == ["甲公司发布新品", "乙公司发布新品", "丙公司发布新品"]
    assert bodies(digest)[:2] == ["1. 第一个特点\n2. 第二个特点", "它有这些特点：\n\n1. 便宜\n2. 快"]


def test_lists_below_numbered_headings_are_no_items() -> None:
    """Numbered headings whose bodies hold lists."""
    digest = read("""
        ## 1. 甲公司发布新品

        正文。

        1. 便宜
        2. 快

        ## 2. 乙公司发布新品

        - [来源一](https://example.org/1)
        - [来源二](https://example.org/2)

        ## 3. 丙公司发布新品

        正文三。
    """)
    assert digest.source_form == "numbered-headings"
    assert [item.headline for item in digest.items] == ["甲公司发布新品", "乙公司发布新品", "丙公司发布新品"]


def test_bold_headlines_with_their_bodies_beneath() -> None:
    """A bold sentence, then the body on the next, unindented line; no numbers at all."""
    digest = read("""
        ### 产品

        **山海模型今天发布。**
        它能看图。[详情](https://example.org/1)

        **长河芯片开始量产**
        产能翻倍。

        第二段。

        ### 研究

        **新论文说小模型够用**

        作者来自[某大学](https://example.org/3)。
    """)
    assert digest.source_form == "bold-headlines"
    assert [(item.headline, item.url, item.section) for item in digest.items] == [
        ("山海模型今天发布。", U + "1", "产品"),
        ("长河芯片开始量产", "", "产品"),
        ("新论文说小模型够用", U + "3", "研究"),
    ]
    assert bodies(digest)[1] == "产能翻倍。\n\n第二段。"


def test_bold_headlines_above_bullets_of_detail() -> None:
    """Bold headlines whose bodies are bullets: the bullets are no items."""
    digest = read("""
        **山海模型今天发布**
        - 支持图像
        - 价格减半

        [来源](https://example.org/1)

        **长河芯片开始量产**
        - 产能翻倍
        - 明年出口

        [来源](https://example.org/2)

        **新论文说小模型够用**
        - 七亿参数
        - 一张卡

        [来源](https://example.org/3)
    """)
    assert heads(digest) == [
        ("山海模型今天发布", U + "1"),
        ("长河芯片开始量产", U + "2"),
        ("新论文说小模型够用", U + "3"),
    ]


def test_bold_names_of_sections_above_bullets() -> None:
    """Bold lines above lists of linked bullets are sections."""
    digest = read("""
        **产品**

        - [山海模型发布](https://example.org/1)
        - [长河芯片量产](https://example.org/2)

        **研究**

        - [新论文说小模型够用](https://example.org/3)
    """)
    assert digest.source_form == "bullets"
    assert [item.section for item in digest.items] == ["产品", "产品", "研究"]


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_plain_titles_with_bare_addresses(between: str) -> None:
    """Plain text, then a bare address on the next line."""
    digest = read(f"山海模型发布{between}{U}1\n\n长河芯片量产{between}{U}2\n\n小模型够用{between}{U}3\n")
    assert digest.source_form == "titles-with-addresses"
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2"), ("小模型够用", U + "3")]
    assert bodies(digest) == ["", "", ""]


def test_plain_titles_with_addresses_without_empty_lines() -> None:
    """Plain titles and bare addresses, line by line; and behind a full-width colon."""
    digest = read(
        "山海模型发布\nhttps://example.org/1\n长河芯片量产\nhttps://example.org/2\n小模型够用：https://example.org/3\n"
    )
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2"), ("小模型够用", U + "3")]


def test_numbered_plain_titles_with_addresses() -> None:
    """`1、T` with the address on the next line, and a body after it."""
    digest = read(
        "1、山海模型发布\nhttps://example.org/1\n它能看图。\n\n2、长河芯片量产\nhttps://example.org/2\n产能翻倍。\n"
    )
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2")]
    assert bodies(digest) == ["它能看图。", "产能翻倍。"]


def test_linked_lines_with_their_bodies_beneath() -> None:
    """`[T](u)` on a line of its own, without numbers."""
    digest = read(
        "[山海模型发布](https://example.org/1)\n\n它能看图。\n\n[长河芯片量产](https://example.org/2)\n\n产能翻倍。\n"
    )
    assert digest.source_form == "linked-lines"
    assert heads(digest) == [("山海模型发布", U + "1"), ("长河芯片量产", U + "2")]
    assert bodies(digest) == ["它能看图。", "产能翻倍。"]


def test_paragraphs_with_the_link_at_their_end() -> None:
    """Paragraphs with the link at the end or in mid-sentence, without numbers: read, but reported as uncertain."""
    digest = read("""
        山海模型今天发布。它能看图。[原文链接](https://example.org/1)

        长河芯片[宣布量产](https://example.org/2)。产能翻倍。

        新论文说小模型够用。作者来自某大学。[原文链接](https://example.org/3)
    """)
    assert digest.source_form == "linked-paragraphs"
    assert [item.url for item in digest.items] == [U + "1", U + "2", U + "3"]
    assert [item.headline for item in digest.items] == [
        "山海模型今天发布。",
        "长河芯片宣布量产。",
        "新论文说小模型够用。",
    ]
    assert "D202-uncertain-form" in codes(digest)


def test_plain_headings_as_headlines() -> None:
    """`### T` without number or link, with the body below."""
    digest = read("""
        ## 产品

        ### 山海模型今天发布

        它能看图。[详情](https://example.org/1)

        ### 长河芯片开始量产

        产能翻倍。

        ## 研究

        ### 新论文说小模型够用

        作者来自某大学。
    """)
    assert digest.source_form == "headings"
    assert [(item.headline, item.section) for item in digest.items] == [
        ("山海模型今天发布", "产品"),
        ("长河芯片开始量产", "产品"),
        ("新论文说小模型够用", "研究"),
    ]


def test_one_item_is_an_item() -> None:
    """A day with a single item."""
    assert heads(read("1. [山海模型发布](https://example.org/1)\n\n   它能看图。")) == [("山海模型发布", U + "1")]


def test_nothing_but_prose_has_no_items() -> None:
    """A text without items is reported and not published."""
    digest = read("今天没有新闻，只有一段话。\n\n还有一段。")
    assert digest.items == ()
    assert digest.intro.plain == "今天没有新闻，只有一段话。\n\n还有一段。"
    assert "D201-no-items" in codes(digest)
    assert not digest.is_publishable
