"""The dispatcher: every event is answered, never with an exception, and has one effect."""

import asyncio
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.chat import limits
from domain.chat.action import CallbackAnswer, Send
from domain.chat.event import ButtonPress, Command, Origin
from domain.chat.text import Text
from domain.subscription.preferences import Layout
from handlers.input.examples import load_examples
from handlers.input.phrases import load_grammar
from handlers.input.reader import is_prepared
from handlers.routes import ROUTES
from storage import deliveries, runs, subscribers
from tests.examples import examples
from tests.handlers.dialogue import ADMIN, Bot, Voice, group, private

TODAY = date(2025, 9, 12)
TURNS_OF_STATEMENTS = 30
"""How often the event loop turns at most while a text's statements run; 15 times, measured."""

_words = st.one_of(
    st.text(max_size=80),
    st.text("0123456789第条.:-+月日点 早晚<>{}%s", max_size=12),
    st.sampled_from(["2025-09-12", "2025-99-99", "٣", "²", "①", "1e5", "-0", "+99:99", "Etc/UTC", "../x", "周一"]),
)
_lines = st.builds(
    lambda name, words, mark: f"{name} {words}{mark}",
    st.sampled_from(sorted(ROUTES)),
    _words,
    st.sampled_from(["", ".e", ".s", ".w", ".b1", ".b99999999999", ".q"]),
)
_slow = settings(max_examples=examples(120), suppress_health_check=[HealthCheck.function_scoped_fixture])


@_slow
@given(data=st.one_of(_lines, st.text(max_size=64)), admin=st.booleans())
async def test_altered_button_gets_one_callback_answer(bot: Bot, data: str, *, admin: bool) -> None:
    await bot.publish(TODAY)
    who = ADMIN if admin else _newcomer(bot)
    with capture_logs() as logs:
        for voice in (private(bot, who), group(bot, chat=-who, person=who)):
            assert sum(isinstance(action, CallbackAnswer) for action in (await voice.press_data(data)).actions) == 1
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]


@_slow
@given(
    said=st.one_of(_words, st.builds(lambda name, words: f"/{name} {words}", st.sampled_from(sorted(ROUTES)), _words))
)
async def test_every_private_message_is_answered(bot: Bot, said: str) -> None:
    await bot.publish(TODAY)
    with capture_logs() as logs:
        answer = await private(bot, _newcomer(bot)).say(said)
    assert answer.messages
    assert not [entry for entry in logs if entry["event"] == "handler_failed"]


def _newcomer(bot: Bot) -> int:
    """Somebody who has not spoken yet."""
    return 1000 + bot.updates


@pytest.mark.parametrize("data", ["", "foo", "item", "item x y", "category 2025-09-12 99", "weekdays 999", "start.q"])
async def test_unknown_button_is_answered(bot: Bot, data: str) -> None:
    await bot.publish(TODAY)
    answer = await private(bot).press_data(data)
    assert answer.toast or answer.messages


async def test_failure_is_apologized_for_and_logged_without_texts(bot: Bot) -> None:
    me = private(bot, language="zh")
    await me.say("/start")
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("DROP TABLE digests")

    with capture_logs() as logs:
        said = await me.say("/category my secret words")
        pressed = await me.press_data("item 2025-09-12 3")

    assert "抱歉" in said.text
    assert "抱歉" in pressed.toast
    assert [entry["event"] for entry in logs] == ["handler_failed", "handler_failed"]
    assert "secret" not in str(logs)


async def test_failure_leaves_no_mark_so_a_retry_works(bot: Bot) -> None:
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE content_preferences RENAME TO hidden")
    me = private(bot)
    assert "Sorry" in (await me.say("/start")).text
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("ALTER TABLE hidden RENAME TO content_preferences")
    bot.updates -= 1
    assert "you are subscribed" in (await me.say("/start")).text


async def test_only_events_that_may_change_what_is_due_have_an_effect(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    for read_only in ("/help", "/status", "/today", "hello"):
        await me.say(read_only)
    assert bot.effects == 0
    await me.say("/time 09:41")
    assert bot.effects == 1
    bot.updates -= 1  # the same update again
    await me.say("/time 09:41")
    assert bot.effects == 1
    await me.lets_in(present=False)
    assert bot.effects == 2
    await group(bot).migrates(-200)
    assert bot.effects == 3


@pytest.mark.parametrize(("chosen", "skipped"), [("zh", "没有回"), ("en", "skipped some")])
async def test_flood_notice_speaks_the_language_chosen_in_the_chat(bot: Bot, chosen: str, skipped: str) -> None:
    bot.group_admins[-100] = {7}
    for voice in (private(bot, language="en"), group(bot, language="zh", topic=5)):
        await voice.say(f"/language {chosen}")
        notice = await voice.floods("/today")
        (sent,) = notice.actions
        assert isinstance(sent, Send)
        assert (sent.chat_id, sent.topic_id) == (voice.chat.id, voice.chat.topic_id)
        assert skipped in notice.text


async def test_flood_notice_needs_no_database_and_changes_nothing(bot: Bot) -> None:
    stranger = private(bot, language="zh")
    assert "没有回" in (await stranger.floods("/start")).text
    async with bot.database.write() as tx:
        assert await subscribers.get(tx, stranger.chat.id) is None
        await tx.exec_driver_sql("ALTER TABLE subscribers RENAME TO hidden")
    assert "没有回" in (await stranger.floods("/start")).text


async def test_flood_notice_answers_a_press_by_an_alert(bot: Bot) -> None:
    me = private(bot)
    (notice,) = await bot.answer_flood(ButtonPress(origin=me.origin(), callback_query_id="7", data="x", message_id=1))
    assert isinstance(notice, CallbackAnswer)
    assert (notice.callback_query_id, notice.show_alert) == ("7", True)
    assert len(notice.text) <= limits.CALLBACK_ANSWER_CHARACTERS


async def test_failed_membership_update_is_silent(bot: Bot) -> None:
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("DROP TABLE updates")
    assert (await private(bot).lets_in(present=False)).actions == []


async def _pushed(bot: Bot, me: Voice) -> None:
    await me.say("/start")
    async with bot.database.write() as tx:
        await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "x"}, now=bot.now)
        await tx.exec_driver_sql(
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state) "
            "VALUES (1, 1, 1, 1, 1, 'unconfirmed')"
        )


async def test_press_on_a_pushed_button_settles_its_delivery(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await _pushed(bot, me)
    assert "第 3 条" in (await me.press_data("item 2025-09-12 3.b1", on=77)).text
    async with bot.database.read() as tx:
        counts = await deliveries.count(tx, 1)
        message_id = await tx.exec_driver_sql("SELECT message_id FROM deliveries")
    assert (counts.sent, counts.unconfirmed) == (1, 0)
    assert message_id.scalar_one() == 77


async def test_plain_words_reach_the_command_they_mean(bot: Bot) -> None:
    await bot.publish(TODAY)
    answer = await private(bot).say("3")
    assert "第 3 条的正文" in answer.text
    assert "第 2 条的正文" not in answer.text
    assert (await private(bot).say("")).text.startswith("Thank you! I cannot look at pictures")


@pytest.mark.parametrize("said", ["/nonsense", "/run 1 pause", "/weekdays 1"])
async def test_command_that_nobody_may_type_is_not_understood(bot: Bot, said: str) -> None:
    assert (await private(bot, ADMIN).say(said)).text.startswith("I didn't get that.")


async def test_language_follows_the_app_and_keeps_the_rest(bot: Bot) -> None:
    """Also in a group, where it does not follow: there are many apps."""
    await private(bot).say("/start")
    await private(bot).say("/layout full")
    assert "订阅" in (await private(bot, language="zh-hans").say("/status")).text
    preferences = (await bot.subscriber(7)).preferences
    assert (preferences.language, preferences.layout) == ("zh", Layout.FULL)
    bot.group_admins = {-100: {7}}
    await group(bot).say("/start")
    assert "subscribed" in (await group(bot, language="zh-hans").say("/status")).text.lower()
    assert (await bot.subscriber(-100)).preferences.language == "en"


async def test_press_of_another_chat_settles_nothing(bot: Bot) -> None:
    await bot.publish(TODAY)
    await _pushed(bot, private(bot))
    await private(bot, 8).press_data("item 2025-09-12 3.b1", on=77)
    async with bot.database.read() as tx:
        assert (await deliveries.count(tx, 1)).unconfirmed == 1


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_help_lists_permitted_commands(bot: Bot, language: str) -> None:
    mine = await private(bot, language=language).say("/help")
    theirs = await private(bot, ADMIN, language).say("/help")
    assert "/settings" in mine.text
    assert "/broadcast" not in mine.text
    assert "/broadcast" in theirs.text
    assert "/broadcast" not in (await group(bot, person=ADMIN, language=language).say("/help")).text


async def test_concurrent_copies_of_an_update_have_one_effect(bot: Bot) -> None:
    me = private(bot, ADMIN)
    await private(bot).say("/start")
    origin = Origin(bot.next_update(), me.chat, me.person)
    command = Command(origin=origin, name="broadcast", arguments="hello", styled_arguments=Text("hello"), message_id=1)
    answers = await asyncio.gather(*(bot.handle_event(command) for _ in range(5)))
    assert sorted(map(len, answers)) == [0, 0, 0, 0, 2]


async def test_others_go_on_while_the_phrases_are_read_for_the_first_text(bot: Bot) -> None:
    """That takes half a second, once: in a thread, so that the event loop turns meanwhile."""
    me = private(bot)
    await me.say("/start")
    load_grammar.cache_clear()
    load_examples.cache_clear()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    beside = asyncio.create_task(others())
    try:
        await me.say("停两周")
    finally:
        beside.cancel()
    assert is_prepared()
    assert turns > TURNS_OF_STATEMENTS


async def test_changed_schedule_gets_a_wave_of_running_digests(bot: Bot) -> None:
    """The edition in hand must reach them by their new schedule: its wave is there before the change is told."""
    me = private(bot)
    await me.say("/start")
    async with bot.database.write() as tx:
        await runs.add_digest(tx, TODAY, published=bot.now, upto=0)
    for said in ("/time 21:30", "/timezone Berlin", "/stop"):
        await me.say(said)
    await me.press("Unsubscribe")
    await me.say("/start")
    async with bot.database.read() as tx:
        rows = await tx.exec_driver_sql("SELECT schedule_id FROM waves WHERE state = 'waiting' ORDER BY schedule_id")
        assert len(rows.all()) == 2
