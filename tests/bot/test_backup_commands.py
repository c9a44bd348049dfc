"""`digestbot backup` and `restore`: where a backup goes, and what to do on PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.backup_commands import run_backup
from bot.exit_code import ExitCode
from bot.settings import Settings
from tests.bot.test_cli import call, flat
from tests.databases import write_blank_file

TOKEN = "4242:" + "a" * 35


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_backup_into_a_folder_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(write_blank_file(tmp_path / "bot.db"))
    settings = {"BOT_TOKEN": TOKEN, "DATABASE": "bot.db"}
    assert call("backup", "new/backups/", **settings).returncode == 0
    (written,) = (tmp_path / "new" / "backups").iterdir()
    assert written.name.startswith("bot-2")
    refused = call("backup", f"{written}/", **settings)
    assert refused.returncode == ExitCode.FAILURE
    assert f"no backup was written: {written} cannot be used" in flat(refused.stderr)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_commands_of_postgresql_can_be_pasted(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.db").touch()
    url = "postgresql://news:hush@db.example/news?sslmode=require&connect_timeout=3"
    shown = call(command, "x.db", BOT_TOKEN=TOKEN, DATABASE=url)
    assert shown.returncode == ExitCode.FAILURE
    option = "--dbname=" if command == "restore" else "--file=digestbot.dump "
    assert f"{option}'{url.replace(':hush', '')}'" in flat(shown.stderr)


def test_moved_file_is_not_backed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its bot goes on elsewhere: a nightly backup that succeeded would hold no new subscriber."""
    asyncio.run(write_blank_file(tmp_path / "bot.db"))
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection, connection:
        connection.execute("INSERT INTO kv (bot_id, name, value) VALUES (1, 'moved_to', 'postgresql://db.example/x')")
    assert run_backup(tmp_path / "bot.db", tmp_path / "copy.db") == ExitCode.FAILURE
    assert "bot.db was moved to postgresql://db.example/x: set DATABASE to" in capsys.readouterr().err
    assert not (tmp_path / "copy.db").exists()
