"""How category names are compared."""

from __future__ import annotations

import pytest

from domain.subscription.preferences import ContentPreferences, Layout, category_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("AI产业", "ａｉ 产业"), ("巨头-动态", "巨头动态！"), ("🔥 热点", "热点"), ("Ｏｐｅｎ Source", "open_source")],
)
def test_case_width_and_punctuation_do_not_matter(one: str, other: str) -> None:
    assert category_key(one) == category_key(other)


def test_letters_do_and_a_name_of_signs_is_itself() -> None:
    assert category_key("产业") != category_key("技术")
    assert category_key(" #! ") == "#!"


def test_tastes_are_values() -> None:
    assert (
        len({ContentPreferences(), ContentPreferences(Layout.HEADLINES, "zh", None), ContentPreferences(Layout.FULL)})
        == 2
    )
