"""Content preferences are stored once, whoever shares them; equal sets of categories are equal."""

from __future__ import annotations

import pytest

from domain.subscription.preferences import ContentPreferences, Layout
from storage import content_preferences
from storage.database import Tx

ALL = ContentPreferences()
OTHERS = (
    ContentPreferences(Layout.FULL, "zh"),
    ContentPreferences(Layout.HEADLINES, "en"),
    ContentPreferences(categories=frozenset({"技术", "体育", '"quoted"'})),
    ContentPreferences(categories=frozenset()),
)


async def test_equal_preferences_share_a_row(tx: Tx) -> None:
    assert await content_preferences.newest_id(tx) == 0
    stored = {await content_preferences.get_or_create(tx, one): one for one in (ALL, *OTHERS)}
    assert len(stored) == 5
    for preferences_id, one in stored.items():
        assert await content_preferences.get_or_create(tx, one) == preferences_id
    ids = list(stored)
    assert await content_preferences.newest_id(tx) == ids[-1]
    assert await content_preferences.all_after(tx, 0) == stored
    assert list(await content_preferences.all_after(tx, 0)) == sorted(stored)
    assert await content_preferences.all_after(tx, ids[2]) == {ids[3]: OTHERS[2], ids[4]: OTHERS[3]}
    assert await content_preferences.all_after(tx, ids[-1]) == {}


@pytest.mark.parametrize(
    ("categories", "stored"),
    [(None, ""), (frozenset(), "[]"), (frozenset({"体育", "ai"}), '["ai", "体育"]')],
    ids=["all", "none", "some"],
)
def test_categories_are_stored_in_order_and_readable(categories: frozenset[str] | None, stored: str) -> None:
    assert content_preferences.write_categories(categories) == stored
    assert content_preferences.read_categories(stored) == categories
