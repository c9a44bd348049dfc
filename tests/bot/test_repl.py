"""`digestbot chat`: a conversation on the terminal with numbered buttons."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "digests").glob("*.md"))


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def chat(*lines: str, options: tuple[str, ...] = ()) -> str:
    """What stands on the screen in the end."""
    result = CliRunner().invoke(
        app, ["chat", "--lang", "en", *options], input="".join(f"{line}\n" for line in lines), env={"COLUMNS": "100"}
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def number(screen: str, label: str) -> str:
    """What has to be typed for the newest button with that label."""
    return str(re.findall(rf"(\.\d+) [^│]*{label}", screen)[-1])


def test_repl_answers_and_presses_buttons_by_number() -> None:
    screen = chat("/today", "3")
    assert "you are subscribed" in screen
    assert "2026.11.23" in screen
    assert "3. 开物半导体" in screen
    screen = chat("/today", "3", number(screen, "▶"))
    assert "The message above changed to" in screen
    assert "4. 智能体有了身份证" in screen


def test_rich_layout_is_chosen_and_its_items_are_pressed() -> None:
    screen = chat("/layout rich")
    assert "Use the rich layout?" in screen
    use = number(screen, "Use it")
    screen = chat("/layout rich", use, "/today")
    assert "▸ 3. 开物半导体" in screen
    screen = chat("/layout rich", use, "/today", number(screen, "Item 3 alone"))
    assert screen.rindex("3. 开物半导体") > screen.rindex("Item 10 alone")


def test_line_that_presses_no_button_is_sent_as_text() -> None:
    screen = chat(".", ".0", ".9999", ".x", "", "  ")
    assert screen.count("I didn't get that") == 4


def test_repl_uses_a_given_folder_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(EXAMPLES[0], folder)
    (folder / "broken.md").write_text("---\ntitle: Nothing\n---\n\nNo items and no date.\n")
    day = EXAMPLES[0].stem.replace("-", ".")
    assert day in chat("/today", options=("--digests", str(folder)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
    assert "No edition" in chat("/today", options=("--digests", str(tmp_path)))


def test_unknown_language_is_refused() -> None:
    assert CliRunner().invoke(app, ["chat", "--lang", "fr"]).exit_code == 2
