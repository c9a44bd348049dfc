"""Grapheme boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.pagination.graphemes import boundary_before, is_grapheme_boundary

CLUSTERS = {
    "a letter and its accent": "e\u0301",
    "many accents": "a\u0323\u0302\u0301",
    "emoji presentation": "❤\ufe0f",
    "a key cap": "1\ufe0f\u20e3",
    "a skin tone": "👍🏽",
    "a family": "👨\u200d👩\u200d👧\u200d👦",
    "a profession with a skin tone": "👩🏿\u200d🚒",
    "a rainbow flag": "🏳\ufe0f\u200d🌈",
    "a country's flag": "🇨🇳",
    "a region's flag": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Hangul in jamo": "\u1112\u1161\u11ab",
    "a Hangul syllable with a final": "\uac00\u11a8",
    "old Hangul": "\ua960\ud7b0\ud7cb",
    "a Devanagari conjunct": "क्ष",
    "a conjunct with a joiner": "क्\u200dष",
    "a vowel sign": "नि",
    "Thai": "กำ",
    "a voiced half-width kana": "ｶﾞ",
    "a prepended sign": "\u06001",
    "a line break of two characters": "\r\n",
}


@pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS.keys())
def test_cluster_is_not_cut_among_others(cluster: str) -> None:
    plain = f"中{cluster}文"
    assert [cut for cut in range(len(plain) + 1) if is_grapheme_boundary(plain, cut)] == [
        0,
        1,
        1 + len(cluster),
        len(plain),
    ]


def test_plain_text_may_be_cut_anywhere() -> None:
    plain = "AI，人工智能 한국어 ﾊﾝｶｸ 🚀🎉 — fin."
    assert [cut for cut in range(len(plain) + 1) if not is_grapheme_boundary(plain, cut)] == []


def test_flags_are_pairs_counted_from_a_known_boundary() -> None:
    flags = "🇨🇳🇩🇪🇫🇷"
    assert [is_grapheme_boundary(flags, cut) for cut in range(7)] == [True, False, True, False, True, False, True]
    assert is_grapheme_boundary(flags, 3, since=3)
    assert is_grapheme_boundary(flags, 5, since=3)
    assert not is_grapheme_boundary(flags, 4, since=3)


def test_a_joiner_holds_emoji_and_not_letters() -> None:
    assert not is_grapheme_boundary("👩\u200d🚒", 2)
    assert is_grapheme_boundary("a\u200db", 2)


def test_a_control_character_stands_alone() -> None:
    assert is_grapheme_boundary("\n\u0301", 1)
    assert is_grapheme_boundary("a\u200bb", 1)


@given(st.text(alphabet="中a e\u0301❤\ufe0f👍🏽\u200d🇨🇳\u1112\u1161\uac00क्ष", min_size=1), st.data())
def test_the_boundary_before_is_the_last_one(plain: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(1, len(plain)))
    found = boundary_before(plain, index, 0)
    boundaries = [cut for cut in range(1, len(plain) + 1) if is_grapheme_boundary(plain, cut)]
    before = [cut for cut in boundaries if cut <= index]
    assert found == (before[-1] if before else boundaries[0])


def test_an_endless_cluster_is_cut_after_all() -> None:
    assert boundary_before("a" + "\u0301" * 10_000, 48, 0) == 512
