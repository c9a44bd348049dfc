"""The settings, typed and pressed."""

from collections.abc import Callable
from datetime import date

import pytest

from domain.subscription.preferences import Layout
from tests.handlers.dialogue import Bot, Voice, channel, group, private

TODAY = date(2025, 9, 12)


@pytest.mark.parametrize(
    ("said", "minute"),
    [
        ("/time 08:30", 510),
        ("/time 8", 480),
        ("/time 8:30", 510),
        ("/time 0830", 510),
        ("/time 早上8点", 480),
        ("/time 晚上九点半", 1290),
        ("/time ８：３０", 510),
        ("/time 8pm", 1200),
    ],
)
async def test_time_in_common_spellings(bot: Bot, said: str, minute: int) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/time 03:03")
    answer = await me.say(said)
    assert (await me.row()).schedule.minute_of_day == minute
    assert "Next digest" in answer.text


@pytest.mark.parametrize(("language", "word"), [("en", "couldn't read that"), ("zh", "没看懂这个时间")])
@pytest.mark.parametrize("said", ["/time 25:00", "/time soon", "/time <3", "/time -1", "/time 8:61"])
async def test_unreadable_time_changes_nothing(bot: Bot, said: str, language: str, word: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    assert word in (await me.say(said)).text
    assert (await me.row()).schedule.minute_of_day == 480


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("/timezone Europe/Berlin", "Europe/Berlin"),
        ("/timezone europe/berlin", "Europe/Berlin"),
        ("/timezone 柏林", "Europe/Berlin"),
        ("/timezone New York", "America/New_York"),
        ("/timezone 旧金山", "America/Los_Angeles"),
        ("/timezone 日本", "Asia/Tokyo"),
        ("/timezone +8", "Etc/GMT-8"),
        ("/timezone UTC+05:30", "Asia/Kolkata"),
        ("/timezone ＋８", "Etc/GMT-8"),
        ("/timezone utc", "UTC"),
    ],
)
async def test_time_zone_by_common_names(bot: Bot, said: str, zone: str) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say(said)
    assert (await me.row()).schedule.zone == zone


@pytest.mark.parametrize(
    ("said", "offered", "zone"),
    [
        ("/timezone berln", "Berlin", "Europe/Berlin"),
        ("/timezone Tokoy", "Tokyo", "Asia/Tokyo"),
        ("/timezone USA-Chicgo", "Chicago", "America/Chicago"),
        ("/timezone 美国", "New York", "America/New_York"),
        ("/timezone -3:30", "St. John’s", "America/St_Johns"),
    ],
)
async def test_misspelled_city_is_offered_as_a_button(bot: Bot, said: str, offered: str, zone: str) -> None:
    me = private(bot)
    await me.say("/start")
    assert "Which one" in (await me.say(said)).text
    done = await me.press(offered)
    assert done.edited
    assert (await me.row()).schedule.zone == zone


async def test_state_with_several_zones_is_asked_about(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    asked = await me.say("Texas")
    assert [label.split()[0] for label in asked.labels] == ["Chicago", "Denver", "⚙️"]
    await me.press("Denver")
    assert (await me.row()).schedule.zone == "America/Denver"


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en", "Not in the list? Just send your city or your offset: Lisbon, +5:30"),
        ("zh-hans", "没有你的城市？"),
        ("zh-hant", "沒有你的城市？"),
    ],
)
async def test_question_which_zone_was_meant_has_a_way_out(bot: Bot, language: str, hint: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    asked = await me.say("/timezone Berln")
    assert hint in asked.text
    assert "⚙️" in asked.labels[-1]
    assert "08:00" in (await me.press("⚙️")).text
    assert "UTC+8" in (await me.say("+8")).text


async def test_place_in_a_group_is_asked_for_by_the_command(bot: Bot) -> None:
    """There a city without the command is not read."""
    bot.group_admins = {-100: {7}}
    boss = group(bot)
    await boss.say("/start")
    for said in ("/timezone Berln", "/timezone qqqqxxxx"):
        answer = await boss.say(said)
        assert "/timezone Lisbon" in answer.text
        assert "⚙️ Settings" in answer.labels


@pytest.mark.parametrize("said", ["/timezone qqqqxxxx", "/timezone <3", "/timezone +15", "/timezone " + "x" * 4000])
async def test_unknown_place_changes_nothing(bot: Bot, said: str) -> None:
    me = private(bot)
    await me.say("/start")
    assert "don't know that place" in (await me.say(said)).text
    assert (await me.row()).schedule.zone == "Asia/Shanghai"


async def test_place_on_its_own_is_asked_about(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    assert "nice (the same time zone as Paris): it is 08:05 there now" in (await me.say("nice")).text
    await me.press("No")
    assert (await me.row()).schedule.zone == "Asia/Shanghai"
    await me.say("nice")
    assert "↩️ Undo" in (await me.press("Yes")).labels
    assert (await me.row()).schedule.zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("said", "language", "answer"),
    [
        ("深圳", "zh-hans", "深圳（和上海同一时区），现在 14:05——你的时区本来就是这个"),
        ("我搬到慕尼黑了", "zh-hans", "慕尼黑（和柏林同一时区），现在 08:05"),
        ("São Paulo", "en", "São Paulo: it is 03:05"),
        ("I live in München now", "en", "München (the same time zone as Berlin): it is 08:05"),
        ("Europe/Berlin", "en", "Berlin: it is 08:05"),
    ],
)
async def test_city_keeps_the_name_that_was_used(bot: Bot, said: str, language: str, answer: str) -> None:
    me = private(bot, language=language)
    await me.say("/start")
    if "深圳" in said:
        await me.say("/timezone Asia/Shanghai")
    assert answer in (await me.say(said)).text


async def test_settings_screens_replace_each_other_and_lead_back(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    screen = await me.say("/settings")
    assert "📬 Next digest: tomorrow (Sat) at 08:00" in screen.text
    for label in ("Time", "Time zone", "Weekdays", "Categories", "Layout", "中文 / English"):
        assert (await me.press(label)).edited
        back = await me.press("Back")
        assert back.edited
        assert "Settings" in back.text
    assert len(me.seen) == 2


async def test_every_setting_by_press(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    for path in (
        ("⏰ Time", "21:00"),
        ("Time zone", "Tokyo"),
        ("Layout", "Full text"),
        ("Sound off",),
        ("Weekdays", "Monday to Friday", "Back"),
        ("Categories", "技术前沿", "Back"),
    ):
        for label in path:
            assert (await me.press(label)).edited

    row = await me.row()
    assert (row.schedule.zone, row.schedule.minute_of_day, row.schedule.weekdays) == ("Asia/Tokyo", 21 * 60, 0b0011111)
    assert (row.preferences.layout, row.preferences.categories, row.silent) == (
        Layout.FULL,
        frozenset({"技术前沿"}),
        True,
    )
    status = (await me.say("/status")).text
    for part in ("Monday to Friday at 21:00", "Tokyo", "Full text", "1 category", "🔕"):
        assert part in status


async def test_sound_button_shows_the_change_and_leads_back(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    for label, line, silent in (("Sound off", "🔕 Without sound", True), ("Sound on", "🔔 With sound", False)):
        answer = await me.press(label)
        assert answer.edited
        assert answer.toast == "Saved."
        assert line in answer.text
        assert (await me.row()).silent is silent


async def test_sound_that_is_neither_on_nor_off_shows_the_settings(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    answer = await me.press_data("silent maybe")
    assert "🔔 With sound" in answer.text
    assert not (await me.row()).silent


async def test_weekdays_can_be_switched_but_not_all_off(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    await me.press("Weekdays")
    assert "✓ Every day" in me.heard.labels
    for label in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"):
        await me.press(f"✓ {label}")
    last = await me.press("✓ Sun")
    assert "Keep at least one day" in last.toast
    assert (await me.row()).schedule.weekdays == 0b1000000
    assert "Next digest: Sun, 14 Sep at 08:00" in (await me.say("/status")).text


async def test_old_weekday_screen_changes_only_the_pressed_day(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    old = (await me.press("Weekdays")).button("✓ Sun").callback_data
    await me.press("Monday to Friday")
    await me.press("✓ Mon")
    await me.press_data(old)
    await me.press_data(old)
    assert (await me.row()).schedule.weekdays == 0b0011110


@pytest.mark.parametrize(
    "data", ["weekdays 7 on", "weekdays 999 on", "weekdays 9999999", "weekdays -1 on", "weekdays 1 up"]
)
async def test_unknown_weekdays_change_nothing(bot: Bot, data: str) -> None:
    me = private(bot)
    await me.say("/start")
    await me.press_data(data)
    assert (await me.row()).schedule.weekdays == 0b1111111


async def test_unreadable_time_offers_times(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say("/time 25:00")
    await me.press("09:00")
    assert (await me.row()).schedule.minute_of_day == 9 * 60


async def test_layout_buttons_fit_on_a_phone(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    (screen,) = (await me.say("/layout")).messages
    assert [[button.text for button in row] for row in screen.keyboard] == [
        ["✓ Headlines", "Full text"],
        ["Rich"],
        ["‹ Back"],
    ]


async def test_time_buttons_fit_on_a_phone(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    (screen,) = (await me.say("/time")).messages
    assert [len(row) for row in screen.keyboard] == [4, 4, 4, 1]


@pytest.mark.parametrize(
    ("place", "time", "zone"),
    [
        (private, "Another time? Just send it: 7:45", "offset: Lisbon, +5:30"),
        (group, "Another time? Send it like this: /time 7:45", "/timezone Lisbon"),
        (channel, None, None),
    ],
)
async def test_channel_screens_do_not_suggest_typing(
    bot: Bot, place: Callable[..., Voice], time: str | None, zone: str | None
) -> None:
    """In a group only commands are heard, in a channel only buttons."""
    bot.group_admins = {-100: {7}, -300: {7}}
    me = place(bot)
    for screen, typed in (("time", time), ("zone", zone)):
        text = (await me.press_data(f"settings {screen}.e")).text
        assert typed in text if typed else "\n" not in text and "/" not in text


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
async def test_no_example_is_a_link_that_leads_back_to_it(bot: Bot, language: str) -> None:
    """Telegram makes a link of a command in a text, which a tap sends without its words; not so within code."""
    bot.group_admins = {-100: {7}}
    await bot.publish(TODAY)
    for place in (private, group):
        me = place(bot, language=language)
        await me.say("/start")
        for asked in ("time", "timezone", "search", "digest", "mute", "mute !", "pause", "pause !", "recap !"):
            for message in (await me.say(f"/{asked}")).messages:
                plain = list(message.text.plain)
                for entity in message.text.entities():
                    if entity.type == "code":
                        plain[entity.offset : entity.offset + entity.length] = " " * entity.length
                assert f"/{asked.split()[0]}" not in "".join(plain), asked
                assert "`" not in plain


async def test_categories_combine_and_none_means_all(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    await me.press("Categories")
    await me.press("AI产业")
    await me.press("巨头动态")
    assert (await me.row()).preferences.categories == frozenset({"ai产业", "巨头动态"})
    await me.press("✓ AI产业")
    await me.press("✓ 巨头动态")
    assert (await me.row()).preferences.categories is None
    for label in ("AI产业", "技术前沿", "巨头动态"):
        await me.press(label)
    assert (await me.row()).preferences.categories is None, "all of them is all"
    await me.press("AI产业")
    await me.press("All categories")
    assert (await me.row()).preferences.categories is None


async def test_vanished_category_can_still_be_switched_off(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    await me.say("/settings")
    await me.press("Categories")
    await me.press("技术前沿")
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("DELETE FROM digests")
    await me.say("/settings")
    await me.press("Categories")
    await me.press("✓ 技术前沿")
    assert (await me.row()).preferences.categories is None


async def test_categories_have_one_symbol_everywhere(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    assert "📂" in (await me.say("/today")).labels, "among the numbers its symbol is enough"
    for said in ("/settings", "/item", "/category 技术", "/category 技术前沿"):
        assert any(label.startswith("📂") and "ategories" in label for label in (await me.say(said)).labels), said
    assert "📂 All categories" in (await me.say("/settings")).text


async def test_no_categories_to_choose_before_the_first_edition(bot: Bot) -> None:
    me = private(bot)
    await me.say("/settings")
    assert "There is no edition with categories at the moment." in (await me.press("Categories")).text


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("/layout full", Layout.FULL),
        ("/layout 全文", Layout.FULL),
        ("/layout 标题", Layout.HEADLINES),
        ("/layout Ｆｕｌｌ", Layout.FULL),
    ],
)
async def test_layout_by_name(bot: Bot, said: str, form: Layout) -> None:
    me = private(bot)
    await me.say("/start")
    await me.say(said)
    assert (await me.row()).preferences.layout is form


@pytest.mark.parametrize(
    ("before", "said", "answer"),
    [
        ("en", "/language 中文", "以后我说中文"),
        ("zh", "/language English", "I speak English"),
        ("zh", "/language en", "I speak English"),
        ("en", "/language zh", "以后我说中文"),
    ],
)
async def test_language_by_name(bot: Bot, before: str, said: str, answer: str) -> None:
    me = private(bot, language=before)
    await me.say("/start")
    assert answer in (await me.say(said)).text
    assert (await me.row()).language_chosen


async def test_language_button_changes_the_screen_at_once(bot: Bot) -> None:
    me = private(bot)
    await me.say("/language")
    assert "设置" in (await me.press("中文")).text


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("/time", "When should"),
        ("/timezone", "What time is it"),
        ("/layout", "Which layout"),
        ("/language", "Which language"),
        ("/layout qqq", "Which layout"),
        ("/language klingon", "Which language"),
    ],
)
async def test_setting_without_a_value_shows_choices(bot: Bot, said: str, asks: str) -> None:
    assert asks in (await private(bot).say(said)).text


async def test_settings_without_subscription_offer_to_subscribe(bot: Bot) -> None:
    me = private(bot)
    assert "Not subscribed" in (await me.say("/settings")).text
    assert "Next digest" not in (await me.say("/time 9:00")).text
    assert "/start" in me.heard.text
    await me.say("/settings")
    subscribed = await me.press("Subscribe")
    assert subscribed.edited
    assert subscribed.toast == "Subscribed."
    assert "✅ Subscribed: every day at 09:00" in subscribed.text
    await me.press("Unsubscribe")
    left = await me.press("Unsubscribe")
    assert left.edited
    assert left.toast == "Unsubscribed."
    assert "Not subscribed" in left.text


async def test_button_of_uneditable_message_gets_a_new_message(bot: Bot) -> None:
    me = private(bot)
    await me.say("/start")
    answer = await me.press_data("settings time.e", on=1, readable=False)
    assert not answer.edited
    assert "When should the digest come" in answer.text


@pytest.mark.parametrize("tag", ["zh-hant", "zh-TW", "zh-hk"])
async def test_reader_of_traditional_chinese_is_spoken_to_in_it(bot: Bot, tag: str) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=tag)
    await me.say("/start")
    assert (await me.row()).preferences.language == "zh-hant"
    shown = await me.say("/settings")
    assert "設定" in shown.text
    await me.press("🌐")
    await me.press("简体中文")
    assert (await me.row()).preferences.language == "zh"
    await me.say("講繁體中文")
    await me.press("✓")
    assert (await me.row()).preferences.language == "zh-hant"
    assert (await me.say("別再發了")).labels[-1] == "不，繼續收"
    assert "台北" in (await me.say("我在臺北")).text
    assert "紐約" in (await me.say("我在紐約")).text
