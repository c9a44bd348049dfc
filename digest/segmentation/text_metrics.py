"""Pure questions about a text: how heavy it reads, whether one style covers it, where its first sentence ends."""

from __future__ import annotations

import re
import unicodedata

from domain.chat.text import Span, Style, Text
from domain.names import fold_name

_WIDE = re.compile(r"[^\W\x00-\u2e7f]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’.+-]*")
_MORE_LABELS = """
原文链接 原文 阅读原文 查看原文 原文地址 来源 来源链接 链接 更多 更多详情 查看详情 详情 详情链接
论文地址 论文 论文链接 项目地址 项目链接 模型地址 跳转链接 直达链接 官网 传送门 点击查看 点击阅读
阅读更多 查看更多 阅读全文 相关链接 新闻链接 体验地址 代码地址 源码 出处 参考链接 readmore more
source sources link links original fulltext fullstory readthefullstory continuereading via paper
code github demo project website details here
"""
_MORE = frozenset(_MORE_LABELS.split())
_FIELD_LABELS = """
来源 来源标签 分类 类别 标签 关键词 发布时间 时间 日期 作者 原文标题 标题 原文 原文链接 链接 地址 摘要 内容摘要
核心要点 要点 关键要点 主要内容 点评 简评 评论 影响 背景 意义 关键数据 一句话 一句话总结 精华解读 延伸思考 推荐理由
亮点 特点 热度 source sources published date author category categories tags tag keywords link links url title summary
tldr keypoints keytakeaways takeaways whyitmatters impact context background details score points comments note notes
"""
_FIELDS = frozenset(_FIELD_LABELS.split())
_LONGEST_LABEL = 30
_ANY = re.compile(r"[^\W_]")
_END = re.compile(r"[。！？!?…]+|\.(?=\s+[\"“(\[]?[A-Z0-9\u2e80-\U0003ffff]|\s*$)")
_CLOSERS = "”’」』》）)\"'】"
_PAIRS = (("“", "”"), ("（", "）"), ("「", "」"), ("(", ")"), ("《", "》"), ("『", "』"))


def weight(plain: str) -> int:
    """How much there is to read: a Chinese character counts one, a word of Latin letters one."""
    words = len(_WORD.findall(plain))
    return words if plain.isascii() else words + len(_WIDE.findall(plain))


def is_more(plain: str) -> bool:
    """Whether this is a label for "read on there" and no headline."""
    if len(plain) > _LONGEST_LABEL:
        return False
    folded = fold_name(plain)
    return folded in _MORE or (len(folded) < 12 and folded.strip("0123456789") in _MORE)


def is_label(plain: str) -> bool:
    """Whether these words name a field of an item (`来源`, `Published`) and are no headline."""
    return len(plain) <= _LONGEST_LABEL and fold_name(plain) in _FIELDS


def is_address(plain: str) -> bool:
    """Whether this is an address written out."""
    return plain.lower().startswith(("http://", "https://")) and not any(map(str.isspace, plain))


def covers(text: Text, style: Style) -> bool:
    """Whether the style lies over all of the text, ornaments, brackets and punctuation aside."""
    at = 0
    for span in text.spans:
        if span.style is style:
            if _words(text.plain[at : span.start]):
                return False
            at = max(at, span.end)
    return at > 0 and not _words(text.plain[at:])


def first(text: Text, style: Style) -> Span | None:
    """The first span of the style."""
    return next((span for span in text.spans if span.style is style), None)


def leading(text: Text, style: Style) -> Span | None:
    """The first span of the style, where nothing but ornaments stands before it."""
    span = first(text, style)
    return span if span is not None and not _words(text.plain[: span.start]) else None


def links(text: Text) -> list[Span]:
    """All its links."""
    return [span for span in text.spans if span.style is Style.LINK]


def sentence_end(plain: str) -> int:
    """Where the first sentence ends, closing quotes and emoji after it included; the text's length if only one."""
    at, still_open = 0, [0] * len(_PAIRS)
    for match in _END.finditer(plain):
        end = match.end()
        while end < len(plain) and plain[end] in _CLOSERS:
            end += 1
        for number, (left, right) in enumerate(_PAIRS):
            still_open[number] += plain.count(left, at, end) - plain.count(right, at, end)
        at = end
        if max(still_open) <= 0:
            return _with_emoji(plain, end)
    return len(plain)


def _with_emoji(plain: str, end: int) -> int:
    at = end
    while at < len(plain) and (plain[at].isspace() or _is_emoji(plain[at])):
        at += 1
        if _is_emoji(plain[at - 1]):
            end = at
    return end


def _is_emoji(character: str) -> bool:
    return character in "\u200d\ufe0f" or (unicodedata.category(character) in ("So", "Sk") and character > "\u2000")


def _words(plain: str) -> bool:
    return _ANY.search(plain) is not None


def headline_of(text: Text) -> str:
    """The words that a line begins with, its link or its bold words; else its first sentence, without an address."""
    span = leading(text, Style.LINK) or leading(text, Style.BOLD)
    if span is not None and not is_address(text.plain[span.start : span.end]):
        return text.plain[: span.end]
    found = first(text, Style.LINK)
    plain = text.plain[: found.start] if found and is_address(text.plain[found.start :]) else text.plain
    return plain[: sentence_end(plain)]
