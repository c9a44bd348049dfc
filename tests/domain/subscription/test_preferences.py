"""Content preferences and category keys."""

from __future__ import annotations

import pytest

from domain.subscription.preferences import ContentPreferences, Layout, category_id, category_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("AI产业", "ａｉ 产业"), ("巨头-动态", "巨头动态！"), ("🔥 热点", "热点"), ("Ｏｐｅｎ Source", "open_source")],
)
def test_category_key_ignores_case_width_and_punctuation(one: str, other: str) -> None:
    assert category_key(one) == category_key(other)


def test_category_key_keeps_letters_and_pure_symbols() -> None:
    assert category_key("产业") != category_key("技术")
    assert category_key(" #! ") == "#!"


def test_preferences_are_hashable_values() -> None:
    assert (
        len({ContentPreferences(), ContentPreferences(Layout.HEADLINES, "zh", None), ContentPreferences(Layout.FULL)})
        == 2
    )


def test_category_ids_are_short_stable_and_different() -> None:
    """Buttons of last year carry them."""
    assert category_id("技术") == "70f3a5af48"
    assert category_id("产业") != category_id("技术")
