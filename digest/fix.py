"""A file's bytes in; the bytes as they should be, and what was mended, out. What is read of the file stays the same.

bytes -> as clean UTF-8 -> front matter closed, quoted, dated -> a final line end

Each step is kept only if the file then reads as it did before. Numbers are left alone: readers see positions, and
editors may begin anew in each section; `digest.rendering.reference_form` writes everything anew.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import yaml

from digest.model import Digest
from digest.parsing import front_matter
from digest.parsing.dates import find_date
from digest.parsing.source_text import clean
from digest.problems import Code
from digest.reader import parse
from digest.segmentation.categories import Classifier

_BYTES = {
    Code.CONTROLS.code: "control characters removed",
    Code.INVISIBLE.code: "invisible characters removed",
    Code.RADICALS.code: "radicals turned into the characters they stand for",
}
_FENCES = {"---": ": ", "+++": " = "}


@dataclass(frozen=True, slots=True)
class Mended:
    """The file's bytes, and what was done to them in a few words each; nothing was where there are none."""

    data: bytes
    done: tuple[str, ...] = ()


Step = Callable[[str, str], tuple[str, str]]
"""A text and its file's name in; the text, and what was done to it, out."""


def mend(data: bytes, *, name: str, zone: tzinfo) -> Mended:
    """What can be put right without anybody's judgement. A file that is refused, or has bytes that cannot be read, is
    left as it is; so is what would be read otherwise afterwards."""
    source = clean(data)
    if source.refused or _has_unreadable_bytes(data, source.text):
        return Mended(data)
    known = Classifier()
    before = parse(data, name=name, zone=zone, classifier=known)
    text, done = source.text, list(_of_bytes(data, {problem.code for problem in source.problems}))
    for step in (_closed, _quoted, _dated, _ended):
        mended, what = step(text, name)
        if mended != text and _alike(before, parse(mended.encode(), name=name, zone=zone, classifier=known)):
            text = mended
            done.append(what)
    mended_data = text.encode("utf-8", "surrogatepass")
    return Mended(mended_data, tuple(done) or ("spaces made plain",)) if mended_data != data else Mended(data)


def _has_unreadable_bytes(data: bytes, text: str) -> bool:
    if "\ufffd" not in text:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _of_bytes(data: bytes, codes: set[str]) -> Iterator[str]:
    if Code.ENCODING.code in codes:
        yield "saved as UTF-8"
    if data.startswith(codecs.BOM_UTF8):
        yield "byte order marks removed"
    if b"\r" in data:
        yield "line ends made LF"
    yield from (what for code, what in _BYTES.items() if code in codes)


def _alike(before: tuple[Digest, ...], after: tuple[Digest, ...]) -> bool:
    """Whether both are read the same; an instant of publication may be told now that was not before."""
    return len(before) == len(after) and all(_told(one, two) == two for one, two in zip(before, after, strict=True))


def _told(one: Digest, two: Digest) -> Digest:
    return replace(one, problems=two.problems, published_at=one.published_at or two.published_at)


def _closed(text: str, _name: str) -> tuple[str, str]:
    """A fence after the last field of front matter that has none."""
    front = front_matter.split(text)
    if not any(problem.code == Code.OPEN_FRONT_MATTER.code for problem in front.problems):
        return text, ""
    lines = text.split("\n")
    return "\n".join([*lines[: front.body_line - 1], "---", *lines[front.body_line - 1 :]]), "front matter closed"


def _quoted(text: str, _name: str) -> tuple[str, str]:
    """Quotes around values that YAML takes for something else."""
    front = front_matter.split(text)
    if not any(problem.code == Code.BROKEN_FRONT_MATTER.code for problem in front.problems):
        return text, ""
    lines = text.split("\n")
    first, last = _head(lines)
    lines[first + 1 : last] = [
        line if _is_yaml(line) else front_matter.quoted(line) for line in lines[first + 1 : last]
    ]
    mended = "\n".join(lines)
    return (mended, "values in the front matter quoted") if _is_read(mended) else (text, "")


def _is_read(text: str) -> bool:
    return not any(problem.code == Code.BROKEN_FRONT_MATTER.code for problem in front_matter.split(text).problems)


def _is_yaml(line: str) -> bool:
    try:
        front_matter.Handler().load(line)
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _dated(text: str, name: str) -> tuple[str, str]:
    """The day of the file's name in a front matter that has no date."""
    found = find_date(name, UTC)
    if found is None or not text.strip() or _has_date(text):
        return text, ""
    lines = text.split("\n")
    first, last = _head(lines)
    if last:
        between = _FENCES[lines[first].strip()]
        dated = "\n".join([*lines[:last], f"date{between}{found.day}", *lines[last:]])
        return (dated, "date added from the file's name") if _has_date(dated) else (text, "")
    return f"---\ndate: {found.day}\n---\n\n{text}", "front matter added with the date of the file's name"


def _has_date(text: str) -> bool:
    fields = front_matter.split(text).fields
    return any(fields.get(key) for key in ("date", "publishdate", "pubdate"))


def _head(lines: list[str]) -> tuple[int, int]:
    """The lines of both fences around the front matter; (0, 0) where there is none."""
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    fence = lines[first].strip()
    if fence not in _FENCES:
        return 0, 0
    last = next((at for at in range(first + 1, len(lines)) if lines[at].rstrip() == fence), 0)
    return (first, last) if last else (0, 0)


def _ended(text: str, _name: str) -> tuple[str, str]:
    return (text, "") if text.endswith("\n") or not text else (text + "\n", "a line end put at the end")
