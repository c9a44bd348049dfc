"""Editing a broadcast that was sent: question, preview, number of people, confirmation, and what cannot be edited."""

from __future__ import annotations

from typing import Any

import pytest

from domain.audit import AuditAction
from domain.chat.action import CallMethod
from domain.delivery.states import RunState
from storage import audit, broadcasts, run_progress, runs
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, Bot, Voice, private

SIZE = {"file_unique_id": "u", "width": 9, "height": 9}
_DELIVERED = (
    "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, message_id) "
    "SELECT run_id, 1, 1, content_id, id, 'sent', 3 FROM payloads WHERE run_id = 1"
)


async def _sent(bot: Bot, **fields: Any) -> Voice:
    """Let an admin send a broadcast that one person has."""
    await private(bot, 7).say("/start")
    admin = private(bot, ADMIN)
    await admin.sends(**fields)
    await admin.press("Broadcast")
    assert (await admin.press("📣 Send")).toast == "On its way."
    async with bot.database.write() as tx:
        await sql(tx, _DELIVERED)
        await sql(tx, "UPDATE runs SET state = 'finished' WHERE id = 1")
    return admin


async def test_admin_edits_a_sent_text(bot: Bot) -> None:
    admin = await _sent(bot, text="Tonight at eight we are live, all of you are welcome")
    asked = await admin.press_data("run 1 edit")
    assert "Send me the new text." in asked.text
    shown = await admin.say("At nine")
    preview = shown.actions[0]
    assert isinstance(preview, CallMethod)
    assert preview.parameters["text"] == "At nine"
    assert "1 subscriber has it now" in shown.messages[0].text.plain
    assert "being edited for 1 subscriber" in (await admin.press("✏️ Edit (1)")).text
    async with bot.database.read() as tx:
        stored, edited, progress = await broadcasts.get(tx, 1), await runs.get(tx, 2), await run_progress.get(tx, 1)
        [entry] = [each for each in await audit.newest(tx) if each.action is AuditAction.BROADCAST_EDITED]
    assert stored is not None
    assert edited is not None
    assert progress is not None
    assert stored.broadcast.text == "At nine"
    assert edited.state is RunState.RUNNING
    assert (entry.actor, entry.run_id, entry.detail) == (ADMIN, 1, "1")
    assert "decided already" in (await admin.press_data("run 2 rewrite")).toast
    assert "Edit of a broadcast" in (await admin.say("/stats")).text


async def test_caption_of_a_photo_is_edited(bot: Bot) -> None:
    admin = await _sent(bot, photo=[SIZE | {"file_id": "F"}], caption="old")
    assert "Send me the new caption." in (await admin.press_data("run 1 edit")).text
    assert "1024 characters" in (await admin.say("x" * 1025)).text
    preview = (await admin.say("new")).actions[0]
    assert isinstance(preview, CallMethod)
    assert (preview.method, preview.parameters["caption"]) == ("sendPhoto", "new")
    await admin.press("✏️ Edit (1)")
    async with bot.database.read() as tx:
        method = await sql(tx, "SELECT method FROM payloads WHERE run_id = 2")
    assert method.scalar_one() == "editMessageCaption"


async def test_no_leaves_a_broadcast_as_it_is(bot: Bot) -> None:
    admin = await _sent(bot, text="Tonight at eight we are live, all of you are welcome")
    await admin.press_data("run 1 edit")
    assert (await admin.press("✖️ No")).text == "It stays as it is."
    assert "📣 Broadcast" in (await admin.say("Tonight at nine we are live, all of you are welcome")).labels


async def test_recall_ends_an_edit(bot: Bot) -> None:
    admin = await _sent(bot, text="Tonight at eight we are live, all of you are welcome")
    await admin.press_data("run 1 edit")
    await admin.say("At nine")
    assert (await admin.press_data("run 1 delete")).toast == "It is being deleted."
    assert "decided already" in (await admin.press_data("run 2 rewrite")).toast
    assert "recalled" in (await admin.press_data("run 1 edit")).toast


async def test_only_its_author_confirms_an_edit(bot: Bot) -> None:
    admin = await _sent(bot, text="Tonight at eight we are live, all of you are welcome")
    await admin.press_data("run 1 edit")
    assert "decided already" not in (await private(bot, 7).press_data("run 2 rewrite")).toast
    assert "decided already" in (await admin.press_data("run 1 rewrite")).toast
    assert "meanwhile" in (await admin.press_data("run 2 rewrite")).toast, "there is no new text yet"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sticker": {"file_id": "S", "file_unique_id": "u"}}, "no text that could be edited"),
        ({"poll": {"id": "1", "question": "Tea?", "options": [{"text": "a"}, {"text": "b"}]}}, "edit a poll"),
    ],
)
async def test_what_telegram_cannot_edit_is_said_before(bot: Bot, fields: dict[str, Any], said: str) -> None:
    admin = await _sent(bot, **fields)
    assert said in (await admin.press_data("run 1 edit")).toast
