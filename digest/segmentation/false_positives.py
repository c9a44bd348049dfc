"""Drop what looks like items but is not: lists within bodies, and lists below a rule after the news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.parsing.blocks import BlockKind
from digest.segmentation.features import Page, PagePiece
from digest.segmentation.section_names import MAX_SECTION_NAME_LENGTH
from digest.segmentation.text_metrics import is_field_label, reading_length

_MIN_STRONG_SHARE = 0.6  # share of heads that must be strong before a weak one among them is looked at with suspicion

_MAX_NAVIGATION_NAME_LENGTH = 3  # reading length of the longest name of a destination


def drop_false_positives(page: Page, heads: Sequence[int]) -> tuple[int, ...]:
    """Return the heads that are items."""
    groups = list(_groups(page, heads))
    strong = _strong_share(page, heads)
    kept: list[int] = []
    for after_rule, group in groups:
        if after_rule and _strong_share(page, kept) >= _MIN_STRONG_SHARE and _strong_share(page, group) == 0:
            continue
        if after_rule and _are_navigation_links(page, group) and not _are_navigation_links(page, kept):
            continue
        kept.extend(_without_inner_lists(page, group, strong))
    return tuple(kept)


def _groups(page: Page, heads: Sequence[int]) -> Iterator[tuple[bool, list[int]]]:
    """Yield the heads between two headings or rules, and whether a rule stands before them."""
    chosen = set(heads)
    group: list[int] = []
    after_rule, pending_rule = False, False
    for at, piece in enumerate(page.pieces):
        if at in chosen:
            if not group:
                after_rule = pending_rule
            group.append(at)
        elif piece.kind in (BlockKind.RULE, BlockKind.HEADING) or (at + 1 in chosen and _names_section(piece)):
            if group:
                yield after_rule, group
                group, pending_rule = [], False
            pending_rule = pending_rule or piece.kind is BlockKind.RULE
    if group:
        yield after_rule, group


def _names_section(piece: PagePiece) -> bool:
    return piece.rank > 0 and not piece.block.continues_previous and not is_field_label(piece.plain)


def _strong_share(page: Page, heads: Sequence[int]) -> float:
    return sum(map(page.looks_like_item, heads)) / len(heads) if heads else 0.0


def _are_navigation_links(page: Page, heads: Sequence[int]) -> bool:
    """Whether all heads are links with names of destinations: `- [公众号](u)`."""
    pieces = [page.pieces[at] for at in heads]
    return len(heads) > 1 and all(
        piece.is_link and not piece.number and reading_length(piece.plain) <= _MAX_NAVIGATION_NAME_LENGTH
        for piece in pieces
    )


def _without_inner_lists(page: Page, group: list[int], strong: float) -> list[int]:
    """Drop lists that stand inside an item's body; headings are never such a list."""
    if page.pieces[group[0]].kind is BlockKind.HEADING:
        return group
    kept: list[int] = []
    at, proven = 0, False
    while at < len(group):
        skip = _inner_list_length(page, group, at, kept, strong)
        if not skip and kept and (proven or _follows_prose(page, group[at])):
            skip = _final_list_length(page, group, at)
            if skip == 1 and page.pieces[kept[-1]].number == "1":
                skip = 0  # every item is numbered 1
        if skip:
            proven = proven or page.pieces[group[at]].number == "1"
            at += skip
            continue
        kept.append(group[at])
        at += 1
    return kept


def _inner_list_length(page: Page, group: list[int], at: int, kept: list[int], strong: float) -> int:
    """Return how many heads from `at` on belong to a list inside the body of the last item kept."""
    piece = page.pieces[group[at]]
    if not kept or (page.pieces[group[at] - 1].kind in (BlockKind.ENTRY, BlockKind.HEADING) and piece.number != "1"):
        return 0
    last = page.pieces[kept[-1]].number
    if not piece.number or not last:
        lonely = page.pieces[group[at] - 1].kind is BlockKind.PARAGRAPH and not last and not piece.number
        return (
            1
            if lonely and strong >= _MIN_STRONG_SHARE and not page.looks_like_item(group[at])
            else _weak_follower_count(page, group, at, kept, strong)
        )
    if piece.number != "1":
        return 0
    run = _list_lengths_from_one(page, group, at)
    length = next((length for length in run if _resumes(page, group, at + length, last)), run[-1])
    weak = strong >= _MIN_STRONG_SHARE and not any(page.looks_like_item(place) for place in group[at : at + length])
    return length if weak or _resumes(page, group, at + length, last) else 0


def _follows_prose(page: Page, at: int) -> bool:
    """Whether a body stands right above and this entry has none of its own."""
    before = page.pieces[at - 1]
    prose = (
        before.kind is BlockKind.PARAGRAPH
        and not before.rank
        and reading_length(before.plain) > MAX_SECTION_NAME_LENGTH
    )
    return prose or (before.kind is BlockKind.ENTRY and before.is_multiline and not page.pieces[at].is_multiline)


def _final_list_length(page: Page, group: list[int], at: int) -> int:
    """Return how many heads from `at` on are a list in the last item: it begins at 1 and nothing continues after it."""
    left = len(group) - at
    return left if page.pieces[group[at]].number == "1" and _list_lengths_from_one(page, group, at)[-1] == left else 0


def _list_lengths_from_one(page: Page, group: list[int], at: int) -> list[int]:
    """Return the possible lengths of the list that begins at `at` with 1: up to each blank line, and in all."""
    ends: list[int] = []
    length = 1
    while at + length < len(group) and page.pieces[group[at + length]].number == str(length + 1):
        if page.looks_like_item(group[at + length]) and not page.looks_like_item(group[at]):
            break
        if _stands_apart(page, group[at + length - 1], group[at + length]):
            ends.append(length)
        length += 1
    return [*ends, length]


def _stands_apart(page: Page, before: int, at: int) -> bool:
    """Whether other lines lie between the two pieces."""
    return page.pieces[at].block.line - page.pieces[before].block.line > 1


def _resumes(page: Page, group: list[int], at: int, last: str) -> bool:
    return at < len(group) and page.pieces[group[at]].number == str(int(last) + 1)


def _weak_follower_count(page: Page, group: list[int], at: int, kept: list[int], strong: float) -> int:
    """Return 1 for a weak bullet right after one that belongs to a body, else 0."""
    previous = group[at] - 1
    inside = page.pieces[previous].kind is BlockKind.ENTRY and previous not in kept
    return 1 if inside and strong >= _MIN_STRONG_SHARE and not page.looks_like_item(group[at]) else 0
