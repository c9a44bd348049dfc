"""The command line prints foreign text so that it neither steers the terminal nor forges or reorders a line."""

from __future__ import annotations

import ast
import io
import json
from pathlib import Path

import pytest
from rich.text import Text

from bot.cli import _COMMANDS_ON_FILES
from bot.exit_code import ExitCode
from bot.printing import PrintableConsole
from bot.startup_errors import StartupError, error_lines
from domain.printable import json_printable, printable, printable_line
from tests.bot.test_cli import ROOT, call
from tests.hostile_text import HOSTILE_CHARACTERS, hostile_in

NAME = "a\x1b[2J\u202edm.\n\x9b31m\r.md"
ESCAPES = r"\e[31m\a\u202e\u2066\x9b\x7f\0\r"
YAML = f'---\ntitle: "T{ESCAPES}"\ndate: 2025-09-12\ncategories: ["c{ESCAPES}"]\nauthor: "a{ESCAPES}"\n---\n'
JSON = r'{"title": "T\u001b[31m\u0007\u202e\u2066\u009b\u007f\r", "date": "2025-09-12", "author": "\u001b]0;t\u0007"}'
BODY = (
    "\n1. [H\x1b[31m\x00\x9b\u202e](https://example.org/\x1b[2J)\n"
    "\n    Text \x1b]0;t\x07 \u2066 \x85\u2028.\n\n2. Two \r over\n"
)
CALLS = {
    "check": (("--json",), ("--explain",), ("--diff",), ("--fix",), ()),
    "preview": (("--json",), ("--layout", "rich"), ("--lang", "en"), ("--category", "no\x1b[2Jsuch"), ()),
    "publish": ((), ("--folder", "no\x1b[2J folder")),
    "format": ((),),
}


def test_each_command_on_files_is_called() -> None:
    assert set(CALLS) == set(_COMMANDS_ON_FILES)


@pytest.mark.parametrize("head", [YAML, JSON], ids=["YAML", "JSON"])
@pytest.mark.parametrize("command", CALLS)
def test_commands_print_no_control_characters(command: str, head: str, tmp_path: Path) -> None:
    (tmp_path / "digests").mkdir()
    for options in CALLS[command]:
        path = tmp_path / NAME
        path.write_bytes((head + BODY).encode())
        folder = ("--folder", tmp_path / "digests") if command == "publish" and not options else ()
        shown = call(command, *options, *folder, path)
        assert shown.stdout + shown.stderr
        assert hostile_in(shown.stdout + shown.stderr) == set(), options
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize("command", CALLS)
def test_unreadable_file_prints_no_control_characters(command: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.symlink_to(Path("/proc/self/mem"))
    shown = call(command, path)
    assert shown.returncode == ExitCode.FAILURE
    assert hostile_in(shown.stderr) == set()
    assert len(shown.stderr.splitlines()) == 1


def test_console_escapes_every_hostile_character() -> None:
    printed = io.StringIO()
    console = PrintableConsole(file=printed, force_terminal=True, color_system=None, width=4000)
    console.print(Text(HOSTILE_CHARACTERS, "red"), soft_wrap=True)
    assert hostile_in(printed.getvalue()) == set()
    assert "\\x9b" in printed.getvalue()


def test_errors_of_a_start_are_one_printable_line_each() -> None:
    errors = [StartupError(f"DIGESTS: {HOSTILE_CHARACTERS}", ExitCode.SETTINGS)] * 2
    lines = list(error_lines(errors))
    assert len(lines) == 3
    assert hostile_in("".join(lines)) == set()


def test_escapes_keep_other_text_and_json_its_value() -> None:
    ordinary = "全球 AI\u3000新闻\xa0👨\u200d👩\u200d👧 café\n\tx"
    assert printable(ordinary) == ordinary
    assert printable_line(ordinary) == ordinary.replace("\n", "\\n").replace("\t", "\\t")
    assert hostile_in(printable(HOSTILE_CHARACTERS) + printable_line(HOSTILE_CHARACTERS)) == {"\t"}
    encoded = json_printable(json.dumps([HOSTILE_CHARACTERS, ordinary], ensure_ascii=False))
    assert hostile_in(encoded) == set()
    assert json.loads(encoded) == [HOSTILE_CHARACTERS, ordinary]


def test_no_command_has_another_console() -> None:
    consoles = [
        f"{path.name}:{node.lineno}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Console"
    ]
    assert consoles == []
