"""The weekly recap in the conversation: chosen by button or sentence, told by the planner's rule, for chats too."""

from __future__ import annotations

import pytest

from tests.handlers.dialogue import Bot, group, private


async def test_recap_is_chosen_told_and_ended(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    await ann.say("/settings")
    screen = await ann.press("Weekly recap")
    assert "✓ No recap" in screen.labels
    chosen = await ann.press("Sun")
    assert "✓ Sun" in chosen.labels
    assert "Next weekly recap: Sun, 14 Sep at 08:00" in chosen.text
    row = await ann.row()
    assert (row.recap_weekday, row.recap_since) == (6, bot.now)
    assert "Next weekly recap" in (await ann.say("/status")).text
    await ann.press("Undo")
    assert (await ann.row()).recap_weekday is None
    await ann.say("/settings")
    await ann.press("Weekly recap")
    await ann.press("Mon")
    assert "Next recap" not in (await ann.press("No recap")).text
    assert (await ann.row()).recap_since is None


@pytest.mark.parametrize(
    ("language", "words", "question", "told"),
    [
        (
            "en",
            "send a weekly recap on sunday",
            "Shall a recap of the week come every Sun at 08:00?",
            "🗞 Next weekly recap: Sun",
        ),
        ("zh-hans", "每周日给我一个总结", "每周日 08:00 发一份一周回顾，好吗？", "🗞 下次每周回顾："),
    ],
)
async def test_a_sentence_proposes_it(bot: Bot, language: str, words: str, question: str, told: str) -> None:
    ann = private(bot, language=language)
    await ann.say("/start")
    assert question in (await ann.say(words)).text
    assert (await ann.row()).recap_weekday is None
    assert told in (await ann.press("✓")).text
    assert (await ann.row()).recap_weekday == 6


async def test_the_hour_and_a_pause_move_what_is_told(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    await ann.press_data("weekly 6.e")
    await ann.say("/time 21:30")
    assert "Next weekly recap: Sun, 14 Sep at 21:30" in (await ann.say("/status")).text
    bot.wait(days=1)
    await ann.say("/pause 3 days")
    assert "Next weekly recap: Sun, 21 Sep at 21:30" in (await ann.say("/status")).text


async def test_a_chat_has_its_own(bot: Bot) -> None:
    ann, chat = private(bot), group(bot)
    bot.group_admins = {chat.chat.id: {7}}
    await ann.say("/start")
    for action in (await chat.lets_in(present=True)).actions:
        ann._see(action)
    for label in ("Set it up", "Subscribe", "Weekly recap", "Fri"):
        shown = await ann.press(label)
    assert "a group" in shown.text
    assert ((await chat.row()).recap_weekday, (await ann.row()).recap_weekday) == (4, None)
