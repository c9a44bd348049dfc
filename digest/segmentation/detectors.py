"""The detectors, one for each form an item may be written in: a detector names the blocks that may begin items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from digest.segmentation.page_features import Page
from digest.segmentation.pieces import marker_kind
from digest.segmentation.shapes import Shape


@dataclass(frozen=True, slots=True)
class HeadlineStyle:
    """Blocks that look alike: their shape, the level of headings, and what only some of that shape have in common."""

    shape: Shape
    level: int = 0
    mark: str = ""

    @property
    def whole(self) -> HeadlineStyle:
        """The style of all blocks of this shape and level."""
        return HeadlineStyle(self.shape, self.level)


@dataclass(frozen=True, slots=True)
class Detector:
    """A form: its name, the shape of its headlines, which of those it takes, and whether its marks leave no doubt."""

    name: str
    shape: Shape
    accepts: Callable[[Page, int], bool] = lambda _page, _at: True
    is_certain: bool = True


def _is_numbered(page: Page, at: int) -> bool:
    return bool(page.pieces[at].number)


def _is_linked_heading(page: Page, at: int) -> bool:
    return page.pieces[at].is_link


def _is_marked(page: Page, at: int) -> bool:
    return page.is_linked(at) or page.pieces[at].has_bold_lead


DETECTORS = (
    Detector("numbered-headings", Shape.HEADING, _is_numbered),
    Detector("linked-headings", Shape.HEADING, _is_linked_heading),
    Detector("headings", Shape.HEADING, is_certain=False),
    Detector("numbered-list", Shape.NUMBERED_ENTRY),
    Detector("numbered-lines", Shape.NUMBERED_LINE),
    Detector("numbered-lines", Shape.ORDINAL_LINE),
    Detector("bullets", Shape.BULLET, _is_marked),
    Detector("plain-bullets", Shape.BULLET, is_certain=False),
    Detector("signed-lines", Shape.SIGNED_LINE, _is_marked),
    Detector("plain-bullets", Shape.SIGNED_LINE, is_certain=False),
    Detector("titles-with-addresses", Shape.ADDRESS_TITLE),
    Detector("linked-lines", Shape.LINKED_LINE),
    Detector("bold-headlines", Shape.BOLD_LINE),
    Detector("bold-leads", Shape.BOLD_LEAD, is_certain=False),
    Detector("linked-paragraphs", Shape.LINKED_PARAGRAPH, is_certain=False),
    Detector("quotes", Shape.QUOTE, is_certain=False),
    Detector("first-lines", Shape.FIRST_LINE, is_certain=False),
)
"""Every form; of those with one shape, the first that accepts most of the headlines gives the digest its form."""

CERTAIN_FORMS = frozenset(detector.name for detector in DETECTORS if detector.is_certain)
"""Forms whose marks leave no doubt; a digest in any other form gets a warning."""

_MAX_SIGNS = 3
"""Most signs that tell kinds of lines apart; more are ornaments."""

_MIN_OTHERS = 2

_DETECTED_SHAPES = frozenset(detector.shape for detector in DETECTORS)


def detect_styles(page: Page) -> dict[HeadlineStyle, tuple[int, ...]]:
    """Return the pieces of each style of headline that the page may be written in.

    Lists of destinations at the end are no headlines, unless the page has hardly anything else that may be one.
    """
    shaped = [at for at, shape in enumerate(page.shapes) if shape in _DETECTED_SHAPES]
    others = [at for at in shaped if at not in page.footers]
    found: dict[HeadlineStyle, list[int]] = {}
    for at in others if len(others) >= _MIN_OTHERS else shaped:
        found.setdefault(HeadlineStyle(page.shapes[at], page.pieces[at].block.level), []).append(at)
    styles = {style: tuple(members) for style, members in found.items()}
    for style, members in tuple(styles.items()):
        styles |= _narrower(page, style, members)
    return styles


def _narrower(page: Page, style: HeadlineStyle, members: tuple[int, ...]) -> dict[HeadlineStyle, tuple[int, ...]]:
    """Return the styles that a list's entries have in part: the linked or bold ones, or those with one sign."""
    marks: dict[str, list[int]] = {}
    by_form = style.shape is Shape.BOLD_LINE and len({page.pieces[at].name_form for at in members}) > 1
    for at in members:
        if style.shape in (Shape.BULLET, Shape.NUMBERED_ENTRY) and _is_marked(page, at):
            marks.setdefault("marked", []).append(at)
        elif style.shape is Shape.NUMBERED_LINE:
            marks.setdefault(marker_kind(page.pieces[at]) or "plain", []).append(at)
        elif style.shape is Shape.SIGNED_LINE and (marker := page.pieces[at].marker):
            marks.setdefault(marker.kind, []).append(at)
        elif by_form:
            marks.setdefault(page.pieces[at].name_form, []).append(at)
        elif style.shape is Shape.BOLD_LINE and page.is_linked(at):
            marks.setdefault("linked", []).append(at)
    few = len(marks) <= _MAX_SIGNS
    return {
        HeadlineStyle(style.shape, style.level, mark): tuple(narrower)
        for mark, narrower in marks.items()
        if few and 1 < len(narrower) < len(members)
    }


def name_form(page: Page, heads: tuple[int, ...]) -> str:
    """Return the name of the form that most of the headlines are written in."""
    shapes = [page.shapes[at] for at in heads]
    shape = max(set(shapes), key=lambda one: (shapes.count(one), -shapes.index(one)))
    alike = [at for at in heads if page.shapes[at] is shape]
    return next(detector.name for detector in _of_shape(shape) if _mostly(page, alike, detector))


def is_uncertain(page: Page, heads: tuple[int, ...]) -> bool:
    """Whether the marks of these headlines leave doubt."""
    return name_form(page, heads) not in CERTAIN_FORMS


def _of_shape(shape: Shape) -> Iterator[Detector]:
    return (detector for detector in DETECTORS if detector.shape is shape)


def _mostly(page: Page, heads: list[int], detector: Detector) -> bool:
    accepted = sum(detector.accepts(page, at) for at in heads)
    return accepted * 2 > len(heads) or (accepted == len(heads))


def is_list_shape(page: Page, at: int) -> bool:
    """Whether the piece is one of a list."""
    return page.entries[at]
