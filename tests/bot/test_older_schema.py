"""Commands between an upgrade of the program and the restart of the bot: they leave the migration to the start."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.health import ProcessHealth
from bot.settings import Settings, load_settings
from bot.status_socket import serve_status
from storage.migrate import LATEST_REVISION
from storage.sqlite.lock import database_lock
from tests.bot.test_cli import Shown, call
from tests.databases import on_postgresql, open_database, postgresql_address, sql

OLDER = "0001"
LOOKING = (
    ("fleet",),
    ("audit",),
    ("bots", "list"),
    ("send", "2026-11-27"),
    ("withdraw", "2026-11-27"),
    ("import", "chats.csv"),
    ("fleet", "--json"),
    ("audit", "--json"),
)
WRITING = (("bots", "pause", "main"), ("withdraw", "2026-11-27", "--undo"), ("import", "chats.csv", "--write"))
"""Commands that need no more than what they are given here."""


def names(commands: tuple[tuple[str, ...], ...]) -> list[str]:
    return ["-".join(command) for command in commands]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an installation that has a database with an older schema."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    database = postgresql_address(Path("bot.db")).url if on_postgresql() else "bot.db"
    Path(".env").write_text(f"BOT_TOKEN=1:first-loopback-token\nDATABASE={database}\nSTATE_FOLDER=.\n")
    Path("chats.csv").write_text("chat_id\n4\n")
    asyncio.run(set_schema(OLDER))
    return load_settings()


async def set_schema(schema: str) -> None:
    database = await open_database(Path("bot.db"), own=False)
    async with database.write() as tx:
        await sql(tx, "UPDATE alembic_version SET version_num = ?", schema)
    await database.close()


async def ask(*arguments: str) -> Shown:
    return await asyncio.to_thread(call, *arguments, COLUMNS="400")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[ProcessHealth]:
    """Have a process that works on the database and answers, as the bot of the former version does."""
    health = ProcessHealth("all")
    health.startup = None
    if not isinstance(settings.database, Path):
        async with serve_status(settings, health):
            yield health
        return
    with database_lock(settings.database):
        async with serve_status(settings, health):
            yield health


@pytest.mark.parametrize("command", LOOKING, ids=names(LOOKING))
async def test_looking_command_leaves_the_schema(settings: Settings, command: tuple[str, ...]) -> None:
    """Only the schema is told: a command that migrated would tell something else at its second call."""
    for _ in range(2):
        shown = await ask(*command)
        assert (shown.returncode, shown.stdout) == (ExitCode.DATABASE_UNREADABLE, "")
        expected = (
            f"the database has the older schema {OLDER}, and this program {LATEST_REVISION}: digestbot run migrates"
        )
        assert expected in shown.stderr


async def test_status_of_a_stopped_bot_leaves_the_schema(settings: Settings) -> None:
    for _ in range(2):
        shown = await ask("status")
        assert shown.returncode == ExitCode.DATABASE_UNREADABLE
        assert f"the older schema {OLDER}" in shown.stderr


async def test_status_shows_the_running_process_of_an_older_version(settings: Settings) -> None:
    async with running(settings):
        shown, as_json = await ask("status"), await ask("status", "--json")
    assert (shown.returncode, as_json.returncode) == (0, 0)
    assert shown.stdout.startswith("✓ digestbot ")
    assert "older" in shown.stderr
    assert "restart it" in shown.stderr
    [process] = json.loads(as_json.stdout)["processes"]
    assert process["checks"] == {}


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [*LOOKING, *WRITING], ids=names((*LOOKING, *WRITING)))
async def test_command_beside_an_older_process_says_restart(settings: Settings, command: tuple[str, ...]) -> None:
    async with running(settings):
        shown = await ask(*command)
    assert (shown.returncode, shown.stdout) == (ExitCode.DATABASE_UNREADABLE, "")
    assert shown.stderr == (
        f"digestbot: DATABASE: the running bot is of an older version (its database has schema {OLDER}, this program "
        f"{LATEST_REVISION}): restart it\n"
    )


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [*LOOKING, *WRITING], ids=names((*LOOKING, *WRITING)))
async def test_command_beside_a_process_without_its_file_asks_status(
    settings: Settings, command: tuple[str, ...]
) -> None:
    async with running(settings):
        Path("bot.db").rename("elsewhere.db")
        shown = await ask(*command)
    path = Path("bot.db").absolute()
    assert (shown.returncode, shown.stdout) == (ExitCode.DATABASE_UNREADABLE, "")
    assert shown.stderr == (
        f"digestbot: DATABASE: the database of the running process is gone ({path}); what to do: digestbot status\n"
    )
    assert not path.exists()


@pytest.mark.sqlite
def test_first_look_at_an_import_makes_no_database(settings: Settings) -> None:
    Path("bot.db").unlink()
    shown = call("import", "chats.csv")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "  new                         1  would be subscribed\n" in shown.stdout
    assert sorted(path.name for path in Path().iterdir()) == [".env", "chats.csv"]


@pytest.mark.sqlite
async def test_status_beside_a_locked_database_shows_the_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process answers does not depend on the database."""
    async with running(settings):
        Path("bot.db").write_bytes(b"no database" * 100)
        shown = await ask("status")
    assert shown.returncode == ExitCode.FAILURE
    assert shown.stdout.startswith("✓ digestbot ")
    assert "file is not a database" in shown.stderr
