"""How the parser reads wishes in combinations of ways, frames, endings, written forms and spellings."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pytest

from tests.handlers.utterances.combinations import Combination, framed, mixed, plain, spelled
from tests.handlers.utterances.judge import meaning_of


@pytest.mark.parametrize(
    ("texts", "least_right"),
    [
        (islice(plain(), 0, None, 11), 0.98),
        (islice(framed(), 0, None, 13), 0.98),
        (islice(spelled(), 0, None, 3), 0.98),
        (mixed(600, seed=3), 0.97),
    ],
    ids=["plain", "framed", "spelled", "mixed"],
)
def test_combinations_are_understood(texts: Iterable[Combination], least_right: float) -> None:
    """A part of each kind is read; `python -m tests.handlers.utterances.combinations` reads them all."""
    read = [(each, meaning_of(each.text)) for each in texts]
    assert [each.text for each, meaning in read if each.utterance.is_dangerous(meaning)] == []
    wrong = [each.text for each, meaning in read if not each.utterance.is_right(meaning)]
    assert len(wrong) <= (1 - least_right) * len(read), "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("看第三条，谢谢", {"intent": "item", "number": 3}),
        ("你好，看最新一期 👍", {"intent": "latest"}),
        ("给我一个汇总，谢谢", {"intent": "recap"}),
        ("mute crypto :)", {"intent": "mute", "words": ["crypto"]}),
        ("share no. 3", {"intent": "share", "number": 3}),
        ("只推送AI分类", {"intent": "only", "words": ["AI"]}),
        ("make it silent", {"intent": "sound", "sound": "silent"}),
        ("only send it on mon - fri", {"intent": "weekdays", "days": ["mon", "tue", "wed", "thu", "fri"]}),
        ("暂停到月底", {"intent": "pause", "until": "2026-11-30"}),
        ("你能不能把我退订", {"intent": "unsubscribe"}),
        ("mute crypto when you get a chance", {"intent": "mute", "words": ["crypto"]}),
    ],
)
def test_polite_words_and_pictures_change_no_meaning(text: str, meaning: dict[str, object]) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text", ["怎么不发了", "你能不能不退订我", "好的，不要退订", "谢谢，别退订 🙏", "please don't unsubscribe me :)"]
)
def test_what_is_denied_stays_denied_after_polite_words(text: str) -> None:
    assert meaning_of(text)["intent"] not in ("unsubscribe", "erase_data")
