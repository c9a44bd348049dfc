"""Tastes: what people want of a digest, shared by all who want the same. A Taste in, its id out; and back."""

from __future__ import annotations

import json

from sqlalchemy import func, select

from domain.subscription.preferences import ContentPreferences, Layout
from storage import upsert
from storage.database import Tx
from storage.schema import content_preferences, subscribers


async def get_or_create(tx: Tx, preferences: ContentPreferences) -> int:
    """The id of a taste, stored if it is new."""
    row = {
        "form": preferences.layout.value,
        "language": preferences.language,
        "categories": write_categories(preferences.categories),
    }
    return await upsert.get_or_create(tx, content_preferences, row)


async def in_use(tx: Tx) -> dict[int, ContentPreferences]:
    """The tastes that an active subscriber has, by id."""
    used = select(subscribers.c.taste_id).where(subscribers.c.active).distinct()
    rows = await tx.execute(select(content_preferences).where(content_preferences.c.id.in_(used)))
    return {row.id: ContentPreferences(Layout(row.form), row.language, read_categories(row.categories)) for row in rows}


async def all_after(tx: Tx, taste_id: int) -> dict[int, ContentPreferences]:
    """All tastes that were stored after one (0: all of them), by id."""
    rows = await tx.execute(
        select(content_preferences).where(content_preferences.c.id > taste_id).order_by(content_preferences.c.id)
    )
    return {row.id: ContentPreferences(Layout(row.form), row.language, read_categories(row.categories)) for row in rows}


async def newest_id(tx: Tx) -> int:
    """The id of the taste stored last; 0 where there is none."""
    return await tx.scalar(select(func.max(content_preferences.c.id))) or 0


def write_categories(categories: frozenset[str] | None) -> str:
    """Categories as they are stored: equal sets give equal strings, all of them give ''."""
    return "" if categories is None else json.dumps(sorted(categories), ensure_ascii=False)


def read_categories(stored: str) -> frozenset[str] | None:
    return frozenset(json.loads(stored)) if stored else None
