"""Assemble the pages of the site: those of the repository with links that hold there, and the generated ones."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path

from deploy.docs_site.reference import reference_pages

DOCS = "docs"
CHINESE = "zh"
DECISIONS = Path(DOCS) / "decisions"
ORPHAN = "---\norphan: true\n---\n\n"
"""Front matter of a page that the menu does not list; a menu of all decisions would take longest to build."""

ROOT_PAGES = ("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "README.md", "SECURITY.md")
INDEX = Path(__file__).with_name("index.md")

_LINK = re.compile(r"(?P<label>\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<target>[^)\s]+)\)")
_CENTRED = re.compile(r'<p align="center">\n(?P<images>.*?)</p>', re.DOTALL)
_BREAK_IN_CHINESE = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff60])\n(?=[\u4e00-\u9fff])")
_FENCE = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)


def assemble(root: Path, pages: Path) -> None:
    """Write all pages and pictures of the site into a folder that does not exist yet."""
    shutil.copytree(root / DOCS / "pictures", pages / DOCS / "pictures")
    source = str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"])
    texts = {page: _converted(root, page, source) for page in _repository_pages(root)}
    texts |= {Path("reference") / name: text for name, text in reference_pages(root).items()}
    texts[Path("index.md")] = INDEX.read_text(encoding="utf-8")
    for page, text in texts.items():
        (pages / page).parent.mkdir(parents=True, exist_ok=True)
        (pages / page).write_text(text, encoding="utf-8")


def _repository_pages(root: Path) -> list[Path]:
    found = [*(root / name for name in ROOT_PAGES), *sorted((root / DOCS).rglob("*.md"))]
    return [path.relative_to(root) for path in found]


def _converted(root: Path, page: Path, source: str) -> str:
    """Return a page whose links to files that are no pages lead to the source, and whose figures Sphinx knows."""
    text = (root / page).read_text(encoding="utf-8")
    parts: list[str] = []
    end = 0
    for fence in _FENCE.finditer(text):  # code stays as it is, but Pygments does not know Mermaid
        parts += [_with_links(root, page, text[end : fence.start()], source), fence[0].replace("```mermaid", "```text")]
        end = fence.end()
    parts.append(_with_links(root, page, text[end:], source))
    return "".join([ORPHAN, *parts] if page.parent == DECISIONS and page.name != "README.md" else parts)


def _with_links(root: Path, page: Path, prose: str, source: str) -> str:
    def link(found: re.Match[str]) -> str:
        return f"{found['label']}({_target(root, page, found['target'], source)})"

    prose = _CENTRED.sub(lambda found: re.sub(r"^ +<", "<", found["images"], flags=re.MULTILINE), prose)
    if CHINESE in page.parts:  # a browser would show a blank between two sentences
        prose = _BREAK_IN_CHINESE.sub("", prose)
    return _LINK.sub(link, prose)


def _target(root: Path, page: Path, target: str, source: str) -> str:
    if re.match(r"[a-z]+:|#", target):
        return target
    name, _, anchor = target.partition("#")
    path = Path(os.path.normpath(page.parent / name))
    if (root / path / "README.md").exists() and path.parts[0] == DOCS:
        path /= "README.md"
    if path in _repository_pages(root):
        relative = os.path.relpath(path, page.parent)
        return f"{relative}#{anchor}" if anchor else relative
    if path.suffix in (".png", ".jpg", ".svg"):
        return target
    return f"{source}/{path}"
