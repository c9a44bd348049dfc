"""Digests for the tests of views and pagination, fixed and generated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from digest.model import Digest, Item
from domain.chat.text import Text, bold, concat, link

DAY = date(2025, 9, 12)
URL = "https://example.org/news/{}"

INTRO = Text("资本与算力仍是今天的主角：一份三千亿美元的合同，一座自建的机房，和几家刚刚注册的公司。" * 3)
COMMENTARY = Text("合同的数字本身就是门槛。\n\n真正的价值，还要看谁把它用起来。")


def item(position: int, body: Text | str = "正文。", **fields: object) -> Item:
    """Make an item with a link."""
    text = body if isinstance(body, Text) else Text(body)
    plain = Item(
        position=position,
        written_number=str(position),
        headline=f"第{position}件事的标题",
        url=URL.format(position),
        body=text,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # the fields of an Item, by name


def digest(*items: Item, **fields: object) -> Digest:
    """Make a digest of these items, without introduction or commentary."""
    plain = Digest(
        date=DAY,
        published_at=None,
        title="九月十二日早报",
        categories=(),
        intro=Text(),
        items=items,
        commentary=Text(),
        trailing=Text(),
        source_form="test",
        content_hash="hash",
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # the fields of a Digest, by name


def edition() -> Digest:
    """Make an ordinary digest: introduction, two sections, five items, a commentary."""
    body = concat(
        ["两家公司签下五年的合同，总价", bold("三千亿美元"), "，从明年起生效。", link("原文", URL.format("x"))]
    )
    items = [
        item(number, body, section=section, categories=(section,))
        for number, section in enumerate(("产业", "产业", "技术", "技术", "技术"), start=1)
    ]
    return digest(*items, intro=INTRO, commentary=COMMENTARY, categories=("技术", "产业", "观点"))


_words = st.sampled_from(
    [
        "云",
        "数据中心",
        "。",
        "，",
        "！",
        " ",
        "\n",
        "\n\n",
        "OpenAI ",
        "a. ",
        "👨‍👩‍👧",
        "🇨🇳",
        "e\u0301",
        "“",
        "”",
        "智能。" * 50,
    ]
)
_addresses = st.sampled_from(
    ["https://a.io/x", "https://news.example.org/" + "p" * 300, "javascript:alert(1)", "http://x"]
)


def _styled(plain: str, kind: int, url: str) -> Text:
    return link(plain, url) if kind == 1 else bold(plain) if kind == 2 else Text(plain)


texts = st.lists(
    st.builds(_styled, st.lists(_words, max_size=12).map("".join), st.integers(0, 3), _addresses), max_size=12
).map(concat)
long_texts = st.builds(lambda text, times: concat([text] * times), texts, st.sampled_from([1, 1, 1, 5, 20]))
headlines = st.lists(_words.filter(str.strip), min_size=1, max_size=6).map("".join)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """Strategy for digests with short and long texts, any links, and optional sections."""
    items = [
        Item(
            position=position,
            written_number=str(position),
            headline=draw(headlines),
            url=draw(_addresses | st.just("")),
            body=draw(long_texts),
            section=draw(st.sampled_from(["", "产业", "技术前沿", "🔥 热点"])),
            categories=tuple(draw(st.sets(st.sampled_from(["产业", "技术前沿"])))),
        )
        for position in range(1, draw(st.integers(0, 12)) + 1)
    ]
    title = draw(st.sampled_from(["", "早报", "2025.09.12 早报"]))
    return digest(*items, title=title, intro=draw(texts), commentary=draw(long_texts), categories=("产业",))
