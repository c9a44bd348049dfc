"""A page in; the form it is written in and the pieces that begin its items out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from digest.parsing.blocks import Kind
from digest.segmentation.contents_lists import contents_lists
from digest.segmentation.detectors import CERTAIN, LAST_RESORTS, RECOGNISERS, Recogniser
from digest.segmentation.false_positives import without_strays
from digest.segmentation.features import Page
from digest.segmentation.mixed_sections import with_other_sections
from digest.segmentation.regions import bar, ends_news, says_nothing
from digest.segmentation.section_names import LONGEST_NAME
from digest.segmentation.text_metrics import headline_of, weight

UNKNOWN = "unrecognised"

_BEFORE = 0.6  # most of the text that may stand before the first item, after the rule below the introduction
_LARGEST = 0.6  # most of it that may stand in one item, where there are more than three
_EVENER = 0.2
_STRONG = 0.8
_MARKED = frozenset(
    ("numbered-list", "numbered-headings", "numbered-lines", "linked-headings")
)  # where every head is strong, no proportion speaks against
_ENCLOSING = CERTAIN | {"headings"}


@dataclass(frozen=True, slots=True)
class Choice:
    """`heads` are the places of the pieces that begin an item; `contents` those of contents lists; `barred` what
    stands in a zone without items. `certain` says whether the form's marks leave no doubt."""

    form: str
    heads: tuple[int, ...]
    contents: frozenset[int]
    barred: frozenset[int]

    @property
    def certain(self) -> bool:
        return self.form in CERTAIN


@dataclass(frozen=True, slots=True)
class _Candidate:
    form: str
    heads: tuple[int, ...]
    before: float
    largest: float
    share: float
    restarts: bool

    @property
    def plausible(self) -> bool:
        if self.form in _MARKED and self.share == 1:
            return True
        return self.before <= _BEFORE and (len(self.heads) < 4 or self.largest <= _LARGEST or self.share == 1)


def choose(page: Page) -> Choice:
    """The reading of the page; without items its form is UNKNOWN."""
    contents = contents_lists(page)
    for recognisers in (RECOGNISERS, LAST_RESORTS):
        for barred in _barred(page, contents):
            candidate = _best(Page(page.pieces, barred), recognisers)
            if candidate is not None:
                heads = with_other_sections(Page(page.pieces, barred), candidate.heads)
                return Choice(candidate.form, heads, contents if barred else frozenset(), barred)
    return Choice(UNKNOWN, (), contents, bar(page).barred | contents)


def _barred(page: Page, contents: frozenset[int]) -> Iterator[frozenset[int]]:
    """What can be no item, less and less of it: each is asked for only where nothing was found without."""
    outside = contents | _nothings(page)
    yield bar(page).barred | outside
    yield bar(page, summaries=False).barred | outside
    yield outside
    yield frozenset()


def _nothings(page: Page) -> frozenset[int]:
    """The pieces that say "nothing today" where an item would stand."""
    return frozenset(at for at, piece in enumerate(page.pieces) if not piece.linked and says_nothing(piece.rest.plain))


def _best(page: Page, recognisers: Iterable[tuple[str, Recogniser]]) -> _Candidate | None:
    candidates = _candidates(page, recognisers)
    plausible = [candidate for candidate in candidates if candidate.plausible]
    for candidate in plausible:
        others = candidates[candidates.index(candidate) + 1 :]
        if not any(_is_better(page, other, candidate) for other in others):
            return candidate
    return max(candidates, key=lambda candidate: (1 - candidate.before) * len(candidate.heads), default=None)


def _have_bodies(page: Page, heads: Sequence[int]) -> bool:
    """Whether paragraphs stand below, or within, most of them: then they are no list in a body."""
    return sum(_has_body(page, at) for at in heads) * 2 > len(heads)


def _linked_share(page: Page, heads: Sequence[int]) -> float:
    """The share of heads with a link in them, or their address right below."""
    return sum(page.pieces[at].linked or page.has_address_below(at) for at in heads) / len(heads)


def _has_body(page: Page, at: int) -> bool:
    below = page.pieces[at + 1] if at + 1 < len(page.pieces) else None
    return page.pieces[at].long or (below is not None and below.kind is Kind.PARAGRAPH and not below.rank)


def _candidates(page: Page, recognisers: Iterable[tuple[str, Recogniser]]) -> list[_Candidate]:
    return [
        _measured(page, form, found, heads)
        for form, recognise in recognisers
        if (found := recognise(page)) and (heads := _before_end(page, without_strays(page, found)))
    ]


def _before_end(page: Page, heads: tuple[int, ...]) -> tuple[int, ...]:
    """The heads without those below the rule under the day's closing words, unless their numbers go on."""
    end = bisect_right(heads, ends_news(page))
    return heads[:end] if 0 < end < len(heads) and page.pieces[heads[end]].number in ("", "1") else heads


def _is_better(page: Page, other: _Candidate, than: _Candidate) -> bool:
    """Whether a less certain form shows the other's items to be a list inside a body: by links or bold headlines that
    those lack, by having them all within one of its own, or by dividing the text far more evenly."""
    if _has_lists(page, other, than) or _holds_all(page, other, than) or _holds_lists(page, other, than):
        return True
    if len(than.heads) >= len(other.heads) and _have_bodies(page, than.heads):
        return False
    stronger = other.share >= _STRONG and than.share < other.share and other.heads[0] < than.heads[0]
    if stronger and other.form in CERTAIN and (than.share <= 1 / 2 or len(other.heads) >= len(than.heads)):
        return True
    earlier = other.form in CERTAIN and other.heads[0] < than.heads[0] and other.share >= than.share
    if earlier and than.restarts and not other.restarts:
        return True
    if _encloses(page, other, than):
        return True
    if other.form in _ENCLOSING and len(other.heads) >= len(than.heads) and _inside_one(page, other.heads, than.heads):
        return True
    return (
        other.plausible
        and other.form in CERTAIN
        and than.share < _STRONG
        and page.pieces[than.heads[0]].kind is not Kind.HEADING
        and len(than.heads) < 4
        and len(other.heads) >= 2 * len(than.heads)
        and other.largest + _EVENER < max(than.largest, than.before)
    )


def _has_lists(page: Page, other: _Candidate, than: _Candidate) -> bool:
    """Whether the others are linked headlines, and these lists below them: fewer links, or numbers under numbers."""
    if other.form not in CERTAIN or other.heads[0] >= than.heads[0] or _linked_share(page, other.heads) < _STRONG:
        return False
    numbered = other.form in _MARKED and len(list(_first_within(other.heads, than.heads))) > 1
    return numbered or _linked_share(page, than.heads) <= 1 / 2


def _holds_all(page: Page, other: _Candidate, than: _Candidate) -> bool:
    """Whether these, hardly linked, all lie in one of the others, and each of the rest of those has a link of its own:
    names of sections have none."""
    if other.form not in _ENCLOSING or not _inside_one(page, other.heads, than.heads):
        return False
    within = bisect_right(other.heads, than.heads[0]) - 1
    ends = (*other.heads[1:], _end_of_last(page, other.heads[-1]))
    rest = [span for number, span in enumerate(zip(other.heads, ends, strict=True)) if number != within]
    linked = all(any(page.pieces[at].linked for at in range(*span)) for span in rest)
    return linked and _linked_share(page, than.heads) <= 1 / 2


def _holds_lists(page: Page, other: _Candidate, than: _Candidate) -> bool:
    """Whether these, hardly linked, stand below headlines each of which has a source of its own besides."""
    if other.form not in _ENCLOSING or other.heads[0] >= than.heads[0] or _linked_share(page, than.heads) > 1 / 2:
        return False
    ends = (*other.heads[1:], _end_of_last(page, other.heads[-1]))
    spans = (set(range(*span)) - set(than.heads) for span in zip(other.heads, ends, strict=True))
    sourced = all(any(page.pieces[at].linked for at in span) for span in spans)
    return sourced and len(other.heads) > 1 and _typical_weight(page, other.heads) >= LONGEST_NAME


def _encloses(page: Page, other: _Candidate, than: _Candidate) -> bool:
    """Whether the others' bodies hold these: prose stands between as a rule, and the others are headlines by their
    weight, neither names of sections nor lighter than what they would enclose."""
    if other.form not in _ENCLOSING or other.heads[0] >= than.heads[0] or len(other.heads) < 2:
        return False
    heaviest = _typical_weight(page, other.heads)
    if heaviest <= LONGEST_NAME or (than.share >= _STRONG and heaviest < _typical_weight(page, than.heads)):
        return False
    between = [first - head for head, first in _first_within(other.heads, than.heads)]
    return len(between) > 1 and sum(distance > 1 for distance in between) * 2 > len(between)


def _first_within(heads: Sequence[int], inner: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each head that has any of `inner` between it and the next one, and the first of them."""
    for number, head in enumerate(heads):
        index = bisect_right(inner, head)
        end = heads[number + 1] if number + 1 < len(heads) else inner[-1] + 1
        if index < len(inner) and inner[index] < end:
            yield head, inner[index]


def _typical_weight(page: Page, heads: Sequence[int]) -> float:
    """The median weight of the headlines."""
    return median(weight(headline_of(page.pieces[at].rest)) for at in heads)


def _restarts(page: Page, heads: Sequence[int]) -> bool:
    """Whether the numbers begin again at 1 with neither heading nor rule between."""
    return any(
        page.pieces[after].number == "1"
        and not any(page.pieces[at].rank or page.pieces[at].kind is Kind.RULE for at in range(before + 1, after))
        for before, after in pairwise(heads)
    )


def _inside_one(page: Page, heads: Sequence[int], inner: Sequence[int]) -> bool:
    """Whether all of `inner` lie within one of the items that begin at `heads`."""
    number = bisect_right(heads, inner[0]) - 1
    if number < 0 or len(heads) < 2 or inner[0] == heads[number]:
        return False
    end = heads[number + 1] if number + 1 < len(heads) else _end_of_last(page, heads[number])
    return inner[-1] < end


def _measured(page: Page, form: str, found: tuple[int, ...], heads: tuple[int, ...]) -> _Candidate:
    total = sum(piece.size for at, piece in page.open()) or 1
    rules = (at for at in range(heads[0], 0, -1) if page.pieces[at - 1].kind is Kind.RULE)
    before = sum(page.pieces[at].size for at in range(next(rules, 0), heads[0]) if at not in page.barred)
    share = sum(map(page.is_strong, heads)) / len(heads)
    return _Candidate(form, heads, before / total, max(_sizes(page, heads)) / total, share, _restarts(page, found))


def _sizes(page: Page, heads: Sequence[int]) -> list[int]:
    sizes: list[int] = []
    for number, head in enumerate(heads):
        last = heads[number + 1] if number + 1 < len(heads) else _end_of_last(page, head)
        sizes.append(sum(page.pieces[at].size for at in range(head, last) if at not in page.barred))
    return sizes


def _end_of_last(page: Page, head: int) -> int:
    for at in range(head + 1, len(page.pieces)):
        piece = page.pieces[at]
        if piece.kind is Kind.RULE or (piece.kind is Kind.HEADING and piece.rank <= (page.pieces[head].rank or 6)):
            return at
    return len(page.pieces)
