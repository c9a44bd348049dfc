"""Buttons of progress cards, and /stats."""

from datetime import date

import pytest

from domain.audit import AuditAction
from domain.delivery.outage import Outage
from domain.delivery.progress import CardMessage, RunMessage, RunMessageKind
from domain.delivery.states import RunState
from domain.subscription.subscriber import LeftReason
from storage import audit, personal_data, run_messages, runs, subscribers
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, Bot, group, private


async def _running(bot: Bot) -> int:
    async with bot.database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "x"}, now=bot.now)
        await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, 5), now=bot.now)
    return run_id


async def _state(bot: Bot, run_id: int) -> RunState:
    async with bot.database.read() as tx:
        found = await runs.get(tx, run_id)
    assert found is not None
    return found.state


async def test_pause_resume_cancel(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    for word, toast, state in (
        ("refresh", "On its way", RunState.RUNNING),
        ("pause", "Paused.", RunState.PAUSED),
        ("pause", "Paused", RunState.PAUSED),
        ("resume", "Resumed.", RunState.RUNNING),
        ("resume", "On its way", RunState.RUNNING),
        ("cancel", "Cancelled.", RunState.CANCELLED),
        ("resume", "Cancelled", RunState.CANCELLED),
        ("cancel", "Cancelled", RunState.CANCELLED),
    ):
        assert (await admin.press_data(f"run {run_id} {word}")).toast == toast
        assert await _state(bot, run_id) is state


async def test_admin_resends_unconfirmed_messages(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    assert "nothing to send again" in (await admin.press_data(f"run {run_id} resend")).toast
    async with bot.database.write() as tx:
        await sql(
            tx,
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, error) "
            "VALUES (?, 1, 1, 1, 1, 'unconfirmed', 'the answer was lost')",
            run_id,
        )
    assert (await admin.press_data(f"run {run_id} resend")).toast == "1 message goes out again."


async def test_pressed_card_and_report_show_the_change_at_once(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    paused = await admin.press_data(f"run {run_id} pause", on=5)
    assert paused.edited
    assert "Paused" in paused.text
    assert any("Resume" in label for label in paused.labels)
    async with bot.database.write() as tx:
        await run_messages.add(tx, run_id, RunMessage(RunMessageKind.REPORT, ADMIN, 9))
        for person, state in ((1, "sent"), (2, "unconfirmed")):
            await sql(
                tx,
                "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state) "
                "VALUES (?, ?, 1, 1, 1, ?)",
                run_id,
                person,
                state,
            )
    resent = await admin.press_data(f"run {run_id} resend", on=9)
    assert resent.toast == "1 message goes out again."
    assert resent.edited
    assert "To go: 1" in resent.text
    assert "Not confirmed" not in resent.text
    assert resent.labels == []


async def test_refreshed_report_tells_what_failed_and_offers_a_resend(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    people = private(bot, 70), private(bot, 71)
    for person in people:
        await person.say("/start")
    rows = [(await person.row()).id for person in people]
    async with bot.database.write() as tx:
        await run_messages.add(tx, run_id, RunMessage(RunMessageKind.REPORT, ADMIN, 9))
        for row, state, reason in zip(rows, ("failed", "unconfirmed"), ("blocked", "no_response"), strict=True):
            await sql(
                tx,
                "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, reason, error) "
                "VALUES (?, ?, 1, 1, 1, ?, ?, 'in its words')",
                run_id,
                row,
                state,
                reason,
            )
    report = await admin.press_data(f"run {run_id} refresh", on=9)
    assert "· failed 1×: blocked the bot" in report.text
    assert "· not confirmed, may have arrived or not: chat 71" in report.text
    assert report.labels == ["🔁 Send again (1)"]
    assert "failed 1×" not in (await admin.press_data(f"run {run_id} refresh", on=5)).text


async def test_refreshed_card_shows_what_is_to_go(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    async with bot.database.write() as tx:
        for person in (1, 2):
            await sql(
                tx,
                "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state) "
                "VALUES (?, ?, 1, 1, 1, 'pending')",
                run_id,
                person,
            )
    card = await admin.press_data(f"run {run_id} refresh", on=5)
    assert card.edited
    assert "On its way" in card.text
    assert "0/2" in card.text


async def test_press_edits_no_message_of_another_run(bot: Bot) -> None:
    run_id, admin = await _running(bot), private(bot, ADMIN)
    assert not (await admin.press_data(f"run {run_id} pause", on=77)).edited
    assert await _state(bot, run_id) is RunState.PAUSED


@pytest.mark.parametrize("data", ["run", "run 99 pause", "run x pause", "run 1 explode", "run 1", "run ９ pause"])
async def test_altered_run_button_is_answered(bot: Bot, data: str) -> None:
    await _running(bot)
    assert (await private(bot, ADMIN).press_data(data)).toast == "This button no longer works."


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "en",
            (
                *("3 subscribed, 4 known", "3 people", "English 2, 简体中文 1", "Headlines 2, Full text 1"),
                *("Broadcast", "today (Fri) at 14:05 · On its way"),
            ),
        ),
        (
            "zh",
            (
                "订阅中 3，共 4",
                "3 人",
                "English 2、简体中文 1",
                "标题版 2、全文版 1",
                "群发",
                "今天（周五）14:05 · 发送中",
            ),
        ),
    ],
)
async def test_stats(bot: Bot, language: str, parts: tuple[str, ...]) -> None:
    for person, tongue in ((7, "en"), (8, "en"), (9, "zh")):
        await private(bot, person, tongue).say("/start")
    await private(bot, 9, "zh").say("/layout full")
    await _running(bot)
    await private(bot, ADMIN, language).say("/help")
    answer = await private(bot, ADMIN, language).say("/stats")
    for part in parts:
        assert part in answer.text


@pytest.mark.parametrize(
    ("language", "waits"), [("en", "Next: tomorrow (Sat) at 08:00"), ("zh", "下一批：明天（周六）08:00")]
)
async def test_stats_show_when_a_waiting_run_goes_on(bot: Bot, language: str, waits: str) -> None:
    async with bot.database.write() as tx:
        await runs.add_digest(tx, date(2025, 9, 12), published=bot.now, upto=0)
    await private(bot).say("/start")
    answer = await private(bot, ADMIN, language).say("/stats")
    assert waits in answer.text
    assert "On its way" not in answer.text
    assert "发送中" not in answer.text


async def test_stats_leave_out_zero_figures(bot: Bot) -> None:
    run_id = await _running(bot)
    async with bot.database.write() as tx:
        for person, state in enumerate(("sent", "failed", "unconfirmed", "skipped", "pending")):
            await sql(
                tx,
                "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, error) "
                "VALUES (?, ?, 1, 1, 1, ?, 'the answer was lost')",
                run_id,
                person,
                state,
            )
    text = (await private(bot, ADMIN).say("/stats")).text
    assert "1 sent, 1 failed, 1 unconfirmed, 1 skipped, 1 to go" in text
    async with bot.database.write() as tx:
        await tx.exec_driver_sql("DELETE FROM deliveries WHERE state != 'sent'")
    assert (await private(bot, ADMIN).say("/stats")).text.endswith("\n1 sent")


async def test_stats_leave_out_discarded_drafts(bot: Bot) -> None:
    await private(bot).say("/start")
    admin = private(bot, ADMIN)
    await admin.say("/broadcast a slip")
    await admin.press("Discard")
    assert "Nothing has gone out yet" in (await admin.say("/stats")).text


@pytest.mark.parametrize(
    ("language", "week", "month"),
    [
        ("en", "7 days: 1 joined, 2 left (blocked the bot 1, unsubscribed 1)", "30 days: 2 joined, 2 left"),
        ("zh", "7 天：新增 1，离开 2（屏蔽了机器人 1、自己退订 1）", "30 天：新增 2，离开 2"),
    ],
)
async def test_stats_tell_who_came_and_why_others_left(bot: Bot, language: str, week: str, month: str) -> None:
    """Whoever was erased is in no figure."""
    for person in (7, 8, 9):
        await private(bot, person).say("/start")
    bot.wait(days=20)
    for person in (10, 11):
        await private(bot, person).say("/start")
    async with bot.database.write() as tx:
        for person, reason in ((7, LeftReason.STOPPED), (8, LeftReason.BLOCKED), (11, LeftReason.STOPPED)):
            known = await subscribers.get(tx, person)
            assert known is not None
            await subscribers.deactivate(tx, known.id, reason, now=bot.now)
        await personal_data.erase(tx, 11)
    text = (await private(bot, ADMIN, language).say("/stats")).text
    assert month in text
    assert week in text


async def test_stats_before_the_first_run(bot: Bot) -> None:
    assert "Nothing has gone out yet" in (await private(bot, ADMIN).say("/stats")).text


async def test_stats_name_a_digest_by_its_day(bot: Bot) -> None:
    async with bot.database.write() as tx:
        await runs.add_digest(tx, date(2025, 9, 12), published=bot.now, upto=0)
    assert "Digest of Fri, 12 Sep" in (await private(bot, ADMIN).say("/stats")).text


async def test_stats_show_an_outage(bot: Bot) -> None:
    admin = private(bot, ADMIN)
    assert "not answered" not in (await admin.say("/stats")).text
    bot.outage = Outage(since=bot.now, seconds=60, reason="TimeoutError", unconfirmed=0)
    assert "has not answered since 14:05 (TimeoutError)" in (await admin.say("/stats")).text


async def test_stats_are_shown_in_private_only(bot: Bot) -> None:
    await private(bot, ADMIN).say("/start")
    answer = await group(bot, person=ADMIN).say("/stats")
    assert "private" in answer.text
    assert "known" not in answer.text


async def _ended(bot: Bot) -> int:
    """Let a broadcast reach one person, with a report in the admin's chat; return its run."""
    run_id = await _running(bot)
    async with bot.database.write() as tx:
        await run_messages.add(tx, run_id, RunMessage(RunMessageKind.REPORT, ADMIN, 9))
        await sql(
            tx,
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, message_id) "
            "VALUES (?, 1, 1, 1, 1, 'sent', 3)",
            run_id,
        )
        await sql(tx, "UPDATE runs SET state = 'finished' WHERE id = ?", run_id)
    return run_id


@pytest.mark.parametrize(
    ("language", "pin", "unpin", "pinned", "unpinned"),
    [
        ("en", "📌 Pin", "📌 Unpin", "📌 Pinned: 0…", "📌 Unpinned: 0…"),
        ("zh", "📌 置顶", "📌 取消置顶", "📌 已置顶 0 处…", "📌 已取消置顶 0 处…"),
    ],
)
async def test_admin_pins_and_unpins_an_ended_broadcast(
    bot: Bot, language: str, pin: str, unpin: str, pinned: str, unpinned: str
) -> None:
    run_id, admin = await _ended(bot), private(bot, ADMIN, language)
    assert pin in (await admin.press_data(f"run {run_id} refresh", on=9)).labels
    shown = await admin.press(pin)
    assert pinned in shown.text
    assert unpin in shown.labels
    await admin.press_data(f"run {run_id} pin", on=9)
    shown = await admin.press(unpin)
    assert unpinned in shown.text
    assert pin in shown.labels
    async with bot.database.read() as tx:
        actions = [entry.action for entry in await audit.newest(tx)]
    assert [action for action in actions if "pinned" in action] == ["broadcast_unpinned", "broadcast_pinned"]
    stats = (await admin.say("/stats")).text
    assert ("Unpinning of a broadcast" if language == "en" else "取消置顶一条群发") in stats


async def test_admin_recalls_an_ended_broadcast_after_a_question(bot: Bot) -> None:
    run_id, admin = await _ended(bot), private(bot, ADMIN)
    assert "🗑 Recall…" in (await admin.press_data(f"run {run_id} refresh", on=9)).labels
    asked = await admin.press_data(f"run {run_id} recall", on=9)
    assert asked.labels == ["🗑 Delete (1)", "✖️ No"]
    assert not asked.edited, "the card follows its run, so that a question on it would be overwritten"
    kept = await admin.press("✖️ No")
    assert (kept.text, kept.labels) == ("It stays as it is.", [])
    await admin.press_data(f"run {run_id} recall", on=9)
    recalled = await admin.press("🗑 Delete")
    assert (recalled.text, recalled.labels) == ("It is being deleted.", [])
    card = await admin.press_data(f"run {run_id} refresh", on=9)
    assert "🗑 Recalled: 0 deleted…" in card.text
    assert card.labels == []
    async with bot.database.read() as tx:
        [entry] = [each for each in await audit.newest(tx) if each.action is AuditAction.BROADCAST_RECALLED]
    assert (entry.actor, entry.run_id) == (ADMIN, run_id)
    assert "recalled once" in (await admin.press_data(f"run {run_id} delete", on=9)).toast
    assert "Recall of a broadcast" in (await admin.say("/stats")).text


async def test_question_of_an_earlier_version_is_answered_on_the_card(bot: Bot) -> None:
    run_id, admin = await _ended(bot), private(bot, ADMIN)
    assert (await admin.press_data(f"run {run_id} refresh", on=9)).labels == ["📌 Pin", "🗑 Recall…"]
    recalled = await admin.press_data(f"run {run_id} delete", on=9)
    assert recalled.toast == "It is being deleted."
    assert "🗑 Recalled: 0 deleted…" in recalled.text
