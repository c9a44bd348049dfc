"""Problems of digests in, a linter's lines out: where, how bad, which, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from digest.model import Digest, Problem, Severity

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def describe(path: str, digest: Digest) -> Iterator[Text]:
    """A digest's problems, a line each, and a line that says what was read."""
    for problem in digest.problems:
        yield _line(path, problem)
    day = digest.date.isoformat() if digest.date else "no date"
    yield Text.assemble(
        (f"{path}: ", "dim"),
        (day, "bold"),
        f" “{digest.title}”, {len(digest.items)} item{'s' * (len(digest.items) != 1)}, "
        f"{'with' if digest.commentary else 'without'} commentary, form {digest.source_form}",
    )


def summarise(digests: Iterable[Digest]) -> Text:
    """How many digests could go out, and how many problems of each level there are."""
    digests = tuple(digests)
    levels = [problem.severity for digest in digests for problem in digest.problems]
    counted = [f"{levels.count(level)} {level.value}{'s' * (levels.count(level) != 1)}" for level in Severity]
    ready = sum(digest.is_publishable for digest in digests)
    return Text(f"{ready} of {len(digests)} digests can be published; {', '.join(counted)}")


def _line(path: str, problem: Problem) -> Text:
    return Text.assemble(
        (f"{path}:{problem.line}:{problem.column}: ", "bold"),
        (problem.severity.value, _COLOURS[problem.severity]),
        f" {problem.message} ",
        (f"[{problem.code}]", "dim"),
    )
