"""Files dropped on the page: into one folder, under a Markdown file's name, whatever else is asked for."""

import io
from pathlib import Path

import msgspec
import pytest

from emulator.client import EmulatorClient, EmulatorError, run_emulator
from tests.emulator.conftest import BotApi

HOSTILE_NAMES = {
    "above": "../a.md",
    "absolute": "/a.md",
    "in a folder": "a/b.md",
    "backslash": "..\\a.md",
    "hidden": ".a.md",
    "temporary": "~a.md",
    "lock": "#a.md",
    "no name": ".md",
    "text": "a.txt",
    "program": "a.md.exe",
    "NUL": "a\0.md",
    "line break": "a\n.md",
    "long": f"{'a' * 300}.md",
}


async def drop(emulator: EmulatorClient, name: str, text: str = "# News") -> None:
    await emulator.request("POST", "/dropped-files", {"file_name": name, "text": text})


async def test_file_takes_the_place_of_one_with_its_name(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("kept")
    folder = tmp_path / "digests"
    folder.mkdir()
    (folder / "2025-09-12.md").symlink_to(outside)
    async with run_emulator(drop_folder=folder) as emulator:
        assert (await emulator.state())["takes_files"]
        for text in ("# 早报", "# 更正"):
            await drop(emulator, "2025-09-12.md", text)
            assert (folder / "2025-09-12.md").read_text() == text
    assert not (folder / "2025-09-12.md").is_symlink()
    assert outside.read_text() == "kept"
    assert [path.name for path in folder.iterdir()] == ["2025-09-12.md"]


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
async def test_hostile_names_and_texts_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "digests"
    folder.mkdir()
    async with run_emulator(drop_folder=folder) as emulator:
        with pytest.raises(EmulatorError, match=r"name|JSON"):
            await drop(emulator, name)
    assert [path.name for path in tmp_path.rglob("*")] == ["digests"]


async def test_large_files_and_missing_folders_are_said(tmp_path: Path, api: BotApi, emulator: EmulatorClient) -> None:
    assert not (await emulator.state())["takes_files"]
    with pytest.raises(EmulatorError, match="no folder takes files here"):
        await drop(emulator, "a.md")
    async with run_emulator(drop_folder=tmp_path / "gone") as other:
        body = io.BytesIO(msgspec.json.encode({"file_name": "a.md", "text": "a" * 5_000_001}))
        async with api.session.post(f"{other.control_url}/control/dropped-files", data=body) as response:
            assert (response.status, await response.json()) == (
                400,
                {"error": "the file has more than 5,000,000 bytes"},
            )
        with pytest.raises(EmulatorError, match="cannot be written"):
            await drop(other, "a.md")
