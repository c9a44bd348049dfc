"""Bytes of a file in; text that can be parsed out, with what was odd about them as problems.

Nothing that a reader sees is changed but for what a copy-and-paste spoilt; lines stay the lines of the file.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from digest.model import Problem
from digest.problems import Code, report
from domain.chat.i18n import gettext_noop

LARGEST = 5_000_000
"""Bytes above which a file is refused unread: fifteen times the largest digest ever seen."""

MOST_LINES = 20_000
"""Lines with something on them above which a file is refused."""

_BINARY = 0.02  # of the characters: a text pasted from a PDF has a few control characters, a picture is full of them
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
# Zero-width and bidi marks. U+200D stays: it holds emoji together.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_RADICALS = re.compile("[\u2e80-\u2fd5]")
_ODD_SPACES = re.compile("[\u0085\u00a0\u2007\u2028\u2029\u202f]")
_ODD = re.compile("[^\t\n\x20-\x7e\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
_MENDED = (
    (_CONTROLS, Code.CONTROLS,
     gettext_noop("{n} control characters, from a paste out of a PDF perhaps, were removed.")),
    (_INVISIBLE, Code.INVISIBLE, gettext_noop("{n} invisible characters (zero width, direction) were removed.")),
    (_RADICALS, Code.RADICALS,
     gettext_noop("{n} characters looked like Chinese ones but were radicals (⽇ for 日); they were mended.")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """The cleaned text, lines ending in LF; `refused` where there is nothing to parse."""

    text: str
    problems: tuple[Problem, ...] = ()
    refused: bool = False


def clean(data: bytes) -> Source:
    """The bytes as text: decoded, without byte order marks and control characters, radicals mended."""
    if len(data) > LARGEST:
        words = gettext_noop("The file has {n} bytes; at most {most} are read. Split it into one file a day.")
        return Source("", (report(Code.TOO_LARGE, words, n=f"{len(data):,}", most=f"{LARGEST:,}"),), refused=True)
    text, problems = _decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_CONTROLS.findall(text)) > max(64, len(text) * _BINARY):
        words = gettext_noop("This is not a text file. Save the digest as Markdown in UTF-8.")
        return Source("", (report(Code.BINARY, words),), refused=True)
    if sum(1 for line in text.split("\n") if line and not line.isspace()) > MOST_LINES:
        words = gettext_noop("The file has more than {most} lines. Split it into one file a day.")
        return Source("", (report(Code.TOO_LARGE, words, most=f"{MOST_LINES:,}"),), refused=True)
    if _ODD.search(text):
        text = _mend(text, problems)
    return Source(text, tuple(problems))


def _decode(data: bytes) -> tuple[str, list[Problem]]:
    problems: list[Problem] = []
    marks = 0
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problems.append(
            report(Code.ENCODING, gettext_noop("The file is in UTF-16; it was read, but save it as UTF-8."))
        )
        return data.decode("utf-16", "replace").lstrip("\ufeff"), problems
    while data.startswith(codecs.BOM_UTF8):
        data, marks = data[len(codecs.BOM_UTF8) :], marks + 1
    if marks > 1:
        words = gettext_noop("{n} byte order marks stand at the start; one is enough.")
        problems.append(report(Code.BYTE_ORDER_MARKS, words, n=marks))
    try:
        return data.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        return _rescue(data, error, problems), problems


def _rescue(data: bytes, error: UnicodeDecodeError, problems: list[Problem]) -> str:
    """Text of bytes that are not UTF-8: GB 18030 where all of it is, else UTF-8 with U+FFFD for what cannot be read."""
    line = data.count(b"\n", 0, error.start) + 1
    column = error.start - data.rfind(b"\n", 0, error.start)
    replaced = data.decode("utf-8", "replace")
    if replaced.count("\ufffd") > len(replaced) // 20 and b"\0" not in data:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            pass
        else:
            words = gettext_noop("The file is in GB 18030; it was read, but save it as UTF-8.")
            problems.append(report(Code.ENCODING, words, line))
            return text
    words = gettext_noop(
        "Bytes here are not UTF-8 and are shown as �. Type the passage again and save the file as UTF-8."
    )
    problems.append(report(Code.ENCODING, words, line, column))
    return replaced


def _mend(text: str, problems: list[Problem]) -> str:
    if not any(problem.code == Code.ENCODING.code for problem in problems):
        lost = gettext_noop("{n} characters were lost (�) before the file was saved; type the passage again.")
        _tell(text, re.compile("\ufffd"), Code.REPLACEMENT, lost, problems)
    for pattern, code, words in _MENDED:
        _tell(text, pattern, code, words, problems)
    text = _INVISIBLE.sub("", _CONTROLS.sub("", text))
    text = _RADICALS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    return _ODD_SPACES.sub(" ", text)


def _tell(text: str, pattern: re.Pattern[str], code: Code, words: str, problems: list[Problem]) -> None:
    first = pattern.search(text)
    if first is None:
        return
    count = sum(1 for _ in pattern.finditer(text))
    line = text.count("\n", 0, first.start()) + 1
    column = first.start() - text.rfind("\n", 0, first.start())
    problems.append(report(code, words, line, column, n=count))
