"""Commands that write to a full disk, also while a bot runs: one line that says so, and nothing is changed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.settings import Settings
from domain.delivery.states import BotState
from storage import bots, digests
from storage.sqlite import database
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from tests.bot.test_cli import call
from tests.bot.test_send_command import DAY, prepare

pytestmark = pytest.mark.sqlite

TOKENS = {"BOT_TOKEN": "1:first-loopback-token", "BOT_TOKEN_TECH": "2:second-loopback-token"}
LINE = "bot.db cannot be opened (the disk is full): free some space there"


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, token in TOKENS.items():
        monkeypatch.setenv(name, token)
    monkeypatch.setenv("DATABASE", "bot.db")


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory on a disk of its own, which has little room."""
    if os.getuid():
        pytest.skip("only root can mount a small disk")
    (folder := tmp_path / "small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3000k", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    monkeypatch.chdir(folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> None:
    """Take all the room of a disk."""
    with (folder / "filler").open("ab", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


async def check_unchanged() -> None:
    opened = await SqliteDatabase.open(Path("bot.db"))
    async with opened.read() as tx:
        assert [(bot.name, bot.state) for bot in await bots.get_all(tx)] == [("main", BotState.RUNNING)]
        assert not await digests.is_withdrawn(tx, DAY)
    await opened.close()


def test_command_beside_a_bot_on_a_full_disk_is_one_line(small_disk: Path) -> None:
    asyncio.run(prepare(Path("bot.db")))
    (small_disk / "chats.csv").write_text("chat_id\n4201\n")
    commands = (
        "bots pause main",
        "bots drain main",
        "import chats.csv --write",
        f"send {DAY} --now",
        f"withdraw {DAY} --yes",
        "bots add tech --digests tech --token-variable BOT_TOKEN_TECH",
    )
    with database_lock(Path("bot.db")), closing(sqlite3.connect("bot.db")) as running:
        running.execute("SELECT * FROM bots").fetchall()
        fill(small_disk)
        for command in commands:
            shown = call(*command.split(), COLUMNS="500")
            assert shown.stderr == f"digestbot: DATABASE: the database {LINE}\n", command
            assert (shown.returncode, shown.stdout) == (ExitCode.CANNOT_WRITE, ""), command
        (small_disk / "filler").unlink()
        asyncio.run(check_unchanged())
        for command in commands:
            assert call(*command.split()).returncode == 0, command


def test_import_that_finds_no_pages_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(prepare(Path("bot.db")))
    Path("chats.csv").write_text("chat_id\n" + "".join(f"{number}\n" for number in range(1, 5000)))
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "max_page_count = 5"))
    shown = call("import", "chats.csv", "--write", COLUMNS="500")
    assert (shown.returncode, shown.stderr) == (ExitCode.CANNOT_WRITE, f"digestbot: DATABASE: the database {LINE}\n")


def test_undone_move_that_cannot_write_its_mark_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(prepare(Path("bot.db")))
    with closing(sqlite3.connect("bot.db")) as connection, connection:
        connection.execute("INSERT INTO kv (bot_id, name, value) VALUES (1, 'moved_to', 'postgresql://db.example/x')")
    Path("bot.db.mark").symlink_to("/dev/full")
    shown = call("move", "--undo", COLUMNS="500")
    assert (shown.returncode, shown.stderr) == (
        ExitCode.CANNOT_WRITE,
        f"digestbot: DATABASE: the database {tmp_path}/{LINE}\n",
    )


@pytest.mark.parametrize("command", ["resume --after-restore", "bots pause main"])
def test_database_that_takes_no_writes_is_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(prepare(Path("bot.db")))
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "query_only = ON"))
    shown = call(*command.split(), COLUMNS="500")
    assert "bot.db cannot be opened (attempt to write a readonly database): make the file and its" in shown.stderr
    assert (shown.returncode, shown.stderr.count("\n")) == (ExitCode.CANNOT_WRITE, 1)
