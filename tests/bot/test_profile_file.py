"""The file that keeps an editor's choice: for the command line and the running bot alike."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from bot.files import NoSuchReading, keep_choice, read_files
from bot.folder_scan import scan_folder
from bot.profile_file import FILE_NAME, load_profile, profile_to_toml, read_profile
from bot.readings import FolderReadings
from digest.segmentation.classifier import Classifier
from digest.segmentation.profile import Profile
from handlers.readings import ChoiceOutcome
from tests.bot.folder_harness import QUIET_SECONDS, TODAY, folder_harness
from tests.digest.segmentation.test_profile import CLOSING, HEAD, choose


def _write(folder: Path, day: int) -> Path:
    path = folder / f"2026-11-2{day}.md"
    path.write_text(HEAD.replace("11-27", f"11-2{day}") + CLOSING[day - 6], encoding="utf-8")
    return path


def test_choice_counts_for_the_folder_s_later_files(tmp_path: Path) -> None:
    first, later = _write(tmp_path, 6), _write(tmp_path, 7)
    before = [len(file.digests[0].items) for file in read_files([first, later], Classifier(), UTC)]
    assert keep_choice(first, 2, UTC) == tmp_path / FILE_NAME
    after = [len(file.digests[0].items) for file in read_files([first, later], Classifier(), UTC)]
    assert (before, after) == ([3, 3], [2, 2])
    assert load_profile(tmp_path) == read_profile(tmp_path) != Profile()
    assert sorted(scan_folder(tmp_path).files) == [first.name, later.name]


async def test_running_bot_reads_as_the_editor_chose(tmp_path: Path) -> None:
    profile = profile_to_toml(choose(CLOSING[0], 2))
    async with folder_harness(tmp_path) as harness:
        (harness.path / FILE_NAME).write_text(profile, encoding="utf-8")
        harness.write("today.md", HEAD.replace("2026-11-27", str(TODAY)) + CLOSING[1])
        await harness.look(QUIET_SECONDS)
        stored = await harness.stored()
    assert stored is not None
    assert [item.headline for item in stored.items] == ["Rain falls", "Two rains"]


def test_choice_in_the_chat_writes_only_what_is_new(tmp_path: Path) -> None:
    readings, data = FolderReadings(tmp_path, UTC), (HEAD + CLOSING[0]).encode()
    first, _ = readings.list("today.md", data)
    assert readings.choose("today.md", data, first.key) is ChoiceOutcome.KEPT
    written = (tmp_path / FILE_NAME).stat()
    assert readings.choose("today.md", data, first.key) is ChoiceOutcome.KEPT
    assert (tmp_path / FILE_NAME).stat() == written


def test_unknown_reading_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoSuchReading):
        keep_choice(_write(tmp_path, 6), 99, UTC)
    assert not (tmp_path / FILE_NAME).exists()


def test_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    profile = Profile(('section: 研究 "x" \\ \u2028', "end: commentary"), ("headline: bullet",))
    (tmp_path / FILE_NAME).write_text(profile_to_toml(profile), encoding="utf-8")
    assert read_profile(tmp_path) == profile


def test_editor_can_read_the_file(tmp_path: Path) -> None:
    assert '  "section: 研究",\n' in profile_to_toml(Profile(("section: 研究",), ()))


@pytest.mark.parametrize(
    "content", [b"prefer = [", b"\xff", b"prefer = 1", b"[prefer]\nx = 1\n[avoid]\n" + b"#" * 200_000]
)
def test_broken_profile_stops_the_command_line_but_not_the_bot(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    if not content.startswith(b"[prefer]"):
        with pytest.raises(OSError, match="no profile"):
            read_profile(tmp_path)
    assert load_profile(tmp_path).avoid == ()
