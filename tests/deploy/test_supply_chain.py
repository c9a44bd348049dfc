"""Tests of what the project takes from others: pinned, hashed, with least rights, under licences that are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCK_FILES = ("requirements.txt", "requirements-dev.txt")
LISTED = re.compile(r"^\| ([\w.-]+) \| (.+) \|$", re.MULTILINE)
LICENCES = {
    "MIT": r"\bMIT\b",
    "BSD": r"\b0?BSD\b",
    "Apache": r"\bApache\b",
    "PSF": r"\bPSF\b|Python Software Foundation",
    "ISC": r"\bISC\b",
    "MPL": r"\bMPL\b|Mozilla",
    "LGPL": r"\bLGPL|Lesser General",
}
"""The licences that a package may have, with how packages write them."""


def test_workflows_have_pinned_actions_and_least_rights() -> None:
    for text in workflows():
        for used in re.findall(r"uses: *(.*)", text):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d[\d.]*", used), used
        parsed = yaml.safe_load(text)
        assert parsed["permissions"] in ({}, {"contents": "read"})
        rights = {right for job in parsed["jobs"].values() for right in job.get("permissions", {}).items()}
        assert rights <= {("contents", "read"), ("packages", "write")}
        steps = [step for job in parsed["jobs"].values() for step in job["steps"]]
        assert "pull_request_target" not in text
        assert "${{" not in "".join(step.get("run", "") for step in steps), "others' names must not become commands"


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_package_is_locked_by_version_and_hash(name: str) -> None:
    for requirement in locked(name):
        assert re.match(r"[\w.-]+==[\w.]+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_environment_has_no_old_installers() -> None:
    """Python brings an old pip and setuptools; `make install` replaces the one and removes the other."""
    [locked_pip] = [line for line in locked("requirements.txt") if line.startswith("pip==")]
    assert locked_pip.startswith(f"pip=={version('pip')} ")
    with pytest.raises(PackageNotFoundError):
        version("setuptools")


def test_every_installed_package_is_listed_with_its_licence() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").partition("## Licences")[2]
    listed = {name: licences for name, licences in LISTED.findall(page) if name not in ("package", "---")}
    names = [re.split(r"[=\[]", requirement)[0] for requirement in locked("requirements.txt")]
    assert list(listed) == names
    for name in names:
        assert named_licences(listed[name]), name
        try:
            assert named_licences(declared_licence(name)) == named_licences(listed[name]), name
        except PackageNotFoundError:
            continue  # for another system


def workflows() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]


def locked(name: str) -> Iterator[str]:
    """Yield each requirement of a lock file with its hashes, in one line."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return (line for line in text.splitlines() if re.match(r"[a-z0-9]", line))


def declared_licence(name: str) -> str:
    """Return how a package names its licence: by an expression, a line or classifiers."""
    found = metadata(name).json
    classifiers = [value for value in found.get("classifier", []) if value.startswith("License")]
    return "\n".join([str(found.get("license_expression", "")), str(found.get("license", ""))[:60], *classifiers])


def named_licences(text: str) -> set[str]:
    return {licence for licence, pattern in LICENCES.items() if re.search(pattern, text)}
