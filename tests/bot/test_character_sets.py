"""The command line on terminals whose character set lacks some of its characters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from tests.bot.test_cli import BROKEN, NEWEST, ROOT
from tests.waiting import PATIENCE

CHARACTER_SETS = ("gbk", "big5", "latin-1")
DIGEST = "---\ndate: 2026-11-30\n---\n\n# 🦀 Rüst 新聞\n\n1. [🦀 发布了新版本](https://example.org/)\n\n   正文。\n"


def call_in(encoding: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process whose standard streams have a character set."""
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", *map(str, arguments)],
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "LANG": "zh_CN"},
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("encoding", CHARACTER_SETS)
def test_lacking_characters_are_replaced(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "colourful.md").write_text(DIGEST, encoding="utf-8")
    calls = [
        (ExitCode.SUCCESS, ("--help",)),
        (ExitCode.FAILURE, ("check", tmp_path / "broken.md", NEWEST)),
        (ExitCode.SUCCESS, ("check", "--explain", tmp_path / "colourful.md")),
        (ExitCode.SUCCESS, ("preview", "--layout", "full", tmp_path / "colourful.md")),
        (ExitCode.USAGE, ("check", "--zone", "Mars", NEWEST)),
        (ExitCode.SETTINGS, ("run",)),
    ]
    for expected, arguments in calls:
        shown = call_in(encoding, *arguments)
        text = (shown.stdout + shown.stderr).decode(encoding)
        assert shown.returncode == expected, text
        assert text
        assert "Traceback" not in text
        assert r"\u" not in text
    plain = call_in("latin-1", "check", tmp_path / "broken.md").stdout.decode("latin-1")
    assert plain.startswith("x ")


def test_what_programs_read_loses_no_character(tmp_path: Path) -> None:
    (tmp_path / "colourful.md").write_text(DIGEST, encoding="utf-8")
    as_json = call_in("gbk", "check", "--json", tmp_path / "colourful.md").stdout.decode("gbk")
    assert json.loads(as_json)["items"][0]["headline"].startswith("🦀")
    assert call_in("gbk", "format", tmp_path / "colourful.md").stdout == (
        call_in("utf-8", "format", tmp_path / "colourful.md").stdout
    )
