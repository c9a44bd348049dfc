"""Problems of a digest as editors see them in a message: where, what and how to fix it, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from digest.model import Digest, Problem, Severity
from digest.problems import ProblemCode
from domain.chat.i18n import Translator
from domain.chat.text import Style, Text, format_text, join

_SHOWN_PROBLEMS = 8
"""Problems in one message; `digestbot check` lists all."""


def problem_lines(digest: Digest, translate: Translator, today: date) -> Iterator[Text]:
    """Yield a line for each of the first problems, and one for how many there are beyond, or that there are none."""
    problems = [problem for problem in digest.problems if problem.severity is not Severity.INFO]
    if any(problem.code == ProblemCode.BAD_DATE.code for problem in problems):  # which says what to write instead
        problems = [problem for problem in problems if problem.code != ProblemCode.NO_DATE.code]
    for problem in problems[:_SHOWN_PROBLEMS]:
        yield join("", ("⚠️ ", problem_line(problem, translate, today)))
    left_out = len(problems) - _SHOWN_PROBLEMS
    if left_out > 0:
        yield Text(translate.ngettext("… and {n} more", "… and {n} more", left_out).format(n=left_out))
    if not problems:
        yield Text("✅ " + translate("No warnings."))


def problem_line(problem: Problem, translate: Translator, today: date | None = None) -> Text:
    """Return a problem with its place, and below it what stands there; examples in it are of the reader's day."""
    told = format_text(
        translate("Line {line}, column {column}: {problem}"),
        {"line": problem.line, "column": problem.column, "problem": problem.translated(translate, today)},
    )
    return told + "\n" + Text(problem.excerpt).styled(Style.CODE) if problem.excerpt else told
