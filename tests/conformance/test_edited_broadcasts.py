"""Admins edit what they have composed, and what was sent: every driver passes edits on and shows the new version."""

from __future__ import annotations

import base64

from emulator.client import EmulatedUser, Message, run_emulator
from tests.conformance.transports import TIMEOUT_SECONDS, DriverSetup, UpdateMode
from tests.databases import sql
from tests.handlers.dialogue import ADMIN, Bot, private

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_DELIVERED = (
    "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state, message_id) "
    "SELECT run_id, 1, 1, content_id, id, 'sent', 3 FROM payloads WHERE run_id = 2"
)


async def _shown(admin: EmulatedUser) -> tuple[Message, Message]:
    """Return the preview and the card below it."""
    preview, card = await admin.next_messages(2, timeout=TIMEOUT_SECONDS)
    return preview, card


async def test_edited_caption_is_shown_sent_and_edited(driver_name: str, bot: Bot) -> None:
    await private(bot, 7).say("/start")
    setup = DriverSetup(driver_name, UpdateMode.POLLING)
    async with run_emulator() as emulator, setup.running(emulator, bot.handle_event):
        admin = await emulator.create_user("Ann", "en", id=ADMIN)
        photo = await admin.send_media("photo", PIXEL, caption="Sunrise")
        first = await admin.next_message(timeout=TIMEOUT_SECONDS)
        await admin.edit_message(photo, "Sunset")
        preview, card = await _shown(admin)
        assert preview.text == "Sunset"
        assert preview.media is not None
        assert preview.media.kind == "photo"

        refused = await admin.press(first, "📣 Broadcast", timeout=TIMEOUT_SECONDS)
        assert "edited the text since" in refused.text
        assert "no longer goes out" in (await admin.next_edit(first, timeout=TIMEOUT_SECONDS)).text
        preview, card = await _shown(admin)
        assert preview.text == "Sunset"
        await admin.press(card, "📣 Broadcast", timeout=TIMEOUT_SECONDS)
        card = await admin.next_edit(card, timeout=TIMEOUT_SECONDS)
        await admin.press(card, "📣 Send", timeout=TIMEOUT_SECONDS)
        async with bot.database.write() as tx:
            await sql(tx, _DELIVERED)
            await sql(tx, "UPDATE runs SET state = 'finished' WHERE id = 2")

        await admin.edit_message(photo, "Starlight")
        preview, card = await _shown(admin)
        assert preview.text == "Starlight"
        await admin.press(card, "✏️ Edit (1)", timeout=TIMEOUT_SECONDS)
        assert "being edited for 1 subscriber" in (await admin.next_edit(card, timeout=TIMEOUT_SECONDS)).text
    async with bot.database.read() as tx:
        method, body = (await sql(tx, "SELECT method, json FROM payloads WHERE run_id = 3")).one()
    assert method == "editMessageCaption"
    assert b"Starlight" in body
