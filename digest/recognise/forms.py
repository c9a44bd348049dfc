"""The recognisers, one for each form: a page in, the places of the pieces that begin items out (none: not this form).

They are asked in the order of `RECOGNISERS`, the most certain first; each is pure and knows nothing of the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from chat.text import Style
from digest.blocks import Kind
from digest.names import fold
from digest.recognise.measure import is_address, is_label, is_more, leading, links, weight
from digest.recognise.page import Page, Piece

_STOPS = tuple("。！？，；.!?,;")

Heads = tuple[int, ...]
Recogniser = Callable[[Page], Heads]


def numbered_headings(page: Page) -> Heads:
    """`## 1. [T](u)`, `### 1. T`, `## [T](u) #1`: unless they are sections, that is, mostly stand above lists."""
    heads = [at for at, piece in page.open() if piece.kind is Kind.HEADING and piece.number]
    heads = _of_one_level(page, heads)
    linked = sum(page.pieces[at].link for at in heads)
    if linked * 2 < len(heads) and _mostly(heads, lambda at: _holds_list(page, at)):
        return ()
    return _at_least(heads, 2 if not linked else 1)


def linked_headings(page: Page) -> Heads:
    """`## [T](u)`."""
    heads = [at for at, piece in page.open() if piece.kind is Kind.HEADING and piece.link]
    return _at_least(_of_one_level(page, heads), 2)


def numbered_entries(page: Page) -> Heads:
    """`1. T`, `1) T`, `- 7. T`: a list's entries; lines that go on with its numbers (`4.T`) as well."""
    entries = [at for at, piece in page.open() if piece.kind is Kind.ENTRY and piece.number]
    return _with_others(page, entries, Kind.PARAGRAPH)


def numbered_lines(page: Page) -> Heads:
    """`1、T`, `1.T`, `（1）T`, `**1.** T`: lines that begin with a number and go on from one another."""
    lines = [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and piece.number and piece.rest]
    numbers = [int(page.pieces[at].number) for at in lines]
    steps = sum(1 for before, after in pairwise(numbers) if 0 <= after - before <= 2 or after == 1)
    if len(lines) > 1 and steps * 2 < len(lines) - 1:
        return ()
    return _with_others(page, _at_least(lines, 2), Kind.ENTRY)


def titles_with_addresses(page: Page) -> Heads:
    """A plain title with its address on the next line, or behind it: `T` / `https://…`, `T：https://…`."""
    heads: list[int] = []
    for at, piece in page.open():
        if (
            piece.kind not in (Kind.PARAGRAPH, Kind.ENTRY)
            or piece.bare
            or is_more(piece.rest.plain)
            or is_label(_before_colon(piece.rest.plain))
        ):
            continue
        following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
        above = following is not None and following.kind is Kind.PARAGRAPH and following.bare
        if piece.kind is Kind.PARAGRAPH and (above or _ends_with_address(piece)):
            heads.append(at)
    return _at_least(heads, 2)


def linked_lines(page: Page) -> Heads:
    """`[T](u)`, `**[T](u)**`, `[**T**](u)`: a line that is one link, its body below."""
    heads = [at for at, piece in page.open() if piece.kind is Kind.PARAGRAPH and _is_linked_line(piece)]
    return _at_least(heads, 2)


def bold_lines(page: Page) -> Heads:
    """A bold sentence, its body on the next lines; but not the bold names of sections or recurring labels."""
    heads = [at for at, piece in page.open() if _is_bold_headline(piece) and _has_body(page, at)]
    if _mostly(heads, lambda at: _holds_list(page, at)):
        return ()
    names = Counter(fold(page.pieces[at].plain) for at in heads)
    heads = [at for at in heads if names[fold(page.pieces[at].plain)] < 3 and not is_label(page.pieces[at].plain)]
    return _at_least(heads, 2)


def bullets(page: Page) -> Heads:
    """`- T`, `* T`, `+ T`."""
    entries = [at for at, piece in page.open() if piece.kind is Kind.ENTRY]
    if _mostly(entries, lambda at: page.pieces[at].strong):
        return _at_least(entries, 1)
    return ()


def plain_headings(page: Page) -> Heads:
    """`### T` with its body below: headings of the deepest level that mostly stand above prose."""
    headings = [at for at, piece in page.open() if piece.kind is Kind.HEADING]
    if not headings:
        return ()
    levels = Counter(page.pieces[at].block.level for at in headings)
    for level in sorted(levels, key=lambda level: (-levels[level], -level)):
        heads = [at for at in headings if page.pieces[at].block.level == level]
        above_prose = [at for at in heads if _has_prose(page, at)]
        if len(above_prose) > 1 and len(above_prose) * 3 >= len(heads) * 2:
            return tuple(heads)
    return ()


def bold_leads(page: Page) -> Heads:
    """`**T**：body`, `**T** body`: paragraphs that begin in bold."""
    names = {
        at: fold(piece.rest.plain[: lead.end])
        for at, piece in page.open()
        if piece.kind is Kind.PARAGRAPH and (lead := leading(piece.rest, Style.BOLD)) and weight(piece.plain) > 3
    }
    counts = Counter(names.values())
    return _at_least([at for at, name in names.items() if counts[name] < 3 and not is_label(name)], 2)


def linked_paragraphs(page: Page) -> Heads:
    """Paragraphs with their link at the end, or somewhere in them."""
    heads = [
        at
        for at, piece in page.open()
        if piece.kind is Kind.PARAGRAPH and not piece.block.glued and piece.linked and not _is_only_link(piece)
    ]
    return _at_least(heads, 2)


def plain_bullets(page: Page) -> Heads:
    """Bullets with neither links nor bold headlines: taken for items only where nothing else can be."""
    return _at_least([at for at, piece in page.open() if piece.kind is Kind.ENTRY], 2)


RECOGNISERS: tuple[tuple[str, Recogniser], ...] = (
    ("numbered-headings", numbered_headings),
    ("linked-headings", linked_headings),
    ("numbered-list", numbered_entries),
    ("numbered-lines", numbered_lines),
    ("titles-with-addresses", titles_with_addresses),
    ("linked-lines", linked_lines),
    ("bold-headlines", bold_lines),
    ("bullets", bullets),
    ("headings", plain_headings),
    ("bold-leads", bold_leads),
    ("linked-paragraphs", linked_paragraphs),
    ("plain-bullets", plain_bullets),
)
"""Every form by name, the most certain first."""

CERTAIN = frozenset(
    ("numbered-headings", "linked-headings", "numbered-list", "numbered-lines", "titles-with-addresses", "linked-lines",
     "bold-headlines", "bullets", "single")
)  # fmt: skip
"""Forms whose marks leave no doubt; a digest read by any other gets a warning."""


def _at_least(heads: list[int], least: int) -> Heads:
    return tuple(heads) if len(heads) >= least else ()


def _mostly(heads: list[int], test: Callable[[int], bool]) -> bool:
    return bool(heads) and sum(1 for at in heads if test(at)) * 2 > len(heads)


def _of_one_level(page: Page, heads: list[int]) -> list[int]:
    levels = Counter(page.pieces[at].block.level for at in heads)
    if not levels:
        return []
    common = max(levels, key=lambda level: (levels[level], level))
    return [at for at in heads if page.pieces[at].block.level == common]


def _with_others(page: Page, heads: list[int] | Heads, kind: Kind) -> Heads:
    """The heads, and pieces of the other kind whose number goes on from the head before them."""
    chosen = set(heads)
    others = [at for at, piece in page.open() if piece.kind is kind and piece.number and piece.strong]
    if not others or len(others) >= len(heads) or others[0] < heads[0]:
        return tuple(heads)
    last = 0
    for at, piece in page.open():
        if at in chosen:
            last = int(piece.number)
        elif last and piece.kind is kind and piece.strong and piece.number == str(last + 1):
            before = page.pieces[at - 1]
            if before.kind is kind and before.number and at - 1 not in chosen:
                continue  # the second of a list that stands in a body
            chosen.add(at)
            last += 1
    return tuple(sorted(chosen))


def _holds_list(page: Page, at: int) -> bool:
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
        elif piece.kind is Kind.PARAGRAPH and _is_only_link(piece):
            return False  # a source below the list: the list is an item's body
    return sum(piece.strong for piece in entries) * 2 > len(entries)


def _has_body(page: Page, at: int) -> bool:
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    return following is not None and following.kind in (Kind.PARAGRAPH, Kind.ENTRY, Kind.QUOTE, Kind.CODE, Kind.TABLE)


def _has_prose(page: Page, at: int) -> bool:
    following = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    if following is None or _holds_list(page, at):
        return False
    return following.kind in (Kind.PARAGRAPH, Kind.QUOTE, Kind.ENTRY, Kind.CODE) and not following.number


def _is_linked_line(piece: Piece) -> bool:
    found = leading(piece.rest, Style.LINK)
    if found is None or is_address(piece.rest.plain[found.start : found.end]):
        return False
    ends_sentence = piece.rest.plain[links(piece.rest)[-1].end :].lstrip()[:1] in _STOPS
    return piece.link and not ends_sentence and weight(piece.rest.plain) > 1


def _is_only_link(piece: Piece) -> bool:
    return piece.bare or (len(links(piece.text)) > 0 and is_more(piece.plain))


def _is_bold_headline(piece: Piece) -> bool:
    return piece.kind is Kind.PARAGRAPH and piece.bold and weight(piece.plain) > 1 and not is_more(piece.plain)


def _before_colon(plain: str) -> str:
    return plain.replace(":", "：").partition("：")[0]


def _ends_with_address(piece: Piece) -> bool:
    spans = links(piece.rest)
    if len(spans) != 1:
        return False
    span = spans[0]
    plain = piece.rest.plain
    return is_address(plain[span.start : span.end]) and span.end == len(plain) and weight(plain[: span.start]) > 1
