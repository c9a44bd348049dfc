"""Places that look like items but are not: lists within a body, lists in what follows a rule after the news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.parsing.blocks import Kind
from digest.segmentation.features import Page, Piece
from digest.segmentation.section_names import LONGEST_NAME
from digest.segmentation.text_metrics import is_label, weight

_MAIN = 0.6  # share of heads that must be strong before a weak one among them is looked at with suspicion

_GOAL = 3  # weight of the longest name of a place to go to


def without_strays(page: Page, heads: Sequence[int]) -> tuple[int, ...]:
    """The heads that are items."""
    groups = list(_groups(page, heads))
    strong = _strong_share(page, heads)
    kept: list[int] = []
    for after_rule, group in groups:
        if after_rule and _strong_share(page, kept) >= _MAIN and _strong_share(page, group) == 0:
            continue
        if after_rule and _are_goals(page, group) and not _are_goals(page, kept):
            continue
        kept.extend(_within(page, group, strong))
    return tuple(kept)


def _groups(page: Page, heads: Sequence[int]) -> Iterator[tuple[bool, list[int]]]:
    """The heads between two signs or rules, and whether a rule stands before them."""
    chosen = set(heads)
    group: list[int] = []
    after_rule, pending_rule = False, False
    for at, piece in enumerate(page.pieces):
        if at in chosen:
            if not group:
                after_rule = pending_rule
            group.append(at)
        elif piece.kind in (Kind.RULE, Kind.HEADING) or (at + 1 in chosen and _names_section(piece)):
            if group:
                yield after_rule, group
                group, pending_rule = [], False
            pending_rule = pending_rule or piece.kind is Kind.RULE
    if group:
        yield after_rule, group


def _names_section(piece: Piece) -> bool:
    return piece.rank > 0 and not piece.block.glued and not is_label(piece.plain)


def _strong_share(page: Page, heads: Sequence[int]) -> float:
    return sum(map(page.is_strong, heads)) / len(heads) if heads else 0.0


def _are_goals(page: Page, heads: Sequence[int]) -> bool:
    """Whether they are nothing but links with names of places to go to: `- [公众号](u)`."""
    pieces = [page.pieces[at] for at in heads]
    return len(heads) > 1 and all(piece.link and not piece.number and weight(piece.plain) <= _GOAL for piece in pieces)


def _within(page: Page, group: list[int], strong: float) -> list[int]:
    """The group without lists that stand inside an item's body; headings are no list."""
    if page.pieces[group[0]].kind is Kind.HEADING:
        return group
    kept: list[int] = []
    at, proven = 0, False
    while at < len(group):
        skip = _inner_list(page, group, at, kept, strong)
        if not skip and kept and (proven or _follows_prose(page, group[at])):
            skip = _last_list(page, group, at)
            if skip == 1 and page.pieces[kept[-1]].number == "1":
                skip = 0  # every item is numbered 1
        if skip:
            proven = proven or page.pieces[group[at]].number == "1"
            at += skip
            continue
        kept.append(group[at])
        at += 1
    return kept


def _inner_list(page: Page, group: list[int], at: int, kept: list[int], strong: float) -> int:
    """How many heads from `at` on belong to a list inside the body of the last item kept."""
    piece = page.pieces[group[at]]
    if not kept or (page.pieces[group[at] - 1].kind in (Kind.ENTRY, Kind.HEADING) and piece.number != "1"):
        return 0
    last = page.pieces[kept[-1]].number
    if not piece.number or not last:
        lonely = page.pieces[group[at] - 1].kind is Kind.PARAGRAPH and not last and not piece.number
        return (
            1
            if lonely and strong >= _MAIN and not page.is_strong(group[at])
            else _weak_followers(page, group, at, kept, strong)
        )
    if piece.number != "1":
        return 0
    run = _run_from_one(page, group, at)
    length = next((length for length in run if _resumes(page, group, at + length, last)), run[-1])
    weak = strong >= _MAIN and not any(page.is_strong(place) for place in group[at : at + length])
    return length if weak or _resumes(page, group, at + length, last) else 0


def _follows_prose(page: Page, at: int) -> bool:
    """Whether a body stands right above, and this entry has none of its own."""
    before = page.pieces[at - 1]
    prose = before.kind is Kind.PARAGRAPH and not before.rank and weight(before.plain) > LONGEST_NAME
    return prose or (before.kind is Kind.ENTRY and before.long and not page.pieces[at].long)


def _last_list(page: Page, group: list[int], at: int) -> int:
    """How many heads from `at` on are the list of the last item: from 1, no number going on after them."""
    left = len(group) - at
    return left if page.pieces[group[at]].number == "1" and _run_from_one(page, group, at)[-1] == left else 0


def _run_from_one(page: Page, group: list[int], at: int) -> list[int]:
    """How long the list may be that begins at `at` with 1: up to each place where its lines stand apart, and in all."""
    ends: list[int] = []
    length = 1
    while at + length < len(group) and page.pieces[group[at + length]].number == str(length + 1):
        if page.is_strong(group[at + length]) and not page.is_strong(group[at]):
            break
        if _stands_apart(page, group[at + length - 1], group[at + length]):
            ends.append(length)
        length += 1
    return [*ends, length]


def _stands_apart(page: Page, before: int, at: int) -> bool:
    """Whether more than the line of the one before lies between the two."""
    return page.pieces[at].block.line - page.pieces[before].block.line > 1


def _resumes(page: Page, group: list[int], at: int, last: str) -> bool:
    return at < len(group) and page.pieces[group[at]].number == str(int(last) + 1)


def _weak_followers(page: Page, group: list[int], at: int, kept: list[int], strong: float) -> int:
    """A bullet right after one that was taken for part of a body is part of it too, unless it is strong."""
    previous = group[at] - 1
    inside = page.pieces[previous].kind is Kind.ENTRY and previous not in kept
    return 1 if inside and strong >= _MAIN and not page.is_strong(group[at]) else 0
