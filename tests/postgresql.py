"""PostgreSQL for the tests: a cluster of their own, and a database for each test.

The cluster listens on a Unix socket in a temporary folder only, and is run by another user where the tests run as root.
Its databases are copies of one that is migrated once.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import asyncpg

from storage.postgresql.address import PostgresqlAddress, parse_address
from storage.postgresql.database import PostgresqlDatabase

USER = "digestbot"
TEMPLATE = "migrated"
DEBIAN_FOLDER = Path("/usr/lib/postgresql")
START_SECONDS = 60
SERVER_OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "5s",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server, known by its folder."""

    folder: Path
    password: str = ""

    def address(self, database: str, *, user: str = USER) -> PostgresqlAddress:
        host = quote(str(self.folder), safe="")
        return parse_address(f"postgresql://{user}:{self.password}@/{database}?host={host}")

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the owner of the cluster, outside of transactions."""

        async def run() -> None:
            connection = await asyncpg.connect(self.address(database).url)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        _run_beside(run())

    def value(self, query: str, *, database: str = "postgres") -> object:
        """Return the first value that a query finds."""
        found: list[object] = []

        async def run() -> None:
            connection = await asyncpg.connect(self.address(database).url)
            found.append(await connection.fetchval(query))
            await connection.close()

        _run_beside(run())
        return found[0]

    def names(self) -> frozenset[str]:
        """Return the names of its databases."""
        found: set[str] = set()

        async def run() -> None:
            connection = await asyncpg.connect(self.address("postgres").url)
            found.update(row[0] for row in await connection.fetch("SELECT datname FROM pg_database"))
            await connection.close()

        _run_beside(run())
        return frozenset(found)


def _run_beside(coroutine: Coroutine[object, object, None]) -> None:
    """Run a coroutine to its end in a thread, because this one may have an event loop that runs."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(coroutine)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def program_folder() -> Path | None:
    """Return the folder of the newest server's programs, or None if there is none here."""
    versions = sorted(DEBIAN_FOLDER.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return None if found is None else Path(found).parent


@contextmanager
def running_cluster(*, authentication: str = "trust", password: str = "") -> Iterator[Cluster]:
    """Run a cluster with one migrated database."""
    programs = program_folder()
    assert programs is not None, "PostgreSQL is not installed; Debian: apt-get install postgresql"
    # A short path of its own: a Unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = None if os.getuid() else "postgres"
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o755)
    data = folder / "data"
    server = None
    try:
        initialize: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            authentication,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        if password:
            (folder / "password").write_text(password)
            (folder / "password").chmod(0o644)
            initialize.append(f"--pwfile={folder / 'password'}")
        subprocess.run(initialize, user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        options = [f"--{name}={value}" for name, value in SERVER_OPTIONS.items()]
        command: list[str | Path] = [programs / "postgres", "-D", data, f"--unix_socket_directories={folder}", *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
        cluster = Cluster(folder, password)
        _wait_until_ready(programs, folder, server)
        cluster.execute(f"CREATE DATABASE {TEMPLATE}")
        _run_beside(_migrate(cluster.address(TEMPLATE)))
        yield cluster
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs the data
            server.wait(START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(programs: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    command: list[str | Path] = [programs / "pg_isready", "-q", "-h", folder, "-t", "1"]
    for _ in range(START_SECONDS * 10):
        if subprocess.run(command, check=False).returncode == 0:
            return
        assert server.poll() is None, (folder / "log").read_text()
    raise AssertionError("the server did not start")


async def _migrate(address: PostgresqlAddress) -> None:
    await (await PostgresqlDatabase.open(address)).close()
