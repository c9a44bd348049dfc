"""Turn labelled pieces into the parts of a digest: introduction, items under their sections, commentary, omissions.

`labels -> runs (a headline with its text, a section's name …) -> parts`
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from digest.parsing.blocks import Block
from digest.parsing.to_text import blocks_to_text
from digest.segmentation.page_features import Page
from digest.segmentation.pieces import BOLD_LINE_RANK, PagePiece, all_lines
from digest.segmentation.selection import Segmentation
from digest.segmentation.states import Label
from digest.segmentation.text_metrics import has_only_links, link_spans, strip_closing_marks

_LEADS_TO_LINKS = " -–—|·•:：/([（【"


@dataclass(slots=True, kw_only=True)
class ItemBlocks:
    """The blocks of an item before its headline is split from its body.

    `preface` stands above the item in its section. `has_repeated_label`: its first bold words recur in other items.
    `is_stamped`: it begins with when and where it was posted, as most others do.
    """

    head: PagePiece
    section: str
    preface: list[Block] = field(default_factory=list)
    body: list[Block] = field(default_factory=list)
    has_repeated_label: bool = False
    is_stamped: bool = False


class OmissionReason(StrEnum):
    """Why blocks go into no message."""

    CONTENTS = "contents"
    EMPTY_GROUP = "empty"
    REPEATED_NAME = "repeated"
    TRAILING = "trailing"
    ADVERTISEMENT = "advertisement"


@dataclass(slots=True)
class OmittedBlocks:
    """Blocks that go into no message, and why."""

    reason: OmissionReason
    blocks: list[Block]


@dataclass(slots=True, kw_only=True)
class DigestParts:
    """The blocks of each part of a digest."""

    intro: list[Block] = field(default_factory=list)
    items: list[ItemBlocks] = field(default_factory=list)
    commentary_title: str = ""
    commentary: list[Block] = field(default_factory=list)
    omitted: list[OmittedBlocks] = field(default_factory=list)

    def outer_lines(self) -> Iterator[str]:
        """Yield the lines that stand in no item: introduction, names of sections, what is left out."""
        around = *self.intro, *(block for omitted in self.omitted for block in omitted.blocks)
        yield from (item.section for item in self.items if item.section)
        yield from (line.text.plain for block in around for line in all_lines(block))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Pieces that belong together: those from `start` on, of which the first has the label."""

    label: Label
    start: int
    stop: int
    has_notice: bool = False
    has_text: bool = False
    section: _Run | None = None
    precedes: Label | None = None
    is_repeated: bool = False
    follows_section: bool = False


_CONTINUING = {
    Label.HEAD: (Label.BODY,),
    Label.SECTION: (Label.PREFACE, Label.NOTICE),
    Label.COMMENTARY_NAME: (Label.COMMENTARY,),
    Label.INTRO: (Label.INTRO,),
    Label.CONTENTS: (Label.CONTENTS,),
    Label.TRAILING: (Label.TRAILING,),
}
"""The labels that continue the run of each."""


def assign_blocks(page: Page, segmentation: Segmentation) -> DigestParts:
    """Assign every piece of the page to exactly one part."""
    runs = list(_runs(page, segmentation.labels))
    first = next((run.start for run in runs if run.label is Label.HEAD), len(page.pieces))
    commentaries = [run for run in runs if run.label is Label.COMMENTARY_NAME]
    commentary = [block for run in commentaries for block in _commentary(page, run, run is commentaries[0])]
    omitted = [OmittedBlocks(reason, blocks) for run in runs for reason, blocks in _omitted(page, run, first)]
    if commentaries and not blocks_to_text(commentary):
        omitted.extend(OmittedBlocks(OmissionReason.EMPTY_GROUP, _blocks(page, run)) for run in commentaries)
    return DigestParts(
        intro=[block for run in runs if _is_intro(run, first) for block in _blocks(page, run)],
        items=[_item(page, run) for run in runs if run.label is Label.HEAD],
        commentary_title=_commentary_title(page, commentaries),
        commentary=commentary,
        omitted=omitted,
    )


def _runs(page: Page, labels: Sequence[Label]) -> Iterator[_Run]:
    starts = [at for at in range(len(labels)) if _begins(page, labels, at)]
    repeated = frozenset(_repeated_subsections(page, labels))
    section: _Run | None = None
    follows_section = False
    for start, stop in pairwise((*starts, len(labels))):
        run = _Run(
            label=labels[start],
            start=start,
            stop=stop,
            has_notice=Label.NOTICE in labels[start:stop],
            has_text=Label.PREFACE in labels[start:stop],
            section=section,
            precedes=labels[stop] if stop < len(labels) else None,
            is_repeated=start in repeated,
            follows_section=follows_section,
        )
        if run.stop in repeated:
            run = replace(run, precedes=Label.HEAD)
        section = run if run.label is Label.SECTION and not run.is_repeated else section
        follows_section = run.label is Label.SECTION
        yield run


def _repeated_subsections(page: Page, labels: Sequence[Label]) -> Iterator[int]:
    """Yield the only subsections right below each section if they have one name in common: `### Latest`."""
    sections = [at for at, label in enumerate(labels) if label is Label.SECTION]
    parents, below = sections[::2], sections[1::2]
    names = {page.pieces[at].plain for at in below}
    is_below = all(
        page.pieces[parent].rank < page.pieces[at].rank and Label.HEAD not in labels[parent:at]
        for parent, at in zip(parents, below, strict=False)
    )
    if len(parents) == len(below) > 1 == len(names) and is_below:
        yield from below


def _begins(page: Page, labels: Sequence[Label], at: int) -> bool:
    """Whether a run begins here; matter after the news begins anew at each rule and heading.

    The title below a sponsor's name belongs to it.
    """
    label = labels[at]
    below_sponsor = at in page.advertisements and at - 1 in page.advertisements
    if label is Label.TRAILING and (
        at in page.ruled or (0 < page.pieces[at].rank < BOLD_LINE_RANK and not below_sponsor)
    ):
        return True
    starter = label in (Label.HEAD, Label.SECTION, Label.COMMENTARY_NAME)
    return starter or at == 0 or (label in _CONTINUING and labels[at - 1] not in _CONTINUING[label])


def _blocks(page: Page, run: _Run) -> list[Block]:
    return [piece.block for piece in page.pieces[run.start : run.stop]]


def _item(page: Page, run: _Run) -> ItemBlocks:
    section = run.section
    has_preface = run.follows_section and section is not None and section.has_text
    return ItemBlocks(
        head=page.pieces[run.start],
        section=_section_name(page.pieces[section.start]) if section else "",
        preface=_blocks(page, section)[1:] if has_preface and section else [],
        body=_blocks(page, run)[1:],
    )


def _section_name(piece: PagePiece) -> str:
    """Return the words of a section's name, without links behind it: `Ana - [Blog](u), [Code](u)`."""
    spans = link_spans(piece.text)
    name = piece.plain[: spans[0].start].rstrip(_LEADS_TO_LINKS) if spans else ""
    words = name if name and has_only_links(piece.text[spans[0].start :]) else _all_words(piece)
    is_bracketed = words.startswith("[") and words.find("]") == len(words) - 1
    return words[1:-1] if is_bracketed else words.strip("【】")


def _all_words(piece: PagePiece) -> str:
    """Return all words of a name, of a heading with a break in it too."""
    return " ".join(line.text.plain for line in all_lines(piece.block))


def _is_intro(run: _Run, first: int) -> bool:
    """Whether the run is introduction; a section without items is, before the first of them."""
    without_items = run.label is Label.SECTION and run.precedes is not Label.HEAD
    return run.label is Label.INTRO or (without_items and run.start < first and not run.has_notice)


def _omitted(page: Page, run: _Run, first: int) -> Iterator[tuple[OmissionReason, list[Block]]]:
    """Yield what of the run goes into no message, and why."""
    blocks = _blocks(page, run)
    if run.label is Label.CONTENTS:
        yield OmissionReason.CONTENTS, blocks
    elif run.label is Label.TRAILING:
        is_labelled = run.start in page.advertisements
        yield OmissionReason.ADVERTISEMENT if is_labelled else OmissionReason.TRAILING, blocks
    elif run.is_repeated:
        yield OmissionReason.REPEATED_NAME, blocks[:1]
    elif run.label is Label.SECTION and run.precedes is Label.HEAD and run.has_notice:
        yield OmissionReason.EMPTY_GROUP, blocks[1:]
    elif run.label is Label.SECTION and run.precedes is not Label.HEAD and not _is_intro(run, first):
        yield (OmissionReason.TRAILING if run.has_text else OmissionReason.EMPTY_GROUP), blocks


def _commentary_title(page: Page, runs: Sequence[_Run]) -> str:
    if not runs:
        return ""
    piece = page.pieces[runs[0].start]
    name = piece.plain[: piece.inline_end] if piece.inline_end else _all_words(piece)
    return name.strip("【】：: .。!！…") if piece.inline_end else strip_closing_marks(name, "：: ")


def _commentary(page: Page, run: _Run, is_first: bool) -> list[Block]:
    """Return the commentary's blocks; those of the first one without its name, which becomes the title."""
    piece, *below = (page.pieces[at] for at in range(run.start, run.stop))
    if not is_first:
        return [piece.block, *(each.block for each in below)]
    named = [_cut_before(piece.block, piece.inline_end)] if piece.inline_end else []
    return [*named, *(each.block for each in below)]


def _cut_before(block: Block, start: int) -> Block:
    """Remove the first characters of a block's first line, within a quote or an entry too."""
    if block.lines:
        text = block.lines[0].text[start:].strip()
        first = (replace(block.lines[0], text=text),) if text else ()
        return replace(block, lines=(*first, *block.lines[1:]))
    if block.children:
        return replace(block, children=(_cut_before(block.children[0], start), *block.children[1:]))
    return block
