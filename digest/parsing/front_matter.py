"""Split a digest into front matter and body, and recover the fields of broken front matter.

`text -> head | body`

The head is YAML, TOML or JSON. If it cannot be parsed, title, date and categories are recovered line by line.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from itertools import takewhile

import yaml

from digest.model import Problem
from digest.parsing.front_matter_loading import list_json_fields, list_yaml_fields, load_json, load_toml, load_yaml
from digest.parsing.repeated_fields import WrittenField, find_repeated_fields
from digest.problems import ProblemCode, make_problem, quote, quote_whole
from domain.chat.i18n import gettext_noop

_FIELD = re.compile(r"^\ufeff*(?P<key>[A-Za-z_][\w-]*)\s*[:=]\s*(?P<value>.*)$")
_HEADER = re.compile(r"^(?P<key>[A-Za-z][\w-]*):[ \t]+(?P<value>\S.*)$")
_BULLET = re.compile(r"^\s*-\s+(?P<value>.*)$")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
_COMMENT = re.compile(r"(?<!\S)#")
_TOML_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"{3,5}|\Z)|"(?:\\[^\n]|[^"\\\n])*"?'
    r"|'''.*?(?:'{3,5}|\Z)|'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
"""One that is not closed goes on to the end, so that none is searched twice."""

_MARKDOWN = re.compile(r"(?:\d{1,3}[.、)）]|#{1,6} |\*\*\S|[-*+] .*\]\().*")
_RECOVERED_FIELDS = frozenset(
    {"title", "linktitle", "date", "publishdate", "categories", "category", "tags", "draft", "pictures", "slot"}
)

_KNOWN_FIELDS = frozenset({"title", "date", "categories", "category", "draft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The front matter and the body.

    `raw_fields` have their names as written; `field_lines` maps lower-case names to lines of the file; `body` starts
    at line `body_line`.
    """

    raw_fields: Mapping[str, object]
    body: str
    body_line: int = 1
    field_lines: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def fields(self) -> Mapping[str, object]:
        """The fields by lower-case name."""
        return {str(key).lower(): value for key, value in self.raw_fields.items()}

    @property
    def extra_fields(self) -> dict[str, object]:
        """The fields other than title, date, categories and draft; dates in them are strings."""
        return {
            str(key): _to_plain_value(value)
            for key, value in self.raw_fields.items()
            if str(key).lower() not in _KNOWN_FIELDS
        }


def split_front_matter(text: str) -> FrontMatter:
    """Split the text into front matter and body. Never fails: unreadable front matter is reported."""
    front = _split(text)
    in_head = text.count("\ufffd") - front.body.count("\ufffd")
    counts = {key: str(value).count("\ufffd") for key, value in front.raw_fields.items()}
    replaced = sum(counts.values()) - in_head
    if replaced <= 0:
        return front
    line = next((front.field_lines.get(key.lower()) for key, count in counts.items() if count), None)
    message = gettext_noop("{n} control characters written as escapes are shown as �; take them out.")
    problem = make_problem(ProblemCode.REPLACEMENT, message, line or 1, n=replaced)
    return replace(front, problems=(*front.problems, problem))


def _split(text: str) -> FrontMatter:
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    opening = lines[first].strip() if lines else ""
    if opening in ("---", "+++"):
        return _split_fenced(lines, first, opening)
    if opening.startswith("{") and not opening.startswith("{{"):
        return _split_json(text, lines, first)
    return _split_header_lines(lines, first) or _without_front_matter(text)


def _split_header_lines(lines: list[str], first: int) -> FrontMatter | None:
    """Split header lines without fences (`Title: …`, `Date: …`), as some static site generators use them."""
    end = first
    while end < len(lines) and _FIELD.match(lines[end]):
        end += 1
    keys = {match["key"].lower() for line in lines[first:end] if (match := _HEADER.match(line))}
    ends = end == len(lines) or not lines[end].strip()
    if len(keys) < 2 or not keys & {"title", "date"} or not ends or end - first > len(keys):
        return None
    message = gettext_noop("The front matter has no fences: put a line of --- above and below it.")
    fields = {match["key"]: match["value"].strip() for line in lines[first:end] if (match := _HEADER.match(line))}
    return FrontMatter(
        raw_fields=fields,
        body="\n".join(lines[end:]),
        body_line=end + 1,
        field_lines=_find_field_lines(lines[first:end], first + 1),
        problems=(make_problem(ProblemCode.HEADER_LINES, message, first + 1),),
    )


def _without_front_matter(text: str) -> FrontMatter:
    message = gettext_noop("No front matter: put title, date and categories between two lines of --- at the start.")
    return FrontMatter(raw_fields={}, body=text, problems=(make_problem(ProblemCode.NO_FRONT_MATTER, message),))


def _split_fenced(lines: list[str], first: int, fence: str) -> FrontMatter:
    ends = {fence, "..."} if fence == "---" else {fence}
    end = next((number for number in range(first + 1, len(lines)) if lines[number].rstrip() in ends), None)
    if end is None:
        return _split_unclosed(lines, first)
    head = lines[first + 1 : end]
    if head and not any(_FIELD.match(line) for line in head):
        return _without_front_matter("\n".join(lines))  # a rule above the text, not front matter
    if _end_of_fields(head) is not None:
        return _split_unclosed(lines, first)
    field_lines = _find_field_lines(_without_string_lines(head) if fence == "+++" else head, first + 2)
    fields, problems = _load_fields(head, fence, first + 2)
    start = end + 1
    if any(problem.code == ProblemCode.BROKEN_FRONT_MATTER.code for problem in problems):
        start = next((first + 1 + at for at, line in enumerate(head) if _MARKDOWN.match(line)), start)
    body = ["" if at < end and _is_recovered_field(line) else line for at, line in enumerate(lines[start:], start)]
    return FrontMatter(
        raw_fields=fields, body="\n".join(body), body_line=start + 1, field_lines=field_lines, problems=problems
    )


def _end_of_fields(head: list[str]) -> int | None:
    """Return where the text begins if the closing fence is missing and a later rule was taken for it."""
    end = 0
    while end < len(head) and (_FIELD.match(head[end]) or _BULLET.match(head[end]) or not head[end].strip()):
        end += 1
    rest = head[end:]
    if not any(_MARKDOWN.match(line) for line in rest) or any(_is_recovered_field(line) for line in rest):
        return None
    return end


def _is_recovered_field(line: str) -> bool:
    match = _FIELD.match(line)
    return match is not None and match["key"].lower() in _RECOVERED_FIELDS


def _split_unclosed(lines: list[str], first: int) -> FrontMatter:
    end = first + 1
    while end < len(lines) and (_FIELD.match(lines[end]) or _BULLET.match(lines[end])):
        end += 1
    if end == first + 1:
        return _without_front_matter("\n".join(lines))
    head = lines[first + 1 : end]
    message = gettext_noop("The front matter is never closed: put a line of --- after its last field.")
    return FrontMatter(
        raw_fields=_recover_fields(head),
        body="\n".join(lines[end:]),
        body_line=end + 1,
        field_lines=_find_field_lines(head, first + 2),
        problems=(
            make_problem(ProblemCode.OPEN_FRONT_MATTER, message, first + 1),
            *find_repeated_fields(_list_fields(head, first + 2)),
        ),
    )


def _load_fields(head: list[str], fence: str, line: int) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
    try:
        if fence == "+++":
            return _load_toml_fields(head, line)
        text = "\n".join(head)
        fields, written_fields = load_yaml(text), tuple(list_yaml_fields(text, line))
        return _with_whole_title(fields, written_fields, head), tuple(find_repeated_fields(written_fields))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        at, column, why = _explain(error)
        message = gettext_noop(
            "The front matter cannot be read ({why}): put values with quotes or colons in single quotes. "
            "Title, date and categories were saved as far as they could be."
        )
        lost = [text for text in head if text.strip() and not (_FIELD.match(text) or _BULLET.match(text))]
        if lost:
            message = gettext_noop(
                "The front matter cannot be read ({why}): put values with quotes or colons in single quotes. "
                "Title, date and categories were saved as far as they could be. Not understood: {lost}."
            )
        parameters = {"why": why, "lost": quote_whole(" ".join(lost))}
        written = _list_toml_fields(head, line) if fence == "+++" else _list_fields(head, line)
        return _recover_fields(head), (
            make_problem(ProblemCode.BROKEN_FRONT_MATTER, message, line + at, column, **parameters),
            *find_repeated_fields(written),
        )


def _load_toml_fields(head: list[str], line: int) -> tuple[Mapping[str, object], tuple[Problem, ...]]:
    """Load TOML, also with a field several times, which TOML forbids. Raises `ValueError` and `RecursionError`."""
    written = list(_list_toml_fields(head, line))
    try:
        fields = load_toml("\n".join(head))
    except ValueError:
        if not (repeated := tuple(find_repeated_fields(written))):
            raise
        return load_toml("\n".join(_without_repeated(head))), repeated
    names = Counter(name.lower() for name in fields)  # TOML tells `draft` from `Draft`, and we do not
    return fields, tuple(find_repeated_fields(field for field in written if names[field.name] > 1))


def _with_whole_title(
    fields: Mapping[str, object], written_fields: Iterable[WrittenField], head: list[str]
) -> Mapping[str, object]:
    """Give a title back what YAML takes for a comment or no text: `title: Notes #31: slow days`, `title: 1.10`.

    Of several titles the last one counts.
    """
    key = next((key for key in reversed([*fields]) if key.lower() == "title"), "")
    value = fields.get(key)
    lines = [match["value"].strip() for line in head if (match := _FIELD.match(line)) and match["key"] == key]
    written = lines[-1] if lines else ""
    if isinstance(value, int | float | bytes):  # `1.10` is no number here, and `On` no switch
        scalars = {field.name: field.value for field in written_fields}
        return {**fields, key: scalars.get("title", written)}
    if isinstance(value, list | dict) and _is_on_one_line(written):
        return {**fields, key: _unquote(_without_comment(written))}
    shown, sign, rest = written.partition(" #")
    is_cut = bool(sign) and rest[:1].strip() and value == shown.strip()
    return {**fields, key: written} if is_cut else fields


def _is_on_one_line(written: str) -> bool:
    """Whether a value in YAML does not go on in the lines below."""
    return bool(written) and all(written.count(one) == written.count(two) for one, two in ("[]", "{}"))


def _explain(error: Exception) -> tuple[int, int, str]:
    mark = getattr(error, "problem_mark", None)
    why = getattr(error, "problem", None) or str(error).partition("\n")[0] or type(error).__name__
    # python-frontmatter leaves the line end after the fence in front of what it hands over
    return (mark.line - 1, mark.column + 1, why) if mark is not None else (0, 1, why)


def _split_json(text: str, lines: list[str], first: int) -> FrontMatter:
    start = sum(len(line) + 1 for line in lines[:first]) + lines[first].index("{")
    try:
        fields, end = load_json(text, start)
    except (ValueError, RecursionError):
        return _without_front_matter(text)
    return FrontMatter(
        raw_fields=fields,
        body=text[end:],
        body_line=text.count("\n", 0, end) + 1,
        problems=tuple(find_repeated_fields(list_json_fields(text, start))),
    )


def _to_plain_value(value: object) -> object:
    """Return the value in a form that YAML writes and reads back unchanged."""
    if isinstance(value, dict):
        return {str(key): _to_plain_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_plain_value(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _find_field_lines(head: list[str], line: int) -> dict[str, int]:
    return {match["key"].lower(): line + at for at, text in enumerate(head) if (match := _FIELD.match(text))}


def _list_fields(head: list[str], line: int) -> Iterator[WrittenField]:
    """Yield the fields that stand on lines of their own."""
    for at, text in enumerate(head):
        if match := _FIELD.match(text):
            yield WrittenField(match["key"].lower(), line + at, _unquote(_without_comment(match["value"])))


def _list_toml_fields(head: list[str], line: int) -> Iterator[WrittenField]:
    """Yield the fields up to the first table of TOML, whose fields are others; lines within strings are none."""
    return _list_fields(list(takewhile(lambda text: not text.startswith("["), _without_string_lines(head))), line)


def _without_string_lines(head: list[str]) -> list[str]:
    """Return the lines of TOML, empty where a string goes on that began in a line above."""
    inner = {at for first, last in _find_long_strings(head).items() for at in range(first + 1, last + 1)}
    return ["" if at in inner else text for at, text in enumerate(head)]


def _without_repeated(head: list[str]) -> list[str]:
    """Return the lines with the last of each field alone: TOML is refused if there are several."""
    written = list(_list_toml_fields(head, 0))
    last = {field.name: field.line for field in written}
    ends = _find_long_strings(head)
    former = {
        at
        for field in written
        if field.line != last[field.name]
        for at in range(field.line, ends.get(field.line, field.line) + 1)
    }
    return ["" if at in former else text for at, text in enumerate(head)]


def _find_long_strings(head: list[str]) -> dict[int, int]:
    """Map the line on which a string of TOML begins to the one on which it ends, where that is another one."""
    text = "\n".join(head)
    strings, line, counted = {}, 0, 0
    for found in _TOML_STRING_OR_COMMENT.finditer(text):
        if "\n" in found[0] and found[0].endswith(('"', "'")):
            first = line + text.count("\n", counted, found.start())
            line, counted = first + found[0].count("\n"), found.end()
            strings[first] = line
    return strings


def _without_comment(value: str) -> str:
    """Return a value without the comment behind it."""
    quoted = _QUOTED.match(value)
    comment = _COMMENT.search(value, quoted.end() if quoted else 0)
    return value[: comment.start()] if comment else value


def _recover_fields(head: list[str]) -> Mapping[str, object]:
    """Read the fields that we need from broken front matter, line by line."""
    fields: dict[str, object] = {}
    key = ""
    for line in head:
        if match := _FIELD.match(line):
            key = match["key"].lower()
            if key in _RECOVERED_FIELDS and match["value"].strip():
                fields[key] = _recover_value(match["value"])
        elif key in _RECOVERED_FIELDS and (bullet := _BULLET.match(line)):
            listed = fields.setdefault(key, [])
            if isinstance(listed, list):
                listed.append(_unquote(bullet["value"]))
    return fields


def _recover_value(written: str) -> object:
    written = written.strip()
    if written.startswith("[") and written.endswith("]"):
        return [_unquote(part) for part in written[1:-1].split(",") if part.strip()]
    return _unquote(written)


def _unquote(written: str) -> str:
    written = written.strip()
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        return written[1:-1]
    return written.strip("\"'") if written[:1] in ("'", '"') else written


def quote_value(line: str) -> str:
    """Put the value of a field's line, or of a list entry, in single quotes."""
    match = _FIELD.match(line) or _BULLET.match(line)
    if match is None or not match["value"].strip():
        return line
    value = _unquote(match["value"]).replace("'", "''")
    return f"{line[: match.start('value')]}'{value}'"


def parse_category_names(value: object) -> tuple[str, ...]:
    """Parse categories from a list, or from one string with separators; each name once.

    A list within the list names a category and those below it, as Hexo has them: each is one.
    """
    parts = (
        _flatten(value)
        if isinstance(value, list)
        else re.split(r"[,，、;；|]", value)
        if isinstance(value, str)
        else []
    )
    names = (quoteless for part in parts if _is_name(part) and (quoteless := str(part).strip()))
    return tuple(dict.fromkeys(names))


def find_odd_categories(value: object) -> list[object]:
    """Return what is no name of a category among the front matter's."""
    if isinstance(value, list):
        return [part for part in _flatten(value) if part is not None and not _is_name(part)]
    return [] if value is None or isinstance(value, str) else [value]


def odd_categories_problem(value: object, line: int) -> Problem:
    """Make the problem for a category that is no name."""
    message = gettext_noop('Categories should be a list of names, as in ["AI产业", "技术前沿"], not {value}.')
    return make_problem(ProblemCode.ODD_CATEGORIES, message, line, value=quote(show_value(value)))


def show_value(value: object) -> str:
    """Return a field's value as an editor may have written it; what is no single value as JSON, which YAML reads."""
    plain = _to_plain_value(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=_without_json_form)


def _without_json_form(value: object) -> str:
    """Return a value that JSON has no form for: bytes as YAML writes them."""
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _flatten(values: list[object]) -> Iterator[object]:
    for value in values:
        yield from _flatten(value) if isinstance(value, list) else [value]


def _is_name(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
