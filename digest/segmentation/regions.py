"""Headings that say what stands below them: a summary, the commentary, contents, matter that is no news."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from digest.parsing.blocks import Kind
from digest.parsing.list_markers import is_ordinal, marker_of
from digest.segmentation.features import BOLD_RANK, Page, Piece
from digest.segmentation.text_metrics import is_address, weight
from domain.chat.text import Style
from domain.names import fold_name


class Zone(StrEnum):
    """What a heading announces."""

    SUMMARY = "summary"
    COMMENTARY = "commentary"
    CONTENTS = "contents"
    TRAILING = "trailing"


_STRICT = (
    "点评|锐评|短评|编者按|编者的话|编辑点评|微语|寄语|金句|commentary|editorsnotes?|editornote|(?:the)?bottomline"
)
_WORDS = {
    Zone.CONTENTS: "目录|contents|tableofcontents|inthisissue|toc",
    Zone.COMMENTARY: f"{_STRICT}|编后|总评|小结|总结|结论|结语|后记|写在最后|趋势预测|趋势分析|趋势洞察|每日分析"
    "|今日分析|ai分析|深度分析|分析与|(?:观察|洞察|思考|观点|评论)$|analysis|takeaways?|conclusions?|closing|finalthoughts|ourtake|mytake"
    "|opinion|whyitmatters|whatitmeans|trends?$",
    Zone.SUMMARY: "摘要|总览|概览|概要|导读|速览|一览|提要|导语|前言|引言|综述|要点|看点|overview|summary|tldr"
    "|highlights|inbrief|ataglance|introduction|keypoints",
    Zone.TRAILING: "收听|语音版|播客|订阅|关注我们|关于|往期|广告|赞助|友情链接|联系我们|交流群|加群|进群|免责声明|版权"
    "|声明|延伸阅读|推荐阅读|相关阅读|相关链接|友链|furtherreading|resources$|多渠道|自荐|公众号|小说|推广|邀请函|数据来源|参考资料|^about|subscribe|sponsor|previousissues?|archives?$"
    "|followus|disclaimer|credits|feedback|listen|podcast",
}
_CLOSING = re.compile(
    f"(?:ai|今日|每日|本期)?(?:{_STRICT}|编后语?|总评|小结|总结|结论|结语|后记|写在最后|conclusions?|closing|finalthoughts)"
)
_PATTERNS = {zone: re.compile(words) for zone, words in _WORDS.items()}
_STRICT_PATTERN = re.compile(rf"^(?:ai|今日|每日|本期)?(?:{_STRICT})$")
_LED = re.compile(r"\W{0,3}(\w[^：:】]{0,20}?)[】：:]")
_LONGEST = 12
_SHORT = 6
_SHORTEST_NAME = 4
_REST = 2
_GENERAL = re.compile("ai|今日|今天|每日|本期|本周|日报|早报|周报|新闻|资讯|the|todays?|daily|weekly")
_NOTHING = re.compile(
    "^(?:今日|本日|本期|目前|当前|当日)?(?:暂无|没有|无)(?:任何)?(?:相关|重大|重要|更新|内容|新闻|资讯|消息|动态|信息|收录|新的|新)*$"
    "|^(?:no|nothing)(?:new|relevant|related|major|significant|news|updates?|items?|stories|today|toreport)*$"
    "|^(?:none|na|无|空)$"
)


def zone_of(piece: Piece) -> Zone | None:
    """What the heading or bold line announces; None for the name of a section, and for every headline."""
    if not piece.rank or weight(piece.plain) > _LONGEST:
        return None
    marker = marker_of(piece.plain)
    if marker is None:
        zone = zone_named(piece.plain)
        return zone if zone is not Zone.COMMENTARY or not piece.link else None
    name = piece.plain[marker.at :]
    if is_ordinal(piece.plain) and weight(name) <= _SHORT:
        return zone_named(name)
    closing = marker.number != "1" and (is_strict(name) or _CLOSING.fullmatch(fold_name(name)))
    return Zone.COMMENTARY if closing else None


def zone_named(name: str) -> Zone | None:
    """What a name announces, whoever it stands for."""
    folded = fold_name(name)
    if _STRICT_PATTERN.match(folded):
        return Zone.COMMENTARY
    for zone, pattern in _PATTERNS.items():
        if pattern.search(folded):
            return zone
    return None


def is_strict(name: str) -> bool:
    """Whether a name can mean nothing but the commentary, wherever it stands."""
    return _STRICT_PATTERN.match(fold_name(name)) is not None


def ends_news(page: Page) -> int:
    """The rule below the first heading that closes the day, where there is one; else the page's length."""
    for at, piece in enumerate(page.pieces):
        if at in page.barred and zone_of(piece) is Zone.COMMENTARY and _closes(piece.plain):
            stop = region(page, at).stop
            return stop if stop < len(page.pieces) and _is_rule(page, stop) else len(page.pieces)
    return len(page.pieces)


def _closes(name: str) -> bool:
    """Whether a name means the day's last words, wherever it stands."""
    return _CLOSING.search(fold_name(name)) is not None


def _followed(page: Page, zones: Sequence[Zone | None]) -> frozenset[int]:
    """The signs after which a section of the same rank comes, of news by its name or with the closing words: they are
    sections of news, or headlines, too; trailing matter only where no rule stands before it."""
    found: set[int] = set()
    closed: set[int] = set()  # ranks of the signs below that are news, or close the day
    news: set[int] = set()
    for at in range(len(page.pieces) - 1, -1, -1):
        piece, zone = page.pieces[at], zones[at]
        if not piece.rank:
            continue
        says_only = zone is not None and _says_only(piece.plain, zone)
        ruled = at > 0 and page.pieces[at - 1].kind is Kind.RULE
        if not says_only and (
            (zone is Zone.COMMENTARY and piece.rank in closed)
            or (zone is Zone.TRAILING and piece.rank in news and not ruled)
        ):
            found.add(at)
        if zone is None or _closes(piece.plain):
            closed.add(piece.rank)
        if not says_only:
            news.add(piece.rank)
    return frozenset(found)


def _says_only(name: str, zone: Zone) -> bool:
    """Whether a name says little more than what zone it is: `今日总结`, but not `微软发布年终总结`."""
    words = _CLOSING if zone is Zone.COMMENTARY else _PATTERNS[zone]
    folded = fold_name(name)
    return words.search(folded) is not None and len(words.sub("", _GENERAL.sub("", folded))) <= _REST


def says_nothing(plain: str) -> bool:
    """Whether this is the line under an empty group: `暂无更新。`, `No news today.`"""
    return len(plain) < 40 and _NOTHING.match(fold_name(plain)) is not None


def region(page: Page, at: int) -> range:
    """The pieces that stand under the sign at `at`: up to a rule, or the next sign of its rank or above."""
    rank = page.pieces[at].rank
    for index in range(at + 1, len(page.pieces)):
        piece = page.pieces[index]
        if piece.kind is Kind.RULE and index > at + 1:
            return range(at + 1, index)
        if rank == BOLD_RANK and piece.linked and (piece.kind is Kind.ENTRY or piece.number):
            return range(at + 1, index)
        if 0 < piece.rank <= rank and (piece.rank < BOLD_RANK or zone_of(piece) or _is_section(page, index)):
            return range(at + 1, index)
    return range(at + 1, len(page.pieces))


def bar(page: Page, *, summaries: bool = True) -> Page:
    """The page with those pieces barred that stand in a zone where no items are; in summaries only if asked."""
    barred: set[int] = set()
    zones = [zone_of(piece) for piece in page.pieces]
    names = Counter(piece.plain for piece, zone in zip(page.pieces, zones, strict=True) if zone)
    followed = _followed(page, zones)
    barred.update(_led_zones(page))
    for at, piece in enumerate(page.pieces):
        zone = zones[at]
        if zone is None or (zone is Zone.SUMMARY and not summaries):
            continue
        if at in followed:
            continue
        if at in barred or names[piece.plain] > 1:  # a name that recurs is a label within items
            continue
        inside = region(page, at)
        if not _holds_items(page, inside, zone, piece):
            barred.update((at, *inside))
    return Page(page.pieces, frozenset(barred))


def _led_zones(page: Page) -> Iterator[int]:
    """What stands below lines that are no headings but say what follows: `关注我们：` below a rule, and the one
    paragraph that begins with `**点评**：`."""
    led = [at for at, piece in enumerate(page.pieces) if piece.kind is Kind.PARAGRAPH and led_name(piece)[0]]
    if len(led) == 1:
        yield led[0]
    for at, piece in enumerate(page.pieces):
        name, colon, rest = piece.plain.replace(":", "：").partition("：")
        below_rule = at > 0 and page.pieces[at - 1].kind is Kind.RULE
        if below_rule and colon and not rest and weight(name) <= _LONGEST and zone_named(name) is Zone.TRAILING:
            yield from range(
                at, next((end for end in range(at, len(page.pieces)) if _is_rule(page, end)), len(page.pieces))
            )


def _is_rule(page: Page, at: int) -> bool:
    return page.pieces[at].kind is Kind.RULE


def led_name(piece: Piece) -> tuple[str, int]:
    """The commentary's name that the paragraph begins with (`**点评**：text`, `【点评】text`; else ""), and where its
    text begins."""
    found = _LED.match(piece.plain)
    return (found[1].strip(), found.end()) if found is not None and is_strict(found[1]) else ("", 0)


def is_goal(page: Page, at: int) -> bool:
    """Whether a line names a place to go to, with its address: `往期回顾：https://…`, the address below it too."""
    piece = page.pieces[at]
    if piece.kind is not Kind.PARAGRAPH or not (piece.linked or page.has_address_below(at)):
        return False
    name, _, address = piece.plain.replace("：", ":").partition(":")
    if address and not is_address(address.strip()):
        return False
    return weight(name) <= _SHORTEST_NAME and zone_named(name) is Zone.TRAILING


def _is_section(page: Page, at: int) -> bool:
    following = page.after(at)
    return following is not None and following.kind is Kind.ENTRY


def _holds_items(page: Page, inside: range, zone: Zone, sign: Piece) -> bool:
    """Whether what stands there is news after all: a list of links, headings of their own."""
    if zone is Zone.CONTENTS or is_strict(sign.plain):
        return False
    pieces = [page.pieces[index] for index in inside]
    if zone is Zone.TRAILING:
        return False
    headed = [piece for piece in pieces if piece.kind is Kind.HEADING]
    if len(headed) > 1 and zone is not Zone.COMMENTARY:
        return True
    entries = [piece for piece in pieces if piece.kind is Kind.ENTRY or piece.marker is not None or _is_lead(piece)]
    return len(entries) > 0 and sum(piece.linked for piece in entries) * 2 > len(entries)


def _is_lead(piece: Piece) -> bool:
    return piece.kind is Kind.PARAGRAPH and (
        piece.link or any(span.style is Style.LINK for span in piece.text.spans[:1])
    )
