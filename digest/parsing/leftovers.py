"""Take out what authoring tools and language models leave behind, and say what it was; line numbers stay.

`text -> without reasoning, fence, a model's first and last sentence, escaped numbers, marks of note-takers`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.model import Problem
from digest.problems import ProblemCode, make_problem, quote, quote_whole
from domain.chat.i18n import gettext_noop

_REASONING = re.compile(
    r"^[ \t]*<(think|thinking|thought|reasoning|analysis|scratchpad)>.*?</\1>[ \t]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(markdown|md|mdx|yaml|text|txt)?[ \t]*", re.IGNORECASE)
_ANY_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})")
_FRONT = re.compile(r"(?:---|\+\+\+)[ \t]*")
_ESCAPED_NUMBER = re.compile(r"^(#{1,6} |[-*+] |\*\*|)(\d{1,3})\\([.)])(?=[ \t])", re.MULTILINE)
_PLAIN_NUMBER = re.compile(r"^(?:#{1,6} |[-*+] |\*\*|)\d{1,3}[.)、]", re.MULTILINE)
_NOTE = re.compile(
    r"^(?P<indent>[ \t]*)\[\^(?P<label>[\w-]{1,40})\]:[ \t]*(?P<text>.*(?:\n(?P=indent)[ \t]+\S.*)*)$", re.MULTILINE
)
_NOTE_MARK = re.compile(r"\[\^([\w-]{1,40})\](?!:)")
_MAX_NOTE_DEPTH = 10
_CALLOUT = re.compile(
    r"^((?:>[ \t]*)+)\[!([\w-]{1,30})\][+-]?[ \t]*(?P<title>[^\s*_\[<`][^*_\[<`\n]*(?<!\s))?", re.MULTILINE
)
_COMMENT = re.compile(r"%%(?:(?!%%).){1,2000}%%", re.DOTALL)
_WIKI_LINK = re.compile(r"(?<!!)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\](?!\()")
_LIST_MARK = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+")
_EMBED = re.compile(r"!\[\[([^\[\]\n]{1,200})\]\]")
_BLOCK_MARK = re.compile(r"(?<![ \t])[ \t]+\^[\w-]{2,40}$", re.MULTILINE)
_LEAD_WORDS = re.compile(
    r"(?:sure|certainly|of course|absolutely|here(?:['’]s| is| are)|below is|as requested|"
    r"¡?claro|por supuesto|aquí (?:tienes|está|va)|a continuación|"
    r"вот (?:ваш|твой|подборк|дайджест|сводк)|конечно|разумеется|"
    r"네,|물론|다음은|여기|요청하신|오늘의 (?:다이제스트|뉴스)|"
    r"はい|承知|かしこまり|もちろん|以下は|こちら(?:が|は)|本日のニュースを|ご依頼の|"
    r"好的|当然|當然|没问题|沒問題|以下是|下面是|这是您|這是您)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"let me know if you(?:['’]d| would)? (?:like|want|need|prefer) (?:me to|any (?:changes|edits|adjustments))|"
    r"(?:would|do) you (?:like|want) me to|(?:i )?hope this helps[.!]|"
    r"i can (?:also )?(?:adjust|shorten|expand|rewrite)|"
    r"¿(?:quieres|desea|te gustaría) que (?:lo |la )?(?:ajuste|acorte|amplíe|cambie)|avísame si quieres que|"
    r"(?:хотите|если хотите|нужно ли), (?:чтобы я|я могу)|дайте знать, если (?:нужно|хотите) (?:что-то )?изменить|"
    r"(?:원하시면|필요하시면) .{0,40}(?:수정|조정|추가)|(?:ご希望|必要)(?:であれば|でしたら).{0,40}(?:調整|修正|追加)|"
    r"(?:如果)?(?:你|您)?(?:需要|需不需要|要不要)我.{0,40}(?:调整|修改|补充|調整|補充)|"
    r"(?:如需|如果需要)(?:调整|修改|調整)",
    re.IGNORECASE,
)
_MESSAGE_HEAD = re.compile(
    r"^[ \t]*(?:\*\*)?[^\n\[\]]{1,80}, "
    r"\[\d{1,4}[./-]\d{1,2}[./-]\d{2,4},? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\](?:\*\*)?[ \t]*$",
    re.MULTILINE,
)
_FORWARDED = re.compile(
    r"^\[(?:Forwarded from|Переслано от|Reenviado de|转发自|轉發自) ?[^\n\[\]]{1,80}\][ \t]*$", re.MULTILINE
)
_LEAD_ENDS = (":", "：", "!", "！")
_MAX_LEAD_CHARACTERS = 160
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
    for step in (_without_reasoning, _without_lead, _without_offer, _without_fence):
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


def _without_lead(text: str, line: int) -> _Step:
    """Take out the first line if a model wrote it to whoever asked: "Here is your digest:"."""
    lines = text.split("\n")
    first = next((at for at, each in enumerate(lines) if each.strip()), None)
    if first is None or first + 1 >= len(lines) or lines[first + 1].strip():
        return text, []
    lead = lines[first].strip()
    below = next((each.strip() for each in lines[first + 1 :] if each.strip()), "")
    above_all = bool(_FRONT.fullmatch(below)) and _has_field_after(lines, first)
    known = _LEAD_WORDS.match(lead) and (lead.endswith(_LEAD_ENDS) or _FENCE.fullmatch(below))
    if len(lead) > _MAX_LEAD_CHARACTERS or lead[0] in "#-*+>|<[`{1234567890" or not (known or above_all):
        return text, []
    message = gettext_noop("A sentence to whoever asked for the text is left out: {text}.")
    lines[first] = ""
    return "\n".join(lines), [make_problem(ProblemCode.MODEL_SENTENCE, message, line + first, text=quote(lead))]


def _without_offer(text: str, line: int) -> _Step:
    """Take out the last line if a model offers more in it to whoever asked: "Would you like me to shorten it?"."""
    above, _, last = text.rstrip().rpartition("\n\n")
    if len(last) > _MAX_LEAD_CHARACTERS or "\n" in last or not above.strip() or not _OFFER.match(last):
        return text, []
    message = gettext_noop("A sentence to whoever asked for the text is left out: {text}.")
    found = make_problem(
        ProblemCode.MODEL_SENTENCE, message, _line_of(text, len(above) + 2, line), text=quote_whole(last)
    )
    return above + "\n" * text.count("\n", len(above)), [found]


def _has_field_after(lines: list[str], first: int) -> bool:
    """Whether front matter begins below: a fence, and a field on the next line."""
    fence = next(at for at in range(first + 1, len(lines)) if lines[at].strip())
    return fence + 1 < len(lines) and re.match(r"[A-Za-z_][\w-]*\s*[:=]", lines[fence + 1]) is not None


def _without_fence(text: str, line: int) -> _Step:
    """Open a code fence around all of the text, or all below its title."""
    lines = text.split("\n")
    filled = [at for at, each in enumerate(lines) if each.strip()]
    if filled and lines[filled[0]].startswith("# "):
        filled = filled[1:]
    if len(filled) < 3:
        return text, []
    first, last = filled[0], filled[-1]
    opening = _FENCE.fullmatch(lines[first].strip())
    if opening is None or lines[last].strip() != opening[1]:
        return text, []
    inner = sum(_ANY_FENCE.match(lines[at]) is not None for at in filled[1:-1])
    if inner % 2 or (inner and not opening[2]):
        return text, []
    lines[first] = lines[last] = ""
    message = gettext_noop("The whole text stands in a code fence; it was read without.")
    return "\n".join(lines), [make_problem(ProblemCode.FENCED, message, line + first)]


def _without_escapes(text: str, line: int) -> _Step:
    """Read `1\\.` as a number if all numbers are escaped."""
    escaped = list(_ESCAPED_NUMBER.finditer(text))
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
    return _ESCAPED_NUMBER.sub(r"\1\2\3", text), [found]


def _with_notes_inline(text: str, line: int) -> _Step:
    """Put footnotes where their marks stand: `text[^1]` becomes `text (note)`; a note without a mark becomes a line."""
    matches = list(_NOTE.finditer(text)) if "[^" in text else []
    if not matches:
        return text, []
    written: dict[str, list[str]] = {}
    for match in matches:
        written.setdefault(match["label"], []).append(" ".join(match["text"].split()))
    notes = {label: "; ".join(texts) for label, texts in written.items()}
    marked: set[str] = set()
    _put_notes(_NOTE.sub(_blank, text), notes, marked)
    text = _NOTE.sub(lambda m: _blank(m) if m["label"] in marked else f"{m['indent']}{m['label']}. {m['text']}", text)
    message = gettext_noop("{n} footnotes are shown where their marks stand.")
    found = make_problem(ProblemCode.FOOTNOTES, message, _line_of(text, matches[0].start(), line), n=len(matches))
    return _put_notes(text, {label: notes[label] for label in marked}, set()), [found]


def _put_notes(text: str, notes: Mapping[str, str], shown: set[str], depth: int = 0) -> str:
    """Put notes, and those that they mark themselves, at their first marks, and add their labels to `shown`.

    Marks in code, and those without a note, stay.
    """

    def note(match: re.Match[str]) -> str:
        label = match[1]
        if label not in notes or depth == _MAX_NOTE_DEPTH or _in_code(text, match.start()):
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

_NOTE_TAKERS_MARKS: tuple[tuple[re.Pattern[str], _Replacement], ...] = (
    (_COMMENT, _blank),
    (_CALLOUT, _callout_title),
    (_EMBED, ""),
    (_WIKI_LINK, _linked_name),
    (_BLOCK_MARK, ""),
)


def _without_note_marks(text: str, line: int) -> _Step:
    """Take out comments, callouts, links and anchors of note-taking programs; their words stay."""
    if not any(mark in text for mark in ("%%", "[!", "[[", " ^")):
        return text, []
    removed: list[str] = []
    first = len(text)
    for pattern, replacement in _NOTE_TAKERS_MARKS:
        matches = [match for match in pattern.finditer(text) if not _in_code(text, match.start())]
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
    heads = list(_MESSAGE_HEAD.finditer(text)) if ", [" in text else []
    if len(heads) < _MIN_MESSAGES:
        return text, []
    removed = sorted((*heads, *_FORWARDED.finditer(text)), key=lambda match: match.start())
    message = gettext_noop("Lines that Telegram puts above copied messages are read as rules: {text}.")
    quoted = quote_whole(" ".join(match.group().strip(" \t*") for match in removed))
    found = make_problem(ProblemCode.MESSAGE_HEADS, message, _line_of(text, removed[0].start(), line), text=quoted)
    return _FORWARDED.sub("", _MESSAGE_HEAD.sub("***", text)), [found]


def find_note_marks(text: str, line: int) -> list[tuple[int, str]]:
    """Return the comments and embedded notes of note-taking programs, which readers do not get, with their lines."""
    found = (match for pattern in (_COMMENT, _EMBED) for match in pattern.finditer(text))
    shown = (match for match in found if not _in_code(text, match.start()))
    return sorted((_line_of(text, match.start(), line), match.group()) for match in shown)


def _replace_outside_code(text: str, pattern: re.Pattern[str], put: _Replacement) -> str:
    def replace(match: re.Match[str]) -> str:
        if _in_code(text, match.start()):
            return match.group()
        return put if isinstance(put, str) else put(match)

    return pattern.sub(replace, text)


def _in_code(text: str, at: int) -> bool:
    """Whether a place lies in a span of code on its line."""
    return text.count("`", text.rfind("\n", 0, at) + 1, at) % 2 == 1
