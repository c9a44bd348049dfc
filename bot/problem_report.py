"""Problem reports of `digestbot check` for the terminal: position, severity, message and code per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from digest.model import Digest, Problem, Severity
from domain.file_names import shown_name

_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def report_lines(path: str, digest: Digest) -> Iterator[Text]:
    """Yield a line per problem of the digest, and a summary of what was read."""
    path = shown_name(path)
    for problem in digest.problems:
        yield _problem_line(path, problem)
    day = str(digest.date) if digest.date else "no date"
    yield Text.assemble(
        (f"{path}: ", "dim"),
        (day, "bold"),
        f" “{digest.title}”, {len(digest.items)} item{'s' * (len(digest.items) != 1)}, "
        f"{'with' if digest.commentary else 'without'} commentary, form {digest.source_form}",
    )


def summary_line(digests: Iterable[Digest]) -> Text:
    """Return how many digests can be published, and the number of problems of each severity."""
    digests = tuple(digests)
    severities = [problem.severity for digest in digests for problem in digest.problems]
    counted = [f"{severities.count(level)} {level.value}{'s' * (severities.count(level) != 1)}" for level in Severity]
    ready = sum(digest.is_publishable for digest in digests)
    return Text(f"{ready} of {len(digests)} digests can be published; {', '.join(counted)}")


def _problem_line(path: str, problem: Problem) -> Text:
    return Text.assemble(
        (f"{path}:{problem.line}:{problem.column}: ", "bold"),
        (problem.severity.value, _SEVERITY_STYLES[problem.severity]),
        f" {problem.message} ",
        (f"[{problem.code}]", "dim"),
    )
