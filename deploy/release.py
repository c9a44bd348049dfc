"""Make a release: version and changelog, wheel and sdist, list of components, checksums; with --tag also the tag.

committed state -> a worktree of its own: version, changelog, released migrations -> build -> dist/VERSION
-> (--tag: commit and tag)

The checkout stays as it is, so everything but the tag can be tried at any time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+")
MIGRATIONS = Path("storage", "migrations", "versions")
RELEASED = Path("storage", "migrations", "released.sha256")
"""The migrations that a release has, as `sha256sum --check` reads it: they never change again."""


class CannotRelease(Exception):
    """Why no release can be made, and what to do."""


def main() -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(description="Make a release into dist/VERSION; nothing is tagged without --tag.")
    parser.add_argument("version", help="such as 0.3.0")
    parser.add_argument("--tag", action="store_true", help="commit version and changelog, and tag that commit")
    given = parser.parse_args()
    try:
        folder = release(ROOT, given.version, tag=given.tag, day=f"{datetime.now(UTC):%Y-%m-%d}")
    except CannotRelease as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    sys.stdout.write("".join(f"{path.relative_to(ROOT)}\n" for path in sorted(folder.iterdir())))
    follow_up = f"git merge --ff-only v{given.version} && git push origin HEAD v{given.version}"
    sys.stdout.write(f"tagged; next: {follow_up}\n" if given.tag else "nothing was tagged: that needs --tag\n")
    return 0


def release(root: Path, version: str, *, tag: bool, day: str) -> Path:
    """Build the release of what is committed and return its folder. Raises `CannotRelease`."""
    if not VERSION.fullmatch(version):
        raise CannotRelease(f"{version} is no version such as 0.3.0")
    if _git(root, "status", "--porcelain"):
        raise CannotRelease("there are changes that are not committed: commit or stash them")
    if _git(root, "tag", "--list", f"v{version}"):
        raise CannotRelease(f"the tag v{version} exists: choose a higher version")
    folder = root / "dist" / version
    if folder.exists():
        raise CannotRelease(f"{folder} exists: delete it")
    with _worktree(root) as tree:
        _edit(tree / "pyproject.toml", lambda text: with_version(text, version))
        _edit(tree / "CHANGELOG.md", lambda text: with_section(text, version, day))
        _edit(tree / RELEASED, lambda text: with_migrations(text, tree / MIGRATIONS))
        _build(tree, folder)
        requirements = (tree / "requirements.txt").read_text(encoding="utf-8")
        bom = json.dumps(list_components(requirements, version), indent=2) + "\n"
        (folder / f"digestbot-{version}.cdx.json").write_text(bom, encoding="utf-8")
        (folder / "SHA256SUMS").write_text(checksums(folder), encoding="utf-8")
        if tag:
            _git(tree, "commit", "--quiet", "--all", "--message", f"release: {version}")
            _git(tree, "tag", "--annotate", "--message", f"digestbot {version}", f"v{version}")
    return folder


def with_version(pyproject: str, version: str) -> str:
    """Return pyproject.toml with a higher version. Raises `CannotRelease`."""
    current = str(tomllib.loads(pyproject)["project"]["version"])
    if _numbers(version) < _numbers(current):
        raise CannotRelease(f"{version} is lower than {current} in pyproject.toml")
    return re.sub(r'^version = "[^"]+"', f'version = "{version}"', pyproject, count=1, flags=re.MULTILINE)


def with_section(changelog: str, version: str, day: str) -> str:
    """Return the changelog with what was unreleased under the version. Raises `CannotRelease`."""
    before, heading, after = changelog.partition("\n## Unreleased\n")
    changes = re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    if not heading or not re.search(r"^- ", changes, re.MULTILINE):
        raise CannotRelease("CHANGELOG.md has nothing under Unreleased")
    if re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE):
        raise CannotRelease(f"CHANGELOG.md has a section {version} already: move its lines under Unreleased")
    return f"{before}{heading}\n## {version} - {day}\n{after}"


def with_migrations(released: str, folder: Path) -> str:
    """Return the list of released migrations with all that there are. Raises `CannotRelease`."""
    if changed := changed_migrations(released, folder):
        raise CannotRelease(f"a release has these already: put them back, and write a new one: {', '.join(changed)}")
    return "".join(f"{_digest(path)}  versions/{path.name}\n" for path in sorted(folder.glob("*.py")))


def changed_migrations(released: str, folder: Path) -> list[str]:
    """Return the names of released migrations that are missing or not as they were."""
    listed = (line.split("  versions/", 1) for line in released.splitlines())
    return [name for digest, name in listed if not (folder / name).is_file() or _digest(folder / name) != digest]


def list_components(requirements: str, version: str) -> Mapping[str, Any]:
    """Return the locked requirements as a bill of materials in the form of CycloneDX 1.5."""
    locked = re.findall(r"^([\w.-]+)==([\w.]+)", requirements, re.MULTILINE)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "digestbot", "version": version}},
        "components": [
            {"type": "library", "name": name, "version": exact, "purl": f"pkg:pypi/{name}@{exact}"}
            for name, exact in locked
        ],
    }


def checksums(folder: Path) -> str:
    """Return a line for each file, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    return "".join(f"{_digest(path)}  {path.name}\n" for path in files)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _edit(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


@contextmanager
def _worktree(root: Path) -> Iterator[Path]:
    """Yield a worktree of what is committed, and remove it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "digestbot"
        _git(root, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def _build(tree: Path, folder: Path) -> None:
    """Build wheel and sdist with the locked hatchling, without downloading anything."""
    arguments = (sys.executable, "-m", "hatchling", "build", "--directory", str(folder))
    ended = subprocess.run(arguments, cwd=tree, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if ended.returncode:
        raise CannotRelease(f"the build failed:\n{ended.stdout}{ended.stderr}")


def _git(folder: Path, *arguments: str) -> str:
    command = ("git", "-C", str(folder), *arguments)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if ended.returncode:
        raise CannotRelease(f"git {arguments[0]} failed: {ended.stderr.strip()}")
    return ended.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
