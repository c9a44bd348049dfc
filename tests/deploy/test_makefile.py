"""The Makefile's first steps, where they fail on a machine that lacks something."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/sh
[ "$1" = -c ] && exit 0
echo "$@" >> asked
mkdir -p .venv/bin
exit 1
"""
"""A Python as Debian has it without python3-venv: it makes half an environment, and fails."""


def test_half_made_environment_is_made_again(tmp_path: Path) -> None:
    """Whoever installs what was missing, and repeats the command, gets a whole one."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    command = ("make", "install", "PYTHON=./python")
    for _attempt in range(2):
        ended = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"]}, check=False, timeout=60)
        assert ended.returncode == 2
    assert (tmp_path / "asked").read_text() == "-m venv .venv\n" * 2
