"""The reference form tolerates each small variation that an editor makes: one table of all of them."""

from __future__ import annotations

import pytest

from digest.model import Digest
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier

REFERENCE = """---
title: 早报
date: 2025-09-12
---

价格在降，小模型学会了说“不知道”。

---

### 研究

1.  [山海开源会认错的模型](https://example.org/1)

    权重**免费**。答不上来时，它会直说。

    - 训练时罚乱猜
    - 一张卡就能跑

2.  **训练省一半显存，速度不减**

    只留一部分激活。代码在[这里](https://example.org/2)。

### 产业

3.  [长河芯片进入量产](https://example.org/3)

    > 我们把电费印在说明书上。

    首批供给三家数据中心。

4.  [东篱机器人完成新一轮融资](https://example.org/4)

    三亿元，用来建第二条产线。

---

### **点评**

今天最好的消息，是一个知道自己边界的模型。
"""

VARIATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "name: 小编说": (("### **点评**", "### 小编说"),),
    "name: 每日一评": (("### **点评**", "### 每日一评"),),
    "name: 一点看法": (("### **点评**", "### 一点看法"),),
    "name: 写在后面": (("### **点评**", "### 写在后面"),),
    "name: Editor's Take": (("### **点评**", "### Editor's Take"),),
    "name: Bottom line": (("### **点评**", "### **Bottom line**"),),
    "name: 编者按 and a colon": (("### **点评**", "### 编者按："),),
    "name with a sign": (("### **点评**", "### 💬 点评"),),
    "name of second level": (("### **点评**", "## 点评"),),
    "name of fourth level": (("### **点评**", "#### 点评"),),
    "name as a bold line": (("### **点评**", "**点评**"),),
    "name as a bold lead": (("### **点评**\n\n今天", "**点评**：今天"),),
    "name in lenticular brackets": (("### **点评**", "【点评】"),),
    "name as an HTML heading": (("### **点评**", "<h3>点评</h3>"),),
    "name underlined": (("### **点评**", "点评\n======"),),
    "rule below the name": (("### **点评**\n", "### **点评**\n\n---\n"),),
    "no rule above the name": (("---\n\n### **点评**", "### **点评**"),),
    "two rules above the name": (("---\n\n### **点评**", "---\n\n---\n\n### **点评**"),),
    "stars as the rule": (("---\n\n### **点评**", "***\n\n### **点评**"),),
    "no blank line below the name": (("### **点评**\n\n", "### **点评**\n"),),
    "commentary in a quote": (("今天最好", "> 今天最好"),),
    "commentary of two paragraphs": (("今天最好的消息，", "今天最好的消息，\n\n"),),
    "no rule below the introduction": (("“不知道”。\n\n---", "“不知道”。"),),
    "stars below the introduction": (("“不知道”。\n\n---", "“不知道”。\n\n* * *"),),
    "introduction in a quote": (("价格在降", "> 价格在降"),),
    "introduction in bold": (("价格在降，小模型学会了说“不知道”。", "**价格在降，小模型学会了说“不知道”。**"),),
    "introduction under its name": (("价格在降", "### 导语\n\n价格在降"),),
    "summary in numbers above the rule": (("价格在降，", "**摘要**\n\n1. 模型会认错。\n2. 芯片量产。\n\n价格在降，"),),
    "summary in bullets above the rule": (("价格在降，", "- 模型会认错。\n- 芯片量产。\n\n价格在降，"),),
    "title above the introduction": (("价格在降", "# 早报\n\n价格在降"),),
    "sections of second level": (("### 研究", "## 研究"), ("### 产业", "## 产业")),
    "sections in bold": (("### 研究", "### **研究**"), ("### 产业", "### **产业**")),
    "sections with signs": (("### 研究", "### 🔬 研究"), ("### 产业", "### 🏭 产业")),
    "sections as bold lines": (("### 研究", "**研究**"), ("### 产业", "**产业**")),
    "sections as HTML headings": (("### 研究", "<h3>研究</h3>"), ("### 产业", "<h3>产业</h3>")),
    "rule between the sections": (("### 产业", "---\n\n### 产业"),),
    "numbers that restart": (("3.  [", "1.  ["), ("4.  [", "2.  [")),
    "number one throughout": (("2.  **", "1.  **"), ("3.  [", "1.  ["), ("4.  [", "1.  [")),
    "round brackets behind the numbers": tuple((f"{n}.  ", f"{n})  ") for n in range(1, 5)),
    "one space behind the numbers": tuple((f"{n}.  ", f"{n}. ") for n in range(1, 5)),
    "texts indented by three": (("\n    ", "\n   "),),
    "texts not indented": (("\n    ", "\n"),),
    "headline linked and bold": (
        ("[山海开源会认错的模型](https://example.org/1)", "**[山海开源会认错的模型](https://example.org/1)**"),
    ),
    "no blank lines between texts and items": (
        ("直说。\n\n", "直说。\n"),
        ("就能跑\n\n", "就能跑\n"),
        ("书上。\n\n", "书上。\n"),
    ),
    "lines end in CRLF": (("\n", "\r\n"),),
}
"""What an editor replaces in the reference digest, by the name of the variation."""

_ITEMS = [
    ("山海开源会认错的模型", "https://example.org/1", "研究"),
    ("训练省一半显存，速度不减", "https://example.org/2", "研究"),
    ("长河芯片进入量产", "https://example.org/3", "产业"),
    ("东篱机器人完成新一轮融资", "https://example.org/4", "产业"),
]
_WORDS = (("答不上来", "一张卡就能跑"), ("只留一部分激活",), ("印在说明书上", "三家数据中心"), ("第二条产线",))


def _varied(name: str) -> Digest:
    text = REFERENCE
    for written, instead in VARIATIONS[name]:
        assert written in text
        text = text.replace(written, instead)
    (digest,) = read_digests(text.encode(), classifier=Classifier())
    return digest


@pytest.mark.parametrize("name", VARIATIONS)
def test_a_small_variation_is_read_right(name: str) -> None:
    digest = _varied(name)
    assert [(item.headline, item.url, item.section.strip("🔬🏭 ")) for item in digest.items] == _ITEMS
    assert [
        [word for word in words if word not in item.body.plain]
        for item, words in zip(digest.items, _WORDS, strict=True)
    ] == [[] for _ in _ITEMS]
    assert "价格在降" in digest.intro.plain
    assert "知道自己边界的模型" in digest.commentary.plain
    assert digest.commentary_title
    assert digest.trailing.plain == ""
    assert digest.title == "早报"


def test_every_variation_changes_something_else() -> None:
    assert len(set(VARIATIONS.values())) == len(VARIATIONS) >= 43
