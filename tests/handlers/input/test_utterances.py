"""How the parser reads the utterances that others wrote, and that no text takes it long."""

from __future__ import annotations

import pytest

from handlers.input.reader import read_text
from tests.handlers.utterances.judge import CONTEXT, meaning_of, utterances

LEAST_RIGHT = {
    "development": 0.98,
    "sentences": 0.98,
    "varied": 0.8,
    "held_out": 0.88,
    "blind": 0.95,
    "everyday": 0.96,
    "fresh": 0.98,
}
"""Shares that must be right; those of the sets that only measure were measured, not chosen (docs/decisions/0160)."""


@pytest.mark.parametrize("name", LEAST_RIGHT)
def test_utterances_are_understood_and_none_by_mistake(name: str) -> None:
    read = [(utterance, meaning_of(utterance.text)) for utterance in utterances(name)]
    assert [meaning["intent"] for utterance, meaning in read if utterance.is_dangerous(meaning)] == []
    right = sum(utterance.is_right(meaning) for utterance, meaning in read)
    assert right / len(read) >= LEAST_RIGHT[name]


MOST_MISREAD_LOOKALIKES = 30
CHANGES_NOTHING = {"unknown", "search", "help", "who_are_you", "thanks", "greeting", "praise", "complaint"}


def test_most_lookalikes_of_wishes_are_none() -> None:
    read = [(utterance, meaning_of(utterance.text)) for utterance in utterances("lookalikes")]
    assert len(read) > 100
    assert [meaning["intent"] for utterance, meaning in read if utterance.is_dangerous(meaning)] == []
    misread = [utterance.text for utterance, meaning in read if meaning["intent"] not in CHANGES_NOTHING]
    assert len(misread) <= MOST_MISREAD_LOOKALIKES, "\n".join(misread)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("我一般晚上才看，十点发吧", {"intent": "time", "time": "22:00"}),
        ("晚上太吵了，十点发吧", {"intent": "time", "time": "10:00"}),
        ("先别推送，下个月再说", {"intent": "pause", "until": "2026-12-01"}),
        ("我下周一才回来，先别发", {"intent": "pause", "until": "2026-11-30"}),
        ("my time zone is wrong, it should be Oslo", {"intent": "time_zone", "place": "Oslo"}),
        ("我不需要这个日报了", {"intent": "unsubscribe"}),
        ("周末也不要停", {"intent": "add_weekdays", "days": ["sat", "sun"]}),
        ("这周的重点是什么", {"intent": "recap"}),
        ("改成七点半，周末别发", {"intent": "weekdays", "days": ["mon", "tue", "wed", "thu", "fri"], "time": "07:30"}),
        ("周一三五就行，七点半发", {"intent": "weekdays", "days": ["mon", "wed", "fri"], "time": "07:30"}),
        ("你们的时间搞错了", {"intent": "time_zone"}),
        ("don't be silent", {"intent": "sound", "sound": "loud"}),
        ("科技有什么新闻", {"intent": "category", "name": "科技"}),
        ("my boss wants me to quit", {"intent": "search", "query": "my boss wants me to quit"}),
        ("短一点", {"intent": "layout", "layout": "headlines"}),
        ("number 3 was great, more of that", {"intent": "feedback_more", "number": 3}),
        ("行不行啊，改成九点", {"intent": "time", "time": "09:00"}),
        ("7:30给我发吧", {"intent": "time", "time": "07:30"}),
        ("光伏的新闻有吗", {"intent": "search", "query": "光伏"}),
        ("no more news about bitcoin please", {"intent": "mute", "words": ["bitcoin"]}),
        ("比特币太多啦，少推一点", {"intent": "mute", "words": ["比特币"]}),
        ("会议推迟到下午三点", {"intent": "search", "query": "会议推迟到下午三点"}),
        ("会议我开不了了，日报推迟到下午三点", {"intent": "time", "time": "15:00"}),
        ("能不能再早一点", {"intent": "time"}),
        ("再晚一个小时", {"intent": "time"}),
        ("结束订阅", {"intent": "unsubscribe"}),
        ("元宇宙都凉透了还发，别发了", {"intent": "mute", "words": ["元宇宙"]}),
        ("军训要上交手机，这期间别发", {"intent": "pause"}),
        ("you're too loud", {"intent": "sound", "sound": "silent"}),
        ("nah, i don't want any more of these ever", {"intent": "unsubscribe"}),
        ("i need some quiet for 6 weeks", {"intent": "pause", "days": 42}),
        ("有没有训练模型的新闻", {"intent": "search", "query": "训练模型"}),
        ("浓缩铀", {"intent": "search", "query": "浓缩铀"}),
        ("restaurants run by robots", {"intent": "search", "query": "restaurants run by robots"}),
        ("mute lost ark", {"intent": "mute", "words": ["lost ark"]}),
        ("no hello kitty", {"intent": "mute", "words": ["hello kitty"]}),
        ("my wife wakes up from it, make it silent", {"intent": "sound", "sound": "silent"}),
    ],
)
def test_what_stands_beside_a_wish_is_heeded(text: str, meaning: dict[str, object]) -> None:
    assert meaning_of(text) == meaning


@pytest.mark.parametrize(
    "text",
    ["看" * 160, "不要" * 80, "1-" * 80, "周一" * 80, "a b " * 40, "the " * 40, "，" * 160, "\u202e" * 50, "第" * 160],
)
def test_every_text_has_a_reading(text: str) -> None:
    assert read_text(text, CONTEXT).kind
