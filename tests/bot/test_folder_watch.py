"""The watch on the digest folder yields each new and changed file once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.files import MAX_FILE_BYTES, write_atomically
from bot.folder_watch import changed_files


async def test_yields_existing_new_and_changed_files(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_bytes(b"two")
    (tmp_path / "a.md").write_bytes(b"one")
    (tmp_path / ".hidden.md").write_bytes(b"no")
    (tmp_path / "notes.txt").write_bytes(b"no")
    found = changed_files(tmp_path, {})
    assert await anext(found) == [(tmp_path / "a.md", b"one"), (tmp_path / "b.md", b"two")]

    coming = asyncio.ensure_future(anext(found))
    for attempt in range(100):  # the watch takes a moment to stand; until then the file is put there again
        write_atomically(b"three %d" % attempt, tmp_path / "c.md")
        if (await asyncio.wait((coming,), timeout=0.3))[0]:
            break
    [(path, data)] = await coming
    assert path == tmp_path / "c.md"
    assert data.startswith(b"three")

    coming = asyncio.ensure_future(anext(found))
    write_atomically(b"one, corrected", tmp_path / "a.md")
    assert (tmp_path / "a.md", b"one, corrected") in await asyncio.wait_for(coming, 10)
    await found.aclose()


async def test_reads_at_most_one_byte_over_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "big.md").open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 10)
    [(_path, data)] = await anext(changed_files(tmp_path, {}))
    assert len(data) == MAX_FILE_BYTES + 1
