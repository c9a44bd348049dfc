"""Categories of items: the section, else the editor's tags, else the words."""

from __future__ import annotations

import pytest

from digest.model import Item
from digest.reader import read_digests
from digest.segmentation.categories import section_category, split_tags
from digest.segmentation.classifier import Classifier
from domain.chat.text import Text
from tests.digest.reading import codes

WORDS = """
[[category]]
name = "技术前沿"
aliases = ["Research", "前沿研究"]
[category.words]
"论文" = 4
"arm" = 4

[[category]]
name = "巨头动态"
aliases = ["Big tech"]
[category.words]
"谷歌" = 4
"arxiv.org" = 5
"""
CLASSIFIER = Classifier.from_toml(WORDS)


def item(markdown: str, *, allowed: str = "") -> Item:
    head = f"---\ntitle: T\ndate: 2025-09-12\n{allowed}\n---\n"
    (digest,) = read_digests((head + markdown).encode(), classifier=CLASSIFIER)
    return digest.items[0]


def test_section_decides_category_first() -> None:
    assert item("## 前沿 研究！\n\n1. 谷歌 #巨头动态", allowed="categories: [技术前沿]").categories == ("技术前沿",)
    assert item("## 别的\n\n1. 谷歌发布论文").categories == ("别的",)


def test_tags_decide_category_and_stay_unless_allowed() -> None:
    found = item("1. [甲](https://e.org)\n\n   正文。 #技术前沿 #巨头动态", allowed="categories: [技术前沿, 巨头动态]")
    assert (found.categories, found.body.plain) == (("技术前沿", "巨头动态"), "正文。")
    found = item("1. [甲](https://e.org)\n\n   正文。\n\n   #research", allowed="categories: [技术前沿]")
    assert (found.categories, found.body.plain) == (("技术前沿",), "正文。")
    assert item("1. 谷歌的标题 #技术前沿", allowed="categories: [技术前沿]").headline == "谷歌的标题"
    found = item("1. [甲](https://e.org)\n\n   正文。 #技术前沿 #随便")
    assert (found.categories, found.body.plain) == (("技术前沿", "随便"), "正文。 #技术前沿 #随便")


def test_unknown_tag_stays_and_is_reported() -> None:
    text = (
        "---\ntitle: T\ndate: 2025-09-12\ncategories: [技术前沿]\n---\n1. [甲](https://e.org)\n\n   正文。 #技术前言\n"
    )
    (digest,) = read_digests(text.encode(), classifier=CLASSIFIER)
    assert digest.items[0].body.plain == "正文。 #技术前言"
    assert "D208-unknown-category" in codes(digest)
    assert "#技术前沿?" in next(
        problem.message for problem in digest.problems if problem.code == "D208-unknown-category"
    )


def test_words_decide_category_last() -> None:
    assert item("1. 一篇论文").categories == ("技术前沿",)
    assert item("1. 谷歌的论文").categories in (("技术前沿",), ("巨头动态",))
    assert item("1. 今天天气").categories == ()
    assert item("1. [A farm](https://e.org)").categories == ()
    assert item("1. [An arm, and a leg](https://e.org)").categories == ("技术前沿",)
    assert item("1. [甲](https://arxiv.org/abs/1)").categories == ("巨头动态",)


def test_classifier_is_restricted_to_allowed_categories() -> None:
    assert item("1. 一篇论文", allowed='categories: ["Research"]').categories == ("Research",)
    assert item("1. 一篇论文", allowed='categories: ["巨头动态"]').categories == ()


def test_a_section_that_only_says_news_is_no_category() -> None:
    assert section_category("今日要闻", (), CLASSIFIER) == ""
    assert item("## 今日要闻\n\n1. 一篇论文").categories == ("技术前沿",)


@pytest.mark.parametrize(
    ("text", "rest", "marks"),
    [
        ("正文 #甲 #乙", "正文", ("甲", "乙")),
        ("正文。#甲", "正文。", ("甲",)),
        ("#甲", "", ("甲",)),
        ("C# 好", "C# 好", ()),
        ("见 #1", "见 #1", ()),
        ("a#b", "a#b", ()),
        ("正文", "正文", ()),
    ],
)
def test_tags_are_split_only_at_the_end(text: str, rest: str, marks: tuple[str, ...]) -> None:
    found, names = split_tags(Text(text))
    assert (found.plain, names) == (rest, marks)


@pytest.mark.parametrize(
    "wrong",
    [
        "[[category]\n",
        "[[category]]\naliases = []\n",
        '[[category]]\nname = "a"\naliases = "b"\n',
        '[[category]]\nname = "a"\n[category.words]\nb = "c"\n',
    ],
)
def test_invalid_categories_toml_says_what_is_wrong(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"categor|alias|words"):
        Classifier.from_toml(wrong)


def test_default_categories_are_valid() -> None:
    shipped = Classifier.load_default()
    assert len(shipped.categories) >= 8
    for category in shipped.categories:
        assert shipped.find(category.name) is category
        assert category.words
        assert all(word == word.strip() and 0 < weight <= 5 for word, weight in category.words)
