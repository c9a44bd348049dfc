"""Decode a file's bytes into clean text, and report what was unusual about them.

Only what a copy-and-paste spoilt is repaired; line numbers stay those of the file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from digest.model import Problem
from digest.parsing.encodings import find_encoding
from digest.problems import ProblemCode, make_problem
from domain.chat.i18n import gettext_noop

MAX_SOURCE_BYTES = 5_000_000
"""Larger files are refused unread; this is fifteen times the largest digest seen."""

MAX_SOURCE_LINES = 20_000
"""Files with more non-blank lines are refused."""

_MAX_CONTROL_SHARE = (
    0.02  # of the characters: a text pasted from a PDF has a few control characters, a picture is full of them
)
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
# Zero-width and bidi marks. U+200D stays: it holds emoji together.
_INVISIBLE_CHARACTERS = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_KANGXI_RADICALS = re.compile("[\u2e80-\u2fd5]")
_UNUSUAL_SPACES = re.compile("[\u0085\u00a0\u2007\u2028\u2029\u202f]")
_UNUSUAL_CHARACTERS = re.compile("[^\t\n\x20-\x7e\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
_REPAIRED_CHARACTERS = (
    (
        _CONTROL_CHARACTERS,
        ProblemCode.CONTROLS,
        gettext_noop("{n} control characters, from a paste out of a PDF perhaps, were removed."),
    ),
    (
        _INVISIBLE_CHARACTERS,
        ProblemCode.INVISIBLE,
        gettext_noop("{n} invisible characters (zero width, direction) were removed."),
    ),
    (
        _KANGXI_RADICALS,
        ProblemCode.RADICALS,
        gettext_noop("{n} characters looked like Chinese ones but were radicals (⽇ for 日); they were mended."),
    ),
)


@dataclass(frozen=True, slots=True)
class SourceText:
    """The cleaned text with LF line endings; `refused` if there is nothing to parse."""

    text: str
    problems: tuple[Problem, ...] = ()
    refused: bool = False


def read_source_text(data: bytes) -> SourceText:
    """Decode the bytes; remove byte order marks and control characters, and replace radicals by characters."""
    if len(data) > MAX_SOURCE_BYTES:
        message = gettext_noop("The file has more than {most} bytes and is not read. Split it into one file a day.")
        problem = make_problem(ProblemCode.TOO_LARGE, message, most=f"{MAX_SOURCE_BYTES:,}")
        return SourceText("", (problem,), refused=True)
    text, problems = _decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_CONTROL_CHARACTERS.findall(text)) > max(64, len(text) * _MAX_CONTROL_SHARE):
        message = gettext_noop("This is not a text file. Save the digest as Markdown in UTF-8.")
        return SourceText("", (make_problem(ProblemCode.BINARY, message),), refused=True)
    if sum(1 for line in text.split("\n") if line and not line.isspace()) > MAX_SOURCE_LINES:
        message = gettext_noop("The file has more than {most} lines. Split it into one file a day.")
        return SourceText(
            "", (make_problem(ProblemCode.TOO_LARGE, message, most=f"{MAX_SOURCE_LINES:,}"),), refused=True
        )
    if _UNUSUAL_CHARACTERS.search(text):
        text = _repair_characters(text, problems)
    return SourceText(text, tuple(problems))


def without_invisible_characters(text: str) -> str:
    """Return a text without zero-width characters and direction marks."""
    return _INVISIBLE_CHARACTERS.sub("", text)


def _decode(data: bytes) -> tuple[str, list[Problem]]:
    problems: list[Problem] = []
    marks = 0
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(
            make_problem(
                ProblemCode.ENCODING, gettext_noop("The file is in UTF-16; it was read, but save it as UTF-8.")
            )
        )
        return data.decode("utf-16", "replace").lstrip("\ufeff"), problems
    while data.startswith(codecs.BOM_UTF8):
        data, marks = data[len(codecs.BOM_UTF8) :], marks + 1
    if marks > 1:
        message = gettext_noop("{n} byte order marks stand at the start; one is enough.")
        problems.append(make_problem(ProblemCode.BYTE_ORDER_MARKS, message, n=marks))
    try:
        return data.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        return _decode_other_encoding(data, error, problems), problems


def _decode_other_encoding(data: bytes, error: UnicodeDecodeError, problems: list[Problem]) -> str:
    """Decode bytes that are not UTF-8: in the encoding that all are in, else as UTF-8 with U+FFFD for invalid ones."""
    line = data.count(b"\n", 0, error.start) + 1
    column = error.start - data.rfind(b"\n", 0, error.start)
    encoding = find_encoding(data)
    if encoding is not None:
        message = gettext_noop(
            "The file looks like {encoding} and was read so. See whether its text is right, and save it as UTF-8."
        )
        problems.append(make_problem(ProblemCode.ENCODING, message, line, encoding=encoding.name))
        return data.decode(encoding.codec)
    message = gettext_noop(
        "Bytes here are not UTF-8 and are shown as �. Type the passage again and save the file as UTF-8."
    )
    problems.append(make_problem(ProblemCode.ENCODING, message, line, column))
    return data.decode("utf-8", "replace")


def _repair_characters(text: str, problems: list[Problem]) -> str:
    if not any(problem.code == ProblemCode.ENCODING.code for problem in problems):
        lost_message = gettext_noop("{n} characters were lost (�) before the file was saved; type the passage again.")
        _report_matches(text, re.compile("\ufffd"), ProblemCode.REPLACEMENT, lost_message, problems)
    for pattern, code, message in _REPAIRED_CHARACTERS:
        _report_matches(text, pattern, code, message, problems)
    text = without_invisible_characters(_CONTROL_CHARACTERS.sub("", text))
    text = _KANGXI_RADICALS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    return _UNUSUAL_SPACES.sub(" ", text)


def _report_matches(
    text: str, pattern: re.Pattern[str], code: ProblemCode, message: str, problems: list[Problem]
) -> None:
    first = pattern.search(text)
    if first is None:
        return
    count = sum(1 for _ in pattern.finditer(text))
    line = text.count("\n", 0, first.start()) + 1
    column = first.start() - text.rfind("\n", 0, first.start())
    problems.append(make_problem(code, message, line, column, n=count))
