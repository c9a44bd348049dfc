"""Recognise headings of regions without items (summary, commentary, contents, trailing matter) and their extent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from digest.parsing.blocks import BlockKind
from digest.parsing.list_markers import find_marker, starts_with_chinese_numeral
from digest.segmentation.features import BOLD_LINE_RANK, Page, PagePiece
from digest.segmentation.text_metrics import is_url, reading_length
from domain.chat.text import Style
from domain.names import fold_name


class RegionKind(StrEnum):
    """Kind of text that a heading announces."""

    SUMMARY = "summary"
    COMMENTARY = "commentary"
    CONTENTS = "contents"
    TRAILING = "trailing"


_COMMENTARY_NAMES = (
    "点评|锐评|短评|编者按|编者的话|编辑点评|微语|寄语|金句|commentary|editorsnotes?|editornote|(?:the)?bottomline"
)
_REGION_NAMES = {
    RegionKind.CONTENTS: "目录|contents|tableofcontents|inthisissue|toc",
    RegionKind.COMMENTARY: f"{_COMMENTARY_NAMES}|编后|总评|小结|总结|结论|结语|后记|写在最后|趋势预测|趋势分析"
    "|趋势洞察|每日分析|今日分析|ai分析|深度分析|分析与|(?:观察|洞察|思考|观点|评论)$|analysis|takeaways?|conclusions?|closing|finalthoughts"
    "|ourtake|mytake|opinion|whyitmatters|whatitmeans|trends?$",
    RegionKind.SUMMARY: "摘要|总览|概览|概要|导读|速览|一览|提要|导语|前言|引言|综述|要点|看点|overview|summary|tldr"
    "|highlights|inbrief|ataglance|introduction|keypoints",
    RegionKind.TRAILING: "收听|语音版|播客|订阅|关注我们|关于|往期|广告|赞助|友情链接|联系我们|交流群|加群|进群"
    "|免责声明|版权|声明|延伸阅读|推荐阅读|相关阅读|相关链接|友链|furtherreading|resources$|多渠道|自荐|公众号|小说|推广|邀请函"
    "|数据来源|参考资料|^about|subscribe|sponsor|previousissues?|archives?$"
    "|followus|disclaimer|credits|feedback|listen|podcast",
}
_CLOSING_WORDS = re.compile(
    f"(?:ai|今日|每日|本期)?(?:{_COMMENTARY_NAMES}|编后语?|总评|小结|总结|结论|结语|后记|写在最后|conclusions?|closing|finalthoughts)"
)
_REGION_PATTERNS = {kind: re.compile(names) for kind, names in _REGION_NAMES.items()}
_COMMENTARY_NAME = re.compile(rf"^(?:ai|今日|每日|本期)?(?:{_COMMENTARY_NAMES})$")
_INLINE_NAME = re.compile(r"\W{0,3}(\w[^：:】]{0,20}?)[】：:]")
_MAX_HEADING_LENGTH = 12
_MAX_NUMBERED_NAME_LENGTH = 6
_MAX_NAVIGATION_LABEL_LENGTH = 4
_MAX_OTHER_CHARACTERS = 2
_GENERAL_WORDS = re.compile("ai|今日|今天|每日|本期|本周|日报|早报|周报|新闻|资讯|the|todays?|daily|weekly")
_EMPTY_NOTICE = re.compile(
    "^(?:今日|本日|本期|目前|当前|当日)?(?:暂无|没有|无)(?:任何)?(?:相关|重大|重要|更新|内容|新闻|资讯|消息|动态|信息|收录|新的|新)*$"
    "|^(?:no|nothing)(?:new|relevant|related|major|significant|news|updates?|items?|stories|today|toreport)*$"
    "|^(?:none|na|无|空)$"
)


def region_kind(piece: PagePiece) -> RegionKind | None:
    """Return what the heading or bold line announces; None for a section's name and for a headline."""
    if not piece.rank or reading_length(piece.plain) > _MAX_HEADING_LENGTH:
        return None
    marker = find_marker(piece.plain)
    if marker is None:
        kind = region_kind_of_name(piece.plain)
        return kind if kind is not RegionKind.COMMENTARY or not piece.is_link else None
    name = piece.plain[marker.offset :]
    if starts_with_chinese_numeral(piece.plain) and reading_length(name) <= _MAX_NUMBERED_NAME_LENGTH:
        return region_kind_of_name(name)
    closing = marker.number != "1" and (is_commentary_name(name) or _CLOSING_WORDS.fullmatch(fold_name(name)))
    return RegionKind.COMMENTARY if closing else None


def region_kind_of_name(name: str) -> RegionKind | None:
    """Return what a heading with this name announces."""
    folded = fold_name(name)
    if _COMMENTARY_NAME.match(folded):
        return RegionKind.COMMENTARY
    for kind, pattern in _REGION_PATTERNS.items():
        if pattern.search(folded):
            return kind
    return None


def is_commentary_name(name: str) -> bool:
    """Whether a name can mean nothing but the commentary, wherever it stands."""
    return _COMMENTARY_NAME.match(fold_name(name)) is not None


def find_end_of_news(page: Page) -> int:
    """Return the index of the rule below the closing words, or the page's length without one."""
    for at, piece in enumerate(page.pieces):
        if at in page.excluded and region_kind(piece) is RegionKind.COMMENTARY and _closes_the_day(piece.plain):
            stop = region_extent(page, at).stop
            return stop if stop < len(page.pieces) and _is_rule(page, stop) else len(page.pieces)
    return len(page.pieces)


def _closes_the_day(name: str) -> bool:
    """Whether a name announces the closing words of the day."""
    return _CLOSING_WORDS.search(fold_name(name)) is not None


def _followed_by_news(page: Page, kinds: Sequence[RegionKind | None]) -> frozenset[int]:
    """Return the headings followed by a section of the same rank with news or closing words.

    They are sections or headlines themselves; trailing matter counts only without a rule before it.
    """
    indexes: set[int] = set()
    closed: set[int] = set()  # ranks of the signs below that are news, or close the day
    news: set[int] = set()
    for at in range(len(page.pieces) - 1, -1, -1):
        piece, kind = page.pieces[at], kinds[at]
        if not piece.rank:
            continue
        says_only = kind is not None and _is_only_region_name(piece.plain, kind)
        ruled = at > 0 and page.pieces[at - 1].kind is BlockKind.RULE
        if not says_only and (
            (kind is RegionKind.COMMENTARY and piece.rank in closed)
            or (kind is RegionKind.TRAILING and piece.rank in news and not ruled)
        ):
            indexes.add(at)
        if kind is None or _closes_the_day(piece.plain):
            closed.add(piece.rank)
        if not says_only:
            news.add(piece.rank)
    return frozenset(indexes)


def _is_only_region_name(name: str, kind: RegionKind) -> bool:
    """Whether a name says little more than the kind of region: `今日总结`, but not `微软发布年终总结`."""
    pattern = _CLOSING_WORDS if kind is RegionKind.COMMENTARY else _REGION_PATTERNS[kind]
    folded = fold_name(name)
    return (
        pattern.search(folded) is not None
        and len(pattern.sub("", _GENERAL_WORDS.sub("", folded))) <= _MAX_OTHER_CHARACTERS
    )


def is_empty_notice(plain: str) -> bool:
    """Whether this is the line of an empty group: `暂无更新。`, `No news today.`"""
    return len(plain) < 40 and _EMPTY_NOTICE.match(fold_name(plain)) is not None


def region_extent(page: Page, at: int) -> range:
    """Return the pieces under the heading at `at`: up to a rule or a heading of the same or a higher rank."""
    rank = page.pieces[at].rank
    for index in range(at + 1, len(page.pieces)):
        piece = page.pieces[index]
        if piece.kind is BlockKind.RULE and index > at + 1:
            return range(at + 1, index)
        if rank == BOLD_LINE_RANK and piece.has_link and (piece.kind is BlockKind.ENTRY or piece.number):
            return range(at + 1, index)
        if 0 < piece.rank <= rank and (piece.rank < BOLD_LINE_RANK or region_kind(piece) or _is_section(page, index)):
            return range(at + 1, index)
    return range(at + 1, len(page.pieces))


def exclude_regions(page: Page, *, summaries: bool = True) -> Page:
    """Exclude the pieces in regions without items; those in summaries only if asked."""
    excluded: set[int] = set()
    kinds = [region_kind(piece) for piece in page.pieces]
    names = Counter(piece.plain for piece, zone in zip(page.pieces, kinds, strict=True) if zone)
    followed = _followed_by_news(page, kinds)
    excluded.update(_inline_regions(page))
    for at, piece in enumerate(page.pieces):
        kind = kinds[at]
        if kind is None or (kind is RegionKind.SUMMARY and not summaries):
            continue
        if at in followed:
            continue
        if at in excluded or names[piece.plain] > 1:  # a name that recurs is a label within items
            continue
        inside = region_extent(page, at)
        if not _holds_items(page, inside, kind, piece):
            excluded.update((at, *inside))
    return Page(page.pieces, frozenset(excluded))


def _inline_regions(page: Page) -> Iterator[int]:
    """Yield the pieces of regions that a line of text announces.

    These are `关注我们：` below a rule, and the only paragraph that begins with `**点评**：`.
    """
    led = [
        at
        for at, piece in enumerate(page.pieces)
        if piece.kind is BlockKind.PARAGRAPH and inline_commentary_name(piece)[0]
    ]
    if len(led) == 1:
        yield led[0]
    for at, piece in enumerate(page.pieces):
        name, colon, rest = piece.plain.replace(":", "：").partition("：")
        below_rule = at > 0 and page.pieces[at - 1].kind is BlockKind.RULE
        if (
            below_rule
            and colon
            and not rest
            and reading_length(name) <= _MAX_HEADING_LENGTH
            and region_kind_of_name(name) is RegionKind.TRAILING
        ):
            yield from range(
                at, next((end for end in range(at, len(page.pieces)) if _is_rule(page, end)), len(page.pieces))
            )


def _is_rule(page: Page, at: int) -> bool:
    return page.pieces[at].kind is BlockKind.RULE


def inline_commentary_name(piece: PagePiece) -> tuple[str, int]:
    """Return the commentary's name at the start of a paragraph, and where its text begins.

    For example `**点评**：text` and `【点评】text`; the name is empty if there is none.
    """
    match = _INLINE_NAME.match(piece.plain)
    return (match[1].strip(), match.end()) if match is not None and is_commentary_name(match[1]) else ("", 0)


def is_navigation_line(page: Page, at: int) -> bool:
    """Whether a line names a destination with its address there or below: `往期回顾：https://…`."""
    piece = page.pieces[at]
    if piece.kind is not BlockKind.PARAGRAPH or not (piece.has_link or page.has_address_below(at)):
        return False
    name, _, address = piece.plain.replace("：", ":").partition(":")
    if address and not is_url(address.strip()):
        return False
    return reading_length(name) <= _MAX_NAVIGATION_LABEL_LENGTH and region_kind_of_name(name) is RegionKind.TRAILING


def _is_section(page: Page, at: int) -> bool:
    following = page.next_content(at)
    return following is not None and following.kind is BlockKind.ENTRY


def _holds_items(page: Page, inside: range, kind: RegionKind, heading: PagePiece) -> bool:
    """Whether the region contains news after all: a list of links, or headings of its own."""
    if kind is RegionKind.CONTENTS or is_commentary_name(heading.plain):
        return False
    pieces = [page.pieces[index] for index in inside]
    if kind is RegionKind.TRAILING:
        return False
    headed = [piece for piece in pieces if piece.kind is BlockKind.HEADING]
    if len(headed) > 1 and kind is not RegionKind.COMMENTARY:
        return True
    entries = [
        piece
        for piece in pieces
        if piece.kind is BlockKind.ENTRY or piece.marker is not None or _begins_with_link(piece)
    ]
    return len(entries) > 0 and sum(piece.has_link for piece in entries) * 2 > len(entries)


def _begins_with_link(piece: PagePiece) -> bool:
    return piece.kind is BlockKind.PARAGRAPH and (
        piece.is_link or any(span.style is Style.LINK for span in piece.text.spans[:1])
    )
