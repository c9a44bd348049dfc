"""docs/privacy.md and the list of personal data name every column of the database."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Boolean

from storage.personal_data import PERSONAL
from storage.schema import metadata

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
NEW_TABLE = "add a line to docs/privacy.md, and to PERSONAL in storage/personal_data.py if it is about people"
NEW_COLUMN = "name the column in its table's line of docs/privacy.md; a new table: " + NEW_TABLE
NOT_EMPTIED = "let the column be nullable or Boolean, or give its empty value in PERSONAL (storage/personal_data.py)"


def listed(heading: str) -> dict[str, list[str]]:
    """Return the columns of each table that a section of the page lists."""
    section = PAGE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"(?ms)^- `(\w+)` \((.*?)\)", section)
    return {table: re.findall(r"`(\w+)`", columns) for table, columns in lines}


def test_page_names_every_column_of_the_schema_once() -> None:
    about_people, about_nobody = listed("About people and chats"), listed("About nobody")
    assert not about_people.keys() & about_nobody.keys()
    tables = {table.name: [column.name for column in table.c] for table in metadata.sorted_tables}
    assert about_people | about_nobody == tables, NEW_COLUMN


def test_export_and_erasing_know_every_personal_table() -> None:
    assert listed("About people and chats").keys() == {personal.table.name for personal in PERSONAL}, NEW_TABLE


def test_every_emptied_column_can_be_empty() -> None:
    stuck = {
        str(column)
        for personal in PERSONAL
        for column in (personal.table.c[name] for name in personal.emptied - set(personal.values or {}))
        if not (column.nullable or isinstance(column.type, Boolean))
    }
    assert stuck == set(), NOT_EMPTIED


def test_every_owner_column_is_personal() -> None:
    """Otherwise a table could be called nobody's although it names people."""
    owners = {"chat_id", "user_id", "subscriber_id", "actor", "card_chat_id"}
    naming = {table.name for table in metadata.sorted_tables if owners & set(table.c.keys())}
    assert naming <= {personal.table.name for personal in PERSONAL}, NEW_TABLE
