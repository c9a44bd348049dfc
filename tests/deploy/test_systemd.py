"""The units for systemd: they are valid, hardened as the docs say, and fit the exit codes, paths and commands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
INSTALLED = "/opt/digestbot/.venv/bin/digestbot"
MENDED_BY_PEOPLE_ONLY = {ExitCode.USAGE, ExitCode.DATABASE_UNREADABLE, ExitCode.TOKEN_REFUSED, ExitCode.SETTINGS}
"""Failures that starting again cannot mend."""

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def unit(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    assert parser.read(UNITS / name, encoding="utf-8")
    return parser


def analyze(*arguments: str | Path) -> str:
    """Run `systemd-analyze` and return what it says; fail if it finds a fault."""
    ended = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@needs_systemd
def test_units_are_valid(tmp_path: Path) -> None:
    """Its program need not be installed for that, and the unit of the roles is made as the docs say."""
    script = re.search(r"sed '(.+)' /opt/digestbot/(deploy/systemd/digestbot.service) >", PAGE)
    assert script is not None
    roles = subprocess.run(["sed", script[1], ROOT / script[2]], capture_output=True, text=True, check=True).stdout
    assert f"ExecStart={INSTALLED} run --role %i\n" in roles
    texts = {path.name: path.read_text(encoding="utf-8") for path in UNITS.iterdir()} | {"digestbot@.service": roles}
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(INSTALLED, sys.executable), encoding="utf-8")
    assert len(texts) == 4
    said = analyze("verify", *(tmp_path / name.replace("@", "@send") for name in texts))
    assert not said


@needs_systemd
@pytest.mark.parametrize(("name", "description"), [("digestbot", "the bot"), ("digestbot-backup", "its backup")])
def test_documented_score_is_reached(name: str, description: str) -> None:
    documented = re.search(rf"{description} ([\d.]+)[ ,]", PAGE)
    assert documented is not None
    score = re.search(
        r"exposure level for \S+: ([\d.]+)", analyze("security", "--offline=yes", UNITS / f"{name}.service")
    )
    assert score is not None
    assert float(score[1]) <= float(documented[1])


def test_bot_is_started_again_unless_only_people_can_mend_it() -> None:
    service, page = unit("digestbot.service")["Service"], PAGE.split("### As a service\n")[1]
    codes = service["RestartPreventExitStatus"].split()
    assert codes == [str(code.value) for code in sorted(MENDED_BY_PEOPLE_ONLY)]
    assert f"After {', '.join(codes[:-1])} and {codes[-1]} it is not" in page
    assert service["Restart"] == "on-failure"
    assert unit("digestbot.service")["Unit"]["StartLimitIntervalSec"] == "0"


def test_backups_are_kept_as_long_as_the_page_says() -> None:
    text = (UNITS / "digestbot-backup.service").read_text(encoding="utf-8")
    older_than = re.search(r"-mtime \+(\d+) -delete$", text, re.MULTILINE)
    assert older_than is not None
    days = int(older_than[1]) + 1
    assert f"\nSet `BACKUP_DAYS={days}`" in PAGE
    assert f"more than {days} days" in text
    assert "backup_days" in Settings.model_fields


def test_commands_of_the_page_make_what_the_units_name() -> None:
    """Six lines lead from nothing to a running service."""
    lines = re.findall(r"```\n(useradd .+?)```", PAGE, re.DOTALL)[0].splitlines()
    assert len(lines) == 6
    for name in ("digestbot.service", "digestbot-backup.service"):
        service = unit(name)["Service"]
        assert f" {service['User']}" in lines[0]
        assert f"--home-dir {service['WorkingDirectory']} " in lines[0]
        assert lines[1].endswith(f" {service['WorkingDirectory']}/.env")
    assert f"runuser -u digestbot -- {INSTALLED} doctor" in lines[3]
    enabled = lines[5].removeprefix("systemctl enable --now ").split()
    installable = [path.name for path in UNITS.iterdir() if path.suffix != ".md" and "[Install]" in path.read_text()]
    assert sorted(enabled) == sorted(installable)
