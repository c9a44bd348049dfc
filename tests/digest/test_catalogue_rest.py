"""The catalogue of real digests: encoding, front matter, sections and the rest, one test for each entry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.reading import HEAD, bodies, codes, heads, only, read

U = "https://example.org/"
ITEMS = """
1. [山海模型发布](https://example.org/1)

   它能看图。

2. [长河芯片量产](https://example.org/2)

   产能翻倍。
"""
TWO = [("山海模型发布", U + "1"), ("长河芯片量产", U + "2")]
SHANGHAI = ZoneInfo("Asia/Shanghai")


# Bytes


@pytest.mark.parametrize("marks", [1, 2, 3])
def test_byte_order_marks(marks: int) -> None:
    """A BOM, and two BOMs in a row before `---`."""
    (digest,) = read_digests(b"\xef\xbb\xbf" * marks + (HEAD + ITEMS).encode())
    assert (digest.title, heads(digest)) == ("早报", TWO)
    assert ("D004-byte-order-marks" in codes(digest)) is (marks > 1)


def test_crlf_throughout() -> None:
    """CRLF throughout."""
    plain = read(ITEMS)
    (digest,) = read_digests((HEAD + ITEMS).replace("\n", "\r\n").encode(), classifier=Classifier())
    assert (digest.title, digest.items, digest.intro) == (plain.title, plain.items, plain.intro)


def test_lf_front_matter_with_a_crlf_body() -> None:
    """LF front matter with a CRLF body."""
    (digest,) = read_digests((HEAD + ITEMS.replace("\n", "\r\n")).encode())
    assert heads(digest) == TWO


def test_no_final_newline() -> None:
    """No final newline."""
    (digest,) = read_digests((HEAD + ITEMS.rstrip("\n")).encode())
    assert bodies(digest) == ["它能看图。", "产能翻倍。"]


def test_characters_that_a_paste_brings() -> None:
    """NUL, Kangxi radicals, zero-width and bidi characters, NBSP, U+FFFD."""
    text = "1. [今⽇模\0型](https://example.org/1)\n\n   \u200b甲\u202e乙\u00a0丙\ufffd 👨\u200d👩\u200d👧\n"
    digest = read(text)
    assert only(digest).headline == "今日模型"
    assert only(digest).body.plain == "甲乙 丙\ufffd 👨\u200d👩\u200d👧"
    found = {
        "D005-control-characters",
        "D006-invisible-characters",
        "D007-kangxi-radicals",
        "D008-replacement-character",
    }
    assert found <= set(codes(digest))
    assert {problem.line for problem in digest.problems if problem.code in found} == {6, 8}


def test_bytes_that_are_not_utf8() -> None:
    """Bytes that are not UTF-8, a whole file in GB 18030, one in UTF-16."""
    (digest,) = read_digests((HEAD + ITEMS).encode() + b"\n\xff\xfe\n")
    assert heads(digest) == TWO
    problem = next(problem for problem in digest.problems if problem.code == "D003-encoding")
    assert (problem.line, problem.column) == (15, 1)
    for encoding in ("gb18030", "utf-16"):
        (digest,) = read_digests((HEAD + ITEMS).encode(encoding))
        assert heads(digest) == TWO


# Front matter


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2025-09-12T09:17:08+08:00", datetime(2025, 9, 12, 9, 17, 8, tzinfo=timezone(timedelta(hours=8)))),
        ("2025-09-12T09:17:08", datetime(2025, 9, 12, 9, 17, 8, tzinfo=SHANGHAI)),
        ("2025-09-12 09:17:08+08:06", datetime(2025, 9, 12, 9, 17, 8, tzinfo=timezone(timedelta(hours=8, minutes=6)))),
        ("2025-09-12T01:17:08.123Z", datetime(2025, 9, 12, 1, 17, 8, 123000, tzinfo=UTC)),
        ('"2025-09-12 09:17:08.123456"', datetime(2025, 9, 12, 9, 17, 8, 123456, tzinfo=SHANGHAI)),
        ("2025-09-12 08:00:00 +0800", datetime(2025, 9, 12, 8, tzinfo=timezone(timedelta(hours=8)))),
        ("2025-09-12", datetime(2025, 9, 12, tzinfo=SHANGHAI)),
        ("2025/9/12 08:00", datetime(2025, 9, 12, 8, tzinfo=SHANGHAI)),
        ("Fri, 12 Sep 2025 08:00:00 +0800", datetime(2025, 9, 12, 8, tzinfo=timezone(timedelta(hours=8)))),
    ],
)
def test_every_way_to_write_the_date(written: str, published: datetime) -> None:
    """With zone, without, `+08:06`, `…123Z`, quoted with microseconds, `+0800`."""
    (digest,) = read_digests(f"---\ntitle: T\ndate: {written}\n---\n{ITEMS}".encode(), zone=SHANGHAI)
    assert digest.published_at == published
    assert digest.published_at is not None
    assert digest.published_at.utcoffset() == published.utcoffset()
    assert digest.date == date(2025, 9, 12)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("2025-09-12.md", "早报"),
        ("20250912.md", "早报"),
        ("2025.09.12-早报.md", "早报"),
        ("a.md", "2025.09.12 早报"),
        ("a.md", "早报 2025/9/12"),
        ("a.md", "2025年9月12日早报"),
        ("a.md", "Digest of September 12, 2025"),
    ],
)
def test_a_date_from_the_name_or_the_title(name: str, title: str) -> None:
    """No date: `YYYY-MM-DD`, `YYYYMMDD`, `YYYY.MM.DD` from the file's name or the title."""
    digest = read(ITEMS, head=f"---\ntitle: {title}\n---\n", name=name)
    assert digest.date == date(2025, 9, 12)
    assert digest.published_at is None
    assert "D111-date-guessed" in codes(digest)


def test_no_date_anywhere() -> None:
    """A digest without a date is read but not published."""
    digest = read(ITEMS, head="---\ntitle: 早报\n---\n")
    assert (digest.date, digest.is_publishable) == (None, False)
    assert "D110-no-date" in codes(digest)


@pytest.mark.parametrize(
    ("written", "categories"),
    [
        ('categories: ["AI产业", "技术前沿"]', ("AI产业", "技术前沿")),
        ("categories:\n  - AI产业\n  - 技术前沿", ("AI产业", "技术前沿")),
        ("categories: AI产业", ("AI产业",)),
        ("categories: AI产业, 技术前沿", ("AI产业", "技术前沿")),
        ("tags: [AI产业]", ("AI产业",)),
        ("tags: [news]\ncategories: [AI产业]", ("AI产业",)),
        ("weight: 3", ()),
    ],
)
def test_every_way_to_write_categories(written: str, categories: tuple[str, ...]) -> None:
    """Categories: flow list, block list, one string, `tags` only, none."""
    assert read(ITEMS, head=f"---\ntitle: T\ndate: 2025-09-12\n{written}\n---\n").categories == categories


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("早报", "早报"),
        ("'早报'", "早报"),
        ('"早报"', "早报"),
        ("'他说\"好\"'", '他说"好"'),
        ("早报“好”", "早报“好”"),
        ("2025", "2025"),
    ],
)
def test_every_way_to_write_the_title(written: str, title: str) -> None:
    """Title: unquoted, single, double quotes, with quotes inside."""
    assert read(ITEMS, head=f"---\ntitle: {written}\ndate: 2025-09-12\n---\n").title == title


def test_a_link_title_and_a_description_over_several_lines() -> None:
    """`linkTitle`, `description` over several lines with Markdown in it."""
    head = (
        '---\nlinkTitle: 短名\ntitle: 早报\ndate: 2025-09-12\ndescription: "1. [a](https://b.c)\n\n  **d**: e"\n---\n'
    )
    digest = read(ITEMS, head=head)
    assert (digest.title, heads(digest)) == ("早报", TWO)
    assert read(ITEMS, head=head.replace("title: 早报\n", "")).title == "短名"


def test_broken_yaml_keeps_the_date() -> None:
    """Broken YAML (an unescaped quote in `description`): read what can be read, report the line."""
    head = '---\ntitle: "早报"\ndate: 2025-09-12T08:00:00+08:00\ndescription: "他说"好""\ncategories: ["甲", 乙]\n---\n'
    digest = read(ITEMS, head=head)
    assert (digest.title, digest.date, digest.categories) == ("早报", date(2025, 9, 12), ("甲", "乙"))
    assert heads(digest) == TWO
    problem = next(problem for problem in digest.problems if problem.code == "D102-broken-front-matter")
    assert problem.line == 4


def test_front_matter_in_toml_and_json() -> None:
    """TOML and JSON, which Hugo allows."""
    toml = '+++\ntitle = "早报"\ndate = 2025-09-12T08:00:00+08:00\ncategories = ["甲"]\n+++\n'
    json = '{\n  "title": "早报",\n  "date": "2025-09-12T08:00:00+08:00",\n  "categories": ["甲"]\n}\n'
    for head in (toml, json):
        digest = read(ITEMS, head=head)
        assert (digest.title, digest.date, digest.categories, heads(digest)) == (
            "早报",
            date(2025, 9, 12),
            ("甲",),
            TWO,
        )


def test_no_front_matter_at_all() -> None:
    """None at all: the first heading is the title."""
    digest = read("# 2025.09.12 早报\n" + ITEMS, head="")
    assert (digest.title, digest.date, heads(digest)) == ("2025.09.12 早报", date(2025, 9, 12), TWO)
    assert "D101-no-front-matter" in codes(digest)


def test_a_rule_at_the_start_is_no_front_matter() -> None:
    """A body that begins with a rule and has another one below."""
    digest = read("---\n\n今天的新闻在下面。\n\n---\n" + ITEMS, head="")
    assert (digest.intro.plain, heads(digest)) == ("今天的新闻在下面。", TWO)


def test_front_matter_that_is_never_closed() -> None:
    """A forgotten second `---`."""
    digest = read(ITEMS, head="---\ntitle: 早报\ndate: 2025-09-12\n")
    assert (digest.title, heads(digest)) == ("早报", TWO)
    assert "D103-unclosed-front-matter" in codes(digest)


def test_drafts_are_not_published() -> None:
    """`draft: true` is not published."""
    digest = read(ITEMS, head="---\ntitle: T\ndate: 2025-09-12\ndraft: true\n---\n")
    assert (digest.is_draft, digest.is_publishable) == (True, False)
    assert "D121-draft" in codes(digest)


# Sections and the rest


@pytest.mark.parametrize("mark", ["### {}", "## {}", "## **{}**", "**{}**", "### 🚀 {}"])
def test_sections_above_groups_of_items(mark: str) -> None:
    """`###` or `##` headings, often all bold and with emoji, above groups of items."""
    digest = read(f"""
{mark.format("产品")}

1. [甲](https://example.org/1)
2. [乙](https://example.org/2)

{mark.format("研究")}

1. [丙](https://example.org/3)
""")
    name = "🚀 {}" if "🚀" in mark else "{}"
    assert [item.section for item in digest.items] == [name.format(each) for each in ("产品", "产品", "研究")]
    assert digest.items[0].categories == (name.format("产品"),)


@pytest.mark.parametrize("nothing", ["今日无相关新闻", "暂无更新。", "暂无相关新闻。", "No news today.", "无"])
def test_empty_groups_are_no_items(nothing: str) -> None:
    """Empty groups, at the end and in the middle."""
    digest = read(f"""
        ## 产品

        1. [甲](https://example.org/1)

        ## 论文

        {nothing}

        ## 研究

        1. [乙](https://example.org/2)

        ## 开源

        {nothing}
    """)
    assert [(item.headline, item.section, item.body.plain) for item in digest.items] == [
        ("甲", "产品", ""),
        ("乙", "研究", ""),
    ]
    assert codes(digest).count("D203-empty-group") == 2
    assert digest.trailing.plain == f"论文\n\n{nothing}\n\n开源\n\n{nothing}"


@pytest.mark.parametrize("nothing", ["- 今日无相关新闻", "1. 暂无更新。", "* 暂无"])
def test_empty_groups_written_as_lists(nothing: str) -> None:
    """Empty groups whose "nothing today" is itself an entry of a list."""
    bullet = nothing.split(maxsplit=1)[0]
    digest = read(
        f"## 产品\n\n{bullet} [甲]({U}1)\n{bullet} [丙]({U}3)\n\n## 论文\n\n{nothing}\n\n"
        f"## 研究\n\n{bullet} [乙](https://example.org/2)\n"
    )
    assert [item.headline for item in digest.items] == ["甲", "丙", "乙"]
    assert "D203-empty-group" in codes(digest)


@pytest.mark.parametrize(
    ("summary", "intro"),
    [
        ("今天很热闹。\n\n第二段。", "今天很热闹。\n\n第二段。"),
        ("> 今天很热闹。", "今天很热闹。"),
        ("```\n今天很热闹。\n第二行。\n```", "今天很热闹。\n第二行。"),
        ("## **今日摘要**\n\n今天很热闹。", "今日摘要\n\n今天很热闹。"),
        ("### 今日总览\n\n今天很热闹。", "今日总览\n\n今天很热闹。"),
        ("## 执行摘要\n\n1. 第一件事\n2. 第二件事", "执行摘要\n\n1. 第一件事\n2. 第二件事"),
        ("**今日摘要**\n\n- 第一件事\n- 第二件事", "今日摘要\n\n• 第一件事\n• 第二件事"),
    ],
)
def test_a_summary_before_the_items(summary: str, intro: str) -> None:
    """A summary: plain paragraphs, a quote, a fenced block, under a heading of its own; its lists are no items."""
    digest = read(f"{summary}\n\n---\n\n## 新闻速递\n{ITEMS}")
    assert digest.intro.plain == intro
    assert heads(digest) == TWO


@pytest.mark.parametrize(
    "name",
    [
        "点评",
        "编者按",
        "锐评",
        "短评",
        "总结",
        "今日趋势总结",
        "结论",
        "AI每日分析",
        "趋势预测",
        "Commentary",
        "Editor's note",
        "Analysis",
        "Takeaways",
        "Bottom line",
    ],
)
@pytest.mark.parametrize("mark", ["### **{}**", "## {}", "#### {}", "**{}**"])
def test_every_name_of_the_commentary(name: str, mark: str) -> None:
    """Commentary under a heading of any level, bold or not, or a bold line; its numbered lists are no items."""
    digest = read(f"{ITEMS}\n---\n\n{mark.format(name)}\n\n便宜是一种功能。\n\n1. 第一点\n2. 第二点\n")
    assert heads(digest) == TWO
    assert (digest.commentary_title, digest.commentary.plain) == (name, "便宜是一种功能。\n\n1. 第一点\n2. 第二点")
    assert bodies(digest)[-1] == "产能翻倍。"


def test_a_commentary_named_in_its_own_paragraph() -> None:
    """`**点评**：text`."""
    digest = read(ITEMS + "\n---\n\n**点评**：便宜是一种功能。\n\n第二段。\n")
    assert digest.commentary.plain == "便宜是一种功能。\n\n第二段。"


def test_a_comment_on_each_item_belongs_to_the_item() -> None:
    """Commentary per item."""
    digest = read("""
        ## 1. 山海模型发布

        它能看图。

        ### 点评

        值得一试。

        ## 2. 长河芯片量产

        产能翻倍。

        ### 点评

        早该如此。
    """)
    assert digest.commentary.plain == ""
    assert bodies(digest) == ["它能看图。\n\n点评\n\n值得一试。", "产能翻倍。\n\n点评\n\n早该如此。"]


def test_a_comment_in_bold_on_each_item_belongs_to_the_item() -> None:
    """Commentary per item, in bold."""
    digest = read(
        "1、[山海模型发布](https://example.org/1)\n它能看图。\n**点评**\n值得一试。\n\n"
        "2、[长河芯片量产](https://example.org/2)\n产能翻倍。\n**点评**\n早该如此。\n"
    )
    assert heads(digest) == TWO
    assert bodies(digest) == ["它能看图。\n点评\n值得一试。", "产能翻倍。\n点评\n早该如此。"]


def test_trailing_matter() -> None:
    """Trailing matter after `---`: tables, ads, audio links, a whole novel with its own numbered lists."""
    digest = read(f"""
{ITEMS}
---

### 点评

便宜是一种功能。

---

## **收听语音版**

| 小宇宙 | 抖音 |
| --- | --- |
| [小酒馆](https://example.org/x) | [账号](https://example.org/y) |

---

## **科幻小说《山海》**

第一章。他有三个愿望：

1. 看见大海
2. 看见雪山
3. 回家
""")
    assert heads(digest) == TWO
    assert digest.commentary.plain == "便宜是一种功能。"
    for text in ("收听语音版", "小宇宙", "账号", "科幻小说", "第一章", "看见雪山"):
        assert text in digest.trailing.plain
        assert any(text in problem.message for problem in digest.problems if problem.code == "D406-trailing-left-out")


def test_trailing_matter_without_a_commentary() -> None:
    """Trailing matter right after the items."""
    digest = read(ITEMS + "\n---\n\n关注公众号，每天早上八点见。\n\n1. 点右上角\n2. 点关注\n")
    assert heads(digest) == TWO
    assert digest.trailing.plain == "关注公众号，每天早上八点见。\n\n1. 点右上角\n2. 点关注"


def test_rules_between_sections_end_nothing() -> None:
    """Rules between all sections."""
    digest = read(f"### 产品\n\n1. [甲]({U}1)\n\n---\n\n### 研究\n\n1. [乙]({U}2)\n\n---\n\n### 点评\n\n好。\n")
    assert [(item.headline, item.section) for item in digest.items] == [("甲", "产品"), ("乙", "研究")]
    assert digest.commentary.plain == "好。"


@pytest.mark.parametrize(
    "contents",
    [
        "1. 山海模型发布\n2. 长河芯片量产\n",
        "- [山海模型发布](#1)\n- [长河芯片量产](#2)\n",
        "## 目录\n\n1. 山海模型发布\n2. 长河芯片量产\n",
        "## 目录\n\n- [山海](#a)\n- [长河](#b)\n",
    ],
)
@pytest.mark.parametrize("form", ["list", "headings"])
def test_contents_list_is_not_read_as_items(contents: str, form: str) -> None:
    """A contents list that repeats every headline."""
    items = (
        ITEMS.replace("\n1. ", "\n## 1. ").replace("\n2. ", "\n## 2. ").replace("   ", "")
        if form == "headings"
        else ITEMS
    )
    digest = read(
        f"今天的新闻。\n\n{contents}\n---\n\n## 详细\n{items}"
        if form == "list"
        else f"今天的新闻。\n\n{contents}\n{items}"
    )
    assert heads(digest) == TWO
    assert digest.intro.plain == "今天的新闻。"
    assert "D207-contents-list" in codes(digest)


@pytest.mark.parametrize("mark", ["## {}", "# {}", "**{}**", "## {} AI早报", "### {} 星期五"])
def test_several_days_in_one_file(mark: str) -> None:
    """Several days in one file, each under its own dated heading."""
    text = f"{mark.format('2025-09-12')}\n{ITEMS}\n{mark.format('2025-09-11')}\n\n1. [旧闻](https://example.org/3)\n"
    digests = read_digests(f"---\ntitle: 合集\n---\n\n{text}".encode())
    assert [digest.date for digest in digests] == [date(2025, 9, 12), date(2025, 9, 11)]
    assert [heads(digest) for digest in digests] == [TWO, [("旧闻", U + "3")]]
    assert ["2025-09-1" in digest.title for digest in digests] == [True, True]
    assert "D209-several-days" in codes(digests[1])


def test_days_without_a_year() -> None:
    """Days without their year take it from the file's name."""
    text = f"## 9月12日\n{ITEMS}\n## 9月11日\n\n1. [旧闻](https://example.org/3)\n"
    assert [digest.date for digest in read_digests(text.encode(), name="2025-09.md")] == [
        date(2025, 9, 12),
        date(2025, 9, 11),
    ]


def test_a_greeting_under_a_heading_of_its_own_is_kept() -> None:
    """A heading without anything below it, before the items."""
    digest = read("### 祝大家新春快乐！\n\n### 产品\n" + ITEMS)
    assert digest.intro.plain == "祝大家新春快乐！"
    assert {item.section for item in digest.items} == {"产品"}


def test_text_beneath_a_rule_without_empty_lines() -> None:
    """`text` right above `---` is no heading."""
    digest = read("今天的新闻。\n---\n" + ITEMS + "\n最后一段\n---\n### 点评\n好。\n")
    assert digest.intro.plain == "今天的新闻。"
    assert "最后一段" in bodies(digest)[-1] + digest.trailing.plain
    assert digest.commentary.plain == "好。"


def test_commentary_ends_at_the_next_bold_section() -> None:
    """`**编者按**` between two sections that are named in bold: the list after it is news."""
    digest = read("""
        **产品**

        - [甲](https://example.org/1)
        - [乙](https://example.org/2)

        **编者按**

        今天很忙。

        **模型**

        - [丙](https://example.org/3)
        - [丁](https://example.org/4)
    """)
    assert [(item.headline, item.section) for item in digest.items] == [
        ("甲", "产品"),
        ("乙", "产品"),
        ("丙", "模型"),
        ("丁", "模型"),
    ]
    assert digest.commentary.plain == "今天很忙。"
