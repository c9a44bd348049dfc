"""Withdrawing an edition in the chat, publishing it again, and what readers find of a withdrawn one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from delivery.publishing import publish
from domain.audit import AuditAction
from domain.chat.action import Send
from domain.chat.event import InlineQuery
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.delivery.states import RunKind, RunState
from storage import audit, digests, drafts, roles, runs, waves, withdrawals
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
    await publish(bot.database, TEXTS, DEFAULT_SCHEDULE, (edition(DAY), source, bot.now))
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


async def _audit(bot: Bot) -> list[AuditAction]:
    async with bot.database.read() as tx:
        return [entry.action for entry in await audit.newest(tx)]


@pytest.mark.parametrize(
    ("language", "again", "question", "yes", "done"),
    [
        ("en", "Publish it again…", "Who had it before gets it once more", "Publish again", "is published again"),
        ("zh", "重新发布…", "之前收到过的人会再收到一次", "📢 重新发布", "已重新发布"),
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
        await withdrawals.restore(tx, DAY, now=bot.now)
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
