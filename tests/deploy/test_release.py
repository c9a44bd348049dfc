"""`make release`: everything of a release is made from what is committed, and only --tag tags."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from deploy.release import (
    MIGRATIONS,
    RELEASED,
    CannotRelease,
    changed_migrations,
    list_components,
    release,
    with_migrations,
    with_section,
    with_version,
)

ROOT = Path(__file__).parents[2]
DAY = "2026-12-01"
CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something new.\n\n## 0.1.0 - 2025-01-01\n\n- All.\n"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    command = ("git", "-C", str(folder), *identity, *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the project's metadata and one small package."""
    root = tmp_path / "checkout"
    for package in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
        "packages"
    ]:
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").touch()
    (root / "examples" / "digests").mkdir(parents=True)
    (root / "examples" / "digests" / "2026-11-12.md").write_text("# News\n")
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.txt", ".gitignore"):
        shutil.copy(ROOT / name, root)
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    (root / MIGRATIONS).mkdir(parents=True)
    (root / MIGRATIONS / "0001_first.py").write_text("revision = '0001'\n")
    (root / RELEASED).touch()
    git(root, "init", "--quiet")
    git(root, "config", "user.name", "Ann")
    git(root, "config", "user.email", "ann@example.org")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "all")
    return root


def test_release_is_built_and_the_checkout_stays_as_it_is(checkout: Path) -> None:
    folder = release(checkout, "9.8.7", tag=False, day=DAY)
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS",
        "digestbot-9.8.7-py3-none-any.whl",
        "digestbot-9.8.7.cdx.json",
        "digestbot-9.8.7.tar.gz",
    ]
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    with ZipFile(folder / "digestbot-9.8.7-py3-none-any.whl") as wheel:
        assert b"\nVersion: 9.8.7\n" in wheel.read("digestbot-9.8.7.dist-info/METADATA")
    assert {"name": "aiohttp", "type": "library"}.items() <= next(
        part
        for part in json.loads((folder / "digestbot-9.8.7.cdx.json").read_text())["components"]
        if part["name"] == "aiohttp"
    ).items()
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag") == ""
    assert len(git(checkout, "worktree", "list").splitlines()) == 1
    with pytest.raises(CannotRelease, match="exists: delete it"):
        release(checkout, "9.8.7", tag=False, day=DAY)


def test_tag_holds_version_changelog_and_released_migrations(checkout: Path) -> None:
    release(checkout, "9.8.7", tag=True, day=DAY)
    assert git(checkout, "show", "v9.8.7:CHANGELOG.md") + "\n" == with_section(CHANGELOG, "9.8.7", DAY)
    assert '\nversion = "9.8.7" #' in git(checkout, "show", "v9.8.7:pyproject.toml")
    git(checkout, "merge", "--quiet", "--ff-only", "v9.8.7")
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", RELEASED.name], cwd=checkout / RELEASED.parent, check=True
    )
    with pytest.raises(CannotRelease, match=r"the tag v9\.8\.7 exists"):
        release(checkout, "9.8.7", tag=False, day=DAY)


def test_release_is_refused_before_anything_is_made(checkout: Path) -> None:
    with pytest.raises(CannotRelease, match="no version"):
        release(checkout, "v9.8", tag=False, day=DAY)
    (checkout / "README.md").write_text("changed")
    with pytest.raises(CannotRelease, match="not committed"):
        release(checkout, "9.8.7", tag=False, day=DAY)
    assert not (checkout / "dist").exists()


def test_changes_move_under_the_version() -> None:
    moved = with_section(CHANGELOG, "0.2.0", DAY)
    assert moved == CHANGELOG.replace("## Unreleased\n", f"## Unreleased\n\n## 0.2.0 - {DAY}\n")
    with pytest.raises(CannotRelease, match="nothing under Unreleased"):
        with_section(moved, "0.3.0", DAY)
    with pytest.raises(CannotRelease, match=r"a section 0\.1\.0 already"):
        with_section(CHANGELOG, "0.1.0", DAY)


def test_changelog_is_ready_to_be_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for heading in re.findall(r"^## (.+)$", changelog, re.MULTILINE):
        assert re.fullmatch(r"Unreleased|0\.1\.0|\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if f"\n## {version} - " not in changelog:
        assert f"## {version} - {DAY}" in with_section(changelog, version, DAY)


def test_released_migrations_never_change() -> None:
    """Whoever runs a release has applied them; a new one is added in `storage.new_migration`'s way."""
    assert changed_migrations((ROOT / RELEASED).read_text(), ROOT / MIGRATIONS) == []


def test_changed_or_missing_released_migration_is_refused(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"000{number}.py").write_text(f"revision = '000{number}'\n")
    released = with_migrations("", tmp_path)
    (tmp_path / "0003.py").write_text("revision = '0003'\n")
    assert changed_migrations(released, tmp_path) == []
    assert with_migrations(released, tmp_path).startswith(released)
    (tmp_path / "0001.py").write_text("revision = '0001' # in place\n")
    (tmp_path / "0002.py").unlink()
    assert changed_migrations(released, tmp_path) == ["0001.py", "0002.py"]
    with pytest.raises(CannotRelease, match=r"a release has these already: .*: 0001\.py, 0002\.py"):
        with_migrations(released, tmp_path)


def test_version_never_goes_back() -> None:
    pyproject = '[project]\nversion = "0.10.0" # the only place\n'
    assert with_version(pyproject, "0.11.0") == pyproject.replace("0.10.0", "0.11.0")
    with pytest.raises(CannotRelease, match=r"0\.9\.0 is lower than 0\.10\.0"):
        with_version(pyproject, "0.9.0")


def test_each_locked_requirement_is_listed_once() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    names = [part["name"] for part in list_components(text, "1.0.0")["components"]]
    assert len(names) == len(set(names)) > 40
    assert len(names) == sum("==" in line.partition(";")[0] for line in text.splitlines())
