"""Comparing names."""

from __future__ import annotations

import pytest

from domain.names import find_name, fold_name, nearest_name


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("AI产业", "ａｉ 产业！"),
        ("Open source", "open-source"),
        ("🚀 技术前沿", "技术前沿"),
        ("R&D", "rd"),
        ("snake_case", "Snake Case"),
    ],
)
def test_find_name(name: str, same: str) -> None:
    assert fold_name(name) == fold_name(same)
    assert find_name(name, ["别的", same]) == same


def test_empty_name_is_not_found() -> None:
    assert fold_name("!?") == ""
    assert find_name("!?", ["", "a"]) is None
    assert nearest_name("!?", ["a"]) is None
    assert nearest_name("a", []) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("技术前言", "技术前沿"),
        ("巨头", "巨头动态"),
        ("opensource", "Open source"),
        ("polcy", "Policy"),
        ("天气预报", None),
    ],
)
def test_nearest_name(name: str, meant: str | None) -> None:
    assert nearest_name(name, ["技术前沿", "巨头动态", "Open source", "Policy"]) == meant
