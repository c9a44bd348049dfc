"""An edition belongs to the file it came from; a second file with the same edition is refused with both names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.publishing import PublishStatus
from domain.file_names import is_copy_of
from tests.bot.folder_harness import QUIET_SECONDS, TODAY, FolderHarness, digest_text, folder_harness

NEW, REPLACED, UNCHANGED = PublishStatus.NEW, PublishStatus.REPLACED, PublishStatus.UNCHANGED


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    async with folder_harness(tmp_path) as made:
        yield made


async def title_of(harness: FolderHarness) -> str | None:
    stored = await harness.stored()
    return stored.title if stored else None


async def test_second_file_is_refused_until_the_first_is_gone(harness: FolderHarness) -> None:
    harness.write("first.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    harness.write("a second.md", digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    [notice] = harness.notices
    assert "a second.md and first.md both hold the edition of Fri, 12 Sep 2025" in notice
    for _ in range(2):  # neither restart tells again, nor turns the edition round
        harness.restart()
        await harness.look(QUIET_SECONDS)
    harness.write("first.md", digest_text(title="丙"))
    await harness.look(QUIET_SECONDS)
    assert await title_of(harness) == "丙"
    assert harness.notices == [notice]

    (harness.path / "first.md").unlink()
    await harness.look(1)
    assert await title_of(harness) == "乙"
    assert [name for name, _ in harness.published] == ["first.md", "first.md", "a second.md"]
    harness.restart()
    await harness.look(QUIET_SECONDS)
    assert len(harness.published) == 3


async def test_of_two_new_files_the_older_one_is_published(harness: FolderHarness) -> None:
    harness.write("z.md", digest_text(title="先"))
    harness.seconds += 2
    harness.write("a.md", digest_text(title="后"))
    await harness.look(2 * QUIET_SECONDS)
    assert harness.published == [("z.md", NEW)]
    assert len(harness.notices) == 1


async def test_renamed_file_goes_on(harness: FolderHarness) -> None:
    harness.write("draft.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    (harness.path / "draft.md").rename(harness.path / "2025-09-12.md")
    await harness.look(QUIET_SECONDS)
    harness.write("2025-09-12.md", digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("draft.md", NEW), ("2025-09-12.md", UNCHANGED), ("2025-09-12.md", REPLACED)]
    harness.write("draft.md", digest_text(title="丙"))  # the name has no claim any more
    await harness.look(QUIET_SECONDS)
    assert await title_of(harness) == "乙"
    assert len(harness.notices) == 1


async def test_file_used_for_the_next_day_gives_the_last_one_free(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text(title="昨"))
    await harness.look(QUIET_SECONDS)
    harness.write("today.md", digest_text(title="今", published=harness.now + timedelta(days=1)))
    await harness.look(QUIET_SECONDS)
    harness.write("2025-09-12.md", digest_text(title="昨，改"))
    await harness.look(QUIET_SECONDS)
    assert harness.notices == []
    assert await title_of(harness) == "昨，改"


async def test_broken_first_file_keeps_its_edition(harness: FolderHarness) -> None:
    harness.write("first.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    harness.write("first.md", "nothing")
    await harness.look(QUIET_SECONDS)
    harness.write("second.md", digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    assert await title_of(harness) == "甲"
    assert len(harness.notices) == 2


async def test_same_content_twice_is_no_error(harness: FolderHarness) -> None:
    harness.write("first.md", digest_text(title="甲"))
    harness.write("second.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    assert harness.notices == []
    (harness.path / "first.md").unlink()
    harness.write("second.md", digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    assert await title_of(harness) == "乙"


async def test_second_day_of_a_file_is_refused_alone(harness: FolderHarness) -> None:
    """It goes out once the other file is gone, also after a restart."""
    harness.write("today.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    days = [TODAY - timedelta(days=1), TODAY]
    week = "".join(
        f"# {day}\n\n1. [News of {day}](https://example.org/{day})\n\n    What happened.\n\n" for day in days
    )
    harness.write("week.md", week)
    await harness.look(QUIET_SECONDS)
    assert await harness.stored(days[0]) is not None
    assert await title_of(harness) == "甲"
    assert len(harness.notices) == 1
    harness.restart()
    await harness.look(QUIET_SECONDS)
    (harness.path / "today.md").unlink()
    await harness.look(1)
    stored = await harness.stored()
    assert stored is not None
    assert stored.items[0].headline == f"News of {TODAY}"
    assert len(harness.notices) == 1


COPIES = [
    "today.sync-conflict-20260101-093012-ABCDEF7.md",
    "today (Lin's conflicted copy 2026-01-01).md",
    "today (林的冲突副本 2026-01-01).md",
    "today (1).md",
    "today(2).md",
    "today - 副本.md",
    "today - 副本 (2).md",
    "today - Copy.md",
    "today copy.md",
    "today copy 2.md",
    "today 副本.md",
    "today的副本.md",
    "today (copy).md",
    "today_conflict-20260101-093012.md",
]


@pytest.mark.parametrize("copy", COPIES)
async def test_copies_are_ignored_beside_their_original(harness: FolderHarness, copy: str) -> None:
    assert is_copy_of(copy, "today.md")
    harness.write("today.md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    harness.write(copy, digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today.md", NEW)]
    assert harness.notices == []


async def test_copy_with_another_edition_is_published(harness: FolderHarness) -> None:
    """Who begins tomorrow's digest with a copy of today's loses nothing."""
    harness.write("today.md", digest_text())
    harness.write("today copy.md", digest_text(day=TODAY + timedelta(days=1), published=None))
    await harness.look(QUIET_SECONDS)
    assert sorted(harness.published) == [("today copy.md", NEW), ("today.md", NEW)]


async def test_copy_without_its_original_is_published(harness: FolderHarness) -> None:
    harness.write("today (1).md", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today (1).md", NEW)]
    harness.write("today.md", digest_text(title="乙"))  # the original takes over when it comes
    await harness.look(QUIET_SECONDS)
    assert harness.published[1:] == [("today.md", REPLACED)]
    assert harness.notices == []


@pytest.mark.parametrize("name", ["tomorrow (1).md", "today-2.md", "today2.md", "2025-09-12.md", "copy.md", "today.md"])
def test_other_names_are_no_copies(name: str) -> None:
    assert not is_copy_of(name, "today.md")


async def test_same_edition_as_text_and_as_markdown_is_refused(harness: FolderHarness) -> None:
    harness.write("2025-09-12.txt", digest_text(title="甲"))
    await harness.look(QUIET_SECONDS)
    harness.write("2025-09-12.markdown", digest_text(title="乙"))
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("2025-09-12.txt", NEW)]
    [notice] = harness.notices
    assert "2025-09-12.markdown and 2025-09-12.txt both hold" in notice


async def test_document_of_another_kind_is_told_once(harness: FolderHarness) -> None:
    harness.write("2025-09-12.docx", "PK")
    for _ in range(3):
        await harness.look(QUIET_SECONDS)
    [notice] = harness.notices
    assert "2025-09-12.docx" in notice
    assert "must end in .md" in notice
