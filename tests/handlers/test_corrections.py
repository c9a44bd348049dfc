"""Corrections of what was delivered, decided in the chat: the difference, the number, the role at the press."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from delivery.publishing import publish
from domain.audit import AuditAction
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.policy import CorrectionPolicy
from domain.delivery.states import RunState
from storage import audit, correction_runs, roles
from storage.digests import Source
from tests.databases import sql
from tests.delivery.harness import DEFAULT_SCHEDULE, TEXTS, edition
from tests.handlers.dialogue import Bot, group, private

DAY = date(2025, 9, 12)
EDITOR = 7


async def deliver_and_correct(bot: Bot) -> None:
    """Publish an edition, note it as delivered to one subscriber, and publish it corrected."""
    await private(bot, 8).say("/start")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    former = edition(DAY, published=bot.now)
    reworded = replace(former.items[0], body=Text("早报正文一"))
    current = replace(former, items=(reworded, former.items[1]), content_hash="new")
    for digest in (former, current):
        source = Source("2025-09-12.md", digest.content_hash.encode())
        ask = CorrectionPolicy.ASK
        await publish(bot.database, TEXTS, DEFAULT_SCHEDULE, digest, source, now=bot.now, corrections=ask)
        if digest is former:
            async with bot.database.write() as tx:
                await sql(
                    tx,
                    "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, attempts,"
                    " resent, paid, message_id) SELECT payloads.run_id, subscribers.id, 1, content_id, payloads.id,"
                    " 'sent', 0, false, false, 9 FROM payloads, subscribers WHERE chat_id = 8 LIMIT 1",
                )


@pytest.mark.parametrize(
    ("language", "button"), [("en", "✏️ Correct for 1 subscriber"), ("zh", "✏️ 给这 1 位订阅者更正")]
)
async def test_editor_sees_the_difference_and_corrects(bot: Bot, language: str, button: str) -> None:
    await deliver_and_correct(bot)
    editor = private(bot, EDITOR, language)
    card = await editor.say("/correct")
    assert "- 3. 标题3" in card.text
    assert "1. 标题1\n- 早报正文1\n+ 早报正文一" in card.text
    await editor.press(button)
    async with bot.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
        entry = (await audit.newest(tx))[0]
    assert run is not None
    assert (run.state, run.actor) == (RunState.RUNNING, EDITOR)
    assert run.card is not None
    assert run.card.chat_id == EDITOR
    assert (entry.action, entry.actor, entry.detail) == (AuditAction.CORRECTION_CONFIRMED, EDITOR, "1")
    assert bot.effects


async def test_what_was_left_is_asked_about_again_by_its_day(bot: Bot) -> None:
    await deliver_and_correct(bot)
    editor = private(bot, EDITOR, "en")
    await editor.say("/correct")
    assert "stays as it is" in (await editor.press("Leave it as it is")).text
    assert "newest version" in (await editor.say("/correct")).text
    assert "Correct for" not in (await editor.say("/correct 2025-01-01")).text
    await editor.say(f"/correct {DAY}")
    assert "is being corrected for 1 subscriber" in (await editor.press("✏️ Correct for 1 subscriber")).text


async def test_role_is_looked_up_at_the_press(bot: Bot) -> None:
    await deliver_and_correct(bot)
    editor = private(bot, EDITOR, "en")
    await editor.say("/correct")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await editor.press("✏️ Correct for 1 subscriber")).messages == []
    async with bot.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
    assert run is not None
    assert run.state is RunState.DRAFT


async def test_decided_or_foreign_corrections_are_not_decided_again(bot: Bot) -> None:
    await deliver_and_correct(bot)
    editor = private(bot, EDITOR, "en")
    await editor.say("/correct")
    asked = editor.heard.button("Correct for").callback_data
    await editor.press("Leave it as it is")
    assert "decided already" in (await editor.press_data(asked)).toast
    async with bot.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
    assert run is not None
    assert run.state is not RunState.RUNNING
    for data in ("correct 1 yes.e", "correct 99 yes.e", "correct x yes.e"):
        assert (await editor.press_data(data)).toast == "This button no longer works."
    assert "private chat" in (await group(bot, person=EDITOR, language="en").say("/correct")).text
