"""Simplified and traditional characters: one form to compare in, and what a text may be in the other script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chinese_scripts import MAX_SPELLINGS, SIMPLIFIED, simplified, spellings


@pytest.mark.parametrize(
    ("traditional", "plain"),
    [
        ("手語課堂", "手语课堂"),
        ("技術前沿", "技术前沿"),
        ("頭髮", "头发"),
        ("發現", "发现"),
        ("臺灣", "台湾"),
        ("OpenAI 發佈", "OpenAI 发布"),
        ("ひらがな", "ひらがな"),
    ],
)
def test_traditional_text_has_a_simplified_form(traditional: str, plain: str) -> None:
    assert simplified(traditional) == plain
    assert simplified(plain) == plain


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("手语课堂", "手語課堂"),
        ("手語課堂", "手语课堂"),
        ("头发", "頭髮"),
        ("发布", "發佈"),
        ("發佈", "發布"),
        ("台湾", "臺灣"),
        ("台灣", "臺灣"),
        ("后台面板", "後台面板"),
        ("手表", "手錶"),
        ("公里", "公里"),
    ],
)
def test_text_is_spelled_in_the_other_script(text: str, other: str) -> None:
    assert spellings(text)[0] == text
    assert other in spellings(text)


def test_text_without_other_forms_has_one_spelling() -> None:
    assert spellings("人工智能 GPT-5") == ("人工智能 GPT-5",)


def test_no_simplified_form_has_another_one() -> None:
    assert {plain for plain in SIMPLIFIED.values() if simplified(plain) != plain} == set()


@given(st.text(st.sampled_from("发里后台面板語术AI ，"), max_size=100))
def test_spellings_are_few_and_of_equal_length(text: str) -> None:
    spelled = spellings(text)
    assert 1 <= len(spelled) <= MAX_SPELLINGS
    assert {len(each) for each in spelled} == {len(text)}
    assert {simplified(each) for each in spelled} == {simplified(text)}
