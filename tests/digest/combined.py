"""Digests combined from the catalogue's parts: every form of item, kind of section and body."""

from __future__ import annotations

from dataclasses import dataclass

from tests.digest.reading import HEAD

NEWS = (
    ("山海模型发布新版本，能读百万字", "https://example.org/1"),
    ("长河芯片进入量产阶段", "https://example.org/2"),
    ("东篱机器人完成新一轮融资", "https://example.org/3"),
    ("研究者找到更省内存的训练方法", "https://example.org/4"),
    ("云杉浏览器加入离线翻译", "https://example.org/5"),
    ("监管部门公布新的备案名单", "https://example.org/6"),
)
NAMES = ("产品与应用", "前沿研究", "行业动态")
PLAIN = "价格不变，今天起可以用。"
REMARK = "今天最值得看的是价格。"

FORMS = {
    "numbered": "{n}. [{t}]({u})\n\n{b3}\n",
    "padded": "{n}.  [{t}]({u})\n\n{b4}\n",
    "numbered, not moved in": "{n}. [{t}]({u})\n\n{b}\n",
    "numbered, bold": "{n}. **{t}**\n\n{b3}\n\n   [原文链接]({u})\n",
    "numbered, link around bold": "{n}. [**{t}**]({u})\n\n{b3}\n",
    "comma": "{n}、[{t}]({u})\n\n{b}\n",
    "comma, bold": "**{n}、{t}**\n\n{b}\n\n[原文链接]({u})\n",
    "comma, address": "{n}、{t}\n{u}\n\n{b}\n",
    "numbered headings": "### {n}. {t}\n\n{b}\n\n[原文链接]({u})\n",
    "numbered headings, linked": "### {n}. [{t}]({u})\n\n{b}\n",
    "tagged headings": "### [{t}]({u}) `#{n}`\n\n{b}\n",
    "linked headings": "### [{t}]({u})\n\n{b}\n",
    "plain headings": "### {t}\n\n{b}\n\n[原文链接]({u})\n",
    "bold": "**{t}**\n\n{b}\n\n[原文链接]({u})\n",
    "bold, body right below": "**{t}**\n{b}\n\n[原文链接]({u})\n",
    "bold links": "**[{t}]({u})**\n\n{b}\n",
    "links": "[{t}]({u})\n\n{b}\n",
    "bullets": "- [{t}]({u})\n\n{b2}\n",
    "bullets, bold": "- **{t}**\n\n{b2}\n\n  [原文链接]({u})\n",
    "titles above addresses": "{t}\n{u}\n\n{b}\n",
    "titles before addresses": "{t}：{u}\n\n{b}\n",
}
SECTIONS = {
    "no sections": "",
    "##": "## {}",
    "same level as headlines": "### {}",
    "bold heading": "## **🔥 {}**",
    "bold line": "**{}**",
    "brackets": "【{}】",
    "rule and heading": "---\n\n## {}",
    "#": "# {}",
}
BODIES = {
    "two paragraphs": f"{PLAIN}\n\n再说背景，篇幅不长。",
    "bullets": f"{PLAIN}\n\n- 读得更快{{n}}\n- 用得更久{{n}}",
    "only bullets": "- 一次能读百万字{n}\n- 价格和以前一样{n}",
    "numbers": f"{PLAIN}\n\n1. 读得更快{{n}}\n2. 用得更久{{n}}",
    "bold numbers": f"{PLAIN}\n\n1. **速度**：更快{{n}}\n2. **价格**：不变{{n}}",
    "numbered links": f"{PLAIN}\n\n1. [公告](https://e.org/a{{n}})\n2. [手册](https://e.org/b{{n}})",
    "linked bullets": f"{PLAIN}\n\n- [第{{n}}号公告](https://e.org/a{{n}})\n- [第{{n}}版手册](https://e.org/b{{n}})",
    "quote first": f"> 引自发布会。\n\n{PLAIN}",
    "bold fields": "**影响**：小团队受益。\n\n**背景**：去年开始准备。",
    "a bold sentence": f"{PLAIN}\n\n**这一点值得单独说。**",
    "field headings": f"#### 背景\n\n{PLAIN}\n\n#### 影响\n\n小团队受益。",
    "an address": f"{PLAIN}\n\nhttps://e.org/a{{n}}",
    "a source after a dash": f"{PLAIN}\n\n—— [某站](https://e.org/a{{n}})",
    "figures": f"{PLAIN}\n\n2025年，增长 3.5 倍。\n\n12 家公司加入。",
}
BEFORE = {
    "nothing": "",
    "paragraph": "先看三条。\n\n",
    "quote and rule": "> 先看三条。\n\n---\n\n",
    "summary": "## **今日摘要**\n\n先看三条。\n\n",
    "title": "# AI 早报 第 100 期\n\n先看三条。\n\n",
    "contents": "## 目录\n\n" + "".join(f"- {title}\n" for title, _ in NEWS) + "\n---\n\n",
}
REMARKS = {
    "nothing": "",
    "heading": f"## **点评**\n\n{REMARK}\n",
    "bold line": f"**编者按**\n\n{REMARK}\n",
    "in its paragraph": f"---\n\n**锐评**：{REMARK}\n",
    "list": f"## 今日趋势总结\n\n1. **价格**：{REMARK}\n2. 芯片在涨。\n",
}
AFTER = {
    "nothing": "",
    "table": "---\n\n| 广告 | 链接 |\n| --- | --- |\n| 云主机 | [看看](https://ad.example/1) |\n",
    "ways": "---\n\n[订阅](https://e.org/s) | [往期](https://e.org/o)\n",
    "list of ways": "---\n\n关注我们：\n\n- [公众号](https://e.org/w)\n- [播客](https://e.org/p)\n",
}


@dataclass(frozen=True)
class DigestForm:
    """The names of the parts that a combined digest is made of."""

    form: str
    section: str = "no sections"
    body: str = ""
    before: str = "nothing"
    remarks: str = "nothing"
    after: str = "nothing"


def written(parts: DigestForm) -> str:
    """Write the digest as a file with six items, two in each section."""
    pieces = [HEAD, BEFORE[parts.before]]
    for number, (title, url) in enumerate(NEWS, 1):
        if number % 2 and SECTIONS[parts.section]:
            pieces.append(SECTIONS[parts.section].format(NAMES[number // 2]) + "\n\n")
        body = BODIES.get(parts.body, PLAIN).format(n=number)
        moved = {f"b{depth}": _moved(body, depth) for depth in (2, 3, 4)}
        pieces.append(FORMS[parts.form].format(n=number, t=title, u=url, b=body, **moved) + "\n")
    return "".join([*pieces, REMARKS[parts.remarks], "\n", AFTER[parts.after]])


def _moved(body: str, depth: int) -> str:
    return "\n".join(" " * depth + line if line else "" for line in body.split("\n"))
