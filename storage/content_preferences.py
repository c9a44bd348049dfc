"""Stored content preferences, which subscribers share."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import func, select

from domain.subscription.preferences import ContentPreferences, Layout, ReaderButtons
from storage import upsert
from storage.database import Tx
from storage.schema import content_preferences


async def get_or_create(tx: Tx, preferences: ContentPreferences) -> int:
    """Return the id of content preferences, stored if they are new."""
    values = {
        "layout": preferences.layout.value,
        "language": preferences.language,
        "categories": write_categories(preferences.categories),
        "buttons": preferences.buttons.value,
        "muted_words": write_categories(preferences.muted_words or None),
        "muted_categories": write_categories(preferences.muted_categories or None),
        "signed": preferences.signed,
    }
    return await upsert.get_or_create(tx, content_preferences, values)


async def all_after(tx: Tx, preferences_id: int) -> dict[int, ContentPreferences]:
    """Return the content preferences with ids above one, by id; 0 for all."""
    table = content_preferences
    rows = await tx.execute(select(table).where(table.c.id > preferences_id).order_by(table.c.id))
    return {row.id: read(row) for row in rows}


def read(row: Any) -> ContentPreferences:
    """Return the content preferences in a row."""
    return ContentPreferences(
        layout=Layout(row.layout),
        language=row.language,
        categories=read_categories(row.categories),
        buttons=ReaderButtons(row.buttons),
        muted_words=read_categories(row.muted_words) or frozenset(),
        muted_categories=read_categories(row.muted_categories) or frozenset(),
        signed=row.signed,
    )


async def newest_id(tx: Tx) -> int:
    """Return the highest id; 0 if there is none."""
    return await tx.scalar(select(func.max(content_preferences.c.id))) or 0


def write_categories(categories: frozenset[str] | None) -> str:
    """Return categories as they are stored: equal sets as equal strings, all of them (None) as an empty one."""
    return "" if categories is None else json.dumps(sorted(categories), ensure_ascii=False)


def read_categories(stored: str) -> frozenset[str] | None:
    """Return the categories that `write_categories` wrote."""
    return frozenset(json.loads(stored)) if stored else None
