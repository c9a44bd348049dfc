"""PostgreSQL for the tests: a cluster of their own, and a database for each test.

The cluster listens on a Unix socket in a temporary folder only, and is run by another user where the tests run as root.
Its databases are copies of one that is migrated once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from urllib.parse import quote

import asyncpg

from storage.postgresql.address import PostgresqlAddress, parse_address
from storage.postgresql.database import PostgresqlDatabase

USER = "digestbot"
TEMPLATE = "migrated"
STANDBY_NAMES = "ANY 1 (*)"
"""Whose confirmation a primary with a standby waits for."""

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


class Server:
    """A server in a folder of its own, which a test may stop, kill and start again."""

    def __init__(self, folder: Path, **options: str) -> None:
        programs = program_folder()
        assert programs is not None, "PostgreSQL is not installed; Debian: apt-get install postgresql"
        self.folder = folder
        self.data = folder / "data"
        self._programs = programs
        self._options = SERVER_OPTIONS | options
        self._process: subprocess.Popen[bytes] | None = None

    def initialize(self, *, authentication: str = "trust", password: str = "", networks: str = "") -> None:
        """Make its files; hosts of `networks` may connect without a password."""
        arguments: list[str | Path] = ["-D", self.data, "-U", USER, "-A", authentication, "-E", "UTF8"]
        arguments += ["--locale=C.UTF-8", "-N"]
        if password:
            (self.folder / "password").write_text(password)
            (self.folder / "password").chmod(0o644)
            arguments.append(f"--pwfile={self.folder / 'password'}")
        self._run("initdb", *arguments)
        if networks:
            with (self.data / "pg_hba.conf").open("a") as file:
                file.write(f"host all,replication all {networks} trust\n")

    def copy(self, cluster: Cluster) -> None:
        """Make its files a copy of another server's, which it will follow as a standby."""
        source = "-h", cluster.folder, "-U", USER
        self._run("pg_basebackup", *source, "-D", self.data, "-R", "-c", "fast", "-N")

    def _run(self, program: str, *arguments: str | Path) -> None:
        command: list[str | Path] = [self._programs / program, *arguments]
        subprocess.run(command, user=account(), check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self, *, wait: bool = True) -> None:
        """Start it; after a kill, as often as what the former one left is in the way."""
        options = [f"--{name}={value}" for name, value in self._options.items()]
        command: list[str | Path] = [
            self._programs / "postgres",
            "-D",
            self.data,
            f"--unix_socket_directories={self.folder}",
            *options,
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, user=account(), cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while wait and not self.is_ready():
            assert time.monotonic() < deadline, "the server did not start"
            if self._process.poll() is not None:
                assert "shared memory block" in self.log[-1000:], self.log
                self.start()
                return
            time.sleep(0.02)

    def is_ready(self) -> bool:
        """Return whether it takes connections."""
        command: list[str | Path] = [self._programs / "pg_isready", "-q", "-h", self.folder, "-t", "1"]
        return subprocess.run(command, check=False).returncode == 0

    def end(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """Send it a signal and wait for its end; at once, unless another signal is given."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None

    def pids(self) -> list[int]:
        """Return the process ids of the server and of all its children."""
        assert self._process is not None
        found = [self._process.pid]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if stat.read_text(errors="replace").rpartition(")")[2].split()[1] == str(found[0]):
                    found.append(int(stat.parent.name))
        return found

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def account() -> str | None:
    """Return the user that servers run as: they refuse to run as root."""
    return None if os.getuid() else "postgres"


def give_to_server(folder: Path) -> None:
    """Let the user of servers own a folder."""
    if (user := account()) is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


@contextmanager
def server_folder() -> Iterator[Path]:
    """Yield a folder that belongs to the user of servers."""
    # A short path of its own: a Unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    give_to_server(folder)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_server(
    *,
    authentication: str = "trust",
    password: str = "",
    networks: str = "",
    disk: Callable[[Path], AbstractContextManager[object]] = nullcontext,
    options: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """Run a server with one migrated database; `disk` may make the folder of its data, `options` are its settings."""
    with server_folder() as folder, disk(folder / "data"):
        server = Server(folder, **options)
        server.initialize(authentication=authentication, password=password, networks=networks)
        try:
            server.start()
            cluster = Cluster(folder, password)
            cluster.execute(f"CREATE DATABASE {TEMPLATE}")
            _run_beside(_migrate(cluster.address(TEMPLATE)))
            yield server
        finally:
            server.end()


@contextmanager
def running_cluster(
    *, authentication: str = "trust", password: str = "", options: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Cluster]:
    """Run a cluster with one migrated database, with some options of the server's other than those of the tests."""
    with running_server(authentication=authentication, password=password, options=options) as server:
        yield Cluster(server.folder, password)


@contextmanager
def running_standby(cluster: Cluster, **options: str) -> Iterator[Server]:
    """Run a copy of a server that follows it."""
    with server_folder() as folder:
        standby = Server(folder, **options)
        standby.copy(cluster)
        try:
            standby.start()
            yield standby
        finally:
            standby.end()


async def _migrate(address: PostgresqlAddress) -> None:
    await (await PostgresqlDatabase.open(address)).close()
