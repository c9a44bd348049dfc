"""The upgrade from the last release, with data in the database, to programs with more migrations, and the way back.

The last release is the newest tag; as long as there is none, it is this program. The next ones are this program with
migrations that the test adds.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.settings import Settings
from emulator.client import EmulatorClient, spawn_emulator
from storage.database import Database
from storage.migrate import LATEST_REVISION
from tests.bot.harness import BotInstallation
from tests.databases import on_postgresql, open_database, postgresql_address
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
ALL_THERE = "  subscribed already          3  stay as they are"
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{added}"
down_revision = "{latest}"
branch_labels = None
depends_on = None
oldest_program = "{oldest}"


def upgrade() -> None:
    op.add_column("subscribers", sa.Column("motto_{added}", sa.Text(), nullable=True))
    op.execute("UPDATE subscribers SET motto_{added} = 'early bird'")
"""
RECIPIENTS = 90
EDITION = """---
title: The day
date: {published}
---

Good morning.

---

1. [A first thing](https://example.org/1)

    It happened.

2. [A second thing](https://example.org/2)

    It did not.
"""
CHATS = "chat_id,language,zone,time\n4201,en,Europe/Berlin,06:30\n4202,zh,,\n4203,,Asia/Tokyo,\n"

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with spawn_emulator() as found:
        yield found


@dataclass(frozen=True, slots=True)
class Program:
    """A version of the program, run from its own folder on one database."""

    tree: Path
    database: str

    def call(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        others = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        own = {"BOT_TOKEN": "1:first-loopback-token", "DATABASE": self.database, "COLUMNS": "200"}
        command = [sys.executable, "-c", "from bot.cli import main; main()", *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.tree, env=others | own, capture_output=True, text=True, check=False, timeout=120
        )

    def import_again(self, chats: Path) -> str:
        """Return what an import of the same chats says of them, which opens the database and changes no chat."""
        ended = self.call("import", chats)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout


def write_release(folder: Path) -> None:
    """Write the program of the newest tag, or this one if there is none."""
    tags = _git("tag", "--list", "v*", "--sort=-version:refname").stdout.decode().split()
    if tags:
        folder.mkdir()
        with tarfile.open(fileobj=io.BytesIO(_git("archive", tags[0]).stdout)) as archive:
            archive.extractall(folder, filter="data")
    else:
        write_this(folder)


def write_this(folder: Path) -> None:
    """Write the packages of this program."""
    for package in ROOT.glob("*/__init__.py"):
        if package.parent.name not in ("tests", "benchmarks", "deploy"):
            shutil.copytree(package.parent, folder / package.parent.name)  # with what Python has compiled


@asynccontextmanager
async def running(program: Program, installation: BotInstallation) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a version's bot over an installation's database and digests until it has called; kill it at the end."""
    known = len(await installation.emulator.calls("getUpdates"))
    with (installation.folder / f"{program.tree.name}.log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from bot.cli import main; main()", "run"),
            cwd=program.tree,
            env=installation.environment(PYTHONPATH=str(program.tree), RATE="20"),
            stdout=log,
            stderr=log,
        )
    try:
        await wait_until(
            lambda: installation.emulator.calls("getUpdates"),
            lambda calls: len(calls) > known or bot.returncode is not None,
        )
        assert bot.returncode is None, installation.log
        yield bot
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()


def add_migration(tree: Path, number: int, *, oldest: str) -> str:
    """Add a migration after the release's, whose schema needs a program that knows `oldest`; return its revision."""
    latest, added = (f"{int(LATEST_REVISION) + more:04}" for more in (number - 1, number))
    (tree / "storage" / "migrations" / "versions" / f"{added}_motto.py").write_text(
        MIGRATION.format(added=added, latest=latest, oldest=oldest)
    )
    file = tree / "storage" / "migrate.py"
    source = re.sub(r'^LATEST_REVISION = ".*"$', f'LATEST_REVISION = "{added}"', file.read_text(), flags=re.MULTILINE)
    file.write_text(re.sub(r'^OLDEST_PROGRAM = ".*"$', f'OLDEST_PROGRAM = "{oldest}"', source, flags=re.MULTILINE))
    return added


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, check=False)


def test_upgrade_keeps_all_data_and_a_downgrade_is_refused_in_words(tmp_path: Path) -> None:
    database = tmp_path / "bot.db"
    address = postgresql_address(database).url if on_postgresql() else str(database)
    release, following = Program(tmp_path / "release", address), Program(tmp_path / "following", address)
    write_release(release.tree)
    write_this(following.tree)
    chats = tmp_path / "chats.csv"
    chats.write_text(CHATS)
    assert "  new                         3  subscribed now" in release.call("import", chats, "--write").stdout
    if not on_postgresql():
        assert f"schema {LATEST_REVISION}" in release.call("backup", tmp_path / "before.db").stdout

    add_migration(following.tree, 1, oldest="0001")
    for program in (following, release):  # the first migration only adds something, so the release goes on
        assert ALL_THERE in program.import_again(chats)
    newest = add_migration(following.tree, 2, oldest=f"{int(LATEST_REVISION) + 2:04}")
    assert ALL_THERE in following.import_again(chats)
    refused = release.call("import", chats)
    assert (refused.returncode, refused.stdout) == (ExitCode.DATABASE_UNREADABLE, "")
    assert refused.stderr == (
        f"digestbot: DATABASE: the database has schema {newest}, for programs that know schema {newest}; this program "
        f"knows up to {LATEST_REVISION}: start the newer program, or restore the backup made before the upgrade\n"
    )
    if not on_postgresql():
        assert release.call("restore", tmp_path / "before.db").returncode == 0
        assert ALL_THERE in release.import_again(chats)


@pytest.mark.long
async def test_morning_goes_on_over_an_upgrade_and_back(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The release is killed in mid-morning, so is the next program, and the release, which still knows all, ends it."""
    installation = BotInstallation(tmp_path, emulator)
    installation.digests.mkdir()
    address = installation.environment()["DATABASE"]
    release, following = Program(tmp_path / "release", address), Program(tmp_path / "following", address)
    write_release(release.tree)
    write_this(following.tree)
    add_migration(following.tree, 1, oldest="0001")
    people = set(await emulator.create_users(RECIPIENTS))
    begun = datetime.now(UTC) - timedelta(hours=1)
    chats = tmp_path / "chats.csv"
    lines = (f"{person},en,UTC,{begun:%H:%M}\n" for person in sorted(people))
    chats.write_text("chat_id,language,zone,time\n" + "".join(lines))
    assert release.call("import", chats, "--write").returncode == 0
    (installation.digests / "today.md").write_text(EDITION.format(published=begun.isoformat()))
    database = await open_database(tmp_path / "bot.db", own=False)
    for program, share in ((release, 1 / 3), (following, 2 / 3), (release, 1)):
        async with running(program, installation):
            await wait_until(partial(_settled, database), (share * RECIPIENTS).__le__)
    rows = await _rows(database)
    await database.close()
    received = await _received(emulator)
    assert set(rows) == people
    assert max(received.values()) == 1
    assert {chat for chat, state in rows.items() if state == "sent"} <= set(received)
    assert {state for chat, state in rows.items() if chat not in received} <= {"unconfirmed"}
    assert sum(state == "unconfirmed" for state in rows.values()) < RECIPIENTS / 2


async def _rows(database: Database) -> dict[int, str]:
    """Return the state of each chat's row."""
    states = "SELECT s.chat_id, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
    async with database.read() as tx:
        return {row.chat_id: row.state for row in await tx.exec_driver_sql(states)}


async def _settled(database: Database) -> int:
    """Return how many rows are neither pending nor in flight."""
    return sum(state not in ("pending", "in_flight") for state in (await _rows(database)).values())


async def _received(emulator: EmulatorClient) -> Counter[int]:
    """Return how many messages with the digest each chat has."""
    entries = await emulator.log(kind="bot_message")
    digests = [entry for entry in entries if entry.message is not None and "A first thing" in entry.message.text]
    return Counter(entry.chat_id or 0 for entry in digests)
