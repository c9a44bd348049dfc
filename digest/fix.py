"""Fix a digest's file without changing how it is read.

`bytes -> clean UTF-8 -> without leftovers -> front matter closed, quoted and dated -> final newline`

A step is kept only if the file is read as before. Numbers stay as they are: readers see positions, and editors may
restart numbering in each section. `digest.rendering.reference_form` rewrites a whole file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import yaml

from digest.model import Digest, Problem
from digest.parsing import front_matter
from digest.parsing.dates import find_date
from digest.parsing.front_matter_loading import FrontMatterHandler
from digest.parsing.leftovers import clean_file, read_escaped_numbers
from digest.parsing.repeated_fields import DATE_FIELDS
from digest.parsing.source_text import read_source_text
from digest.problems import ProblemCode
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from domain.chat.i18n import gettext_noop

_BYTE_CHANGES = {
    ProblemCode.CONTROLS.code: gettext_noop("control characters removed"),
    ProblemCode.INVISIBLE.code: gettext_noop("invisible characters removed"),
    ProblemCode.RADICALS.code: gettext_noop("radicals turned into the characters they stand for"),
}
_LEFTOVERS_TAKEN_OUT = gettext_noop("what tools left behind taken out")
_EMPTY_LINES = re.compile(r"\n{3,}")
_FIELD_SEPARATORS = {"---": ": ", "+++": " = "}


@dataclass(frozen=True, slots=True)
class FixedSource:
    """The file's bytes after fixing, and a short description of each change (none if nothing was changed).

    `guessed_encoding` is the name of the encoding that the bytes looked like, "" if they said it, as UTF-16 does.
    `removed` quotes the words that were taken out.
    """

    data: bytes
    changes: tuple[str, ...] = ()
    guessed_encoding: str = ""
    removed: tuple[str, ...] = ()


def fix_source(data: bytes, *, name: str, zone: tzinfo) -> FixedSource:
    """Fix what needs no human judgement.

    A file that is refused, or that has undecodable bytes, is returned unchanged.
    """
    source = read_source_text(data)
    if source.refused or _has_unreadable_bytes(data, source.text):
        return FixedSource(data)
    classifier = Classifier()
    before = read_digests(data, name=name, zone=zone, classifier=classifier)
    text, done = source.text, list(_byte_changes(data, {problem.code for problem in source.problems}))
    # each step takes the text and the file's name, and returns the text and what it changed
    for step in (_take_out_leftovers, _close_front_matter, _quote_values, _add_date, _end_last_line):
        fixed, change = step(text, name)
        if fixed != text and _read_the_same(
            before, read_digests(fixed.encode(), name=name, zone=zone, classifier=classifier)
        ):
            text = fixed
            done.append(change)
    mended_data = text.encode("utf-8", "surrogatepass")
    if mended_data == data:
        return FixedSource(data)
    changes = tuple(done) or (gettext_noop("spaces made plain"),)
    removed = tuple(_removed_words(before)) if _LEFTOVERS_TAKEN_OUT in done else ()
    return FixedSource(mended_data, changes, _guessed_encoding(source.problems), removed)


def _has_unreadable_bytes(data: bytes, text: str) -> bool:
    if "\ufffd" not in text:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _guessed_encoding(problems: Iterable[Problem]) -> str:
    encodings = (problem for problem in problems if problem.code == ProblemCode.ENCODING.code)
    return next((value for problem in encodings for name, value in problem.parameters if name == "encoding"), "")


def _removed_words(digests: Iterable[Digest]) -> Iterator[str]:
    """Yield what a language model wrote around the text, quoted whole."""
    codes = (ProblemCode.REASONING.code, ProblemCode.MODEL_SENTENCE.code)
    for problem in (problem for digest in digests for problem in digest.problems if problem.code in codes):
        yield dict(problem.parameters)["text"]


def _byte_changes(data: bytes, codes: set[str]) -> Iterator[str]:
    if ProblemCode.ENCODING.code in codes:
        yield gettext_noop("saved as UTF-8")
    if data.startswith(codecs.BOM_UTF8):
        yield gettext_noop("byte order marks removed")
    if b"\r" in data:
        yield gettext_noop("line ends made LF")
    yield from (what for code, what in _BYTE_CHANGES.items() if code in codes)


def _read_the_same(before: tuple[Digest, ...], after: tuple[Digest, ...]) -> bool:
    """Whether both readings agree; the second may have an instant of publication where the first has none."""
    return len(before) == len(after) and all(
        _told(first, second) == second for first, second in zip(before, after, strict=True)
    )


def _told(one: Digest, two: Digest) -> Digest:
    return replace(one, problems=two.problems, published_at=one.published_at or two.published_at)


def _take_out_leftovers(text: str, _name: str) -> tuple[str, str]:
    """Take out what models and tools left around the text, and escapes before its numbers."""
    whole = clean_file(text)
    front = front_matter.split_front_matter(whole.text)
    head = "\n".join(whole.text.split("\n")[: front.body_line - 1])
    page = clean_file(front.body, front.body_line)
    body = read_escaped_numbers(page.text)
    fixed = _EMPTY_LINES.sub("\n\n", f"{head}\n{body}" if head else body).strip("\n") + "\n"
    is_changed = bool(whole.problems or page.problems or body != page.text)
    return (fixed, _LEFTOVERS_TAKEN_OUT) if is_changed else (text, "")


def _close_front_matter(text: str, _name: str) -> tuple[str, str]:
    """Add the missing fence after the last field of the front matter."""
    front = front_matter.split_front_matter(text)
    if not any(problem.code == ProblemCode.OPEN_FRONT_MATTER.code for problem in front.problems):
        return text, ""
    lines = text.split("\n")
    return "\n".join([*lines[: front.body_line - 1], "---", *lines[front.body_line - 1 :]]), gettext_noop(
        "front matter closed"
    )


def _quote_values(text: str, _name: str) -> tuple[str, str]:
    """Put quotes around values that YAML misreads."""
    front = front_matter.split_front_matter(text)
    if not any(problem.code == ProblemCode.BROKEN_FRONT_MATTER.code for problem in front.problems):
        return text, ""
    lines = text.split("\n")
    first, last = _front_matter_fences(lines)
    lines[first + 1 : last] = [
        line if _is_yaml(line) else front_matter.quote_value(line) for line in lines[first + 1 : last]
    ]
    mended = "\n".join(lines)
    return (
        (mended, gettext_noop("values in the front matter quoted"))
        if _has_readable_front_matter(mended)
        else (text, "")
    )


def _has_readable_front_matter(text: str) -> bool:
    return not any(
        problem.code == ProblemCode.BROKEN_FRONT_MATTER.code
        for problem in front_matter.split_front_matter(text).problems
    )


def _is_yaml(line: str) -> bool:
    try:
        FrontMatterHandler().load(line)
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _add_date(text: str, name: str) -> tuple[str, str]:
    """Add the date of the file's name to a front matter without one."""
    match = find_date(name, UTC)
    if match is None or not text.strip() or _has_date(text):
        return text, ""
    lines = text.split("\n")
    first, last = _front_matter_fences(lines)
    if last:
        between = _FIELD_SEPARATORS[lines[first].strip()]
        dated = "\n".join([*lines[:last], f"date{between}{match.day}", *lines[last:]])
        return (dated, gettext_noop("date added from the file's name")) if _has_date(dated) else (text, "")
    return f"---\ndate: {match.day}\n---\n\n{text}", gettext_noop("front matter added with the date of the file's name")


def _has_date(text: str) -> bool:
    fields = front_matter.split_front_matter(text).fields
    return any(fields.get(key) for key in DATE_FIELDS)


def _front_matter_fences(lines: list[str]) -> tuple[int, int]:
    """Return the line indexes of both fences around the front matter; (0, 0) without front matter."""
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    fence = lines[first].strip()
    if fence not in _FIELD_SEPARATORS:
        return 0, 0
    last = next((at for at in range(first + 1, len(lines)) if lines[at].rstrip() == fence), 0)
    return (first, last) if last else (0, 0)


def _end_last_line(text: str, _name: str) -> tuple[str, str]:
    return (text, "") if text.endswith("\n") or not text else (text + "\n", gettext_noop("a line end put at the end"))
