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
from emulator.client import EmulatedUser, EmulatorClient, spawn_emulator, spawn_emulators
from storage.database import Database
from storage.migrate import LATEST_REVISION
from tests.bot.harness import BotInstallation
from tests.databases import on_postgresql, open_database, postgresql_address
from tests.waiting import wait_until, wait_until_shown

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
ADMIN = 9001
BROADCAST = "Good evening to all of you"
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
        """Return what an import of the same chats says of them, which migrates the database and changes no chat."""
        ended = self.call("import", chats, "--write")
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


@pytest.mark.long
@pytest.mark.sqlite
@pytest.mark.timeout(900)  # it waits for the minute of the broadcast
async def test_scheduled_broadcast_outlives_upgrade_and_restore_beside_another_bot(tmp_path: Path) -> None:
    """A backup has a broadcast of one bot for later; what another bot sent since then is held, and this one is not."""
    tokens = ("4242:first-loopback-token", "4343:second-loopback-token")
    async with spawn_emulators("--other-bot", tokens[1], "Tech", "tech_bot", tokens=tokens) as (first, second):
        installation = BotInstallation(tmp_path, first, (ADMIN,))
        installation.digests.mkdir()
        address, begun = installation.environment()["DATABASE"], datetime.now(UTC) - timedelta(hours=1)
        release, following = Program(tmp_path / "release", address), Program(tmp_path / "following", address)
        write_release(release.tree)
        write_this(following.tree)
        add_migration(following.tree, 1, oldest="0001")
        add_bot(release, tmp_path, tokens[1])
        people = [await emulator.create_users(3) for emulator in (first, second)]
        lin = await first.create_user("Lin", language="en", id=ADMIN, started=True)
        for name, chats in zip(("main", "tech"), ([ADMIN, *people[0]], people[1]), strict=True):
            lines = "".join(f"{chat},en,UTC,{begun:%H:%M}\n" for chat in chats)
            (tmp_path / "chats.csv").write_text(f"chat_id,language,zone,time\n{lines}")
            assert release.call("import", tmp_path / "chats.csv", "--bot", name, "--write").returncode == 0
        async with running(release, installation):
            await schedule_broadcast(lin, datetime.now(UTC) + timedelta(minutes=2))
            assert "verified" in release.call("backup", tmp_path / "backup.db").stdout
        (tmp_path / "tech" / "today.md").write_text(EDITION.format(published=begun.isoformat()))
        async with running(following, installation):
            await wait_until(partial(_received, second), lambda received: len(received) == len(people[1]))
        assert "resume --after-restore" in release.call("restore", tmp_path / "backup.db").stdout
        assert release.call("resume", "--after-restore").returncode == 0
        async with running(release, installation):
            received = await wait_until(
                partial(_received, first, BROADCAST), lambda received: set(people[0]) <= set(received), within=400
            )
        assert {received[chat] for chat in people[0]} == {1}
        assert await _received(second) == Counter(people[1])
        assert await _received(second, BROADCAST) == Counter()


def add_bot(program: Program, folder: Path, token: str) -> None:
    """Add the bot `tech` to an installation."""
    file = folder / "token"
    file.touch(mode=0o600)
    file.write_text(token)
    (folder / "tech").mkdir()
    added = program.call("bots", "add", "tech", "--token-file", file, "--digests", folder / "tech")
    assert (added.returncode, added.stderr) == (0, "")


async def schedule_broadcast(admin: EmulatedUser, at: datetime) -> None:
    """Write a broadcast that goes out at an instant, by the clock of an admin in UTC."""
    await admin.send(f"/broadcast {BROADCAST}")
    card = await wait_until_shown(admin, "For 4 people")
    await admin.press(card, "🕗 When")
    await admin.press(await wait_until_shown(admin, "Goes out at once", message=card), "⌨️ Another time")
    await wait_until_shown(admin, "Write it by your clock")
    await admin.send(f"{at:%m-%d %H:%M}")
    card = await wait_until_shown(admin, "Goes out", "For 4 people")
    await admin.press(card, "📣 Send")
    await wait_until_shown(admin, "Goes out", message=card, without=("For 4 people",))


async def _rows(database: Database) -> dict[int, str]:
    """Return the state of each chat's row."""
    states = "SELECT s.chat_id, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
    async with database.read() as tx:
        return {row.chat_id: row.state for row in await tx.exec_driver_sql(states)}


async def _settled(database: Database) -> int:
    """Return how many rows are neither pending nor in flight."""
    return sum(state not in ("pending", "in_flight") for state in (await _rows(database)).values())


async def _received(emulator: EmulatorClient, text: str = "A first thing") -> Counter[int]:
    """Return how many messages with a text, by default the digest's, each chat has."""
    entries = await emulator.log(kind="bot_message")
    digests = [entry for entry in entries if entry.message is not None and text in entry.message.text]
    return Counter(entry.chat_id or 0 for entry in digests)
