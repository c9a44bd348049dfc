"""To whom a broadcast goes, and when: the screens, what is typed, and what is scheduled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.audit import AuditAction
from domain.chat.i18n import LANGUAGES
from domain.delivery.broadcast import Broadcast
from domain.delivery.broadcast_time import NOW
from domain.delivery.progress import RunMessageKind, Trouble
from domain.delivery.segment import EVERYBODY, Segment
from domain.delivery.states import RunState
from domain.edition_day import EditionDay
from storage import audit, broadcasts, digests, run_progress, runs, segments, waves
from storage.digests import Source
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, TEXTS, Bot, Voice, group, private
from tests.handlers.editions import edition
from tests.handlers.test_variants import publish as publish_variant
from views.run_reports import Speed, progress_card, run_message

EVENING = datetime(2025, 9, 12, 12, 0, tzinfo=UTC)
"""20:00 in Shanghai, where the admin is by default."""


@pytest.fixture
async def admin(bot: Bot) -> Voice:
    """Yield an admin before the card of a draft; two people and a group are subscribed."""
    for person, language in ((7, "en"), (8, "zh-hans")):
        await private(bot, person, language).say("/start")
    bot.group_admins = {-100: {7}}
    await group(bot).say("/start")
    admin = private(bot, ADMIN, "zh-hans")
    await admin.say("/broadcast 各位早安")
    return admin


async def broadcast_of(bot: Bot, run_id: int = 1) -> Broadcast:
    async with bot.database.read() as tx:
        stored = await broadcasts.get(tx, run_id)
    assert stored is not None
    return stored.broadcast


async def dues_of(bot: Bot) -> list[datetime]:
    async with bot.database.read() as tx:
        return [wave.due_at for wave in await waves.waiting(tx, until=bot.now + timedelta(days=400))]


@pytest.mark.parametrize(
    ("language", "people", "both"), [("zh-hans", "个人 · 2", "English · 2"), ("en", "People · 2", "English · 2")]
)
async def test_number_is_beside_each_choice(language: str, people: str, both: str, admin: Voice, bot: Bot) -> None:
    await bot.publish(date(2025, 9, 12))
    admin = private(bot, ADMIN, language)
    await admin.say("/broadcast hello")
    screen = await admin.press_data("broadcast 2 to", on=max(admin.seen))
    assert {people, both} <= set(screen.labels)
    chosen = await admin.press(people.split(maxsplit=1)[0])
    assert f"✅ {people}" in chosen.labels
    assert any(label.startswith("English · 1") for label in chosen.labels), "of the people alone"
    card = await admin.press_data("broadcast 2 back", on=max(admin.seen))
    assert "2" in card.text
    await admin.press_data("broadcast 2 to", on=max(admin.seen))
    await admin.press("✅ " + people.split(maxsplit=1)[0])
    assert (await broadcast_of(bot, 2)).segment == EVERYBODY, "a second press takes it back"


EDITION_WORDS = {
    "zh-hans": ("按期数", "没收到的", "较早"),
    "zh-hant": ("按期數", "沒收到的", "較早"),
    "en": ("By edition", "Missed it", "Older"),
}
"""The button of the editions, that of those who missed one, and that of the next page."""


@pytest.mark.parametrize("language", EDITION_WORDS)
async def test_any_edition_is_chosen_from_pages(language: str, admin: Voice, bot: Bot) -> None:
    days = [date(2025, 9, day) for day in range(1, 13)]
    await bot.publish(*days, date(2025, 8, 1))
    by_edition, missed, older = EDITION_WORDS[language]
    admin = private(bot, ADMIN, language)
    await admin.say("/broadcast hello")
    await admin.press_data("broadcast 2 to", on=max(admin.seen))
    listed = await admin.press(by_edition)
    listed = await admin.press(missed)
    assert chosen_editions(admin) == [f"missed {day}" for day in reversed(days[6:])], "newest first"
    assert sum(label.endswith(" · 3") for label in listed.labels) == 6
    await admin.press(older)
    assert chosen_editions(admin) == [f"missed {day}" for day in reversed(days[:6])], "of the last 30 days"
    await admin.press_data("broadcast 2 missed 2025-09-03", on=max(admin.seen))
    assert chosen_editions(admin)[0] == "missed 2025-09-06", "the page stays"
    assert sum("✅" in label for label in admin.heard.labels) == 1
    assert (await broadcast_of(bot, 2)).segment == Segment(missed="2025-09-03")
    card = await admin.press_data("broadcast 2 back", on=max(admin.seen))
    assert "2025" in card.text
    await admin.press_data("broadcast 2 missed", on=max(admin.seen))
    assert chosen_editions(admin)[0] == "missed 2025-09-06", "the page of what is chosen"
    await admin.press_data("broadcast 2 missed 2025-09-03", on=max(admin.seen))
    assert (await broadcast_of(bot, 2)).segment == EVERYBODY


def chosen_editions(voice: Voice) -> list[str]:
    """Return what the buttons of editions on the last screen choose."""
    data = [button.callback_data for row in voice.seen[max(voice.seen)].keyboard for button in row]
    return [one.partition(" ")[2].partition(" ")[2] for one in data if one.count("-") >= 2]


async def test_slots_and_languages_are_choices_of_their_own(admin: Voice, bot: Bot) -> None:
    await publish_variant(bot, date(2025, 9, 12))
    evening = EditionDay.of(date(2025, 9, 11), "evening")
    async with bot.database.write() as tx:
        at = bot.now - timedelta(hours=10)
        await digests.upsert(
            tx, replace(edition(evening), slot="evening"), Source("evening.md", b""), published=at, now=at
        )
    await admin.press("发给谁")
    listed = await admin.press("按期数")
    assert chosen_editions(admin) == [
        *(f"had 2025-09-12{language}" for language in ("", *(f".{code}" for code in LANGUAGES))),
        "had 2025-09-11-evening",
    ]
    assert any("English · Morning" in label for label in listed.labels), "the title of that text"
    await admin.press("English · Morning")
    assert (await broadcast_of(bot)).segment == Segment(had="2025-09-12.en")
    await admin.press("没收到的")
    await admin.press("晚")
    card = await admin.press_data("broadcast 1 back", on=max(admin.seen))
    assert "收到过 2025年9月12日 周五 · English 那期 · 没收到 2025年9月11日 周四 · 晚间 那期" in card.text


async def test_saved_choice_says_that_its_edition_is_forgotten(admin: Voice, bot: Bot) -> None:
    async with bot.database.write() as tx:
        await runs.add_digest(tx, date(2025, 9, 11), published=bot.now - timedelta(days=1), upto=0)
        await segments.save(tx, "没看到的", Segment(missed="2025-09-11"))
    screen = await admin.press("发给谁")
    assert "⭐ 没看到的：没收到 2025年9月11日 周四 那期" in screen.text
    await admin.press("没看到的 · 3")
    bot.now += timedelta(days=31)
    card = await admin.press_data("broadcast 1 back", on=max(admin.seen))
    assert "收到记录已删除" in card.text
    assert "0" in card.text, "not everybody, who would seem to have missed it"


async def test_categories_have_a_screen_of_their_own(admin: Voice, bot: Bot) -> None:
    await bot.publish(date(2025, 9, 12))
    await admin.press("发给谁")
    await admin.press("按分类")
    await admin.press("AI产业")
    assert (await broadcast_of(bot)).segment.category != ""
    assert "发给：AI产业" in (await admin.press("返回")).text, "the card has its name, not the key it is compared by"


async def test_choice_is_saved_and_used_again(admin: Voice, bot: Bot) -> None:
    await admin.press("发给谁")
    await admin.press("群 ·")
    await admin.press("存下这个选择")
    await admin.say("所有的群")
    await admin.say("/broadcast 第二条")
    await admin.press("发给谁")
    assert "⭐ 所有的群 · 1" in admin.heard.labels
    await admin.press("所有的群")
    assert (await broadcast_of(bot, 2)).segment == (await broadcast_of(bot)).segment != EVERYBODY


@pytest.mark.parametrize(
    "data",
    [
        "to x",
        "to kind x",
        "to lang xx",
        "to cat 0",
        "to saved 9",
        "to joined 5",
        "to had x",
        "had x",
        "missed 2025-09-12.xx",
        "when x",
    ],
)
async def test_altered_choice_changes_nothing(data: str, admin: Voice, bot: Bot) -> None:
    before = await broadcast_of(bot)
    assert (await admin.press_data(f"broadcast 1 {data}", on=max(admin.seen))).toast
    assert await broadcast_of(bot) == before


@pytest.mark.parametrize(
    ("label", "dues"),
    [
        ("一小时后", [EVENING + timedelta(hours=1)]),
        ("明早 08:00", [datetime(2025, 9, 13, 0, 0, tzinfo=UTC)]),
        ("马上", [EVENING]),
    ],
)
async def test_time_is_chosen_by_a_button(label: str, dues: list[datetime], admin: Voice, bot: Bot) -> None:
    bot.now = EVENING
    await admin.press("什么时候")
    await admin.press(label)
    await admin.press("返回")
    await admin.press("发送")
    assert await dues_of(bot) == dues


async def test_no_button_chooses_a_time_that_is_past(admin: Voice, bot: Bot) -> None:
    bot.now = EVENING - timedelta(minutes=1)
    screen = await admin.press("什么时候")
    assert "今晚 20:00" in screen.labels
    bot.now = EVENING
    late = await admin.press("今晚 20:00")
    assert late.toast == "这个时间已经过了，请另选一个。"
    assert "今晚 20:00" not in late.labels
    assert (await broadcast_of(bot)).time == NOW
    assert "今晚 20:00" not in (await admin.press_data("broadcast 1 when", on=max(admin.seen))).labels


async def test_button_of_a_day_that_a_zone_skipped(admin: Voice, bot: Bot) -> None:
    """Samoa had no 30 December 2011: on the 29th, tomorrow is the 31st."""
    await admin.say("/timezone Pacific/Apia")
    bot.now = datetime(2011, 12, 30, 5, 0, tzinfo=UTC)
    await admin.press_data("broadcast 1 when", on=max(admin.seen))
    await admin.press("明早 08:00")
    assert (await broadcast_of(bot)).time.at == datetime(2011, 12, 30, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize("pays", [False, True])
async def test_past_time_is_not_scheduled(pays: bool, admin: Voice, bot: Bot) -> None:
    bot.now = EVENING - timedelta(minutes=1)
    await admin.press("什么时候")
    await admin.press("今晚 20:00")
    await admin.press("返回")
    bot.now = EVENING + timedelta(minutes=4)
    refused = await admin.press_data(f"broadcast 1 {'pay 1' if pays else 'send'}", on=max(admin.seen))
    assert refused.toast == "选好的时间已经过了，没有发送。请在“什么时候”里另选一个。"
    assert await dues_of(bot) == []
    await admin.press("什么时候")
    await admin.press("马上")
    await admin.press("返回")
    assert (await admin.press("📣 发送")).toast == "开始发送。"


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("20:30", datetime(2025, 9, 12, 12, 30, tzinfo=UTC)),
        ("7点", datetime(2025, 9, 12, 23, 0, tzinfo=UTC)),
        ("9月15日 9:00", datetime(2025, 9, 15, 1, 0, tzinfo=UTC)),
        ("2025-12-31 23:59", datetime(2025, 12, 31, 15, 59, tzinfo=UTC)),
        ("01-05 09:00", datetime(2026, 1, 5, 1, 0, tzinfo=UTC)),
        ("2月28日 9:00", datetime(2026, 2, 28, 1, 0, tzinfo=UTC)),
    ],
)
async def test_time_is_typed_by_the_admin_s_own_clock(typed: str, at: datetime, admin: Voice, bot: Bot) -> None:
    bot.now = EVENING
    await admin.press("什么时候")
    await admin.press("别的时间")
    for wrong in ("昨天", "13-45 9:00", "9月1日 9:00", "2月29日 9:00", "2025-01-05 9:00"):
        assert "照这样写" in (await admin.say(wrong)).text
    await admin.say(typed)
    assert (await broadcast_of(bot)).time.at == at


async def test_mornings_are_those_of_their_schedules(admin: Voice, bot: Bot) -> None:
    bot.now = EVENING
    await private(bot, 7).say("/time 9:30")
    await admin.press("什么时候")
    await admin.press("各自的早晨")
    await admin.press("返回")
    await admin.press("发送")
    assert set(await dues_of(bot)) == {
        datetime(2025, 9, 13, 0, 0, tzinfo=UTC),
        datetime(2025, 9, 13, 1, 30, tzinfo=UTC),
    }


async def test_quiet_hours_hold_for_the_next_broadcasts(admin: Voice, bot: Bot) -> None:
    bot.now = datetime(2025, 9, 12, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    await admin.press("什么时候")
    assert "22:00–08:00" in " ".join((await admin.press("安静时段")).labels)
    await admin.press("返回")
    await admin.press("发送")
    assert set(await dues_of(bot)) == {datetime(2025, 9, 13, 0, 0, tzinfo=UTC)}
    await admin.say("/broadcast 第二条")
    await admin.press("什么时候")
    for _ in range(3):
        last = await admin.press("安静时段")
    assert "没有" in " ".join(last.labels)


async def test_scheduled_broadcast_is_listed_changed_and_cancelled(admin: Voice, bot: Bot) -> None:
    bot.now = EVENING
    await admin.press("什么时候")
    await admin.press("明早 08:00")
    await admin.press("返回")
    await admin.press("发送")
    listed = await admin.say("/broadcast")
    assert "各位早安" in listed.text
    assert "明天" in listed.text
    card = await admin.press("改一改")
    assert "📣 发送" in card.labels
    assert await dues_of(bot) == []
    await admin.press("📣 发送")
    await admin.say("/broadcast")
    await admin.press("取消")
    async with bot.database.read() as tx:
        run = await runs.get(tx, 1)
    assert run is not None
    assert run.state is RunState.CANCELLED
    assert "各位早安" not in (await admin.say("/broadcast")).text


async def _scheduled(admin: Voice) -> None:
    """Schedule the admin's draft for the next morning."""
    await admin.press("什么时候")
    await admin.press("明早 08:00")
    await admin.press("返回")
    await admin.press("发送")


async def test_only_the_author_calls_a_broadcast_back(admin: Voice, bot: Bot) -> None:
    bot.admins = frozenset({ADMIN, 2})
    await _scheduled(admin)
    dues, colleague = await dues_of(bot), private(bot, 2)
    assert len(dues) == 1
    listed = await colleague.say("/broadcast")
    assert listed.labels == ["🛑 Cancel"]
    assert "Author: 1" in listed.text
    assert "发起人" not in (await admin.say("/broadcast")).text
    for _ in range(2):  # the second time its author is no admin any more
        refused = await colleague.press_data("broadcast 1 change")
        assert refused.toast == "Only its author can change it. Any admin can cancel it."
        assert "Author: 1" in refused.text
        bot.admins = frozenset({2})
    assert await dues_of(bot) == dues


async def _card(bot: Bot) -> str:
    """Return what the card of the first broadcast shows its author, in English."""
    async with bot.database.read() as tx:
        progress = await run_progress.get(tx, 1)
    assert progress is not None
    translate = TEXTS.translator("en")
    return run_message(RunMessageKind.CARD, progress, Trouble(), Speed(), translate, offer_resend=True).text.plain


@pytest.mark.parametrize("has_role", [True, False])
async def test_any_admin_cancels_a_scheduled_broadcast(has_role: bool, admin: Voice, bot: Bot) -> None:
    await _scheduled(admin)
    bot.admins = frozenset({ADMIN, 2} if has_role else {2})
    colleague = private(bot, 2)
    await colleague.say("/broadcast")
    cancelled = await colleague.press("Cancel")
    assert cancelled.toast == "Cancelled."
    assert cancelled.edited
    assert "各位早安\n🛑 Broadcast\nCancelled by 2" in cancelled.text
    assert cancelled.labels == []
    assert "Goes out" not in cancelled.text
    assert "🛑 Broadcast\nCancelled by 2" in await _card(bot), "its author's card names who did it"
    async with bot.database.read() as tx:
        (entry, *_) = await audit.newest(tx)
    assert (entry.action, entry.run_id, entry.actor) == (AuditAction.RUN_CANCELLED, 1, 2)
    late = await colleague.press_data("run 1 cancel")
    assert (late.toast, late.text) == ("Cancelled", cancelled.text)


async def test_list_shows_that_its_author_cancelled(admin: Voice, bot: Bot) -> None:
    await _scheduled(admin)
    await admin.say("/broadcast")
    cancelled = await admin.press("取消")
    assert cancelled.edited
    assert "🛑 群发\n已取消" in cancelled.text
    assert "🛑 Broadcast\nCancelled\n" in await _card(bot), "nobody else did it"


async def test_stale_button_to_change_says_how_it_stands(admin: Voice, bot: Bot) -> None:
    bot.admins = frozenset({ADMIN, 2})
    await _scheduled(admin)
    colleague = private(bot, 2)
    assert (await admin.press_data("broadcast 1 send")).toast == "这次群发已经定好时间，不会重复发送。"
    card = await admin.press_data("broadcast 1 change")
    assert "📣 发送" in card.labels
    for verb in ("broadcast 1 change", "run 1 cancel"):  # presses before the message has become the draft's card
        again = await admin.press_data(verb)
        assert not again.edited
    assert (await colleague.press_data("broadcast 1 change")).toast == "Its author is changing it."
    await admin.press("📣 发送")
    await colleague.press_data("run 1 cancel")
    for reader in (colleague, admin):
        refused = await reader.press_data("broadcast 1 change")
        assert refused.toast in ("This broadcast was cancelled.", "这次群发已经取消。")
        assert refused.labels == []


async def test_begun_broadcast_is_not_called_back(admin: Voice, bot: Bot) -> None:
    await _scheduled(admin)
    bot.now += timedelta(days=1)
    async with bot.database.write() as tx:
        run = await runs.get(tx, 1)
        assert run is not None
        await tx.exec_driver_sql("UPDATE waves SET state = 'planned'")
    late = await admin.press_data("broadcast 1 change")
    assert late.toast == "已经开始发送，不能再收回来改了。"


async def test_list_entry_of_a_begun_broadcast_has_no_figures_and_buttons(admin: Voice, bot: Bot) -> None:
    """It does not follow its run, as the author's card does."""
    bot.admins = frozenset({ADMIN, 2})
    await _scheduled(admin)
    colleague = private(bot, 2)
    await colleague.say("/broadcast")
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("UPDATE waves SET state = 'planned'")
    late = await colleague.press_data("broadcast 1 change")
    assert (late.labels, late.text.splitlines()[-1]) == (
        [],
        "It has begun to go out, so it can no longer be called back.",
    )


async def test_saved_choice_is_forgotten_by_a_press_alone(admin: Voice, bot: Bot) -> None:
    async with bot.database.write() as tx:
        for number in range(segments.MAX_SAVED_SEGMENTS):
            await segments.save(tx, f"name {number:02}", Segment(joined_days=number + 100))
    await admin.press("发给谁")
    await admin.press("群 ·")
    await admin.press("存下这个选择")
    assert "已经存了 12 个" in (await admin.say("所有的群")).text
    async with bot.database.read() as tx:
        assert len(await segments.saved(tx)) == segments.MAX_SAVED_SEGMENTS
    await admin.press_data("broadcast 1 to saved 3", on=max(admin.seen))
    await admin.press("忘掉“name 03”")
    assert "name 03" not in " ".join(admin.heard.labels)
    assert (await broadcast_of(bot)).segment == Segment(joined_days=103), "the draft stays as it is"
    async with bot.database.read() as tx:
        assert "name 03" not in [one.name for one in await segments.saved(tx)]
        (entry, *_) = await audit.newest(tx)
    assert (entry.action, entry.detail) == (AuditAction.SEGMENT_FORGOTTEN, "name 03")
    assert (await admin.press_data("broadcast 1 forget")).messages, "nothing is left to be forgotten"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Goes out Mon, 15 Sep at 09:00"), ("zh", "发送时间：9月15日周一 09:00")]
)
async def test_card_of_a_scheduled_broadcast_tells_its_author_s_clock(
    language: str, words: str, admin: Voice, bot: Bot
) -> None:
    await admin.press("什么时候")
    await admin.press("别的时间")
    await admin.say("9月15日 9:00")
    await admin.press("发送")
    async with bot.database.read() as tx:
        progress = await run_progress.get(tx, 1)
    assert progress is not None
    card = progress_card(progress, Speed(), TEXTS.translator(language), offer_resend=True)
    assert words in card.text.plain
    assert "UTC" not in card.text.plain


async def _with_night_in_berlin(admin: Voice, bot: Bot) -> None:
    """Give the draft quiet hours from 22:00 to 08:00; it is 09:06 here, and 03:06 for one of four recipients."""
    await private(bot, 9).say("/start")
    await private(bot, 9).say("/timezone Europe/Berlin")
    bot.now = datetime(2025, 9, 13, 1, 6, tzinfo=UTC)
    await admin.press("什么时候")
    await admin.press("安静时段")


async def _send_to_those_due(bot: Bot) -> None:
    """Note the broadcast as sent to those for whom it is due."""
    async with bot.database.write() as tx:
        sent = (
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, attempts, resent,"
            " paid, changed_at) SELECT 1, subscribers.id, 1, content_id, payloads.id, 'sent', 0, false, false, ?"
            " FROM payloads, subscribers WHERE payloads.run_id = 1 AND active AND schedule_id IN"
            " (SELECT schedule_id FROM waves WHERE run_id = 1 AND due_at <= ?)"
        )
        await sql(tx, sent, bot.now, bot.now)
        await sql(tx, "UPDATE waves SET state = 'planned' WHERE due_at <= ?", bot.now)


async def test_cards_tell_who_waits_for_the_end_of_quiet_hours(admin: Voice, bot: Bot) -> None:
    bot.admins = frozenset({ADMIN, 2})
    await _with_night_in_berlin(admin, bot)
    card = await admin.press("返回")
    assert "🌙 1 个在安静时段，等到今天（周六）14:00再发" in card.text
    await admin.press("发送")
    await _send_to_those_due(bot)
    going = await _card(bot)
    assert "🌙 1 waits until Sat, 13 Sep at 14:00 because of quiet hours" in going
    assert "3/4\nSent: 3\nTo go: 1" in going
    colleague = private(bot, 2)
    listed = await colleague.say("/broadcast")
    assert "🌙 1 waits until today (Sat) at 14:00 because of quiet hours" in listed.text
    assert listed.labels == ["🛑 Cancel"], "it can no longer be called back"
    stale = await colleague.press_data("broadcast 1 change")
    assert stale.toast == "It has begun to go out, so it can no longer be called back."
    assert stale.labels == ["🛑 Cancel"]
    await colleague.press("Cancel")
    cancelled = await _card(bot)
    assert "Sent: 3\nSkipped: 1" in cancelled


async def test_scheduled_card_tells_each_one_s_morning(admin: Voice, bot: Bot) -> None:
    await _with_night_in_berlin(admin, bot)
    await admin.press("各自的早晨")
    card = await admin.press("返回")
    waits = "🕗 4 个按各自的早晨收到：最早今天（周六）14:00，最晚明天（周日）08:00"
    assert waits in card.text
    await admin.press("发送")
    scheduled = await _card(bot)
    assert "🕗 Goes out in each one's morning\n" in scheduled
    assert "🕗 4 get it in their mornings: the first Sat, 13 Sep at 14:00, the last Sun, 14 Sep at 08:00" in scheduled
    listed = await admin.say("/broadcast")
    assert f"🕗 发送时间：在各自的早报时间\n{waits}" in listed.text
    assert len(listed.labels) == 2
