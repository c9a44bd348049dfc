"""Measure texts: their reading length, whether a style covers them, where their first sentence ends."""

from __future__ import annotations

import re
import unicodedata

from domain.chat.text import Span, Style, Text
from domain.names import fold_name

_CJK_CHARACTER = re.compile(r"[^\W\x00-\u2e7f]")
_LATIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'’.+-]*")
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
_MAX_LABEL_CHARACTERS = 30
_WORD_CHARACTER = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(r"[。！？!?…]+|\.(?=\s+[\"“(\[]?[A-Z0-9\u2e80-\U0003ffff]|\s*$)")
_CLOSING_CHARACTERS = "”’」』》）)\"'】"
_BRACKET_PAIRS = (("“", "”"), ("（", "）"), ("「", "」"), ("(", ")"), ("《", "》"), ("『", "』"))


def reading_length(plain: str) -> int:
    """Count what there is to read: each Chinese character and each Latin word counts one."""
    word_count = len(_LATIN_WORD.findall(plain))
    return word_count if plain.isascii() else word_count + len(_CJK_CHARACTER.findall(plain))


def is_read_more_label(plain: str) -> bool:
    """Whether this is a label such as "read more" and no headline."""
    if len(plain) > _MAX_LABEL_CHARACTERS:
        return False
    folded = fold_name(plain)
    return folded in _MORE or (len(folded) < 12 and folded.strip("0123456789") in _MORE)


def is_field_label(plain: str) -> bool:
    """Whether these words name a field of an item (`来源`, `Published`) and are no headline."""
    return len(plain) <= _MAX_LABEL_CHARACTERS and fold_name(plain) in _FIELDS


def is_url(plain: str) -> bool:
    """Whether this is an address written out."""
    return plain.lower().startswith(("http://", "https://")) and not any(map(str.isspace, plain))


def is_covered_by(text: Text, style: Style) -> bool:
    """Whether the style covers the whole text, apart from ornaments, brackets and punctuation."""
    at = 0
    for span in text.spans:
        if span.style is style:
            if _has_words(text.plain[at : span.start]):
                return False
            at = max(at, span.end)
    return at > 0 and not _has_words(text.plain[at:])


def first_span(text: Text, style: Style) -> Span | None:
    """Return the first span of the style."""
    return next((span for span in text.spans if span.style is style), None)


def leading_span(text: Text, style: Style) -> Span | None:
    """Return the first span of the style if only ornaments stand before it."""
    span = first_span(text, style)
    return span if span is not None and not _has_words(text.plain[: span.start]) else None


def link_spans(text: Text) -> list[Span]:
    """Return the spans of all links."""
    return [span for span in text.spans if span.style is Style.LINK]


def sentence_end(plain: str) -> int:
    """Return where the first sentence ends, including closing quotes and emoji after it."""
    at, open_counts = 0, [0] * len(_BRACKET_PAIRS)
    for match in _SENTENCE_END.finditer(plain):
        end = match.end()
        while end < len(plain) and plain[end] in _CLOSING_CHARACTERS:
            end += 1
        for number, (left, right) in enumerate(_BRACKET_PAIRS):
            open_counts[number] += plain.count(left, at, end) - plain.count(right, at, end)
        at = end
        if max(open_counts) <= 0:
            return _after_emoji(plain, end)
    return len(plain)


def _after_emoji(plain: str, end: int) -> int:
    at = end
    while at < len(plain) and (plain[at].isspace() or _is_emoji(plain[at])):
        at += 1
        if _is_emoji(plain[at - 1]):
            end = at
    return end


def _is_emoji(character: str) -> bool:
    return character in "\u200d\ufe0f" or (unicodedata.category(character) in ("So", "Sk") and character > "\u2000")


def _has_words(plain: str) -> bool:
    return _WORD_CHARACTER.search(plain) is not None


def opening_phrase(text: Text) -> str:
    """Return the leading link or bold words of a line, else its first sentence without an address."""
    span = leading_span(text, Style.LINK) or leading_span(text, Style.BOLD)
    if span is not None and not is_url(text.plain[span.start : span.end]):
        return text.plain[: span.end]
    address = first_span(text, Style.LINK)
    plain = text.plain[: address.start] if address and is_url(text.plain[address.start :]) else text.plain
    return plain[: sentence_end(plain)]
