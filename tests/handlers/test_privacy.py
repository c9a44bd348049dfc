"""/privacy, /export and /erase: what is said, who may do it, and what is left."""

from __future__ import annotations

import json
from datetime import date

import pytest

from domain.chat.callback_data import parse_callback_data
from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from storage import subscribers
from storage.personal_data import PERSONAL
from tests.handlers.dialogue import ADMIN, Bot, Voice, group, private
from views.privacy import TABLE_TITLES

TODAY = date(2025, 9, 12)
NOTHING = "I keep nothing here, so there is nothing to show or to erase."


async def is_known(voice: Voice) -> bool:
    async with voice.bot.database.read() as tx:
        return await subscribers.get(tx, voice.chat.id) is not None


async def test_privacy_says_what_is_kept_and_for_how_long(bot: Bot) -> None:
    said = await private(bot).say("/privacy")
    assert "What I keep about you" in said.text
    assert "Deliveries are deleted after 30 days." in said.text
    assert "Backups keep it until the operator deletes them." in said.text
    assert said.labels == ["📄 Send me all of it", "🗑 Erase all of it"]
    bot.backup_days = 14
    assert "Backups keep it for up to 14 days." in (await private(bot).say("privacy")).text
    assert "备份最多保留 14 天。" in (await private(bot, language="zh-hans").say("隐私")).text
    assert "What I keep about this chat" in (await group(bot).say("/privacy")).text


async def test_export_sends_everything_in_two_files(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    await ann.say("/timezone Europe/Berlin")
    files = (await ann.say("/export")).documents
    assert list(files) == ["digest-2025-09-12.md", "digest-2025-09-12.json"]
    tables = json.loads(files["digest-2025-09-12.json"])["tables"]
    assert tables["subscribers"][0]["chat_id"] == 7
    assert tables["schedules"][0]["zone"] == "Europe/Berlin"
    text = files["digest-2025-09-12.md"].decode()
    assert "## When the digest comes" in text
    assert "- zone: Europe/Berlin" in text


async def test_export_has_words_and_titles_in_the_person_s_language(bot: Bot) -> None:
    author = private(bot, ADMIN, "zh-hans")
    await author.say("/start")
    await author.say("/broadcast 明早见")
    text = (await author.say("导出我的数据")).documents["digest-2025-09-12.md"].decode()
    assert "## 群发的正文" in text
    assert "明早见" in text


def test_each_table_with_personal_data_has_a_title() -> None:
    assert sorted(TABLE_TITLES) == sorted({rows.table.name for rows in PERSONAL})


@pytest.mark.parametrize("asked", ["/privacy", "/export", "/erase"])
async def test_asking_makes_nobody_known(bot: Bot, asked: str) -> None:
    ann = private(bot)
    answer = await ann.say(asked)
    assert answer.text == NOTHING or asked == "/privacy"
    assert not await is_known(ann)


async def test_erase_asks_and_then_forgets(bot: Bot) -> None:
    await bot.publish(TODAY)
    ann = private(bot)
    await ann.say("/start")
    await ann.say("/time 21:45")
    question = await ann.say("/erase")
    assert "This cannot be undone." in question.text
    assert await is_known(ann)
    done = await ann.press("Yes, erase it all")
    assert done.edited
    assert done.toast == "Erased."
    assert done.text.startswith("Done. I no longer know you.")
    assert done.labels == []
    assert not await is_known(ann)


async def test_second_tap_leaves_no_new_trace(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    confirm = (await ann.say("/erase")).button("Yes").callback_data
    await ann.press_data(confirm)
    await ann.press_data(confirm)
    assert not await is_known(ann)


async def test_who_writes_again_is_welcomed_as_new(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    await ann.say("/time 21:45")
    before = await ann.row()
    await ann.say("/erase")
    await ann.press("Yes")
    again = await ann.say("/start")
    assert "Welcome, you are subscribed." in again.text
    after = await ann.row()
    assert after.id > before.id
    assert after.schedule.minute_of_day == 480


async def test_declining_keeps_everything(bot: Bot) -> None:
    ann = private(bot)
    await ann.say("/start")
    await ann.say("/erase")
    answer = await ann.press("No, keep everything")
    assert answer.toast == "Everything stays as it is."
    assert (await ann.row()).active


@pytest.mark.parametrize("said", ["/erase yes 7", "/erase yes", "forget me", "忘了我"])
async def test_words_alone_erase_nothing(bot: Bot, said: str) -> None:
    ann = private(bot)
    await ann.say("/start")
    assert "Erase everything" in (await ann.say(said)).text
    assert await is_known(ann)


@pytest.mark.parametrize(
    "data", ["erase yes 8.e", "erase yes.e", "erase yes 07.e", "erase yes ７.e", "erase yes 1087968824.e"]
)
async def test_button_of_another_person_erases_nothing(bot: Bot, data: str) -> None:
    ann = private(bot)
    await ann.say("/start")
    assert parse_callback_data(data) is not None
    assert (await ann.press_data(data)).toast == "Only the person who asked can answer this."
    assert await is_known(ann)


async def test_administrator_erases_a_group(bot: Bot) -> None:
    admin = group(bot)
    bot.group_admins = {admin.chat.id: {7, 8}}
    await admin.say("/start")
    member, other_admin = admin.elsewhere(9, "en"), admin.elsewhere(8)
    assert (await member.say("/erase")).text == "Only the administrators of “a group” can do that."
    await admin.say("/erase")
    assert (await other_admin.press("Yes")).toast == "Only the person who asked can answer this."
    assert (await member.press("Yes")).toast == "Only this group's administrators can do that."
    assert await is_known(admin)
    assert "I no longer know this chat." in (await admin.press("Yes")).text
    assert not await is_known(admin)


@pytest.mark.parametrize(("pressed", "toast"), [("Yes", "Erased."), ("No", "Everything stays as it is.")])
async def test_any_administrator_answers_what_an_anonymous_one_asked(bot: Bot, pressed: str, toast: str) -> None:
    """Telegram tells who presses, but not who an anonymous administrator is."""
    anonymous = group(bot, person=ANONYMOUS_ADMINISTRATOR_ID)
    bot.group_admins = {anonymous.chat.id: {ANONYMOUS_ADMINISTRATOR_ID, 7}}
    await anonymous.say("/start")
    await anonymous.say("/erase")
    admin, member = anonymous.elsewhere(7, "en"), anonymous.elsewhere(9, "en")
    assert (await member.press(pressed)).toast == "Only this group's administrators can do that."
    assert await is_known(anonymous)
    assert (await admin.press(pressed)).toast == toast
    assert await is_known(anonymous) == (pressed == "No")


async def test_bot_admin_is_told_that_the_settings_stay(bot: Bot) -> None:
    admin = private(bot, ADMIN)
    await admin.say("/start")
    await admin.say("/broadcast good morning")
    await admin.say("/erase")
    assert "ADMIN_IDS" in (await admin.press("Yes, erase")).text
    assert (await admin.press("Send")).toast == "This broadcast was discarded."
