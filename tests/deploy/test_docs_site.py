"""The documentation site: its generated reference is complete, and its pages lead where those of the repository do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app
from bot.settings import Settings
from deploy.docs_site.assemble import assemble
from digest.problems import ProblemCode
from domain.chat.commands import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "pages"
    assemble(ROOT, folder)
    return folder


def headings(page: Path) -> list[str]:
    return re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_reference_has_everything_that_the_program_has(pages: Path) -> None:
    reference = pages / "reference"
    assert headings(reference / "settings.md") == [name.upper() for name in Settings.model_fields]
    assert headings(reference / "problems.md") == [problem.code for problem in ProblemCode]
    commands = headings(reference / "command-line.md")
    names = {*get_command(app).commands} - {"bots"}  # type: ignore[attr-defined]
    assert {f"digestbot {name}" for name in names} <= set(commands)
    assert {"digestbot bots add", "digestbot bots list"} <= set(commands)
    in_chat = (reference / "chat-commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `/(\w+)", in_chat, re.MULTILINE) == [command.name.value for command in COMMANDS]
    assert "搜索" in in_chat


def test_every_page_is_in_the_menu(pages: Path) -> None:
    menu = set(re.findall(r"^(?:.+ <)?([\w/.-]+)>?$", (pages / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    found = {str(page.relative_to(pages).with_suffix("")) for page in pages.rglob("*.md")}
    assert {page for page in found - menu if not page.startswith("docs/decisions/0")} == {"index"}


def test_links_of_the_site_lead_to_its_pages_or_to_the_source(pages: Path) -> None:
    targets = []
    for page in pages.rglob("*.md"):
        prose = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        prose = re.sub(r"`[^`\n]*`", "", prose)
        found = re.findall(r"\]\(([^)\s#]+)", prose) + re.findall(r'<img src="([^"]+)"', prose)
        targets += [(page, target) for target in found]
    assert len(targets) > 500
    is_known = re.compile(r"(https?|mailto):").match
    assert not [each for each in targets if not is_known(each[1]) and not (each[0].parent / each[1]).is_file()]


def test_chinese_lines_are_joined_without_a_blank(pages: Path) -> None:
    readers = (pages / "docs" / "zh" / "readers.md").read_text(encoding="utf-8")
    assert "就订阅了。默认早上八点送达" in readers
