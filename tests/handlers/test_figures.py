"""The figures of /stats: each as a picture with its numbers, for bot admins alone."""

from __future__ import annotations

from datetime import date

import pytest

from domain.chat.action import Send
from domain.chat.chart import Bars, Curve
from domain.subscription.subscriber import LeftReason
from storage import runs, subscribers
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, NOON, Bot, group, private

TODAY, YESTERDAY = date(2025, 9, 12), date(2025, 9, 11)
LABELS = {
    "en": ("Growth", "Leavers", "Deliveries", "Reads", "Feedback", "Languages and layouts"),
    "zh": ("增减", "离开原因", "发送", "打开", "反馈", "语言和版式"),
    "zh-hant": ("增減", "離開原因", "傳送", "開啟", "回饋", "語言和版面"),
}


async def used(bot: Bot) -> None:
    """Give a bot a month: five came, two left, an edition went out, was read and voted on."""
    await bot.publish(YESTERDAY, TODAY)
    bot.wait(days=-20)
    for person in (7, 8, 9):
        await private(bot, person).say("/start")
    bot.now = NOON
    for person in (10, 11):
        await private(bot, person, "zh").say("/start")
    async with bot.database.write() as tx:
        for person, reason in ((7, LeftReason.STOPPED), (8, LeftReason.KICKED)):
            known = await subscribers.get(tx, person)
            assert known is not None
            await subscribers.deactivate(tx, known.id, reason, now=bot.now)
        run_id = await runs.add_digest(tx, TODAY, published=NOON, upto=0)
        for person, state in enumerate(("sent", "sent", "failed", "pending")):
            await sql(
                tx,
                "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state) "
                "VALUES (?, ?, 1, 1, 1, ?)",
                run_id,
                person,
                state,
            )
    for data in (f"item {TODAY} 3", f"item {TODAY} 3", f"item {TODAY} 1", f"vote + {TODAY} 2", f"vote - {YESTERDAY}"):
        await private(bot, 9).press_data(data)


@pytest.mark.parametrize("language", ["en", "zh", "zh-hant"])
async def test_every_figure_is_shown_as_picture_and_numbers(bot: Bot, language: str) -> None:
    await used(bot)
    admin = private(bot, ADMIN, language)
    assert {label.split(" ", 1)[1] for label in (await admin.say("/stats")).labels} == set(LABELS[language])
    answer = await admin.press(LABELS[language][0])
    assert answer.chart.message_id is None, "the numbers stay"
    shown = max(admin.seen)
    for label in LABELS[language][1:]:
        answer = await admin.press(label)
        assert answer.chart.message_id == shown, "the next figure takes the place of the one before"
        assert answer.chart.chart == bot.charts[-1]
    assert len(bot.charts) == 6
    for chart in bot.charts:
        for section in chart.sections:
            assert isinstance(section, Curve) or section.bars


async def test_numbers_of_each_figure(bot: Bot) -> None:
    await used(bot)
    admin = private(bot, ADMIN)
    captions = {
        name: (await admin.press_data(f"stats {name}")).text
        for name in ("growth", "leavers", "deliveries", "reads", "feedback", "readers")
    }
    assert captions == {
        "growth": ("Subscribers\nThu, 14 Aug – Fri, 12 Sep · 3 joined, 2 left\nThu, 14 Aug: 0 → Fri, 12 Sep: 3"),
        "leavers": (
            "Who left, and why\nThu, 14 Aug – Fri, 12 Sep · 2 left\nremoved the bot: 1 · 50%\nunsubscribed: 1 · 50%"
        ),
        "deliveries": "Last deliveries\nFri, 12 Sep\nDigest of Fri, 12 Sep: 2 sent, 1 failed, 1 to go",
        "reads": (
            "What was opened\nFri, 12 Sep · opened by buttons: 3\n"
            "3. 12 日第 3 条 <3 {x} %s: 2\n1. 12 日第 1 条 <3 {x} %s: 1"
        ),
        "feedback": (
            "What readers want\nThu, 11 Sep – Fri, 12 Sep\n"
            "Fri, 12 Sep: more 1, less 0\nThu, 11 Sep: more 0, less 1\n"
            "More like these\nFri, 12 Sep · 12 日第 2 条 <3 {x} %s: 1"
        ),
        "readers": (
            "Languages and layouts\n3 subscribed\n"
            "Language\n简体中文: 2 · 67%\nEnglish: 1 · 33%\nLayout\nHeadlines: 3 · 100%"
        ),
    }


async def test_curve_has_a_point_for_each_day_and_ends_now(bot: Bot) -> None:
    await used(bot)
    await private(bot, ADMIN).press_data("stats growth")
    (curve,) = bot.charts[-1].sections
    assert isinstance(curve, Curve)
    assert curve.values == (*[0] * 9, *[3] * 20, 3)


async def test_reads_turn_to_other_editions(bot: Bot) -> None:
    await used(bot)
    admin = private(bot, ADMIN)
    await admin.press_data("stats reads")
    before = await admin.press("◀ Thu, 11 Sep")
    assert "opened by buttons: 0" in before.text
    assert before.chart.message_id is not None
    assert "opened by buttons: 3" in (await admin.press("Fri, 12 Sep ▶")).text


async def test_new_bot_has_figures_too(bot: Bot) -> None:
    admin = private(bot, ADMIN)
    texts = [
        (await admin.press_data(f"stats {name}")).text
        for name in ("growth", "leavers", "deliveries", "reads", "feedback", "readers")
    ]
    assert [text.splitlines()[1].rpartition(" · ")[2] for text in texts] == [
        "0 joined, 0 left",
        "nobody left",
        "Nothing has gone out yet.",
        "Nothing has been published yet.",
        "Nobody has voted yet.",
        "0 subscribed",
    ]


async def test_numbers_come_where_nothing_can_be_drawn(bot: Bot) -> None:
    await used(bot)
    bot.draws_charts = False
    answer = await private(bot, ADMIN).press_data("stats leavers.e")
    (sent,) = [action for action in answer.actions if isinstance(action, Send)]
    assert sent.chat_id == ADMIN
    assert "unsubscribed: 1 · 50%\nThe picture could not be drawn" in answer.text
    assert answer.labels, "another figure may be drawn"


async def test_only_admins_see_figures_at_the_moment_of_the_press(bot: Bot) -> None:
    await used(bot)
    admin = private(bot, ADMIN)
    await admin.say("/stats")
    bot.admins = frozenset()
    refused = await admin.press("Growth")
    assert refused.messages == []
    assert "stats" not in refused.toast
    assert bot.charts == []


async def test_figures_are_shown_in_private_only(bot: Bot) -> None:
    await used(bot)
    answer = await group(bot, person=ADMIN).say("/stats growth")
    assert "private" in answer.text
    assert bot.charts == []


async def test_long_headlines_fit_into_a_caption(bot: Bot) -> None:
    await bot.publish(TODAY, items=60)
    for position in range(1, 61):
        await private(bot).press_data(f"item {TODAY} {position}")
    await private(bot, ADMIN).press_data("stats reads")
    (section,) = bot.charts[-1].sections
    assert isinstance(section, Bars)
    assert len(section.bars) == 7
