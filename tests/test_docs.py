"""The documentation: links resolve, pages are reachable, and named files, classes and settings exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import aiogram
import pytest
from babel.messages.pofile import read_po

from bot.settings import Settings
from storage.postgresql.address import parse_address

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GLOSSARY = DOCS / "glossary.md"


def _prose(page: Path) -> str:
    """Return a page without its code blocks and comments."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^( *)```.*?^\1```$|<!--.*?-->", "", text, flags=re.DOTALL | re.MULTILINE)
    # Examples of links in code spans; a span that is a link's label stays.
    return re.sub(r"(?<![\w`)\]\[])(`+)(?=[^`\n]*\]\()[^\n]*?\1(?!`)", "", text)


def _links(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the label and target of each link to a file of the repository."""
    text = _prose(page)
    found = re.findall(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)", text)
    found += [("", target) for target in re.findall(r'<img[^>]* src="([^"]+)"', text)]
    yield from (link for link in found if not re.match(r"[a-z]+:", link[1]))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def _defines(file: Path, symbol: str) -> bool:
    """Whether a module defines a symbol such as `name` or `Class.name`."""
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body
    for name in symbol.split("."):
        for node in body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                body = node.body
                break
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets += [node.target] if isinstance(node, ast.AnnAssign) else []
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                body = []
                break
        else:
            return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    for label, target in _links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: no file {target}"
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{page.name}: no heading {target}"
        symbol = re.fullmatch(r"`([A-Za-z_][\w.]*)(\(\))?`", label)
        if symbol and file.suffix == ".py":
            assert _defines(file, symbol[1]), f"{page.name}: {target} does not define {symbol[1]}"


def test_each_page_is_two_clicks_from_the_readme() -> None:
    reached = {README}
    for _click in range(2):
        reached |= {
            (page.parent / target.partition("#")[0]).resolve()
            for page in reached
            if page.suffix == ".md"
            for _label, target in _links(page)
        }
        reached = {page / "README.md" if page.is_dir() else page for page in reached}
    assert not {page.relative_to(ROOT) for page in PAGES} - {
        page.relative_to(ROOT) for page in reached if page.is_relative_to(ROOT)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    for name in re.findall(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|toml|po))`", _prose(page)):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


def _is_wrappable(line: str) -> bool:
    """Whether a line is prose that a blank could end: no table, no tag, and no entry that is a link alone."""
    return not re.match(r" *(?:\||<)", line) and not re.fullmatch(r" *- \[.*\]\([^)]*\)", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_prose_keeps_to_the_width(page: Path) -> None:
    lines = re.sub(r"^( *)```.*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert [line for line in lines.splitlines() if len(line) > 120 and _is_wrappable(line)] == []


def test_glossary_has_at_most_forty_terms_whose_symbols_exist() -> None:
    terms = re.findall(r"^- \*\*(.+?)\*\*: (.+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert 20 <= len(terms) <= 40
    assert [term for term, _ in terms] == sorted((term for term, _ in terms), key=str.lower)
    symbols = [symbol for _, meaning in terms for symbol in re.findall(r"`([\w.]+):([\w.]+)`", meaning)]
    assert len(symbols) >= 20
    for module, name in symbols:
        assert _defines(ROOT / f"{module.replace('.', '/')}.py", name), f"no {module}:{name}"


def test_readme_lists_each_setting_with_its_default() -> None:
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|.*\| (.*) \|$", README.read_text(), re.MULTILINE)
    listed = {name: row[1] for row in rows for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert set(listed) == {name.upper() for name in Settings.model_fields}
    for name in ("RATE", "DATABASE", "DIGESTS", "UNCONFIRMED", "DRIVER", "LOG_LEVEL"):
        default = Settings.model_fields[name.lower()].default
        assert f"`{default}`" in listed[name]


@pytest.mark.parametrize(
    ("page", "label", "translated"),
    [("admins.md", r"(?<!\*)\*([^*\n]+)\*(?!\*)", False), ("zh/admins.md", r"“([^”\n]+)”", True)],
)
def test_pages_for_admins_name_buttons_by_their_texts(page: str, label: str, *, translated: bool) -> None:
    catalogue = read_po(BytesIO((ROOT / "domain" / "chat" / "locale" / "zh_Hans.po").read_bytes()))
    texts = {message.string if translated else message.id for message in catalogue}
    labels = re.findall(label, (DOCS / page).read_text(encoding="utf-8"))
    assert len(labels) >= 8
    assert [text for text in labels if text not in texts] == []


def test_drivers_page_states_the_bot_api_that_the_frameworks_speak() -> None:
    stated = re.findall(r"\*\*Bot API ([\d.]+)\*\*", (DOCS / "drivers.md").read_text(encoding="utf-8"))
    assert stated == [aiogram.__api_version__]


def test_page_on_moving_names_settings_and_links_that_exist() -> None:
    text = (DOCS / "when-to-move.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b([A-Z][A-Z_]+)=", text))
    assert named == {"DATABASE", "HA"}
    assert named <= {name.upper() for name in Settings.model_fields}
    address = re.search(r"^DATABASE=(\S+)$", text, re.MULTILINE)
    assert address is not None
    parsed = parse_address(address[1])
    assert parsed.chooses_primary
    assert len(parsed.servers) == 3
