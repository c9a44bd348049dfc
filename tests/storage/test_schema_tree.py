"""The tree at the beginning of the schema lists its tables."""

from __future__ import annotations

import re

import pytest

from storage import schema


@pytest.mark.sqlite
def test_tree_names_every_table_once() -> None:
    lines = (schema.__doc__ or "").splitlines()[1:]
    named = [name for line in lines for name in re.findall(r"(?:^|─ )(\w+)(?= )", line)]
    assert sorted(named) == sorted(schema.metadata.tables)
