"""Commands that use a few settings only work while others are wrong: the bot runs with what it read at its start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.health import ProcessHealth
from bot.settings import Settings, load_settings
from bot.status_socket import serve_status
from tests.bot.test_cli import call
from tests.databases import write_blank_file

pytestmark = pytest.mark.sqlite

TOKEN = "BOT_TOKEN=1:first-loopback-token\n"
DATABASE = "DATABASE=bot.db\n"
COMMANDS = {
    "backup": ("backup", "copy.db"),
    "fleet": ("fleet",),
    "audit": ("audit",),
    "bots list": ("bots", "list"),
    "restore": ("restore", "backup.db"),
}
ELSEWHERE = (
    f"{TOKEN}{DATABASE}MORNING=99\n",
    f"BOT_TOKEN=\n{DATABASE}",
    f"{TOKEN}{DATABASE}MORNNIG=07:00\n",
    f"{TOKEN}{DATABASE}RATE=fast\nMORNING=99\n",
)
AT_THE_DATABASE = (
    f"{TOKEN}DATABSE=bot.db\n",
    f"{TOKEN}{DATABASE}DATABASE=other.db\n",
    f"{TOKEN}DATABASE bot.db\n",
    f"{TOKEN}ＤＡＴＡＢＡＳＥ＝bot.db\n",
    f"{TOKEN}DATABASE=.\nDIGESTS=.\n",
)


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    for name in ("bot.db", "backup.db"):
        asyncio.run(write_blank_file(Path(name)))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("env", ELSEWHERE)
def test_error_in_a_setting_that_is_not_used_is_a_warning(command: str, env: str) -> None:
    Path(".env").write_text(env)
    shown = call(*COMMANDS[command])
    assert shown.returncode == 0
    assert shown.stdout
    assert shown.stderr.count("digestbot: the bot could not start again: ") == max(1, env.count("RATE") * 2)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("env", AT_THE_DATABASE)
def test_error_that_may_be_about_the_database_is_refused(command: str, env: str) -> None:
    Path(".env").write_text(env)
    shown = call(*COMMANDS[command])
    assert (shown.returncode, shown.stdout) == (ExitCode.SETTINGS, "")
    assert "could not start again" not in shown.stderr


def test_misspelt_variable_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(TOKEN + DATABASE)
    monkeypatch.setenv("DIGESTBOT_DATABASE", "other.db")
    assert call("backup", "copy.db").returncode == ExitCode.SETTINGS


def test_command_that_uses_more_settings_is_refused() -> None:
    Path(".env").write_text(f"{TOKEN}{DATABASE}hello\n")
    assert call("bots", "pause", "main").returncode == ExitCode.SETTINGS


async def test_status_asks_the_bot_whatever_is_wrong_with_its_token() -> None:
    Path(".env").write_text(TOKEN + DATABASE)
    health = ProcessHealth("all")
    health.startup = None
    async with serve_status(load_settings(), health):
        Path(".env").write_text(f"BOT_TOKEN=\n{DATABASE}MORNING=99\n")
        shown = await asyncio.to_thread(call, "status")
    assert shown.returncode == 0
    assert shown.stdout.startswith("✓ digestbot ")
    assert "the bot could not start again: BOT_TOKEN: " in shown.stderr
    assert "the bot could not start again: MORNING: " in shown.stderr.replace("\n  ", " ")


def test_wrong_time_zone_ends_a_command_only_if_its_days_depend_on_it() -> None:
    """`audit` takes days of that zone; `fleet` and `status` name the zone of each time, and work meanwhile."""
    Path(".env").write_text(f"{TOKEN}{DATABASE}TIMEZONE=Nowhere\n")
    shown = call("fleet")
    assert shown.returncode == 0
    assert f"since ({Settings.model_fields['timezone'].default})" in shown.stdout
    assert "the bot could not start again: TIMEZONE: " in shown.stderr
    assert "the bot could not start again: TIMEZONE: " in call("status").stderr
    assert call("audit").returncode == ExitCode.SETTINGS
