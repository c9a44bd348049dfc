"""Words as tokens: what is looked for stands in a row of tokens where the characters stand in the text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.search_tokens import MAX_PHRASES, MAX_TOKENS, SearchPhrase, search_phrases, split_words, text_tokens

MIXED = st.text(st.sampled_from("人工智能模型股火AIgpt4o -，"), max_size=12)


def is_found(words: str, text: str) -> bool:
    """Return whether a text has all phrases of a search, as an index finds them."""
    phrases, tokens = search_phrases(words), text_tokens(text)
    return bool(phrases) and all(
        any(
            _stands_at(replace(phrase, tokens=spelled), tokens[start : start + len(spelled)])
            for spelled in (phrase.tokens, *phrase.other_spellings)
            for start in range(len(tokens))
        )
        for phrase in phrases
    )


def _stands_at(phrase: SearchPhrase, tokens: list[str]) -> bool:
    *first, last = phrase.tokens
    if len(tokens) != len(phrase.tokens) or tokens[:-1] != first:
        return False
    return tokens[-1].startswith(last) if phrase.is_prefix else tokens[-1] == last


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("智能", "人工智能的一年"),
        ("火", "火星"),
        ("星", "火星"),
        ("人工智能", "人工智能"),
        ("智能AI", "人工智能AI芯片"),
        ("A股", "今天A股票房"),
        ("gpt", "ＧＰＴ-4o 来了"),
        ("GPT-4o", "新的gpt 4o"),
        ("model", "Two models"),
        ("models", "A model"),
        ("apple chips", "A new chip of Apple's"),
        ("cafe", "Café"),
        ("Café", "CAFE"),
        ("芯片，光刻机", "光刻机与芯片"),
        ("“芯片”", "芯片"),
        ("NEAR", "so near"),
        ("Москва", "в москве и Москва"),
        ("ひらがな", "これはひらがなです"),
        ("\U00020000\U00020001", "古字\U00020000\U00020001"),
        ("zebra", "A zebra"),
        ("手語課堂", "手语课堂开讲"),
        ("手语课堂", "手語課堂開講"),
        ("語", "手语课堂"),
        ("头发", "剪頭髮"),
        ("芯片，發佈", "芯片发布"),
    ],
)
def test_words_are_found(words: str, text: str) -> None:
    assert is_found(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("工能", "人工智能"),
        ("人能", "人工智能"),
        ("ai", "air"),
        ("status", "statues"),
        ("chess", "cheese"),
        ("gas", "gallery"),
        ("苹果 芯片", "苹果发布会"),
        ("智能手机", "智能，手机"),
        ("odel", "model"),
        ("😀", "😀"),
        ("*", "anything"),
        ("", "anything"),
    ],
)
def test_other_words_are_not_found(words: str, text: str) -> None:
    assert not is_found(words, text)


@given(MIXED, MIXED, MIXED)
def test_words_between_spaces_are_found_in_any_text_around(before: str, words: str, after: str) -> None:
    """A word of Chinese characters only is found wherever it stands, whatever stands beside it."""
    chinese = re.sub("[^人工智能模型股火]", "", words)
    if chinese:
        assert is_found(chinese, before + chinese + after)
    if search_phrases(words):
        assert is_found(words, f"{before} {words} {after}")


@given(st.text(max_size=300))
def test_tokens_are_plain_whatever_was_written(text: str) -> None:
    assert [token for token in text_tokens(text) if not re.fullmatch("[a-z0-9]+", token)] == []
    assert len(search_phrases(text)) <= MAX_PHRASES


def test_characters_without_a_plain_form_are_written_by_their_code() -> None:
    # 0xB7D0 is 10b4 in base 36. Codes are kept once made, so no other test may have this character.
    assert text_tokens("\ub7d0a") == ["z10b4a"]


def test_size_is_bounded() -> None:
    assert len(text_tokens("长" * 50_000)) == MAX_TOKENS
    (phrase,) = search_phrases("长" * 10_000)
    assert len(phrase.tokens) < 100
    assert max(map(len, text_tokens("x" * 10_000))) < 100


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("苹果芯片", ["苹果 芯片"]),
        (" 英伟达芯片 ", ["英伟 达芯片", "英伟达 芯片"]),
        ("人工智能芯片", ["人工智 能芯片", "人工 智能芯片", "人工智能 芯片"]),
        ("芯片组", []),
        ("苹果 芯片", []),
        ("一二三四五六七八九", []),
        ("chips", []),
    ],
)
def test_words_without_a_space_are_read_as_two(words: str, readings: list[str]) -> None:
    assert list(split_words(words)) == readings
