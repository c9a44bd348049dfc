"""A PostgreSQL cluster of the demo's own: on a Unix socket in a folder of its own, gone when the block ends."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from domain.chat.i18n import lazy_text

USER = "digestbot"
DEBIAN_FOLDER = Path("/usr/lib/postgresql")
ACCOUNTS = ("postgres", "nobody")
"""Users under which the server runs if this process is root's, the first that exists: it refuses to run as root."""

START_SECONDS = 60.0
SERVER_OPTIONS = {"listen_addresses": "", "shared_buffers": "32MB", "log_min_messages": "fatal"}


class NoCluster(Exception):
    """There can be no cluster; the message says what to install or to change."""


def find_programs() -> Path:
    """Return the folder of the newest server's programs. Raises `NoCluster`."""
    versions = sorted(DEBIAN_FOLDER.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None or not (Path(found).parent / "postgres").exists():
        raise NoCluster(lazy_text("PostgreSQL's server is not installed; on Debian: apt-get install postgresql"))
    return Path(found).parent


@asynccontextmanager
async def run_cluster() -> AsyncIterator[str]:
    """Run a cluster and yield the URL of its database. Raises `NoCluster`."""
    programs, account = find_programs(), _account()
    folder = Path(tempfile.mkdtemp(prefix="digestbot-pg-", dir="/tmp"))
    user = None if account is None else account.pw_name
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    server = None
    try:
        data = str(folder / "data")
        initialize = ("-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        await _run(programs / "initdb", initialize, user, folder)
        options = [f"--{name}={value}" for name, value in SERVER_OPTIONS.items()]
        server = await asyncio.create_subprocess_exec(
            programs / "postgres",
            "-D",
            data,
            f"--unix_socket_directories={folder}",
            *options,
            cwd=folder,
            user=user,
            start_new_session=True,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await _wait_until_ready(programs, folder, server)
        yield f"postgresql://{USER}@/postgres?host={quote(str(folder), safe='')}"
    finally:
        if server is not None and server.returncode is None:
            server.send_signal(signal.SIGQUIT)  # at once: nobody needs the data
            await server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    if os.getuid():
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return known[name]
    raise NoCluster(lazy_text("PostgreSQL does not run as root; start the demo as another user"))


async def _run(program: Path, arguments: Sequence[str], user: str | None, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        user=user,
        cwd=folder,
        start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, error = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NoCluster(
            lazy_text(
                "PostgreSQL's {program} failed: {reason}",
                program=program.name,
                reason=error.decode(errors="replace").strip(),
            )
        )


async def _wait_until_ready(programs: Path, folder: Path, server: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                await _run(programs / "pg_isready", ("-q", "-h", str(folder), "-t", "1"), None, folder)
            except NoCluster:
                if server.returncode is not None:
                    raise NoCluster(lazy_text("PostgreSQL's server did not start")) from None
                await asyncio.sleep(0.05)
            else:
                return
