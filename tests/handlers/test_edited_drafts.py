"""An editor edits what they sent as an edition: it is read and shown anew, and the former preview publishes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.chat.action import CallMethod
from domain.chat.event import EditedMessage, SentDocument, TextMessage
from storage import digests, roles
from storage.digests import Source
from storage.schema import drafts as drafts_table
from tests.handlers.dialogue import ADMIN, Answer, Bot, Voice, private
from tests.handlers.test_drafts import DAY, EDITOR, TEXT, _draft, _editor, _send


async def _paste(editor: Voice) -> tuple[Answer, int]:
    """Paste a digest; return what was shown, and the number of the editor's message."""
    shown = await editor.say(TEXT)
    return shown, 1


async def _edit_file(editor: Voice, data: str, name: str = "today.md") -> Answer:
    """Put another file, or another caption, into the message of `_send`."""
    editor.bot.files["file"] = data.encode()
    message = TextMessage(editor.origin(), "caption", 900, document=SentDocument("file", name, len(data)))
    return await editor.does(EditedMessage(message.origin, message))


@pytest.mark.parametrize(
    ("language", "publish", "gone", "card"),
    [
        ("en", "Publish", "This draft is gone", "1 item"),
        ("zh", "发布", "草稿已经不在了", "1 条"),
        ("zh-hant", "發布", "草稿已經不在了", "1 則"),
    ],
)
async def test_edited_text_is_read_and_shown_anew(bot: Bot, language: str, publish: str, gone: str, card: str) -> None:
    editor = await _editor(bot, language)
    former, number = await _paste(editor)
    shown = await editor.edits(number, text=TEXT.partition("2. ")[0].replace("First", "Mended"))
    assert card in shown.messages[-1].text.plain
    assert "Mended" in shown.text
    assert gone in (await editor.press_data(former.button(publish).callback_data)).toast
    waiting = await _draft(bot)
    assert waiting is not None
    assert (waiting.is_confirmed, [item.headline for item in waiting.digest.items]) == (False, ["Mended"])
    await editor.press_data(shown.button(publish).callback_data)
    confirmed = await _draft(bot)
    assert confirmed is not None
    assert (confirmed.is_confirmed, confirmed.digest) == (True, waiting.digest)


async def test_another_day_leaves_no_draft_of_the_former(bot: Bot) -> None:
    editor = await _editor(bot)
    former, number = await _paste(editor)
    await editor.edits(number, text=TEXT.replace("09-13", "09-14"))
    assert "This draft is gone" in (await editor.press_data(former.button("Publish").callback_data)).toast
    waiting = await _draft(bot)
    assert waiting is not None
    assert waiting.day == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "words"), [("Never mind", "cannot be published"), ("/status", "This draft is gone"), ("", "is gone")]
)
async def test_what_is_no_edition_any_more_publishes_nothing(bot: Bot, text: str, words: str) -> None:
    editor = await _editor(bot)
    former, number = await _paste(editor)
    assert words in (await editor.edits(number, text=text)).text
    assert "This draft is gone" in (await editor.press_data(former.button("Publish").callback_data)).toast
    assert await _draft(bot) is None


async def test_confirmed_draft_gives_way_and_says_so(bot: Bot) -> None:
    editor = await _editor(bot)
    _, number = await _paste(editor)
    await editor.press("At …")
    await editor.say("9-13 7:00")
    shown = await editor.edits(number, text=TEXT.replace("First", "Mended"))
    assert "the former version does not go out" in shown.messages[0].text.plain
    waiting = await _draft(bot)
    assert waiting is not None
    assert (waiting.is_confirmed, waiting.publish_at) == (False, None)


async def test_edit_of_a_published_text_is_shown_as_its_correction(bot: Bot) -> None:
    editor = await _editor(bot)
    _, number = await _paste(editor)
    waiting = await _draft(bot)
    assert waiting is not None
    async with bot.database.write() as tx:
        await tx.execute(drafts_table.delete())
        await digests.upsert(tx, waiting.digest, Source("a.md", b""), published=bot.now, now=bot.now)
    assert "✏️ A correction" in (await editor.edits(number, text=TEXT.replace("First", "Mended"))).text


async def test_edited_file_is_followed_and_its_caption_is_no_edit(bot: Bot) -> None:
    editor = await _editor(bot)
    former = await _send(editor, TEXT)
    assert (await _edit_file(editor, TEXT)).actions == []
    shown = await _edit_file(editor, TEXT.replace("First", "Mended"))
    assert "Mended" in shown.text
    assert "This draft is gone" in (await editor.press_data(former.button("Publish").callback_data)).toast


async def test_edits_of_others_and_of_other_messages_change_nothing(bot: Bot) -> None:
    editor, other = await _editor(bot), await _editor(bot, person=8)
    _, number = await _paste(editor)
    waiting = await _draft(bot)
    assert (await other.edits(number, text="Never mind")).actions == []
    assert (await editor.edits(number + 1, text="Never mind")).actions == []
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await editor.edits(number, text=TEXT.replace("First", "Mended"))).actions == []
    assert await _draft(bot) == waiting


async def test_text_of_a_draft_and_a_broadcast_is_followed_in_both(bot: Bot) -> None:
    """An admin may mean a text for all as well."""
    admin = private(bot, ADMIN)
    _, number = await _paste(admin)
    await admin.press("roadcast")
    shown = await admin.edits(number, text=TEXT.replace("First", "Mended"))
    assert any("Mended" in action.parameters["text"] for action in shown.actions if isinstance(action, CallMethod))
    assert "👥 To whom" in shown.labels, "the card of the broadcast, which was opened before"
    assert "Publish now" in shown.button("Publish now").text
    waiting = await _draft(bot)
    assert waiting is not None
    assert waiting.digest.items[0].headline == "Mended"
