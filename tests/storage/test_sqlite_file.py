"""Facts that SQLite's files tell by themselves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import DatabaseLost
from storage.sqlite.files import (
    HEADER_BYTES,
    FileHeader,
    OpenedFile,
    identity_of,
    parse_header,
    read_header,
    side_file,
    size_bytes,
    sync_folder,
)

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("page_bytes", [512, 4096, 65536])
def test_header_tells_size_and_session(tmp_path: Path, page_bytes: int) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_bytes}")
        connection.execute("PRAGMA user_version = 1234567890")
        connection.execute("CREATE TABLE names (name TEXT)")
    assert read_header(path) == FileHeader(size_bytes=path.stat().st_size, session_id=1234567890)
    assert path.stat().st_size == 2 * page_bytes


def test_header_is_read_from_a_hundred_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE names (name TEXT)")
    data = path.read_bytes()
    assert HEADER_BYTES == 100
    assert parse_header(data[:100]) == read_header(path)
    assert parse_header(data[:99]) is None
    assert parse_header(b"X" + data[1:100]) is None
    path.write_bytes(b"")
    assert read_header(path) is None


def test_side_file_lies_beside_its_database() -> None:
    assert side_file(Path("/srv/bot.db"), "-wal") == Path("/srv/bot.db-wal")


def test_size_of_what_is_not_there_is_zero(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert size_bytes(tmp_path / "file") == 3
    assert size_bytes(tmp_path / "none") == 0
    assert size_bytes(tmp_path / "file" / "none") == 0


def test_another_file_at_the_path_is_a_loss(tmp_path: Path) -> None:
    path, other = tmp_path / "bot.db", tmp_path / "other.db"
    opened = OpenedFile(path)
    opened.check()  # nothing is noted yet
    for file in (path, other):
        file.touch()
    assert identity_of(path) == (path.stat().st_dev, path.stat().st_ino)
    opened.note()
    path.write_bytes(b"grown")
    opened.check()
    other.replace(path)
    with pytest.raises(DatabaseLost, match=f"^{path} was deleted, moved or replaced$"):
        opened.check()
    path.unlink()
    with pytest.raises(DatabaseLost, match=f"^{path} was deleted, moved or replaced$"):
        opened.check()
    opened = OpenedFile(other)
    opened.check()


def test_folder_is_synced_and_closed(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    sync_folder(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")
