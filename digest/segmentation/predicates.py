"""Questions about a place on the page that the recognisers ask: what the piece looks like, and what stands by it."""

from __future__ import annotations

from digest.parsing.blocks import Kind
from digest.segmentation.features import Page, Piece
from digest.segmentation.section_names import LONGEST_NAME, is_section_name
from digest.segmentation.text_metrics import is_address, is_label, is_more, leading, links, weight
from domain.chat.text import Style

_DASHES = "—–-"  # before a source, not before a headline
_STOPS = tuple("。！？，；.!?,;")


def is_sentence(page: Page, at: int) -> bool:
    """Whether it ends with a full stop, an address behind it aside."""
    plain = page.pieces[at].plain
    spans = links(page.pieces[at].text)
    title = plain[: spans[0].start] if spans and is_address(plain[spans[0].start :]) else plain
    return title.rstrip().endswith(("。", "；", "."))


def title_above(page: Page, at: int) -> int:
    """The title above the sentences that end at `at`; `at` itself where there is none."""
    for index in range(at, -1, -1):
        piece = page.pieces[index]
        if piece.kind is not Kind.PARAGRAPH or piece.bare or index in page.barred:
            break
        if not is_sentence(page, index):
            return index
    return at


def is_above_another(page: Page, at: int) -> bool:
    """Whether nothing stands between a short heading and the next one of its level: it is the name of a section."""
    below = page.after(at)
    same = below is not None and below.kind is Kind.HEADING and below.block.level == page.pieces[at].block.level
    return same and weight(page.pieces[at].plain) <= LONGEST_NAME


def names_section(page: Page, at: int) -> bool:
    """Whether it is a name of general words: `行业动态`."""
    return is_section_name(page.pieces[at].rest.plain)


def is_ordinal_name(page: Page, at: int) -> bool:
    """Whether the line is a short name, `一、国内要闻`, right above a list."""
    piece, below = page.pieces[at], page.after(at)
    listed = below is not None and below.kind is Kind.ENTRY
    return piece.is_ordinal and listed and weight(piece.rest.plain) <= LONGEST_NAME


def goes_on(piece: Piece, below: Piece) -> bool:
    """Whether the line below belongs to this one: it is glued to it, or the sentence that follows its title."""
    return below.block.glued or (below.plain.endswith(_STOPS) and not piece.plain.endswith(_STOPS))


def holds_list(page: Page, at: int) -> bool:
    """Whether a list of items (linked, or with bold headlines) stands right below."""
    following = page.after(at)
    if following is None:
        return False
    if following.kind is Kind.PARAGRAPH and following.number:
        return following.strong
    if following.kind is not Kind.ENTRY:
        return False
    entries: list[Piece] = []
    for index in range(at + 1, len(page.pieces)):
        piece = page.pieces[index]
        if piece.rank and piece.rank <= page.pieces[at].rank:
            break
        if piece.kind is Kind.ENTRY:
            entries.append(piece)
        elif piece.kind is Kind.PARAGRAPH and is_only_link(piece):
            return False  # a source below the list: the list is an item's body
    return sum(piece.strong for piece in entries) * 2 > len(entries)


def has_body(page: Page, at: int) -> bool:
    """Whether anything stands below that may be its body."""
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    if following is None or following.kind is Kind.RULE:
        return False
    return following.kind is not Kind.HEADING or (is_label(following.plain) and at + 1 not in page.barred)


def has_prose(page: Page, at: int) -> bool:
    """Whether text stands below it, and no list of items."""
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    if following is None or holds_list(page, at):
        return False
    if following.kind is Kind.HEADING:
        return following.rank > page.pieces[at].rank and is_label(following.plain)
    return following.kind in (Kind.PARAGRAPH, Kind.QUOTE, Kind.ENTRY, Kind.CODE) and not following.number


def is_linked_line(piece: Piece) -> bool:
    """Whether the line is one link that is a headline."""
    found = leading(piece.rest, Style.LINK)
    if found is None or piece.plain[0] in _DASHES or is_address(piece.rest.plain[found.start : found.end]):
        return False
    ends_sentence = piece.rest.plain[links(piece.rest)[-1].end :].lstrip()[:1] in _STOPS
    return piece.link and not ends_sentence and weight(piece.rest.plain) > 1 and not piece.navigates


def is_only_link(piece: Piece) -> bool:
    """Whether it is nothing but an address, or a label with its link."""
    return piece.bare or (len(links(piece.text)) > 0 and is_more(piece.plain))


def is_bold_headline(piece: Piece) -> bool:
    """Whether it is a line in bold that may be a headline."""
    return piece.kind is Kind.PARAGRAPH and piece.bold and weight(piece.plain) > 1 and not is_more(piece.plain)


def before_colon(plain: str) -> str:
    """What stands before the first colon."""
    return plain.replace(":", "：").partition("：")[0]


def ends_with_address(piece: Piece) -> bool:
    """Whether it is a title with its address, the only link, behind it."""
    spans = links(piece.rest)
    if len(spans) != 1:
        return False
    span = spans[0]
    plain = piece.rest.plain
    return is_address(plain[span.start : span.end]) and span.end == len(plain) and weight(plain[: span.start]) > 1
