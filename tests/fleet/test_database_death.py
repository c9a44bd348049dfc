"""A PostgreSQL server that dies, stops or runs out of disk in the middle of a morning, and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from bot.exit_code import ExitCode
from tests.fleet.morning import create_database, fleet_morning
from tests.postgresql import Cluster, Server, give_to_server, program_folder, running_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program_folder() is None, reason="PostgreSQL is not installed"),
]

PEOPLE, RATE = 60, 20
DISK_MEGABYTES = 160


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT], ids=["killed", "stopped at once"])
async def test_morning_goes_on_when_the_server_is_back(tmp_path: Path, number: signal.Signals) -> None:
    """SIGQUIT is PostgreSQL's immediate stop."""
    with running_server() as server:
        address = create_database(Cluster(server.folder))
        async with fleet_morning(tmp_path, address, people=PEOPLE, rate=RATE) as morning:
            await morning.publish()
            await morning.wait_for_messages(10)
            server.end(number)
            await morning.wait_until_silent(1)
            assert len(await morning.arrivals()) < PEOPLE
            server.start()
            disagreements, unconfirmed = await morning.finish()
            assert disagreements == []
            assert unconfirmed <= RATE
            assert morning.manager.codes[ExitCode.TEMPORARY_FAILURE] >= 2


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Make a folder with a file system of its own, which has little room."""
    if os.getuid():
        pytest.skip("only root can mount a small disk")
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    give_to_server(folder)
    folder.chmod(0o700)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the room of a disk, or what has become free again; return the file that has it."""
    filler, size = folder / "filler", 1 << 20
    with filler.open("ab", buffering=0) as file:
        while size >= 4096:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return filler


def write_until_it_crashes(server: Server) -> None:
    """Write until the server finds no room for its log any more; a checkpoint on the way makes some."""
    cluster, errors = Cluster(server.folder), []
    for _ in range(100):
        filler = fill(server.data)
        os.truncate(filler, filler.stat().st_size - (1 << 20))  # a new session writes a file; a log segment has 16 MB
        try:
            cluster.execute("SELECT pg_logical_emit_message(true, 'a', 'a')", "SELECT pg_switch_wal()")
        except (asyncpg.PostgresError, OSError) as error:
            errors.append(error)
        if "PANIC" in server.log:
            return
    raise AssertionError(f"the disk has room; {len(errors)} attempts failed, the last with {errors[-1:]}")


async def test_full_disk_of_the_server_loses_nothing(tmp_path: Path) -> None:
    """Without room for its log PostgreSQL crashes, and may not start again until there is some."""
    with running_server(disk=small_disk, options={"wal_recycle": "off"}) as server:
        address = create_database(Cluster(server.folder))
        async with fleet_morning(tmp_path, address, people=2 * PEOPLE, rate=RATE // 2) as morning:
            await morning.publish()
            await morning.wait_for_messages(10)
            filler = fill(server.data)
            write_until_it_crashes(server)
            assert "No space left on device" in server.log
            filler.unlink()
            if not server.is_ready():
                server.end()
                server.start()
            disagreements, unconfirmed = await morning.finish()
            assert disagreements == []
            assert unconfirmed <= RATE
            assert morning.manager.codes[ExitCode.TEMPORARY_FAILURE] >= 1
