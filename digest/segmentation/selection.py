"""Choose the form a digest is written in, and with it the blocks that begin its items.

`page -> detectors (most certain first) -> false positives dropped -> candidates compared -> selection`
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from digest.parsing.blocks import BlockKind
from digest.segmentation.contents_lists import find_contents_lists
from digest.segmentation.detectors import CERTAIN_FORMS, DETECTORS, FALLBACK_DETECTORS, Detector
from digest.segmentation.false_positives import drop_false_positives
from digest.segmentation.features import Page
from digest.segmentation.mixed_sections import add_mixed_sections
from digest.segmentation.regions import exclude_regions, find_end_of_news, is_empty_notice
from digest.segmentation.section_names import MAX_SECTION_NAME_LENGTH
from digest.segmentation.text_metrics import opening_phrase, reading_length

UNRECOGNISED_FORM = "unrecognised"

_MAX_SHARE_BEFORE_FIRST = (
    0.6  # most of the text that may stand before the first item, after the rule below the introduction
)
_MAX_SHARE_OF_LARGEST = 0.6  # most of it that may stand in one item, where there are more than three
_MIN_EVENNESS_GAIN = 0.2
_MIN_STRONG_SHARE = 0.8
_MARKED_FORMS = frozenset(
    ("numbered-list", "numbered-headings", "numbered-lines", "linked-headings")
)  # where every head is strong, no proportion speaks against
_ENCLOSING_FORMS = CERTAIN_FORMS | {"headings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSelection:
    """The chosen form and `heads`, the indexes of the pieces that begin an item.

    `contents` are the pieces of contents lists; `excluded` those in regions without items.
    """

    form: str
    heads: tuple[int, ...]
    contents: frozenset[int]
    excluded: frozenset[int]

    @property
    def is_certain(self) -> bool:
        """Whether the form's marks leave no doubt."""
        return self.form in CERTAIN_FORMS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    form: str
    heads: tuple[int, ...]
    share_before_first: float
    share_of_largest: float
    strong_share: float
    numbers_restart: bool

    @property
    def is_plausible(self) -> bool:
        if self.form in _MARKED_FORMS and self.strong_share == 1:
            return True
        return self.share_before_first <= _MAX_SHARE_BEFORE_FIRST and (
            len(self.heads) < 4 or self.share_of_largest <= _MAX_SHARE_OF_LARGEST or self.strong_share == 1
        )


def select_items(page: Page) -> ItemSelection:
    """Select the items of the page; its form is UNRECOGNISED_FORM if it has none."""
    contents = find_contents_lists(page)
    for detectors in (DETECTORS, FALLBACK_DETECTORS):
        for excluded in _exclusions(page, contents):
            candidate = _best_candidate(Page(page.pieces, excluded), detectors)
            if candidate is not None:
                heads = add_mixed_sections(Page(page.pieces, excluded), candidate.heads)
                return ItemSelection(
                    form=candidate.form, heads=heads, contents=contents if excluded else frozenset(), excluded=excluded
                )
    return ItemSelection(
        form=UNRECOGNISED_FORM, heads=(), contents=contents, excluded=exclude_regions(page).excluded | contents
    )


def _exclusions(page: Page, contents: frozenset[int]) -> Iterator[frozenset[int]]:
    """Return the pieces that cannot be items, in ever smaller sets: each is tried only if the one before finds
    nothing.
    """
    outside = contents | _empty_group_lines(page)
    yield exclude_regions(page).excluded | outside
    yield exclude_regions(page, summaries=False).excluded | outside
    yield outside
    yield frozenset()


def _empty_group_lines(page: Page) -> frozenset[int]:
    """Return the pieces that say "nothing today" in place of an item."""
    return frozenset(
        at for at, piece in enumerate(page.pieces) if not piece.has_link and is_empty_notice(piece.unnumbered.plain)
    )


def _best_candidate(page: Page, detectors: Iterable[tuple[str, Detector]]) -> _Candidate | None:
    candidates = _candidates(page, detectors)
    plausible = [candidate for candidate in candidates if candidate.is_plausible]
    for candidate in plausible:
        others = candidates[candidates.index(candidate) + 1 :]
        if not any(_is_better(page, other, candidate) for other in others):
            return candidate
    return max(
        candidates, key=lambda candidate: (1 - candidate.share_before_first) * len(candidate.heads), default=None
    )


def _mostly_have_bodies(page: Page, heads: Sequence[int]) -> bool:
    """Whether most heads have paragraphs below or within them, so that they are no list in a body."""
    return sum(_has_body(page, at) for at in heads) * 2 > len(heads)


def _linked_share(page: Page, heads: Sequence[int]) -> float:
    """Return the share of heads with a link in them or their address right below."""
    return sum(page.pieces[at].has_link or page.has_address_below(at) for at in heads) / len(heads)


def _has_body(page: Page, at: int) -> bool:
    below = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    return page.pieces[at].is_multiline or (below is not None and below.kind is BlockKind.PARAGRAPH and not below.rank)


def _candidates(page: Page, detectors: Iterable[tuple[str, Detector]]) -> list[_Candidate]:
    return [
        _measure_candidate(page, form, detected, heads)
        for form, detect in detectors
        if (detected := detect(page)) and (heads := _before_end_of_news(page, drop_false_positives(page, detected)))
    ]


def _before_end_of_news(page: Page, heads: tuple[int, ...]) -> tuple[int, ...]:
    """Drop heads below the rule that follows the closing words, unless their numbers continue."""
    end = bisect_right(heads, find_end_of_news(page))
    return heads[:end] if 0 < end < len(heads) and page.pieces[heads[end]].number in ("", "1") else heads


def _is_better(page: Page, challenger: _Candidate, current: _Candidate) -> bool:
    """Whether the current candidate is only a list within the bodies of the challenger, a less certain form.

    The challenger wins by links or bold headlines that the current one lacks, by containing all of it in one item, or
    by dividing the text far more evenly.
    """
    if (
        _has_lists_below(page, challenger, current)
        or _holds_all_in_one(page, challenger, current)
        or _holds_sourced_lists(page, challenger, current)
    ):
        return True
    if len(current.heads) >= len(challenger.heads) and _mostly_have_bodies(page, current.heads):
        return False
    stronger = (
        challenger.strong_share >= _MIN_STRONG_SHARE
        and current.strong_share < challenger.strong_share
        and challenger.heads[0] < current.heads[0]
    )
    if (
        stronger
        and challenger.form in CERTAIN_FORMS
        and (current.strong_share <= 1 / 2 or len(challenger.heads) >= len(current.heads))
    ):
        return True
    earlier = (
        challenger.form in CERTAIN_FORMS
        and challenger.heads[0] < current.heads[0]
        and challenger.strong_share >= current.strong_share
    )
    if earlier and current.numbers_restart and not challenger.numbers_restart:
        return True
    if _encloses(page, challenger, current):
        return True
    if (
        challenger.form in _ENCLOSING_FORMS
        and len(challenger.heads) >= len(current.heads)
        and _lie_inside_one(page, challenger.heads, current.heads)
    ):
        return True
    return (
        challenger.is_plausible
        and challenger.form in CERTAIN_FORMS
        and current.strong_share < _MIN_STRONG_SHARE
        and page.pieces[current.heads[0]].kind is not BlockKind.HEADING
        and len(current.heads) < 4
        and len(challenger.heads) >= 2 * len(current.heads)
        and challenger.share_of_largest + _MIN_EVENNESS_GAIN < max(current.share_of_largest, current.share_before_first)
    )


def _has_lists_below(page: Page, challenger: _Candidate, current: _Candidate) -> bool:
    """Whether the challenger has linked headlines, with the current candidate's lists below them."""
    if (
        challenger.form not in CERTAIN_FORMS
        or challenger.heads[0] >= current.heads[0]
        or _linked_share(page, challenger.heads) < _MIN_STRONG_SHARE
    ):
        return False
    numbered = challenger.form in _MARKED_FORMS and len(list(_first_within(challenger.heads, current.heads))) > 1
    return numbered or _linked_share(page, current.heads) <= 1 / 2


def _holds_all_in_one(page: Page, challenger: _Candidate, current: _Candidate) -> bool:
    """Whether the current candidate, hardly linked, lies in one of the challenger's items while all others are linked.

    Section names have no links of their own.
    """
    if challenger.form not in _ENCLOSING_FORMS or not _lie_inside_one(page, challenger.heads, current.heads):
        return False
    within = bisect_right(challenger.heads, current.heads[0]) - 1
    ends = (*challenger.heads[1:], _end_of_last(page, challenger.heads[-1]))
    rest = [span for number, span in enumerate(zip(challenger.heads, ends, strict=True)) if number != within]
    linked = all(any(page.pieces[at].has_link for at in range(*span)) for span in rest)
    return linked and _linked_share(page, current.heads) <= 1 / 2


def _holds_sourced_lists(page: Page, challenger: _Candidate, current: _Candidate) -> bool:
    """Whether the current candidate, hardly linked, stands below headlines that each have a source of their own."""
    if (
        challenger.form not in _ENCLOSING_FORMS
        or challenger.heads[0] >= current.heads[0]
        or _linked_share(page, current.heads) > 1 / 2
    ):
        return False
    ends = (*challenger.heads[1:], _end_of_last(page, challenger.heads[-1]))
    spans = (set(range(*span)) - set(current.heads) for span in zip(challenger.heads, ends, strict=True))
    sourced = all(any(page.pieces[at].has_link for at in span) for span in spans)
    return sourced and len(challenger.heads) > 1 and _typical_length(page, challenger.heads) >= MAX_SECTION_NAME_LENGTH


def _encloses(page: Page, challenger: _Candidate, current: _Candidate) -> bool:
    """Whether the challenger's bodies contain the current candidate.

    Mostly prose stands between, and by their length the challenger's heads are headlines: neither section names nor
    lighter than what they would enclose.
    """
    if challenger.form not in _ENCLOSING_FORMS or challenger.heads[0] >= current.heads[0] or len(challenger.heads) < 2:
        return False
    heaviest = _typical_length(page, challenger.heads)
    if heaviest <= MAX_SECTION_NAME_LENGTH or (
        current.strong_share >= _MIN_STRONG_SHARE and heaviest < _typical_length(page, current.heads)
    ):
        return False
    between = [first - head for head, first in _first_within(challenger.heads, current.heads)]
    return len(between) > 1 and sum(distance > 1 for distance in between) * 2 > len(between)


def _first_within(heads: Sequence[int], inner: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return each head with some of `inner` between it and the next one, and the first of those."""
    for number, head in enumerate(heads):
        index = bisect_right(inner, head)
        end = heads[number + 1] if number + 1 < len(heads) else inner[-1] + 1
        if index < len(inner) and inner[index] < end:
            yield head, inner[index]


def _typical_length(page: Page, heads: Sequence[int]) -> float:
    """Return the median reading length of the headlines."""
    return median(reading_length(opening_phrase(page.pieces[at].unnumbered)) for at in heads)


def _numbers_restart(page: Page, heads: Sequence[int]) -> bool:
    """Whether the numbers restart at 1 without a heading or rule between."""
    return any(
        page.pieces[after].number == "1"
        and not any(page.pieces[at].rank or page.pieces[at].kind is BlockKind.RULE for at in range(before + 1, after))
        for before, after in pairwise(heads)
    )


def _lie_inside_one(page: Page, heads: Sequence[int], inner: Sequence[int]) -> bool:
    """Whether all of `inner` lie within one of the items that begin at `heads`."""
    number = bisect_right(heads, inner[0]) - 1
    if number < 0 or len(heads) < 2 or inner[0] == heads[number]:
        return False
    end = heads[number + 1] if number + 1 < len(heads) else _end_of_last(page, heads[number])
    return inner[-1] < end


def _measure_candidate(page: Page, form: str, detected: tuple[int, ...], heads: tuple[int, ...]) -> _Candidate:
    total = sum(piece.character_count for at, piece in page.candidates()) or 1
    rules = (at for at in range(heads[0], 0, -1) if page.pieces[at - 1].kind is BlockKind.RULE)
    before = sum(page.pieces[at].character_count for at in range(next(rules, 0), heads[0]) if at not in page.excluded)
    share = sum(map(page.looks_like_item, heads)) / len(heads)
    return _Candidate(
        form=form,
        heads=heads,
        share_before_first=before / total,
        share_of_largest=max(_sizes(page, heads)) / total,
        strong_share=share,
        numbers_restart=_numbers_restart(page, detected),
    )


def _sizes(page: Page, heads: Sequence[int]) -> list[int]:
    sizes: list[int] = []
    for number, head in enumerate(heads):
        last = heads[number + 1] if number + 1 < len(heads) else _end_of_last(page, head)
        sizes.append(sum(page.pieces[at].character_count for at in range(head, last) if at not in page.excluded))
    return sizes


def _end_of_last(page: Page, head: int) -> int:
    for at in range(head + 1, len(page.pieces)):
        piece = page.pieces[at]
        if piece.kind is BlockKind.RULE or (
            piece.kind is BlockKind.HEADING and piece.rank <= (page.pieces[head].rank or 6)
        ):
            return at
    return len(page.pieces)
