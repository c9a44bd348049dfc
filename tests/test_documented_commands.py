"""The commands of the documentation: the program, the Makefile and the units have what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) if page.parent.name != "decisions")
"""Pages that tell what to do now; a changelog and decisions tell what was."""

COMPOSE_FILES = sorted((ROOT / "deploy").rglob("compose*.yaml"))
UNITS = sorted((ROOT / "deploy" / "systemd").glob("digestbot*"))
PROGRAM = typer.main.get_command(app)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

FOREIGN_VARIABLES = {"ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "PGPASSFILE", "PYTHON", "TMPDIR"}
"""Variables of the environment that the documentation sets and that are no settings."""


CALL = re.compile(
    r"(?:^|[;&|(])\s*(?:\$ )?(?:sudo (?:-\S+ \S+ )*|[a-z]+ exec (?:-\S+ )*\S+ |(?:[A-Z_]+=\S* )+)?"
    r"(?:[\w./~-]*/)?digestbot +([^|;&>#)]+)"
)
"""A call of the program in a shell: after other commands, by its path, as another user or in a container."""


def _code(page: Path) -> Iterator[str]:
    """Yield the lines of a page's code blocks, and its code spans."""
    text = page.read_text(encoding="utf-8")
    block = re.compile(r"^( *)```[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
    for found in block.finditer(text):
        yield from found[2].replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", block.sub("", text))


def _call_errors(line: str) -> Iterator[str]:
    """Yield what a line says to `digestbot` that it does not know: a command or an option."""
    for found in CALL.finditer(line):
        command, words = PROGRAM, found[1].split()
        while words and isinstance(command, TyperGroup) and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if isinstance(command, TyperGroup) and words and re.fullmatch(r"[a-z][a-z-]+", words[0]):
            yield f"no command: {words[0]}"
            continue
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", " ".join(words)):
            if option not in known | {"--help"}:
                yield f"{command.name} has no option {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documented_calls_of_the_program_are_understood(page: Path) -> None:
    errors = [f"{line}: {error}" for line in _code(page) for error in _call_errors(line)]
    assert errors == []


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("sudo -u digestbot digestbot send 2026-11-24 --now", None),
        ("podman exec bot digestbot bots add tech --token-file tech.token", None),
        ("digestbot serve", "no command: serve"),
        ("/opt/digestbot/bin/digestbot run --port 8", "run has no option --port"),
        ("digestbot bots forget tech", "no command: forget"),
        ("digestbot check day.md && digestbot check --mend day.md", "check has no option --mend"),
    ],
)
def test_unknown_calls_are_found(line: str, error: str | None) -> None:
    assert list(_call_errors(line)) == ([] if error is None else [error])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documented_make_targets_exist(page: Path) -> None:
    named = {
        word
        for line in _code(page)
        for words in re.findall(r"(?:^|[;&] *)make((?: +[a-z-]+)+)", line)
        for word in words.split()
    }
    assert named <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documented_units_exist(page: Path) -> None:
    lines = list(_code(page))
    named = {unit for line in lines for unit in re.findall(r"digestbot[\w@-]*\.(?:service|timer)(?!\.d\b)", line)}
    made = {unit for line in lines for unit in re.findall(r"> /etc/systemd/system/(\S+)", line)}
    assert named <= made | {unit.name for unit in UNITS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documented_variables_are_settings(page: Path) -> None:
    set_in = re.compile(r"(?:^|export |env |-e |--env )([A-Z][A-Z_]+)=")
    named = {name for line in _code(page) for name in set_in.findall(line.strip())}
    used = {name for file in COMPOSE_FILES for name in re.findall(r"\$\{([A-Z_]+)", file.read_text(encoding="utf-8"))}
    assert named <= {name.upper() for name in Settings.model_fields} | used | FOREIGN_VARIABLES
