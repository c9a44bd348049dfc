"""Read a digest's file: the pipeline from bytes to digests, one for each day in the file.

    bytes -> source_text -> leftovers -> front_matter | leftovers -> markdown -> blocks -> days
          -> page -> selection (labelling) -> block_assignment -> items -> Digest

Reading never fails: what cannot be read becomes a problem of the digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cache
from hashlib import sha256

from digest.metadata import (
    FileMetadata,
    find_categories,
    find_draft,
    find_edition_date,
    find_language,
    find_picture_mode,
    find_slot,
)
from digest.model import DEFAULT_PICTURES, Digest, PictureMode, Problem
from digest.parsing.blocks import Block, BlockKind, build_blocks
from digest.parsing.front_matter import split_front_matter
from digest.parsing.inline import Omission
from digest.parsing.leftovers import clean_file, clean_page, find_note_marks
from digest.parsing.markdown import tokenize
from digest.parsing.omissions import omission_problems
from digest.parsing.source_text import SourceText, read_source_text
from digest.parsing.to_text import blocks_to_text
from digest.picture_file import ReadPicture, no_files
from digest.problems import ProblemCode, make_problem, with_excerpt
from digest.segmentation.block_assignment import DigestParts, assign_blocks
from digest.segmentation.categories import CategoryRules
from digest.segmentation.classifier import Classifier
from digest.segmentation.days import DigestDay, find_dated_line, split_into_days
from digest.segmentation.explain import explain
from digest.segmentation.flat_blocks import flatten_blocks
from digest.segmentation.items import build_items
from digest.segmentation.media import find_tables
from digest.segmentation.page_features import Page, build_page
from digest.segmentation.pictures import find_pictures
from digest.segmentation.profile import Profile, features
from digest.segmentation.reporting import report_omitted_blocks, selection_problems, table_problems
from digest.segmentation.selection import CLOSE_MARGIN, Segmentation, rank_segmentations, select_items
from digest.segmentation.table_items import open_tables
from digest.segmentation.weights import load_weights
from digest.titles import TitleSearch, find_title
from domain.chat.i18n import UNTRANSLATED, Translator, gettext_noop
from domain.chat.text import Text
from domain.edition_day import calendar_day

REFUSED_FORM = "refused"
"""Form of a file that could not be read at all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the readings of a digest: its key among them, and the headlines of its items."""

    key: str
    headlines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileOmissions:
    """What readers of a digest do not get as written, and the parts of the digest."""

    omissions: tuple[Omission, ...]
    parts: DigestParts


def read_digests(
    data: bytes,
    *,
    name: str = "",
    zone: tzinfo = UTC,
    classifier: Classifier | None = None,
    profile: Profile | None = None,
    pictures: PictureMode = DEFAULT_PICTURES,
    read_picture: ReadPicture = no_files,
) -> tuple[Digest, ...]:
    """Read the digests of a file in order; there is always at least one.

    `name` is the file's name, which may contain the date; `zone` is that of dates without one; `classifier` defaults
    to the shipped categories; `profile` holds what editors chose on earlier days; `pictures` is how they are shown
    where the front matter does not say; `read_picture` reads the files that a digest names.
    A refused file (too large, binary) is one digest of REFUSED_FORM with an error.
    """
    source = read_source_text(data)
    if source.refused:
        return (_refused_digest(source.problems),)
    lines = source.text.split("\n")
    return tuple(
        replace(digest, problems=tuple(with_excerpt(problem, lines) for problem in digest.problems))
        for digest in _read_source(source, name, zone, classifier, profile, pictures, read_picture)
    )


def _read_source(
    source: SourceText,
    name: str,
    zone: tzinfo,
    classifier: Classifier | None,
    profile: Profile | None,
    pictures: PictureMode,
    read_picture: ReadPicture,
) -> tuple[Digest, ...]:
    file, days = _split(source, name, zone, classifier or _default_classifier())
    file = replace(file, profile=profile or Profile(), pictures=pictures, read_picture=read_picture)
    if len(days) == 1:
        return (_build_digest(file, *days[0]),)
    first = days[0][0]
    return tuple(_build_digest(file.limited_to(day, is_first=day is first), day, blocks) for day, blocks in days if day)


def explain_digests(
    data: bytes,
    *,
    name: str = "",
    zone: tzinfo = UTC,
    profile: Profile | None = None,
    translate: Translator = UNTRANSLATED,
) -> str:
    """Explain how the digests of a file are read: the best readings of each, and what they cost."""
    source = read_source_text(data)
    if source.refused:
        return ""
    file, days = _split(source, name, zone, Classifier())
    ranked = (_rank(file, day, profile or Profile()) for day in days)
    return "\n".join(explain(page, readings, load_weights(), translate) for page, readings in ranked)


def choose_reading(
    data: bytes, number: int, *, name: str = "", zone: tzinfo = UTC, profile: Profile | None = None
) -> Profile | None:
    """Return the profile after an editor chose a reading of a file's first digest by its number in the explanation.

    None if there is no such reading, or if nothing that a later day would have too tells it from the others.
    """
    file, days = _split(read_source_text(data), name, zone, Classifier())
    page, readings = _rank(file, days[0], profile or Profile())
    chosen = readings[number - 1] if 1 <= number <= len(readings) else None
    return _learn(page, readings, chosen, profile or Profile())


def learn_reading(
    data: bytes, key: str, *, name: str = "", zone: tzinfo = UTC, profile: Profile | None = None
) -> Profile | None:
    """Return the profile after an editor chose a reading by its key, which other choices do not move.

    None as for `choose_reading`.
    """
    file, days = _split(read_source_text(data), name, zone, Classifier())
    page, readings = _rank(file, days[0], profile or Profile())
    chosen = next((reading for reading in readings if _key(reading) == key), None)
    return _learn(page, readings, chosen, profile or Profile())


def list_readings(
    data: bytes, *, name: str = "", zone: tzinfo = UTC, profile: Profile | None = None
) -> tuple[Reading, ...]:
    """Return the two best readings of a file with one digest, the better one first.

    None if there is no doubt, or if nothing that a later day would have too tells the two apart.
    """
    source = read_source_text(data)
    if source.refused:
        return ()
    file, days = _split(source, name, zone, Classifier())
    known = profile or Profile()
    page, readings = _rank(file, days[0], known)
    if len(days) > 1 or len(readings) < 2 or readings[1].cost - readings[0].cost >= CLOSE_MARGIN:
        return ()
    if any(_learn(page, readings, reading, known) is None for reading in readings[:2]):
        return ()
    return tuple(Reading(_key(reading), _headlines(page, reading)) for reading in readings[:2])


def _rank(
    file: _File, day: tuple[DigestDay | None, tuple[Block, ...]], profile: Profile
) -> tuple[Page, list[Segmentation]]:
    page = build_page(_titled(file.metadata, *day).blocks)
    return page, profile.rank(page, rank_segmentations(page))


def _learn(page: Page, readings: list[Segmentation], chosen: Segmentation | None, known: Profile) -> Profile | None:
    """Return the profile after a choice; None if it does not make the chosen reading the best."""
    if chosen is None:
        return None
    others = [reading for reading in readings if reading is not chosen]
    learned = known.learn(features(page, chosen), features(page, others[0])) if others else known
    return learned if learned.rank(page, readings)[0].labels == chosen.labels else None


def _key(reading: Segmentation) -> str:
    return sha256("\n".join(reading.labels).encode()).hexdigest()[:8]


def _headlines(page: Page, reading: Segmentation) -> tuple[str, ...]:
    items = build_items(assign_blocks(page, reading).items, CategoryRules((), Classifier()), [])
    return tuple(item.headline for item in items)


def read_omissions(data: bytes, *, name: str = "", zone: tzinfo = UTC) -> FileOmissions:
    """Return what readers of a file's first digest do not get, and how what is kept of it is placed."""
    source = read_source_text(data)
    file, days = _split(source, name, zone, Classifier())
    page = build_page(_titled(file.metadata, *days[0]).blocks)
    front = split_front_matter(clean_file(source.text).text)
    marks = tuple(
        Omission(code=ProblemCode.NOTE_MARKS, line=line, text=text)
        for line, text in find_note_marks(front.body, front.body_line)
    )
    return FileOmissions((*file.omissions, *marks), assign_blocks(page, select_items(page)))


def _split(
    source: SourceText, name: str, zone: tzinfo, classifier: Classifier
) -> tuple[_File, tuple[tuple[DigestDay | None, tuple[Block, ...]], ...]]:
    """Split a file into what is known of it as a whole, and its days with their blocks."""
    whole = clean_file(source.text)
    front = split_front_matter(whole.text)
    page = clean_page(front.body, front.body_line)
    omissions: list[Omission] = []
    markdown, lines = tokenize(page.text), page.text.split("\n")
    blocks = open_tables(build_blocks(markdown.tokens, front.body_line, lines, omissions), omissions)
    blocks = flatten_blocks(blocks)
    for start, end in markdown.unused_addresses:
        text = "\n".join(lines[start:end])
        omissions.append(Omission(code=ProblemCode.UNUSED_ADDRESS, line=start + front.body_line, text=text))
    problems = [*source.problems, *whole.problems, *front.problems, *page.problems]
    if markdown.dense_line is not None:
        message = gettext_noop(
            "From here on there are more marks (*, [ …) than can be read; the text is shown as it stands."
        )
        problems.append(make_problem(ProblemCode.DENSE, message, markdown.dense_line + front.body_line))
    metadata = FileMetadata(front, name, zone)
    days = split_into_days(blocks, zone, metadata.year)
    file = _File(metadata=metadata, classifier=classifier, omissions=tuple(omissions), problems=tuple(problems))
    return file, tuple((day, day.blocks) for day in days) if len(days) > 1 else ((None, blocks),)


def _titled(metadata: FileMetadata, day: DigestDay | None, blocks: tuple[Block, ...]) -> TitleSearch:
    first = next((index for index, block in enumerate(blocks) if block.kind is not BlockKind.RULE), 0)
    return find_title(metadata, day, blocks[first:])


@cache
def _default_classifier() -> Classifier:
    return Classifier.load_default()


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What is known of a file besides its blocks."""

    metadata: FileMetadata
    classifier: Classifier
    profile: Profile = field(default_factory=Profile)
    pictures: PictureMode = DEFAULT_PICTURES
    read_picture: ReadPicture = no_files
    omissions: tuple[Omission, ...]
    problems: tuple[Problem, ...]

    def limited_to(self, day: DigestDay, *, is_first: bool) -> _File:
        """Return the file with the omissions and problems of one day; those of the whole file go to the first."""
        start = 0 if is_first else day.line
        omissions = (omission for omission in self.omissions if start <= omission.line < day.end_line)
        problems = (problem for problem in self.problems if is_first or start <= problem.line < day.end_line)
        message = gettext_noop("The file holds several days; this is {day}.")
        several_days = make_problem(ProblemCode.SEVERAL_DAYS, message, day.line, day=day.date)
        return replace(self, omissions=tuple(omissions), problems=(*problems, several_days))


def _build_digest(file: _File, day: DigestDay | None, blocks: tuple[Block, ...]) -> Digest:
    metadata, problems = file.metadata, list(file.problems)
    titled = _titled(metadata, day, blocks)
    page = build_page(titled.blocks)
    selection = select_items(page, prior=file.profile)
    parts = assign_blocks(page, selection)
    dated_line = find_dated_line(parts.outer_lines(), metadata.zone)
    edition_date = find_edition_date(metadata, day, titled.title or titled.heading, problems, dated_line=dated_line)
    title = titled.title or titled.heading or (edition_date.day.isoformat() if edition_date.day else "")
    if not titled.title and not titled.heading:
        message = gettext_noop("There is no title: put title: in the front matter.")
        problems.append(make_problem(ProblemCode.NO_TITLE, message))
    is_draft = find_draft(metadata, problems)
    categories = find_categories(metadata, problems)
    items = build_items(parts.items, CategoryRules(categories, file.classifier), problems)
    problems.extend(selection_problems(selection, parts, items))
    trailing = report_omitted_blocks(parts, problems)
    mode = find_picture_mode(metadata, file.pictures, problems)
    slot, written = find_slot(metadata, problems), find_language(metadata, problems)
    found = find_pictures(file.omissions, parts, mode, file.read_picture)
    problems.extend(omission_problems(file.omissions, found.fates))
    problems.extend(table_problems(parts))
    problems.sort(key=lambda problem: (problem.line, problem.column))
    commentary = blocks_to_text(parts.commentary)
    digest = Digest(
        date=edition_date.day,
        published_at=edition_date.published_at,
        title=title,
        categories=categories,
        intro=blocks_to_text(parts.intro),
        items=items,
        commentary=commentary,
        trailing=trailing,
        source_form=selection.form,
        content_hash="",
        is_draft=is_draft,
        problems=tuple(problems),
        commentary_title=parts.commentary_title if commentary else "",
        tables=find_tables(parts),
        pictures=found.pictures,
        picture_mode=mode if found.fates else PictureMode.NONE,
        slot=slot,
        language=written.language,
        is_language_in_name=written.is_in_name,
    )
    return replace(digest, content_hash=content_hash(digest))


def _refused_digest(problems: tuple[Problem, ...]) -> Digest:
    digest = Digest(
        date=None,
        published_at=None,
        title="",
        categories=(),
        intro=Text(),
        items=(),
        commentary=Text(),
        trailing=Text(),
        source_form=REFUSED_FORM,
        content_hash="",
        problems=problems,
    )
    return replace(digest, content_hash=content_hash(digest))


def content_hash(digest: Digest) -> str:
    """Hash all that subscribers see of the digest: texts with their styles, links, categories, the date."""
    visible: tuple[object, ...] = (
        None if digest.date is None else calendar_day(digest.date),
        digest.title,
        digest.categories,
        digest.intro,
        digest.commentary_title,
        digest.commentary,
        tuple((item.headline, item.url, item.body, item.section, item.categories) for item in digest.items),
    )
    media = tuple(table.rows for table in digest.tables), digest.pictures
    if any(media):
        visible = (*visible, media)
    if digest.picture_mode is not PictureMode.NONE:
        visible = (*visible, digest.picture_mode.value)
    return sha256(repr(visible).encode("utf-8", "surrogatepass")).hexdigest()
