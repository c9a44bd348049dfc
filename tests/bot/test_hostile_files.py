"""Hostile files in the folder: refused readably or shown as text, in bounded memory, in no other file's way."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import folder_scan
from bot.files import MAX_FILE_BYTES
from delivery.publishing import PublishStatus
from domain.chat.i18n import Translations
from domain.subscription.preferences import ContentPreferences
from tests.bot.folder_harness import QUIET_SECONDS, TODAY, FolderHarness, digest_text, folder_harness
from tests.digest.test_hostile_input import BOMB
from views.digest_messages import plain_messages


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    async with folder_harness(tmp_path) as made:
        yield made


async def test_fifty_megabytes_are_refused_in_bounded_memory(harness: FolderHarness) -> None:
    with (harness.path / "big.md").open("wb") as file:
        for _ in range(50):
            file.write(b"1. news\n" * (1024 * 1024 // 8))
    harness.touch("big.md")
    await harness.look(QUIET_SECONDS - 2)
    tracemalloc.start()
    try:
        await harness.look(3)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * MAX_FILE_BYTES
    [notice] = harness.notices
    assert "more than 5,000,000 bytes" in notice


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, "This is not a text file"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 50, "This is not a text file"),
        (b"PK\x03\x04" + bytes(range(256)) * 50, "This is not a text file"),
        (BOMB.encode(), "There is no date"),
        (b"[" * 10_000, "There is no date"),
        (b"---\na: " + b"[" * 10_000 + b"\n---\n", "There is no date"),
        (b"", "There is no date"),
        (b"\0" * 100_000, "This is not a text file"),
    ],
    ids=["picture", "PDF", "archive", "YAML bomb", "brackets", "YAML brackets", "empty", "NULs"],
)
async def test_hostile_content_is_refused_readably(harness: FolderHarness, data: bytes, said: str) -> None:
    harness.write("a.md", data)
    harness.write("b.md", digest_text())
    await harness.look(QUIET_SECONDS + 1)
    assert harness.published == [("b.md", PublishStatus.NEW)]
    [notice] = harness.notices
    assert "a.md was not published" in notice
    assert said in notice
    assert len(notice) < 4096


async def test_dangerous_links_are_sent_as_text(harness: FolderHarness) -> None:
    harness.write("a.md", f"{digest_text(2)}\n3. [Click](javascript:alert(1)) [data](data:text/html,x)\n\n    Text.\n")
    await harness.look(QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    messages = plain_messages(stored, ContentPreferences(), Translations.load().translator("en"))
    assert "Click" in "".join(message.text.plain for message in messages)
    urls = [entity.value for message in messages for entity in message.text.entities()]
    assert any(url.startswith("https:") for url in urls)
    assert not any(url.startswith(("javascript:", "data:")) for url in urls)


async def test_too_many_files_are_said_and_nothing_is_read(
    harness: FolderHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_scan, "MAX_FILES", 50)
    for number in range(51):
        day = TODAY - timedelta(days=number + 10)
        harness.write(f"{day}.md", digest_text(1, day=day, published=None))
    await harness.look(QUIET_SECONDS)
    assert harness.published == []
    assert harness.health() == f"{harness.path}: too_many_files"
    [notice] = harness.notices
    assert "more than 20,000 digests" in notice
    (harness.path / f"{TODAY - timedelta(days=10)}.md").unlink()
    await harness.look(QUIET_SECONDS)
    assert len(harness.published) == 50
    assert harness.health() is None
