"""A file in the reference form: nothing is lost, what is in that form stays, and guesses are not written."""

from __future__ import annotations

import re
from datetime import UTC
from itertools import islice
from pathlib import Path

import pytest

from digest.model import Digest
from digest.reader import read_digests
from digest.reformat import OtherReading, reformat_file
from digest.segmentation.classifier import Classifier
from tests.digest.generated.combine import generate_many
from tests.digest.test_nothing_lost import same

ROOT = Path(__file__).parents[2]
HEAD = "---\ntitle: 早报\ndate: 2025-09-12\n---\n\n"


def reformatted(source: str) -> str:
    formatted = reformat_file(source.encode(), name="2025-09-12.md", zone=UTC, extra_fields={})
    assert isinstance(formatted, str), formatted
    return formatted


def documented_reference() -> str:
    page = (ROOT / "docs" / "digest-format.md").read_text(encoding="utf-8")
    match = re.search(r"<!-- pictured: reference -->\n```markdown\n(.*?\n)```", page, re.DOTALL)
    assert match is not None
    return match[1]


def test_the_reference_digest_stays_byte_for_byte() -> None:
    assert reformatted(documented_reference()) == documented_reference()


BODIES = {
    "image": "正文。\n\n![图](https://e.org/i.png)",
    "image in a link": "正文。[![图](https://e.org/i.png)](https://e.org/p)",
    "local image": "正文。\n\n![图](img/i.png)",
    "image as a tag": '正文。<img src="https://e.org/i.png" alt="图">',
    "table": "正文。\n\n| 品 | 价 |\n| --- | :-: |\n| 茶 | **三** |\n| [酒](https://e.org/j) | 一\\|二 |",
    "table with breaks": "| 品 | 价 |\n| - | - |\n| 茶<br/>叶 | 三 |",
    "frame": '正文。\n\n<iframe src="https://e.org/v"></iframe>',
    "comment": "正文。<!-- 改一下 -->",
    "block comment": "正文。\n\n<!--\n改一下\n-->",
    "shortcode": "正文。\n\n{{< video 1 >}}",
    "quote and code": "> 引文。\n\n```python\nx = 1\n```",
}
"""Bodies with what the reference form cannot say."""


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("place", ["introduction", "item", "commentary"])
def test_what_the_form_cannot_say_is_kept(kind: str, place: str) -> None:
    body = BODIES[kind]
    bodies = {where: body if where == place else "话。" for where in ("introduction", "item", "commentary")}
    indented = bodies["item"].replace("\n", "\n  ").replace("\n  \n", "\n\n")
    source = (
        f"{HEAD}{bodies['introduction']}\n\n---\n\n- [甲](https://e.org/1)\n\n  {indented}\n\n"
        f"- [乙](https://e.org/2)\n\n  文。\n\n---\n\n### 点评\n\n{bodies['commentary']}\n"
    )
    (before,) = read_digests(source.encode(), classifier=Classifier())
    once = reformatted(source)
    (after,) = read_digests(once.encode(), classifier=Classifier())
    same(before, after)
    assert [(table.lines.plain, len(table.rows)) for table in after.tables] == [
        (table.lines.plain, len(table.rows)) for table in before.tables
    ]
    assert after.pictures == before.pictures
    told = [sorted(p.message for p in each.problems if p.code.startswith("D4")) for each in (before, after)]
    assert told[0] == told[1]
    assert reformatted(once) == once


PASSAGES = ("![图](https://e.org/i.png)", "<!-- 改一下 -->", "{{< video 1 >}}", "%% 备注 %%", "![[附件.pdf]]")


@pytest.mark.parametrize("passage", PASSAGES)
@pytest.mark.parametrize("place", ["introduction", "item", "commentary"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_kept_passages_stand_where_they_stood(passage: str, place: str, at: int) -> None:
    texts = {where: [f"{where} 一段。", f"{where} 又一段。"] for where in ("introduction", "item", "commentary")}
    texts[place].insert(at, passage)
    intro, item, commentary = ("\n\n".join(paragraphs) for paragraphs in texts.values())
    source = (
        f"{HEAD}{intro}\n\n---\n\n- [甲](https://e.org/1)\n\n  {item.replace(chr(10), chr(10) + '  ')}\n\n"
        f"- [乙](https://e.org/2)\n\n  文。\n\n---\n\n### 点评\n\n{commentary}\n"
    )
    once = reformatted(source)
    lines = [line.strip() for line in once.split("\n")]
    assert [line for line in lines if line in texts[place]] == texts[place]
    assert reformatted(once) == once


MARKED = {
    "a span": ("[词]{.underline}", "词"),
    "a link": ('[词](https://e.org/3){target="_blank"}', "词"),
    "a picture": ("词![图](https://e.org/i.png){width=3in}", "词"),
    "code": ("`词`{.python}", "词"),
    "a block": ("词\n{: .note}", "词"),
    "a component": ('<Callout type="info">词</Callout>', "词"),
    "a component on lines": ("<Callout>\n词\n</Callout>", "词"),
}


@pytest.mark.parametrize("kind", MARKED)
@pytest.mark.parametrize("place", ["introduction", "headline", "item", "commentary"])
def test_markup_whose_words_stay_becomes_no_text(kind: str, place: str) -> None:
    written, words = MARKED[kind]
    texts = {where: written if where == place else "话" for where in ("introduction", "headline", "item", "commentary")}
    texts["item"] = texts["item"].replace("\n", "\n   ")
    texts["headline"] = texts["headline"].replace("\n", "")
    source = (
        f"{HEAD}{texts['introduction']}\n\n---\n\n1. **甲{texts['headline']}**\n\n   {texts['item']}\n\n"
        f"2. **乙**\n\n   文。\n\n---\n\n### 点评\n\n{texts['commentary']}\n"
    )
    (before,) = read_digests(source.encode(), classifier=Classifier())
    assert "D410-markup-left-out" in [problem.code for problem in before.problems]
    once = reformatted(source)
    (after,) = read_digests(once.encode(), classifier=Classifier())
    read = {
        "introduction": after.intro.plain,
        "headline": after.items[0].headline.removeprefix("甲"),
        "item": after.items[0].body.plain,
        "commentary": after.commentary.plain,
    }
    assert read == {where: words if where == place else "话" for where in texts}
    assert not any(mark in once for mark in ("{", "Callout"))
    assert reformatted(once) == once


@pytest.mark.parametrize("name", ["", "## 目录\n\n"])
def test_contents_list_stays_above_the_items(name: str) -> None:
    contents = f"{name}- [甲发布新品](#1)\n- [乙芯片量产](#2)\n"
    items = "## [甲发布新品](https://e.org/1)\n\n文。\n\n## [乙芯片量产](https://e.org/2)\n\n文。\n"
    once = reformatted(f"{HEAD}今天两条。\n\n{contents}\n{items}")
    assert contents in once
    assert once.index("今天两条。") < once.index(contents) < once.index("1.  [甲发布新品](https://e.org/1)")
    assert reformatted(once) == once
    (read,) = read_digests(once.encode(), classifier=Classifier())
    assert [item.url for item in read.items] == ["https://e.org/1", "https://e.org/2"]


def test_addresses_that_telegram_does_not_link_stay_links_in_the_file() -> None:
    once = reformatted(f"{HEAD}1. [甲](https://e.org/1)\n\n   [写信](mailto:a@example.org)或[打电话](tel:+123)。\n")
    assert "[写信](mailto:a@example.org)或[打电话](tel:+123)。" in once


def test_front_matter_stays_as_it_was_written() -> None:
    head = '---\n# von Hand\ntitle:   "早报"\ndate: 2025-09-12\ncategories: [甲, 乙]\nslug: x\n---\n\n'
    written = reformatted(f"{head}1、[甲](https://e.org/1)\n文。\n\n2、[乙](https://e.org/2)\n文。\n")
    assert written.startswith(head + "1.  [甲]")


@pytest.mark.parametrize(
    "head",
    [
        '+++\ntitle = "早报"\ndate = 2025-09-12 # von Hand\nweight = 3\n+++\n\n',
        '{\n  "date": "2025-09-12",\n  "title": "早报", "weight": 3\n}\n\n',
    ],
    ids=["TOML", "JSON"],
)
def test_front_matter_stays_in_its_language(head: str) -> None:
    written = reformatted(f"{head}1、[甲](https://e.org/1)\n文。\n\n2、[乙](https://e.org/2)\n文。\n")
    assert written.startswith(head + "1.  [甲]")
    assert reformatted(written) == written


def test_guessed_categories_are_not_written() -> None:
    head = "---\ntitle: 早报\ndate: 2025-09-12\ncategories: [产业, 技术]\n---\n\n"
    page = "1. [芯片投产](https://e.org/1)\n\n   大模型与芯片融资。\n\n2. [乙](https://e.org/2)\n\n   文。 #技术\n"
    (guessed,) = read_digests((head + page).encode(), classifier=Classifier.load_default())
    written = reformatted(head + page)
    assert any(item.categories for item in guessed.items)
    assert re.findall(r"#\S+", written) == ["#技术"]


def test_generated_digests_say_the_same_in_the_reference_form() -> None:
    drawn = (each.source for each in generate_many(87, held_out=None) if each.labels["front"] == "YAML")
    for source in islice(drawn, 40):
        read = read_digests(source.encode(), classifier=Classifier())
        if len(read) == 1 and read[0].items:
            (after,) = read_digests(reformatted(source).encode(), classifier=Classifier())
            assert _told(after) == _told(read[0])


def _told(digest: Digest) -> tuple[object, ...]:
    """Return what a digest says; of styles with the same ends any may be the outer one."""
    texts = [digest.intro, digest.commentary, *(item.body for item in digest.items)]
    heads = [(item.headline, item.url, item.section) for item in digest.items]
    styled = [(text.plain, frozenset(text.spans)) for text in texts]
    return digest.title, digest.date, digest.commentary_title, heads, styled, digest.pictures


@pytest.mark.parametrize(
    "linked", ["**[甲](https://e.org/a)**", "[**甲**](https://e.org/a)", "<u>[~~甲~~](https://e.org/a)</u>"]
)
@pytest.mark.parametrize("where", ["introduction", "item", "commentary"])
def test_styles_over_the_same_words_keep_their_order(linked: str, where: str) -> None:
    texts = {each: f"话 {linked}" if each == where else "话。" for each in ("introduction", "item", "commentary")}
    once = reformatted(
        f"{HEAD}{texts['introduction']}\n\n---\n\n1、[乙](https://e.org/1)\n\n   {texts['item']}\n\n---\n\n"
        f"### 点评\n\n{texts['commentary']}\n"
    )
    assert linked in once
    assert reformatted(once) == once


WRITTEN = ROOT / "tests" / "digest" / "written"


@pytest.mark.parametrize("path", ["held-out/en-import-style.md", "structures-4/en-desktop-week-breaks.md"])
def test_file_that_would_be_read_otherwise_is_refused(path: str) -> None:
    data = (WRITTEN / "archives" / path).read_bytes()
    assert reformat_file(data, name="", zone=UTC, extra_fields={}) == OtherReading("the commentary")


@pytest.mark.parametrize("title", ["热榜 — 2025-09-12", "Trending — 2025-09-12"])
def test_title_in_a_heading_goes_into_the_front_matter(title: str) -> None:
    once = reformatted(
        f"---\ndate: 2025-09-12\n---\n\n# {title}\n\n1、[甲](https://e.org/1)\n\n2、[乙](https://e.org/2)\n"
    )
    (read,) = read_digests(once.encode(), classifier=Classifier())
    assert read.title == title
    assert reformatted(once) == once


def test_own_digests_are_formatted_faithfully_or_refused() -> None:
    files = sorted(WRITTEN.rglob("*.md"))
    digests = [path for path in files if path.name != "README.md"][::25]
    refused = 0
    for path in digests:
        read = read_digests(path.read_bytes(), name=path.name, classifier=Classifier())
        if len(read) == 1 and read[0].is_publishable:
            formatted = reformat_file(path.read_bytes(), name=path.name, zone=UTC, extra_fields={})
            if isinstance(formatted, OtherReading):
                refused += 1
                continue
            (again,) = read_digests(formatted.encode(), name=path.name, classifier=Classifier())
            assert _words(again) == _words(read[0]), path.name
            assert reformat_file(formatted.encode(), name=path.name, zone=UTC, extra_fields={}) == formatted, path.name
    assert refused <= len(digests) / 10


def _words(digest: Digest) -> tuple[object, ...]:
    items = [(item.headline, item.url, item.section, item.body.plain.split()) for item in digest.items]
    texts = [text.plain.split() for text in (digest.intro, digest.commentary, digest.trailing)]
    return digest.title, digest.date, items, texts
