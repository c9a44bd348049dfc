"""A new migration is written for both databases, as the linter wants it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Integer, Table, Text, false, text, true

from storage.column_types import UTCDateTime
from storage.migrate import MIGRATIONS
from storage.new_migration import write
from storage.schema import metadata

ROOT = Path(__file__).parents[2]


@pytest.fixture
def _larger_schema() -> Iterator[None]:
    table = Table(
        "probes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("wanted", Boolean, nullable=False, server_default=true()),
        Column("refused", Boolean, nullable=False, server_default=false()),
        Column("note", Text, nullable=False, server_default=text("''")),
        Column("made_at", UTCDateTime),
    )
    yield
    metadata.remove(table)


@pytest.mark.sqlite
@pytest.mark.usefixtures("_larger_schema")
def test_new_migration_is_portable_and_formatted(tmp_path: Path) -> None:
    """PostgreSQL takes no number as the default of a boolean."""
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    source = (path := write("Add probes", folder)).read_text(encoding="utf-8")
    assert path.parent == folder / "versions"
    assert '"wanted", sa.Boolean(), server_default=sa.true(), nullable=False' in source
    assert '"refused", sa.Boolean(), server_default=sa.false(), nullable=False' in source
    assert '"made_at", sa.DateTime(timezone=True)' in source
    for arguments in (("check",), ("format", "--check")):
        command = [sys.executable, "-m", "ruff", *arguments, "--config", str(ROOT / "pyproject.toml"), str(path)]
        assert subprocess.run(command, check=False).returncode == 0
