"""Take out what authoring tools and language models leave behind, and say what it was; line numbers stay.

`text -> without reasoning, fence, a model's first and last sentence, escaped numbers, marks of note-takers`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.model import Problem
from digest.parsing.code_blocks import CodeBlocks, find_code_blocks
from digest.parsing.model_answer import without_answer
from digest.problems import ProblemCode, make_problem, quote_whole
from domain.chat.i18n import gettext_noop

_REASONING = re.compile(
    r"^[ \t]*<(think|thinking|thought|reasoning|analysis|scratchpad)>.*?</\1>[ \t]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ESCAPED_NUMBER = re.compile(r"^(#{1,6} |[-*+] |\*\*|)(\d{1,3})\\([.)])(?=[ \t])", re.MULTILINE)
_PLAIN_NUMBER = re.compile(r"^(?:#{1,6} |[-*+] |\*\*|)\d{1,3}[.)、]", re.MULTILINE)
_NOTE = re.compile(
    r"^(?P<indent>[ \t]*)\[\^(?P<label>[\w-]{1,40})\]:[ \t]*"
    r"(?P<text>.*(?:\n(?P=indent)[ \t]+\S.*|\n(?:[ \t]*\n){1,9}(?P=indent)(?: {4}|\t)[ \t]*\S.*)*)$",
    re.MULTILINE,
)
"""A footnote, with its further paragraphs: those indented by four."""

_NOTE_MARK = re.compile(r"\[\^([\w-]{1,40})\](?!:)")
_MAX_NOTE_DEPTH = 10
_CALLOUT = re.compile(
    r"^((?:>[ \t]*)+)\[!([\w-]{1,30})\][+-]?[ \t]*(?P<title>[^\s*_\[<`][^*_\[<`\n]*(?<!\s))?", re.MULTILINE
)
_COMMENT = re.compile(r"%%(?:(?!%%).){1,2000}%%", re.DOTALL)
_WIKI_LINK = re.compile(r"(?<!!)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\](?!\()")
_FIELD = re.compile(
    r"^(?P<mark>[ \t]*(?:[-*+][ \t]+)?)(?P<name>[^\W\d_][\w -]{0,29}(?<! ))::[ \t]+(?=\S)", re.MULTILINE
)
_FIELDS_ABOVE = re.compile(
    r"\A\s*(?:(?![^:\n]{0,30}\b[A-ZÀ-ÖØ-ÞЀ-Я])[^\W\d_][\w -]{0,29}(?<! )::[ \t]+(?!.*https?://)\S.*(?:\n|\Z))++(?=\s*\S)"
)
"""Fields of Dataview that stand above the text: `status:: done`; readers need none of them.

Names with capitals may be titles: `Tech Brief:: 24 November`.
"""

_HIGHLIGHT = re.compile(r"(?<![=A-Za-z0-9_)\]])==(?=[^\s=])([^=\n]{1,300})(?<=[^\s=])==(?![=A-Za-z0-9_])")
_IDEOGRAPH_OR_KANA = re.compile("[\u2e80-\u312f\u31a0-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff]")
"""Writing with wide punctuation; Korean has a colon and a space."""

_LIST_MARK = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+")
_EMBED = re.compile(r"!\[\[([^\[\]\n]{1,200})\]\]")
_BLOCK_MARK = re.compile(r"(?<![ \t])[ \t]+\^[\w-]{2,40}$", re.MULTILINE)
_MESSAGE_HEAD = re.compile(
    r"^[ \t]*(?:\*\*)?[^\n\[\]]{1,80}, "
    r"\[\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\](?:\*\*)?[ \t]*$",
    re.MULTILINE,
)
_FORWARDED = re.compile(
    r"^\[(?:Forwarded from|Переслано от|Reenviado de|转发自|轉發自) ?[^\n\[\]]{1,80}\][ \t]*$", re.MULTILINE
)
_MIN_ESCAPED = 2
_MIN_MESSAGES = 2


@dataclass(frozen=True, slots=True)
class CleanText:
    """The text without leftovers, and what was left out."""

    text: str
    problems: tuple[Problem, ...] = ()


def clean_file(text: str, line: int = 1) -> CleanText:
    """Take out what stands around a whole file or page, which begins at `line`."""
    problems: list[Problem] = []
    for step in (_without_reasoning, without_answer):
        text, found = step(text, line)
        problems.extend(found)
    return CleanText(text, tuple(problems))


def clean_page(text: str, line: int) -> CleanText:
    """Take out what stands around and within a page below its front matter."""
    whole = clean_file(text, line)
    text, problems = whole.text, list(whole.problems)
    for step in (_without_escapes, _with_notes_inline, _without_note_marks, _without_message_heads):
        text, found = step(text, line)
        problems.extend(found)
    return CleanText(text, tuple(problems))


def read_escaped_numbers(text: str) -> str:
    """Return the text with numbers instead of escaped ones, if all numbers are escaped."""
    return _without_escapes(text, 1)[0]


_Step = tuple[str, list[Problem]]


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _line_of(text: str, at: int, first: int) -> int:
    return text.count("\n", 0, at) + first


def _without_reasoning(text: str, line: int) -> _Step:
    if "</" not in text:
        return text, []
    message = gettext_noop("What a language model thought is left out: {text}.")
    found = [
        make_problem(
            ProblemCode.REASONING,
            message,
            _line_of(text, m.start(), line),
            text=quote_whole(m.group()),
        )
        for m in _REASONING.finditer(text)
    ]
    return (_REASONING.sub(_blank, text), found) if found else (text, [])


def _without_escapes(text: str, line: int) -> _Step:
    """Read `1\\.` as a number if all numbers are escaped."""
    escaped = _find_outside_code(text, _ESCAPED_NUMBER)
    if len(escaped) < _MIN_ESCAPED or escaped[0][2] != "1" or _PLAIN_NUMBER.search(text):
        return text, []
    message = gettext_noop("{n} numbers are escaped ({text}); they were read as numbers.")
    found = make_problem(
        ProblemCode.ESCAPED_NUMBERS,
        message,
        _line_of(text, escaped[0].start(), line),
        n=len(escaped),
        text=escaped[0].group().strip(),
    )
    return _replace_outside_code(text, _ESCAPED_NUMBER, r"\1\2\3"), [found]


def _with_notes_inline(text: str, line: int) -> _Step:
    """Put footnotes where their marks stand: `text[^1]` becomes `text (note)`; a note without a mark becomes a line."""
    matches = _find_outside_code(text, _NOTE) if "[^" in text else []
    if not matches:
        return text, []
    written: dict[str, list[str]] = {}
    for match in matches:
        written.setdefault(match["label"], []).append(" ".join(match["text"].split()))
    notes = {label: "; ".join(texts) for label, texts in written.items()}
    marked: set[str] = set()
    _put_notes(_replace_outside_code(text, _NOTE, _blank), notes, marked)

    def line_of_note(note: re.Match[str]) -> str:
        return _blank(note) if note["label"] in marked else f"{note['indent']}{note['label']}. {note['text']}"

    text = _replace_outside_code(text, _NOTE, line_of_note)
    message = gettext_noop("{n} footnotes are shown where their marks stand.")
    found = make_problem(ProblemCode.FOOTNOTES, message, _line_of(text, matches[0].start(), line), n=len(matches))
    return _put_notes(text, {label: notes[label] for label in marked}, set()), [found]


def _put_notes(text: str, notes: Mapping[str, str], shown: set[str], depth: int = 0) -> str:
    """Put notes, and those that they mark themselves, at their first marks, and add their labels to `shown`.

    Marks in code, and those without a note, stay.
    """
    blocks = find_code_blocks(text)

    def note(match: re.Match[str]) -> str:
        label = match[1]
        if label not in notes or depth == _MAX_NOTE_DEPTH or _in_code(text, match.start(), blocks):
            return match.group()
        if label in shown:
            return ""
        shown.add(label)
        return f" ({_put_notes(notes[label], notes, shown, depth + 1)})"

    return _NOTE_MARK.sub(note, text)


def _linked_name(link: re.Match[str]) -> str:
    """Return the name that a link between notes shows; at the beginning of an entry it stays a name, in bold."""
    name = link[2] or link[1]
    before = link.string[link.string.rfind("\n", 0, link.start()) + 1 : link.start()]
    return f"**{name}**" if _LIST_MARK.fullmatch(before) else name


def _title(mark: re.Match[str]) -> str:
    """Return the words of a mark that stay."""
    return mark.groupdict().get("title") or ""


def _callout_title(callout: re.Match[str]) -> str:
    """Return what a callout's first line shows: its title, in bold."""
    title = callout["title"]
    return f"{callout[1]}**{title}**" if title else callout[1]


_Replacement = str | Callable[[re.Match[str]], str]


def _field_name(field: re.Match[str]) -> str:
    """Return a field's name with one colon behind it."""
    return f"{field['mark']}{field['name']}" + ("：" if _IDEOGRAPH_OR_KANA.match(field["name"][-1]) else ": ")


_NOTE_TAKERS_MARKS: tuple[tuple[re.Pattern[str], _Replacement], ...] = (
    (_COMMENT, _blank),
    (_FIELDS_ABOVE, _blank),
    (_FIELD, _field_name),
    (_HIGHLIGHT, r"\1"),
    (_CALLOUT, _callout_title),
    (_EMBED, ""),
    (_WIKI_LINK, _linked_name),
    (_BLOCK_MARK, ""),
)


def _without_note_marks(text: str, line: int) -> _Step:
    """Take out comments, callouts, links and anchors of note-taking programs; their words stay."""
    if not any(mark in text for mark in ("%%", "[!", "[[", " ^", "::", "==")):
        return text, []
    removed: list[str] = []
    first = len(text)
    for pattern, replacement in _NOTE_TAKERS_MARKS:
        matches = _find_outside_code(text, pattern)
        if not matches:
            continue
        removed.extend(match.group().removesuffix(_title(match)).rstrip() for match in matches)
        first = min(first, matches[0].start())
        text = _replace_outside_code(text, pattern, replacement)
    if not removed:
        return text, []
    message = gettext_noop("Marks of a note-taking program are left out: {text}.")
    quoted = quote_whole(" ".join(removed))
    return text, [make_problem(ProblemCode.NOTE_MARKS, message, _line_of(text, first, line), text=quoted)]


def _without_message_heads(text: str, line: int) -> _Step:
    """Read the lines with name and time above messages that were copied from Telegram as rules."""
    heads = _find_outside_code(text, _MESSAGE_HEAD) if ", [" in text else []
    if len(heads) < _MIN_MESSAGES:
        return text, []
    removed = sorted((*heads, *_find_outside_code(text, _FORWARDED)), key=lambda match: match.start())
    message = gettext_noop("Lines that Telegram puts above copied messages are read as rules: {text}.")
    quoted = quote_whole(" ".join(match.group().strip(" \t*") for match in removed))
    found = make_problem(ProblemCode.MESSAGE_HEADS, message, _line_of(text, removed[0].start(), line), text=quoted)
    return _replace_outside_code(_replace_outside_code(text, _MESSAGE_HEAD, "***"), _FORWARDED, ""), [found]


def find_note_marks(text: str, line: int) -> list[tuple[int, str]]:
    """Return the comments and embedded notes of note-taking programs, which readers do not get, with their lines."""
    shown = (match for pattern in (_COMMENT, _EMBED) for match in _find_outside_code(text, pattern))
    return sorted((_line_of(text, match.start(), line), match.group()) for match in shown)


def _find_outside_code(text: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    blocks = find_code_blocks(text)
    return [match for match in pattern.finditer(text) if not _in_code(text, match.start(), blocks)]


def _replace_outside_code(text: str, pattern: re.Pattern[str], put: _Replacement) -> str:
    blocks = find_code_blocks(text)

    def replace(match: re.Match[str]) -> str:
        if _in_code(text, match.start(), blocks):
            return match.group()
        return match.expand(put) if isinstance(put, str) else put(match)

    return pattern.sub(replace, text)


def _in_code(text: str, at: int, blocks: CodeBlocks) -> bool:
    """Whether a place lies in a block of code, or in a span of code on its line."""
    return blocks.contain(at) or text.count("`", text.rfind("\n", 0, at) + 1, at) % 2 == 1
