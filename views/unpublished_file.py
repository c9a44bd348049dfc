"""The message to bot admins about a file that cannot be published: where, what and how to fix it."""

from __future__ import annotations

from datetime import date

from digest.model import Digest, Severity
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, format_text, join
from views.problem_lines import problem_line

_SHOWN_PROBLEMS = 8
"""Problems in one message; `digestbot check` lists all."""


def unpublished_file_notice(file: str, digest: Digest, translate: Translator, today: date) -> Message:
    """Return the message with the errors of a file that was not published."""
    errors = [problem for problem in digest.problems if problem.severity is Severity.ERROR]
    paragraphs = [
        format_text(translate("⚠️ {file} was not published."), {"file": bold(file)}),
        *(problem_line(problem, translate, today) for problem in errors[:_SHOWN_PROBLEMS]),
        Text(translate("What was published before stays as it is. Correct the file and save it again.")),
    ]
    return Message(join("\n\n", paragraphs))
