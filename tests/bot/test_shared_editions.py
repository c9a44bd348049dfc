"""Two files with one edition: `check` and `publish` say what the bot would refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import shared_editions
from bot.exit_code import ExitCode
from tests.bot.test_cli import call, flat


def write(path: Path, day: str, *, front: str = "") -> Path:
    """Write a digest of a day."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"---\ndate: {day}\n{front}---\n\n# News\n\n1. [Eins](https://a.example/)\n\n   Text.\n", "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (watched := tmp_path / "digests").mkdir()
    return watched


def test_check_compares_the_files_of_a_folder(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.md", "2026-12-01"), write(tmp_path / "b.md", "2026-12-01")
    shown = call("check", first, second)
    assert shown.returncode == ExitCode.FAILURE
    assert f"{second} and {first} both hold the edition of 2026-12-01" in flat(shown.stdout)
    assert "1 of 2 digests can be published" in shown.stdout
    as_json = call("check", "--json", first, second)
    assert as_json.returncode == ExitCode.FAILURE
    assert "both hold the edition of 2026-12-01" in flat(as_json.stderr)


def test_check_accepts_what_the_bot_publishes(tmp_path: Path) -> None:
    day = "2026-12-01"
    files = [
        write(tmp_path / "a.md", day),
        write(tmp_path / "english.md", day, front="lang: en\n"),
        write(tmp_path / "evening.md", day, front="slot: evening\n"),
        write(tmp_path / "draft.md", day, front="draft: true\n"),
        write(tmp_path / "of another bot" / "a.md", day),
        tmp_path / "." / "a.md",
    ]
    shown = call("check", *files)
    assert shown.returncode == ExitCode.SUCCESS, shown.stdout
    assert "5 of 6 digests can be published" in shown.stdout


def test_publish_refuses_one_edition_in_two_files(tmp_path: Path, folder: Path) -> None:
    first, second = write(tmp_path / "a.md", "2026-12-01"), write(tmp_path / "other" / "b.md", "2026-12-01")
    shown = call("publish", "--folder", folder, first, second)
    assert shown.returncode == ExitCode.FAILURE
    assert f"nothing was published: {second} and {first} both hold the edition of 2026-12-01" in flat(shown.stdout)
    assert not list(folder.iterdir())


def test_publish_refuses_an_edition_of_the_folder(tmp_path: Path, folder: Path) -> None:
    there = write(folder / "2026-12-01.md", "2026-12-01")
    write(folder / "2026-11-30.md", "2026-11-30")
    shown = call("publish", "--folder", folder, write(tmp_path / "dup.md", "2026-12-01"))
    assert shown.returncode == ExitCode.FAILURE
    assert f"{there} holds the edition of 2026-12-01 already" in flat(shown.stdout)
    assert not (folder / "dup.md").exists()
    assert call("publish", "--folder", folder, write(tmp_path / "next.md", "2026-12-02")).returncode == 0
    assert call("publish", "--folder", folder, write(tmp_path / "2026-12-01.md", "2026-12-01")).returncode == 0


def test_publish_takes_the_original_beside_its_copy(tmp_path: Path, folder: Path) -> None:
    write(folder / "news (1).md", "2026-12-01")
    assert call("publish", "--folder", folder, write(tmp_path / "news.md", "2026-12-01")).returncode == 0


def test_publish_tells_which_day_a_file_replaces(tmp_path: Path, folder: Path) -> None:
    for day in ("2026-12-01", "2026-12-02"):
        shown = call("publish", "--folder", folder, write(tmp_path / "tomorrow.md", day))
        assert shown.returncode == 0
        assert ("it replaced the file with the edition of 2026-12-01" in flat(shown.stdout)) == (day == "2026-12-02")
    again = call("publish", "--folder", folder, tmp_path / "tomorrow.md")
    assert "replaced" not in again.stdout


def test_newest_files_of_a_large_folder_are_compared(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_editions, "MAX_COMPARED_FILES", 1)
    for seconds, name in ((1, "z.md"), (2, "a.md")):
        os.utime(write(folder / name, f"2026-12-0{seconds}"), (seconds, seconds))
    assert call("publish", "--folder", folder, write(tmp_path / "of-a.md", "2026-12-02")).returncode == 1
    assert call("publish", "--folder", folder, write(tmp_path / "of-z.md", "2026-12-01")).returncode == 0
