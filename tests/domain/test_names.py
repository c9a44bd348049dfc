"""Comparing names."""

from __future__ import annotations

import pytest

from domain.names import find_in_either_script, find_name, fold_name, nearest_in_either_script, nearest_name


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


@pytest.mark.parametrize("name", ["技術前沿", "技术前沿！", "技術 前沿"])
def test_name_is_found_in_either_script(name: str) -> None:
    assert find_in_either_script(name, ["产业", "技术前沿"]) == "技术前沿"
    assert find_in_either_script(name, ["產業", "技術前沿"]) == "技術前沿"


def test_name_in_the_script_that_was_typed_comes_first() -> None:
    assert find_in_either_script("技術", ["技术", "技術"]) == "技術"
    assert find_in_either_script("技術", ["科技"]) is None
    assert find_in_either_script("!?", ["", "a"]) is None


def test_misspelled_name_is_near_in_either_script() -> None:
    assert nearest_in_either_script("技術前缘", ["巨头动态", "技术前沿"]) == "技术前沿"
    assert nearest_in_either_script("x", []) is None
