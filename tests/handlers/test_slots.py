"""Slots in the conversation: nothing of them without an edition of one, then a time of one's own for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.chat.roles import Role
from domain.edition_day import EditionDay
from domain.subscription.calendar import Schedule
from storage import digests, roles, slot_schedules
from storage.digests import Source
from tests.handlers.dialogue import Bot, Voice, group, private
from tests.handlers.editions import edition, published

DAY = date(2025, 9, 12)
EVE = DAY - timedelta(days=1)


async def publish(bot: Bot, day: date, slot: str = "evening", *, hours: int = 2) -> None:
    """Publish an edition of a slot, some hours after the morning's; its items differ from that one's."""
    digest = replace(edition(day, items=4), slot=slot)
    async with bot.database.write() as tx:
        source = Source(f"{digest.date}.md", b"")
        await digests.upsert(tx, digest, source, published=published(day) + timedelta(hours=hours), now=bot.now)


async def chosen(voice: Voice) -> dict[str, Schedule]:
    async with voice.bot.database.read() as tx:
        slots = await slot_schedules.of_subscriber(tx, (await voice.row()).id)
    return {slot: each.schedule for slot, each in slots.items()}


async def test_nothing_tells_of_slots_without_one(bot: Bot) -> None:
    ann = private(bot)
    await bot.publish(EVE, DAY)
    await ann.say("/start")
    before = [await ann.say(said) for said in ("/settings", "/status", "/today", "/slot evening 18:00")]
    shown = "\n".join(text for answer in before for text in (answer.text, *answer.labels))
    assert "edition" not in shown.lower().replace("a new edition is out", "")
    assert await chosen(ann) == {}


@pytest.mark.parametrize(
    ("language", "label", "question", "line", "off", "status"),
    [
        (
            "en",
            "Evening edition",
            "Evening edition: when should it come?",
            "Evening edition: every day at 20:00; next: today (Fri) at 20:00",
            "Does not come",
            "Evening edition: every day at 18:45",
        ),
        (
            "zh-hans",
            "晚间版",
            "晚间版：几点送来？",
            "晚间版：每天 20:00，下一期：今天（周五）20:00",
            "不送了",
            "晚间版：每天 18:45",
        ),
    ],
)
async def test_slot_is_switched_on_with_a_time_of_its_own(
    bot: Bot, language: str, label: str, question: str, line: str, off: str, status: str
) -> None:
    ann = private(bot, language=language)
    await bot.publish(DAY)
    await publish(bot, EVE)
    await ann.say("/start")
    await ann.say("/settings")
    screen = await ann.press(label)
    assert question in screen.text
    assert off not in "".join(screen.labels)
    saved = await ann.press("20:00")
    assert line in saved.text
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 20 * 60)}
    assert (await ann.row()).schedule == Schedule("Asia/Shanghai", 8 * 60)
    await ann.say("/slot evening 18:45")
    assert status in (await ann.say("/status")).text
    await ann.press_data("slot evening days31.e")
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 18 * 60 + 45, 31)}
    await ann.press_data("slot evening off.e")
    assert await chosen(ann) == {}
    assert status not in (await ann.say("/status")).text


@pytest.mark.parametrize(
    ("said", "minute", "weekdays"),
    [
        ("晚报改到18:45", 18 * 60 + 45, 127),
        ("晚報改到七點半", 19 * 60 + 30, 127),
        ("晚间版周末别发", 20 * 60, 31),
        ("send the evening one at 7pm", 19 * 60, 127),
        ("move the evening edition to 9", 21 * 60, 127),
        ("evening edition at 7 in the morning please", 7 * 60, 127),
        ("the evening news only on weekdays at 18:30", 18 * 60 + 30, 31),
    ],
)
async def test_typed_wish_for_a_slot_is_asked_then_done(bot: Bot, said: str, minute: int, weekdays: int) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 20:00.e")
    asked = await ann.say(said)
    assert f"Evening edition: shall it come {'Monday to Friday' if weekdays == 31 else 'every day'} at" in asked.text
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 20 * 60)}
    assert "Evening edition:" in (await ann.press("Yes")).text
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", minute, weekdays)}
    assert (await ann.row()).schedule == Schedule("Asia/Shanghai", 8 * 60)
    assert "That is how it is already." in (await ann.say(said)).text


@pytest.mark.parametrize("said", ["no evening edition on wednesdays", "晚报周三别发"])
async def test_days_left_out_are_taken_from_those_of_the_slot(bot: Bot, said: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 20:00.e")
    await ann.press_data("slot evening days20.e")
    assert "Evening edition: shall it come Fri at 20:00?" in (await ann.say(said)).text
    await ann.press("Yes")
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 20 * 60, 0b0010000)}


@pytest.mark.parametrize(
    "said", ["别发晚报了", "晚报不要了", "no evening edition please", "stop sending me the evening one"]
)
async def test_end_of_a_slot_leaves_the_subscription(bot: Bot, said: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 20:00.e")
    assert "Evening edition: shall it not come any more?" in (await ann.say(said)).text
    assert "does not come" in (await ann.press("Yes")).text
    assert await chosen(ann) == {}
    assert (await ann.row()).active
    await ann.press("Undo")
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 20 * 60)}


@pytest.mark.parametrize("said", ["晚报也要", "i want the evening edition too"])
async def test_wish_for_a_slot_without_a_time_shows_its_screen(bot: Bot, said: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    assert "Evening edition: when should it come?" in (await ann.say(said)).text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("晚报停两周", 26),
        ("晚报先停一周", 19),
        ("今天的晚报别发了", 13),
        ("pause the evening edition for two weeks", 26),
        ("no evening edition tomorrow", 14),
        ("/slot evening pause 2 weeks", 26),
    ],
)
async def test_slot_alone_is_paused_and_goes_on(bot: Bot, said: str, day: int) -> None:
    ann = private(bot)
    await bot.publish(DAY)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 20:00.e")
    answer = await ann.say(said)
    if not said.startswith("/"):
        until = f"Evening edition: shall it stay away until {date(2025, 9, day):%a}, {day} Sep?"
        assert until in answer.text
        await ann.press("Yes")
    until = f"⏸ Evening edition: paused until {date(2025, 9, day):%a}, {day} Sep; then every day at 20:00 again"
    status = (await ann.say("/status")).text
    assert until in status
    assert "Paused until" not in status  # all else comes
    assert (await ann.row()).paused_until is None
    assert await since(ann) == datetime(2025, 9, day - 1, 16, tzinfo=UTC)
    for resume in ("resume the evening edition", "恢复晚报"):
        assert "Evening edition: shall it come again from now on?" in (await ann.say(resume)).text
    assert "Evening edition: every day at 20:00; next:" in (await ann.press("Yes")).text
    assert await since(ann) == bot.now
    await ann.press("Undo")
    assert await since(ann) == datetime(2025, 9, day - 1, 16, tzinfo=UTC)


async def since(voice: Voice) -> datetime:
    async with voice.bot.database.read() as tx:
        return (await slot_schedules.of_subscriber(tx, (await voice.row()).id))["evening"].since


@pytest.mark.parametrize(
    ("language", "evening", "pause", "week", "line", "resume"),
    [
        (
            "en",
            "Evening edition",
            "⏸ Pause",
            "1 week",
            "paused until Fri, 19 Sep; then every day at 20:00",
            "Go on now",
        ),
        ("zh-hans", "晚间版", "⏸ 暂停", "1 周", "晚间版：暂停到9月19日周五，之后恢复每天 20:00", "现在恢复"),
        ("zh-hant", "晚間版", "⏸ 暫停", "1 週", "晚間版：暫停到9月19日週五，之後恢復每天 20:00", "現在恢復"),
    ],
)
async def test_pause_of_a_slot_takes_two_taps_on_its_screen(
    bot: Bot, language: str, evening: str, pause: str, week: str, line: str, resume: str
) -> None:
    ann = private(bot, language=language)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 20:00.e")
    asked = await ann.press(pause)
    assert f"⏸ {evening}" in asked.text
    paused = await ann.press(week)
    assert line in paused.text
    assert pause not in paused.labels
    await ann.press_data("slot evening 21:00.e")  # another time leaves the pause as it is
    assert await since(ann) == datetime(2025, 9, 18, 16, tzinfo=UTC)
    await ann.say("/timezone Europe/Berlin")
    assert await since(ann) == datetime(2025, 9, 18, 22, tzinfo=UTC)  # the same day there
    await ann.say("/slot evening")
    stale = ann.heard.button(resume).callback_data
    assert line not in (await ann.press(resume)).text
    assert await since(ann) == bot.now
    assert (await ann.press_data(stale)).toast in ("That is how it is already.", "现在就是这样的。", "現在就是這樣的。")


@pytest.mark.parametrize("data", ["pause 2025-09-12", "pause x", "pause 2027-01-01", "resume", "pause", "pause 0"])
async def test_forged_pauses_of_a_slot_change_nothing(bot: Bot, data: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    assert "does not come" in (await ann.press_data(f"slot evening {data}.e")).text
    assert await chosen(ann) == {}
    await ann.press_data("slot evening 20:00.e")
    for command in ("slot", "agree slot"):
        await ann.press_data(f"{command} evening {data}.e")
        assert await since(ann) == bot.now


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("stocks改到18:45", "Stocks edition: shall it come every day at 18:45?"),
        ("把 stocks 改到六点半", "Stocks edition: shall it come every day at 06:30?"),
        ("Stocks版周末别发", "Stocks edition: shall it come Monday to Friday at 20:00?"),
        ("stocks 那期晚上七点发", "Stocks edition: shall it come every day at 19:00?"),
        ("move stocks to 7pm", "Stocks edition: shall it come every day at 19:00?"),
        ("send the stocks edition at 7 pm", "Stocks edition: shall it come every day at 19:00?"),
        ("no more stocks edition", "Stocks edition: shall it not come any more?"),
        ("pause stocks for two weeks", "Stocks edition: shall it stay away until Fri, 26 Sep?"),
        ("stocks版停两周", "Stocks edition: shall it stay away until Fri, 26 Sep?"),
        ("no stocks please", "Shall I leave out items about stocks?"),
        ("不看stocks", "Shall I leave out items about stocks?"),
        ("move it to 7pm", "Shall the digest come at 19:00?"),
    ],
)
async def test_editors_own_names_of_slots_can_be_typed(bot: Bot, said: str, asked: str) -> None:
    ann = private(bot)
    await bot.publish(DAY)
    await publish(bot, DAY, "stocks")
    await ann.say("/start")
    await ann.press_data("slot stocks 20:00.e")
    assert asked in (await ann.say(said)).text


@pytest.mark.parametrize("slot", ["noon", "midday", "lunch", "afternoon", "pm", "evening", "night", "stocks", "x1"])
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
async def test_time_can_be_typed_as_the_screen_of_a_slot_says(bot: Bot, language: str, slot: str) -> None:
    ann = private(bot, language=language)
    await publish(bot, DAY, slot)
    await ann.say("/start")
    hint = next(line for line in (await ann.say(f"/slot {slot}")).text.splitlines() if "18:45" in line)
    await ann.say(hint.replace("：", ": ").split(": ", 1)[1])
    await ann.press("✓")
    assert (await chosen(ann))[slot].minute_of_day == 18 * 60 + 45


async def test_evening_digest_is_the_digest_where_there_is_no_slot(bot: Bot) -> None:
    ann = private(bot)
    await bot.publish(DAY)
    await ann.say("/start")
    assert "Shall the digest come at 18:45?" in (await ann.say("晚报改到18:45")).text


@pytest.mark.parametrize(
    "change",
    ["slot", "slot x 19:00", "slot evening", "slot evening days0", "slot evening 25:00", "slot evening days31"],
)
async def test_forged_wishes_for_a_slot_change_nothing(bot: Bot, change: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    assert (await ann.press_data(f"agree {change}.e")).toast
    assert await chosen(ann) == {}


@pytest.mark.parametrize("days", ["0", "128", "0127999", "-1", "x", "", "9" * 40])
async def test_forged_days_of_a_slot_change_nothing(bot: Bot, days: str) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 19:00.e")
    assert "Evening edition" in (await ann.press_data(f"slot evening days{days}.e")).text
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 19 * 60)}


async def test_change_of_a_slot_is_undone_and_follows_the_zone(bot: Bot) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.press_data("slot evening 19:00.e")
    await ann.press_data("slot evening 21:00.e")
    await ann.press("Undo")
    assert await chosen(ann) == {"evening": Schedule("Asia/Shanghai", 19 * 60)}
    await ann.say("/timezone Europe/Berlin")
    assert await chosen(ann) == {"evening": Schedule("Europe/Berlin", 19 * 60)}
    await ann.press_data("slot evening off.e")
    await ann.press("Undo")
    assert await chosen(ann) == {"evening": Schedule("Europe/Berlin", 19 * 60)}


async def test_unreadable_time_changes_nothing(bot: Bot) -> None:
    ann = private(bot)
    await publish(bot, DAY)
    await ann.say("/start")
    assert "couldn't read that as a time" in (await ann.say("/slot evening soon")).text
    assert await chosen(ann) == {}


async def test_administrators_choose_for_their_group(bot: Bot) -> None:
    ann, chat = private(bot), group(bot)
    bot.group_admins = {chat.chat.id: {7}}
    await publish(bot, DAY)
    await ann.say("/start")
    for action in (await chat.lets_in(present=True)).actions:
        ann._see(action)
    for label in ("Set it up", "Subscribe", "Evening edition", "19:00"):
        await ann.press(label)
    assert (await chosen(chat), await chosen(ann)) == ({"evening": Schedule("Asia/Shanghai", 19 * 60)}, {})


@pytest.mark.parametrize(
    ("language", "named", "back", "missing"),
    [
        ("en", "Fri, 12 Sep · evening", "Fri, 12 Sep", "There is no digest of Fri, 12 Sep 2025 · noon."),
        ("zh-hans", "9月12日周五 · 晚间", "9月12日周五", "2025年9月12日 周五 · 午间没有日报。"),
    ],
)
async def test_days_are_turned_slot_by_slot(bot: Bot, language: str, named: str, back: str, missing: str) -> None:
    """The newest is one's own: that of another slot is one page further, and typed numbers mean what one has got."""
    ann = private(bot, language=language)
    await bot.publish(EVE, DAY)
    await publish(bot, DAY)
    await ann.say("/start")
    today = await ann.say("/today")
    assert f"{named} ▶" in today.labels
    assert "第 5 条" in (await ann.say("/item 5")).text
    turned = await ann.press(f"{named} ▶")
    assert f"◀ {back}" in turned.labels
    assert not any(label.endswith("▶") for label in turned.labels)
    await ann.press_data("slot evening 20:00.e")
    assert f"◀ {back}" in (await ann.say("/today")).labels
    assert "第 5 条" not in (await ann.say("/item 5")).text
    assert "第 5 条" in (await ann.say("/item 2025-09-12 5")).text
    assert "第 4 条" in (await ann.say("/item 2025-09-12-evening 4")).text
    assert missing in (await ann.say("/digest 2025-09-12-noon")).text


async def test_item_of_a_slot_is_saved_voted_on_and_found_by_its_own_edition(bot: Bot) -> None:
    ann = private(bot)
    await bot.publish(DAY)
    await publish(bot, DAY)
    await ann.say("/start")
    await ann.say("/item 2025-09-12-evening 2")
    await ann.press("More like this")
    await ann.press("Save")
    assert "evening" in (await ann.say("/saved")).text
    assert "✓ Saved" not in (await ann.say("/item 2025-09-12 2")).labels
    assert "✓ Saved" in (await ann.say("/item 2025-09-12-evening 2")).labels
    results = await ann.say("/search 第 2 条")
    assert "evening" in results.text


@pytest.mark.parametrize(("language", "text"), [("en", "Fri, 12 Sep 2025 · evening"), ("zh-hans", "周五 · 晚间")])
async def test_editors_name_a_slot(bot: Bot, language: str, text: str) -> None:
    ann = private(bot, language=language)
    await bot.publish(DAY)
    await publish(bot, DAY)
    await ann.say("/start")
    async with bot.database.write() as tx:
        assert await roles.change(tx, 7, Role.EDITOR, owners=bot.admins)
    evening = EditionDay.of(DAY, "evening")
    assert text in (await ann.say(f"/preview {evening}")).text
    assert text in (await ann.say(f"/withdraw {evening}")).text
    await ann.press_data(f"withdraw {evening} yes")
    async with bot.database.read() as tx:
        assert await digests.is_withdrawn(tx, evening)
        assert not await digests.is_withdrawn(tx, DAY)
    assert "第 5 条" in (await ann.say("/item 5")).text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        *((said, EVE) for said in ("11号晚报", "9月11日晚间版", "昨天的晚報", "yesterday's evening edition")),
        *(
            (said, DAY)
            for said in ("今天的晚报", "今天的晚間版", "today's evening edition", "evening edition of today")
        ),
        *((said, DAY) for said in ("晚报", "晚間版", "evening edition", "看看晚报", "show me the evening edition")),
    ],
)
async def test_edition_of_a_slot_is_read_by_its_name(bot: Bot, said: str, day: date) -> None:
    ann = private(bot)
    await bot.publish(EVE, DAY)
    await publish(bot, EVE)
    await publish(bot, DAY)
    await ann.say("/start")
    shown = await ann.say(said)
    by_command = await ann.say(f"/digest {day}-evening")
    assert (shown.text, shown.labels) == (by_command.text, by_command.labels)
    assert shown.text != (await ann.say(f"/digest {day}")).text


async def test_item_of_a_slot_is_read_by_its_name(bot: Bot) -> None:
    ann = private(bot)
    await bot.publish(DAY)
    await publish(bot, DAY)
    await ann.say("/start")
    assert (await ann.say("晚报倒数第二条")).text == (await ann.say(f"/item {DAY}-evening 3")).text
    assert (await ann.say("今天晚报的最后一条")).text == (await ann.say(f"/item {DAY}-evening last")).text


async def test_edition_of_a_slot_that_is_not_out_yet_is_not_replaced_by_the_morning_s(bot: Bot) -> None:
    ann = private(bot, language="zh-hans")
    await bot.publish(EVE, DAY)
    await publish(bot, EVE)
    await ann.say("/start")
    assert "没有" in (await ann.say("今天的晚报")).text
