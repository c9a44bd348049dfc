"""Withdrawing an edition in the chat, publishing it again, and what readers find of a withdrawn one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from delivery.publishing import publish
from domain.audit import AuditAction
from domain.chat.action import Edit, Send
from domain.chat.event import InlineQuery
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.delivery.states import RunKind, RunState
from storage import audit, digests, drafts, roles, run_messages, runs, waves, withdrawals
from storage.digests import Source
from tests.databases import sql
from tests.delivery.harness import DEFAULT_SCHEDULE, TEXTS
from tests.handlers.dialogue import Answer, Bot, private
from tests.handlers.editions import edition

DAY = date(2025, 9, 12)
EVE = DAY - timedelta(days=1)
EDITOR = 7


async def deliver(bot: Bot) -> None:
    """Publish two editions, and note the newer one as delivered to one of two subscribers: one part, and an old one."""
    for person in (8, 9):
        await private(bot, person).say("/start")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    await bot.publish(EVE)
    source = Source(f"{DAY}.md", b"text")
    await publish(bot.database, TEXTS, DEFAULT_SCHEDULE, edition(DAY), source, now=bot.now)
    async with bot.database.write() as tx:
        sent = (
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, attempts, resent,"
            " paid, message_id, changed_at) SELECT payloads.run_id, subscribers.id, ?, content_id, payloads.id, 'sent',"
            " 0, false, false, ?, ? FROM payloads, subscribers WHERE chat_id = 8 LIMIT 1"
        )
        await sql(tx, sent, 1, 91, bot.now)
        await sql(tx, sent, 2, 92, bot.now - timedelta(hours=50))


async def withdraw(bot: Bot) -> None:
    async with bot.database.write() as tx:
        await withdrawals.withdraw(tx, DAY, actor=EDITOR, now=bot.now)


@pytest.mark.parametrize(
    ("language", "asked", "button", "done"),
    [
        (
            "en",
            (
                "Withdraw the digest of Fri, 12 Sep 2025?",
                "1 subscriber has it.",
                "1 message is deleted",
                "1 message is older than 48 hours",
                "1 subscriber is still to get it",
            ),
            "Withdraw",
            "is withdrawn",
        ),
        (
            "zh",
            ("撤回2025年9月12日", "1 位已收到", "删除 1 条", "1 条已超过 48 小时", "1 位还没收到"),
            "撤回",
            "已撤回",
        ),
        ("zh-hant", ("撤回2025年9月12日", "1 位已收到", "刪除 1 則", "1 則已超過 48 小時"), "撤回", "已撤回"),
    ],
)
async def test_editor_is_asked_with_the_numbers_and_withdraws(
    bot: Bot, language: str, asked: tuple[str, ...], button: str, done: str
) -> None:
    await deliver(bot)
    editor = private(bot, EDITOR, language)
    question = await editor.say("/withdraw")
    for words in asked:
        assert words in question.text
    answer = await editor.press(button)
    assert answer.edited
    assert done in answer.text
    async with bot.database.read() as tx:
        (entry, *_) = await audit.newest(tx)
        run = await withdrawals.newest(tx, DAY)
        assert await runs.get_by_edition(tx, DAY) is None
        assert run is not None
        (wave,) = [wave for wave in await waves.waiting(tx, until=bot.now) if wave.run_id == run.id]
    assert (entry.action, entry.actor, entry.edition, entry.detail) == (AuditAction.WITHDRAWN, EDITOR, DAY, "1")
    assert (run.kind, run.state, run.actor) == (RunKind.WITHDRAWAL, RunState.RUNNING, EDITOR)
    assert run.card is not None
    assert wave.due_at == bot.now
    assert bot.effects


async def test_role_is_looked_up_at_the_press_and_the_first_press_decides(bot: Bot) -> None:
    await deliver(bot)
    editor, admin = private(bot, EDITOR), private(bot, 1)
    for voice in (editor, admin):
        await voice.say(f"/withdraw {DAY}")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await editor.press("Withdraw")).messages == []
    assert "stays as it is" in (await admin.press("No")).text
    await admin.say("/withdraw")
    await admin.press("Withdraw")
    before = len(await _audit(bot))
    assert "is withdrawn" in (await admin.press_data(f"withdraw {DAY} yes")).text
    assert len(await _audit(bot)) == before


@pytest.mark.parametrize(
    ("language", "toast", "ended"),
    [
        ("en", "It was withdrawn already.", "Nobody had it."),
        ("zh", "已经撤回过了。", "没有人收到过。"),
        ("zh-hant", "已經撤回過了。", "沒有人收到過。"),
    ],
)
async def test_second_press_is_told_and_follows_the_withdrawal(bot: Bot, language: str, toast: str, ended: str) -> None:
    await deliver(bot)
    first, second = private(bot, EDITOR), private(bot, 1, language)
    await second.say("/start")
    for voice in (first, second):
        await voice.say(f"/withdraw {DAY}")
    assert (await first.press("🗑")).toast == ""
    pressed = second.last_message
    answer = await second.press("🗑")
    assert (answer.toast, answer.edited) == (toast, True)
    await second.press_data(f"withdraw {DAY} yes.e", on=pressed)
    await second.say(f"/withdraw {DAY}")
    typed = second.last_message
    async with bot.database.write() as tx:
        run = await withdrawals.newest(tx, DAY)
        assert run is not None
        followers = {(each.chat_id, each.message_id) for each in await run_messages.of_run(tx, run.id)}
        await sql(tx, "UPDATE runs SET state = 'finished' WHERE id = ?", run.id)
    assert followers == {(EDITOR, first.last_message), (1, pressed), (1, typed)}
    for voice, number in ((first, first.last_message), (second, pressed), (second, typed)):
        (end,) = await bot.note_card(run.id, chat_id=voice.chat.id, message_id=number)
        assert isinstance(end, Edit)
        assert isinstance(end.message, Message)
        assert end.message_id == number
        assert voice is first or ended in end.message.text.plain
    await second.say(f"/withdraw {DAY}")
    async with bot.database.read() as tx:
        assert len(await run_messages.of_run(tx, run.id)) == len(followers), "nothing more is to come"


async def _audit(bot: Bot) -> list[AuditAction]:
    async with bot.database.read() as tx:
        return [entry.action for entry in await audit.newest(tx)]


@pytest.mark.parametrize(
    ("language", "again", "question", "yes", "done"),
    [
        ("en", "Publish it again…", "get it even if they had it before.", "Publish again", "is published again"),
        ("zh", "重新发布…", "会收到的人，之前收到过也会再收一次。", "📢 重新发布", "已重新发布"),
    ],
)
async def test_withdrawn_edition_is_published_again_on_purpose(
    bot: Bot, language: str, again: str, question: str, yes: str, done: str
) -> None:
    await deliver(bot)
    await withdraw(bot)
    editor = private(bot, EDITOR, language)
    await editor.say(f"/withdraw {DAY}")
    assert question in (await editor.press(again)).text
    answer = await editor.press_data(f"withdraw {DAY} again yes")
    assert done in answer.text
    assert (await _audit(bot))[0] is AuditAction.RESTORED
    assert "12" in (await private(bot, 9).say("/today")).text
    async with bot.database.read() as tx:
        run = await runs.get_by_edition(tx, DAY)
    assert run is not None
    assert run.state is RunState.RUNNING
    assert (await editor.press_data(f"withdraw {DAY} again yes")).toast in ("It is not withdrawn.", "它没有被撤回。")


@pytest.mark.parametrize(
    ("language", "too_late", "send_now", "button"),
    [
        ("en", "2 subscribers do not get it", "Publish it and then press “Send now…” to send it to them.", "Send now…"),
        ("zh", "2 位订阅者收不到", "重新发布后点“现在就发…”，可以马上发给他们。", "现在就发…"),
        ("zh-hant", "2 位訂閱者收不到", "重新發布後點「現在就發…」，可以馬上發給他們。", "現在就發…"),
    ],
)
async def test_edition_too_late_for_all_goes_to_nobody_again(
    bot: Bot, language: str, too_late: str, send_now: str, button: str
) -> None:
    await deliver(bot)
    await withdraw(bot)
    bot.wait(hours=30)
    editor = private(bot, EDITOR, language)
    question = await editor.press_data(f"withdraw {DAY} again")
    assert too_late in question.text
    assert question.text.endswith(send_now)
    published = await editor.press_data(f"withdraw {DAY} again yes.e")
    assert published.button(button).callback_data == f"send {DAY}"


@pytest.mark.parametrize(
    ("is_newest", "told"),
    [
        (True, "⏰ 2 subscribers get it now.\n⏰ 1 subscriber gets it today (Sat) at 08:30."),
        (False, "⏳ 3 subscribers do not get it: a newer one is due for them."),
    ],
)
async def test_yesterday_s_edition_tells_who_gets_it_at_once(bot: Bot, is_newest: bool, told: str) -> None:
    await deliver(bot)
    await private(bot, 10).say("/start")
    await private(bot, 10).say("/time 08:30")
    await withdraw(bot)
    tomorrow = DAY + timedelta(days=1)
    if not is_newest:
        newer = replace(edition(tomorrow), published_at=bot.now)
        source = Source("newer.md", b"text")
        await publish(bot.database, TEXTS, DEFAULT_SCHEDULE, newer, source, now=bot.now)
    bot.now = datetime(2025, 9, 13, 0, 5, tzinfo=UTC)  # 08:05 in Shanghai
    editor = private(bot, EDITOR)
    assert told in (await editor.press_data(f"withdraw {DAY} again")).text
    published = await editor.press_data(f"withdraw {DAY} again yes.e")
    assert told in published.text
    assert "🚀 Send now…" in published.labels


async def test_edition_without_subscribers_goes_to_nobody_again(bot: Bot) -> None:
    await deliver(bot)
    await withdraw(bot)
    for person in (8, 9):
        await private(bot, person).press_data("stop yes")
    question = await private(bot, EDITOR).press_data(f"withdraw {DAY} again")
    assert question.text.endswith("At the moment nobody is subscribed, or everybody has paused.")


async def test_readers_find_nothing_of_a_withdrawn_edition(bot: Bot) -> None:
    await deliver(bot)
    reader = private(bot, 8)
    await reader.say(f"/item {DAY} 2")
    await reader.press("🔖")
    await withdraw(bot)
    said = "The digest of Fri, 12 Sep 2025 was withdrawn."
    for asked in (
        f"/digest {DAY}",
        f"/item {DAY} 2",
        f"/commentary {DAY}",
        f"/categories {DAY}",
        "/start d_2025-09-12",
    ):
        answer = await reader.say(asked)
        assert said in answer.text, asked
        assert "第 2 条" not in answer.text
    for pressed in (f"save {DAY} 3", f"vote + {DAY} 2"):
        assert said in _all(await reader.press_data(pressed)), pressed
    newest = await reader.say("/today")
    assert "2025.09.11" in newest.text
    assert not [label for label in newest.labels if "12 Sep" in label]
    assert "12 日" not in (await reader.say("/search 第 2 条")).text
    assert "12 日" not in (await reader.say("/recap 3")).text


@pytest.mark.parametrize("said", ["/today", "/item 2", "/categories", "/digest", "点评"])
@pytest.mark.parametrize(
    ("language", "withdrawn"),
    [
        ("en", "The digest of Fri, 12 Sep 2025 was withdrawn.\nThere is no other one at the moment.\nYours comes"),
        ("zh", "2025年9月12日 周五的日报已撤回。\n目前没有别的日报。\n一有新的就会送给你"),
        ("zh-hant", "2025年9月12日 週五的日報已撤回。\n目前沒有別的日報。\n一有新的就會送給你"),
    ],
)
async def test_only_edition_that_was_withdrawn_is_not_denied(
    bot: Bot, said: str, language: str, withdrawn: str
) -> None:
    reader = private(bot, 8, language)
    await reader.say("/start")
    await bot.publish(DAY)
    await withdraw(bot)
    assert (await reader.say(said)).text.startswith(withdrawn)


async def test_edition_withdrawn_before_its_hour_is_not_told(bot: Bot) -> None:
    await bot.publish(DAY + timedelta(days=1))
    async with bot.database.write() as tx:
        await withdrawals.withdraw(tx, DAY + timedelta(days=1), actor=EDITOR, now=bot.now)
    assert (await private(bot, 8).say("/today")).text == "No edition has come out yet."


async def test_saved_items_of_a_withdrawn_edition_say_so(bot: Bot) -> None:
    await deliver(bot)
    reader = private(bot, 8)
    await reader.say(f"/item {DAY} 2")
    await reader.press("🔖")
    await withdraw(bot)
    saved = await reader.say("/saved")
    assert "This digest was withdrawn." in saved.text
    assert "第 2 条" not in saved.text
    assert "was withdrawn" in _all(await reader.press("1"))
    await reader.say("/saved")
    (content,) = (await reader.press("As a Markdown file")).documents.values()
    assert "第 2 条" not in content.decode()
    async with bot.database.write() as tx:
        await withdrawals.restore(tx, DAY, now=bot.now, default_zone="Asia/Shanghai")
    assert "第 2 条" in (await reader.say("/saved")).text


async def test_inline_queries_find_the_edition_before(bot: Bot) -> None:
    await deliver(bot)
    await withdraw(bot)
    reader = private(bot, 8)
    for words in ("", "第 2 条"):
        query = InlineQuery(origin=reader.origin(), query_id="1", words=words, offset="")
        (answer,) = await bot.handle_event(query)
        assert "2025-09-12" not in repr(answer), words
        assert "11 日" in repr(answer), words


async def test_send_preview_and_a_draft_say_that_it_is_withdrawn(bot: Bot) -> None:
    await deliver(bot)
    await withdraw(bot)
    editor = private(bot, EDITOR)
    assert f"/withdraw {DAY} publishes it again" in (await editor.say(f"/send {DAY}")).text
    preview = await editor.say(f"/preview {DAY}")
    assert f"/withdraw {DAY} publishes it again" in preview.text
    assert not [label for label in preview.labels if "Send now" in label]
    text = f"---\ndate: {DAY}\ntitle: 早报\n---\n\n1. [标题](https://example.org/1)\n   正文。\n2. 第二条\n3. 第三条\n"
    assert "Publishing this brings it back" in (await editor.say(text)).text


async def test_confirmed_draft_does_not_undo_a_withdrawal(bot: Bot) -> None:
    """It was confirmed before, and is not published yet."""
    await deliver(bot)
    async with bot.database.write() as tx:
        draft_id = await drafts.add(tx, edition(DAY), author=1, message_id=1, name="x.md", source=b"", now=bot.now)
        assert await drafts.confirm(tx, draft_id, author=1)
    await withdraw(bot)
    async with bot.database.read() as tx:
        assert await drafts.confirmed(tx) == []
        assert await digests.is_withdrawn(tx, DAY)


def _all(answer: Answer) -> str:
    """Return everything that an answer says, toasts included."""
    return repr(answer.actions)


async def test_other_editors_hear_of_a_withdrawal_once(bot: Bot) -> None:
    await deliver(bot)
    owner, editor = private(bot, 1, "zh"), private(bot, EDITOR)
    await owner.say("/start")
    await editor.say("/withdraw")
    pressed = await editor.press("Withdraw")
    (told,) = [action for action in pressed.actions if isinstance(action, Send) and action.chat_id != EDITOR]
    assert told.chat_id == 1
    assert isinstance(told.message, Message)
    assert told.message.text.plain.splitlines()[0] == "🗑 7 撤回了2025年9月12日 周五的日报。"
    assert "1 位已收到" in told.message.text.plain
    assert "已撤回" in (await owner.press_data(told.message.keyboard[0][0].callback_data)).text
    again = await editor.press_data(f"withdraw {DAY} yes.e")
    assert [action for action in again.actions if isinstance(action, Send)] == []
    await editor.press_data(f"withdraw {DAY} again yes.e")
    told_again = [action.chat_id for action in editor.heard.actions if isinstance(action, Send)]
    assert told_again == [1]
