"""Sending an edition at once from the chat: asked with the numbers, the role looked up at the press."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.running_bot import PAUSED
from domain.audit import AuditAction
from domain.chat.roles import Role
from storage import audit, content_preferences, payloads, roles, runs, subscribers, waves
from storage.payloads import Content, NewPayload, RenderedContent
from tests.handlers.dialogue import Bot, private

DAY = date(2025, 9, 12)
EDITOR = 7


@pytest.mark.parametrize(
    ("language", "question"), [("en", "Send the edition of Fri, 12 Sep 2025 now?"), ("zh", "现在就发")]
)
async def test_send_now_asks_with_the_numbers_and_sends(bot: Bot, language: str, question: str) -> None:
    await bot.publish(DAY)
    await private(bot, 8).say("/start")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    editor = private(bot, EDITOR, language)
    asked = await editor.say(f"/send {DAY}")
    assert question in asked.text
    assert "1 " in asked.text
    answered = await editor.press_data(f"send {DAY} yes")
    assert "🚀" in answered.text
    async with bot.database.read() as tx:
        run = await runs.get_by_edition(tx, DAY)
        assert run is not None
        assert [wave.at_once for wave in await waves.waiting(tx, until=bot.now)] == [True]
        (entry,) = await audit.newest(tx)
    assert (entry.action, entry.actor, entry.edition, entry.detail) == (AuditAction.SENT_NOW, EDITOR, DAY, "1")
    assert bot.effects


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            "to 1 subscriber as soon as the bot may send again.\n⏸ Nothing is sent for now: paused by the operator",
        ),
        ("zh", "⏸ 暂时什么都不发：运维暂停了这个机器人"),
    ],
)
async def test_paused_bot_does_not_say_that_the_edition_is_on_its_way(bot: Bot, language: str, expected: str) -> None:
    await bot.publish(DAY)
    await private(bot, 8).say("/start")
    bot.hold_reason = PAUSED
    answered = await private(bot, 1, language).press_data(f"send {DAY} yes")
    assert expected in answered.text
    assert expected.splitlines()[-1] in (await private(bot, 1, language).say("/stats")).text


async def test_role_is_looked_up_at_the_press(bot: Bot) -> None:
    await bot.publish(DAY)
    await private(bot, 8).say("/start")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    editor = private(bot, EDITOR, "en")
    await editor.say("/send")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await editor.press("Send now (1)")).messages == []
    async with bot.database.read() as tx:
        assert await runs.get_by_edition(tx, DAY) is None
        assert await audit.newest(tx) == []


async def test_no_sends_nothing_and_an_unknown_day_is_said(bot: Bot) -> None:
    assert "No edition" in (await private(bot, 1, "en").say("/send")).text
    await bot.publish(DAY)
    await private(bot, 8).say("/start")
    admin = private(bot, 1, "en")
    assert "The newest is /send 2025-09-12" in (await admin.say("/send 2025-01-01")).text
    await admin.say("/send")
    assert (await admin.press("No")).text == "Not sent."
    async with bot.database.read() as tx:
        assert await runs.get_by_edition(tx, DAY) is None


async def test_nothing_is_asked_where_nobody_is_without_it(bot: Bot) -> None:
    """Nobody is subscribed; who is has paused; the delivery of the edition was cancelled."""
    await bot.publish(DAY)
    admin = private(bot, 1, "en")
    assert (await admin.say("/send")).text == "At the moment nobody is subscribed, or everybody has paused."
    reader = private(bot, 8)
    await reader.say("/start")
    await reader.say("/pause 2 weeks")
    assert (await admin.say("/send")).text == "At the moment nobody is subscribed, or everybody has paused."
    await reader.say("/resume")
    async with bot.database.write() as tx:
        run_id = await runs.add_digest(tx, DAY, published=bot.now, upto=0)
    await admin.press_data(f"run {run_id} cancel")
    assert (await admin.say("/send")).text == "Its delivery was cancelled, so it does not go out any more."
    assert (await admin.press_data(f"send {DAY} yes")).messages == []


async def test_nothing_is_promised_to_whom_the_edition_has_nothing_for(bot: Bot) -> None:
    """One has muted all of it; then the other one has it."""
    await bot.publish(DAY)
    await private(bot, 8).say("/start")
    muting = private(bot, 9)
    await muting.say("/start")
    admin = private(bot, 1, "en")
    async with bot.database.write() as tx:
        muted = replace((await muting.row()).preferences, muted_words=frozenset({"everything"}))
        await subscribers.set_preferences(tx, (await muting.row()).id, muted)
        run_id = await runs.add_digest(tx, DAY, published=bot.now, upto=0)
        reads_all = await content_preferences.get_or_create(tx, (await private(bot, 8).row()).preferences)
        rendered = RenderedContent(Content("full", "zh", (1,)), (reads_all,), (NewPayload(1, "sendMessage", {}),))
        await payloads.add(tx, run_id, 1, [rendered])
        await runs.set_rendered(tx, run_id, await content_preferences.newest_id(tx))
    asked = await admin.say("/send")
    assert "1 subscriber has not had it and gets it at once" in asked.text
    assert "Nothing in it for 1 subscriber, because of their muted words or chosen categories." in asked.text
    assert "1 subscriber is still to get it, and does not." in (await admin.say("/withdraw")).text
    async with bot.database.write() as tx:
        await subscribers.set_preferences(tx, (await private(bot, 8).row()).id, muted)
    nobody = await admin.say("/send")
    assert nobody.text == (
        "Nobody is left to send it to.\n"
        "🔇 Nothing in it for 2 subscribers, because of their muted words or chosen categories."
    )
    assert nobody.labels == []
    assert "still to get it" not in (await admin.say("/withdraw")).text
