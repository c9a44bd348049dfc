"""aiogram and python-telegram-bot call every method and read the errors."""

import asyncio

import aiogram
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    EphemeralMessageParameters,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputRichBlockParagraph,
    InputRichBlockPhoto,
    InputRichBlockSectionHeading,
    InputRichBlockTable,
    InputRichBlockUnion,
    InputRichMessage,
    InputTextMessageContent,
    Message,
    RichBlockCaption,
    RichBlockPhoto,
    RichBlockSectionHeading,
    RichBlockTableCell,
    RichMessageButton,
    RichTextBold,
    RichTextButton,
)

from emulator.client import EmulatedUser, EmulatorClient
from tests.emulator.rich_messages import FULL, PNG, paragraph, rich
from tests.emulator.test_framework_types import METHODS


async def every_method_was_accepted(emulator: EmulatorClient) -> None:
    calls = await emulator.calls()
    assert {call.method for call in calls} == METHODS
    assert {call.status for call in calls} == {200}


async def aiogram_sends_rich_messages(bot: aiogram.Bot, ann: EmulatedUser) -> None:
    """Send a rich message by the typed method with an uploaded photo, and edit it."""
    picture = InputMediaPhoto(media=BufferedInputFile(PNG, "a.png"))
    press = RichMessageButton(text="Press", callback_data="press")
    blocks: list[InputRichBlockUnion] = [
        InputRichBlockSectionHeading(text="Title", size=2),
        InputRichBlockPhoto(photo=picture, caption=RichBlockCaption(text="a picture")),
        InputRichBlockParagraph(text=["x ", RichTextBold(text="bold "), RichTextButton(button=press)]),
        InputRichBlockTable(cells=[[RichBlockTableCell(text="1", align="right", valign="top")]]),
    ]
    sent = await bot.send_rich_message(ann.id, InputRichMessage(blocks=blocks))
    assert sent.rich_message is not None
    heading, photo, paragraph, table = sent.rich_message.blocks
    assert isinstance(heading, RichBlockSectionHeading)
    assert (heading.text, heading.size) == ("Title", 2)
    assert isinstance(photo, RichBlockPhoto)
    assert [(size.width, size.height) for size in photo.photo] == [(7, 5)]
    assert (paragraph.type, table.type) == ("paragraph", "table")
    new = InputRichMessage(blocks=[InputRichBlockParagraph(text="new")])
    edited = await bot.edit_message_text(rich_message=new, chat_id=ann.id, message_id=sent.message_id)
    assert isinstance(edited, Message)
    assert edited.rich_message is not None
    assert [block.type for block in edited.rich_message.blocks] == ["paragraph"]


async def python_telegram_bot_sends_rich_messages(bot: telegram.Bot, ann: EmulatedUser) -> None:
    """Send a rich message by the untyped call, and edit it."""
    message = rich(*FULL)
    values = {"chat_id": ann.id, "rich_message": message}
    sent = await bot.do_api_request("sendRichMessage", api_kwargs=values, return_type=telegram.Message)
    assert isinstance(sent, telegram.Message)
    assert len(sent.api_kwargs["rich_message"]["blocks"]) == len(FULL)
    new = rich(paragraph("new"))
    edited = await bot.edit_message_text("", ann.id, sent.message_id, api_kwargs={"rich_message": new})
    assert isinstance(edited, telegram.Message)
    assert edited.api_kwargs["rich_message"] == new


MEDIA_KINDS = "photo", "video", "animation", "audio", "voice", "video_note", "sticker"


async def aiogram_sends_media(bot: aiogram.Bot, ann: EmulatedUser) -> None:
    """Send each kind of file by its id, an album, a place and a poll; forward, pin, edit and delete."""
    files = [await ann.send_media(kind, b"data") for kind in MEDIA_KINDS]
    ids = [file.media.file.file_id for file in files if file.media is not None]
    photo = await bot.send_photo(ann.id, ids[0], caption="c")
    for kind, file_id in zip(MEDIA_KINDS[1:], ids[1:], strict=True):
        assert isinstance(await getattr(bot, f"send_{kind}")(ann.id, file_id), Message)
    album = await bot.send_media_group(ann.id, [InputMediaPhoto(media=ids[0]), InputMediaPhoto(media=ids[0])])
    await bot.send_location(ann.id, 1.5, 2.5)
    poll = await bot.send_poll(ann.id, "?", ["a", "b"])
    assert (await bot.forward_message(ann.id, ann.id, poll.message_id)).poll is not None
    await bot.edit_message_caption(chat_id=ann.id, message_id=photo.message_id, caption="d")
    turned = InputMediaPhoto(media=ids[0], caption="e")
    assert isinstance(await bot.edit_message_media(turned, chat_id=ann.id, message_id=photo.message_id), Message)
    assert await bot.pin_chat_message(ann.id, photo.message_id)
    assert await bot.unpin_chat_message(ann.id, message_id=photo.message_id)
    assert await bot.delete_messages(ann.id, [message.message_id for message in album])


async def python_telegram_bot_sends_media(bot: telegram.Bot, ann: EmulatedUser) -> None:
    """Do the same with the other framework."""
    files = [await ann.send_media(kind, b"data") for kind in MEDIA_KINDS]
    ids = [file.media.file.file_id for file in files if file.media is not None]
    photo = await bot.send_photo(ann.id, ids[0], caption="c")
    for kind, file_id in zip(MEDIA_KINDS[1:], ids[1:], strict=True):
        assert isinstance(await getattr(bot, f"send_{kind}")(ann.id, file_id), telegram.Message)
    album = await bot.send_media_group(ann.id, [telegram.InputMediaPhoto(ids[0]), telegram.InputMediaPhoto(ids[0])])
    await bot.send_location(ann.id, 1.5, 2.5)
    poll = await bot.send_poll(ann.id, "?", ["a", "b"])
    assert (await bot.forward_message(ann.id, ann.id, poll.message_id)).poll is not None
    await bot.edit_message_caption(ann.id, photo.message_id, caption="d")
    turned = telegram.InputMediaPhoto(ids[0], caption="e")
    assert isinstance(await bot.edit_message_media(turned, ann.id, photo.message_id), telegram.Message)
    assert await bot.pin_chat_message(ann.id, photo.message_id)
    assert await bot.unpin_chat_message(ann.id, message_id=photo.message_id)
    assert await bot.delete_messages(ann.id, [message.message_id for message in album])


async def aiogram_sends_ephemeral_messages(bot: aiogram.Bot, group_id: int, member_id: int) -> None:
    """Show a message to one member of a group, change it and delete it."""
    to_member = EphemeralMessageParameters(receiver_user_id=member_id)
    shown = await bot.send_message(group_id, "a", ephemeral_message_parameters=to_member)
    assert shown.ephemeral_message_id is not None
    place = group_id, member_id, shown.ephemeral_message_id
    assert await bot.edit_ephemeral_message_text(*place, "b")
    assert await bot.delete_ephemeral_message(*place)


async def python_telegram_bot_sends_ephemeral_messages(bot: telegram.Bot, group_id: int, member_id: int) -> None:
    """Do the same by untyped parameters and calls."""
    to_member = {"ephemeral_message_parameters": {"receiver_user_id": member_id}}
    shown = await bot.send_message(group_id, "a", api_kwargs=to_member)
    place = {
        "chat_id": group_id,
        "receiver_user_id": member_id,
        "ephemeral_message_id": shown.api_kwargs["ephemeral_message_id"],
    }
    assert await bot.do_api_request("editEphemeralMessageText", api_kwargs=place | {"text": "b"})
    assert await bot.do_api_request("deleteEphemeralMessage", api_kwargs=place)


async def test_aiogram_requests_are_accepted(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", "en", started=True)
    session = AiohttpSession(api=TelegramAPIServer.from_base(emulator.api_url))
    async with aiogram.Bot(emulator.token, session=session).context() as bot:
        markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="A", callback_data="a")]])
        sent = await bot.send_message(ann.id, "<b>x</b>", parse_mode="HTML", reply_markup=markup)
        await bot.edit_message_text("y", chat_id=ann.id, message_id=sent.message_id, reply_markup=markup)
        await bot.edit_message_reply_markup(chat_id=ann.id, message_id=sent.message_id)
        await aiogram_sends_rich_messages(bot, ann)
        sent = await bot.send_document(ann.id, BufferedInputFile(b"data", "a.txt"), caption="c")
        assert sent.document is not None
        file = await bot.get_file(sent.document.file_id)
        fetched = await bot.download_file(file.file_path or "")
        assert fetched is not None
        assert fetched.read() == b"data"
        await bot.copy_message(ann.id, ann.id, sent.message_id)
        await aiogram_sends_media(bot, ann)
        await bot.set_my_commands([BotCommand(command="a", description="b")], language_code="en")
        assert [command.command for command in await bot.get_my_commands(language_code="en")] == ["a"]
        assert await bot.delete_my_commands(language_code="en")
        assert await bot.set_my_description("News every morning", language_code="en")
        assert (await bot.get_my_description(language_code="en")).description == "News every morning"
        assert await bot.set_my_short_description("News", language_code="en")
        assert (await bot.get_my_short_description(language_code="en")).short_description == "News"
        await bot.send_chat_action(ann.id, "typing")
        group = await emulator.create_group("Group", ann)
        administered = await emulator.create_group("Administered", ann, bot="administrator")
        await aiogram_sends_ephemeral_messages(bot, administered.id, ann.id)
        assert (await bot.get_me()).id == 4242
        await emulator.set_stars(3.5)
        balance = await bot.get_my_star_balance()
        assert (balance.amount, balance.nanostar_amount) == (3, 500_000_000)
        await bot.send_message(ann.id, "paid", allow_paid_broadcast=True)
        assert (await bot.get_chat(group.id)).title == "Group"
        assert (await bot.get_chat_member(group.id, ann.id)).status == "creator"
        assert [member.user.id for member in await bot.get_chat_administrators(group.id)] == [ann.id]
        await ann.send_press(await ann.next_message(lambda message: message.text == "x"), "a", forge=True)
        [*files, joined, _, update] = await bot.get_updates(
            timeout=30, allowed_updates=["callback_query", "inline_query"]
        )
        assert {file.message is None for file in files} == {False}
        assert joined.my_chat_member is not None
        assert update.callback_query is not None
        assert isinstance(update.callback_query.message, Message)
        await bot.answer_callback_query(update.callback_query.id, text="ok")
        typing = asyncio.create_task(ann.send_inline_query("news"))
        [asked] = await bot.get_updates(offset=update.update_id + 1, timeout=30)
        assert asked.inline_query is not None
        content = InputTextMessageContent(message_text="<b>a</b>", parse_mode="HTML")
        article = InlineQueryResultArticle(id="1", title="A", input_message_content=content, reply_markup=markup)
        await bot.answer_inline_query(asked.inline_query.id, [article], cache_time=0)
        assert [result["id"] for result in await typing] == ["1"]
        await bot.delete_message(ann.id, sent.message_id)
        await bot.set_webhook("http://127.0.0.1:1/", secret_token="s", allowed_updates=["message"])
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/"
        assert await bot.delete_webhook(drop_pending_updates=True)
    await every_method_was_accepted(emulator)


async def test_python_telegram_bot_requests_are_accepted(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", "en", started=True)
    async with telegram.Bot(emulator.token, f"{emulator.api_url}/bot", f"{emulator.api_url}/file/bot") as bot:
        markup = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("A", callback_data="a")]])
        entities = [telegram.MessageEntity("bold", 0, 1)]
        sent = await bot.send_message(ann.id, "x", entities=entities, reply_markup=markup)
        assert sent.entities == tuple(entities)
        await bot.edit_message_text("y", ann.id, sent.message_id, reply_markup=markup)
        await bot.edit_message_reply_markup(ann.id, sent.message_id)
        await python_telegram_bot_sends_rich_messages(bot, ann)
        sent = await bot.send_document(ann.id, b"data", filename="a.txt", caption="c")
        assert sent.document is not None
        assert bytes(await (await bot.get_file(sent.document.file_id)).download_as_bytearray()) == b"data"
        await bot.copy_message(ann.id, ann.id, sent.message_id)
        await python_telegram_bot_sends_media(bot, ann)
        scope = telegram.BotCommandScopeChat(ann.id)
        await bot.set_my_commands([("a", "b")], scope=scope)
        assert [command.command for command in await bot.get_my_commands(scope=scope)] == ["a"]
        assert await bot.delete_my_commands(scope=scope)
        assert await bot.set_my_description("News every morning", language_code="en")
        assert (await bot.get_my_description(language_code="en")).description == "News every morning"
        assert await bot.set_my_short_description("News", language_code="en")
        assert (await bot.get_my_short_description(language_code="en")).short_description == "News"
        await bot.send_chat_action(ann.id, "typing")
        group = await emulator.create_group("Group", ann)
        administered = await emulator.create_group("Administered", ann, bot="administrator")
        await python_telegram_bot_sends_ephemeral_messages(bot, administered.id, ann.id)
        await emulator.set_stars(3.5)
        balance = await bot.get_my_star_balance()
        assert (balance.amount, balance.nanostar_amount) == (3, 500_000_000)
        await bot.send_message(ann.id, "paid", allow_paid_broadcast=True)
        assert (await bot.get_chat(group.id)).title == "Group"
        assert (await bot.get_chat_member(group.id, ann.id)).status == "creator"
        assert [member.user.id for member in await bot.get_chat_administrators(group.id)] == [ann.id]
        await ann.send_press(await ann.next_message(lambda message: message.text == "x"), "a", forge=True)
        [*files, joined, _, update] = await bot.get_updates(
            timeout=30, allowed_updates=["callback_query", "inline_query"]
        )
        assert {file.message is None for file in files} == {False}
        assert joined.my_chat_member is not None
        assert update.callback_query is not None
        await bot.answer_callback_query(update.callback_query.id, text="ok", show_alert=True)
        typing = asyncio.create_task(ann.send_inline_query("news"))
        [asked] = await bot.get_updates(offset=update.update_id + 1, timeout=30)
        assert asked.inline_query is not None
        article = telegram.InlineQueryResultArticle("1", "A", telegram.InputTextMessageContent("a"), markup)
        await bot.answer_inline_query(asked.inline_query.id, [article], cache_time=0)
        assert [result["id"] for result in await typing] == ["1"]
        await bot.delete_message(ann.id, sent.message_id)
        await bot.set_webhook("http://127.0.0.1:1/", secret_token="s")
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:1/"
        assert await bot.delete_webhook()
    await every_method_was_accepted(emulator)


async def test_both_frameworks_read_errors(emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    ann = await emulator.create_user("Ann", started=True)
    await emulator.add_fault("flood", retry_after=7, method="sendMessage")
    session = AiohttpSession(api=TelegramAPIServer.from_base(emulator.api_url))
    async with aiogram.Bot(emulator.token, session=session).context() as bot:
        with pytest.raises(aiogram.exceptions.TelegramRetryAfter) as flood:
            await bot.send_message(ann.id, "x")
        assert flood.value.retry_after == 7
    async with telegram.Bot(emulator.token, base_url=f"{emulator.api_url}/bot") as other:
        with pytest.raises(telegram.error.RetryAfter) as slow:
            await other.send_message(ann.id, "x")
        assert int(slow.value._retry_after.total_seconds()) == 7
        await emulator.clear_faults()
        group = await emulator.create_group("G", ann)
        new = await group.upgrade()
        with pytest.raises(telegram.error.ChatMigrated) as moved:
            await other.send_message(group.id, "x")
        assert moved.value.new_chat_id == new.id
        await ann.block()
        with pytest.raises(telegram.error.Forbidden):
            await other.send_message(ann.id, "x")
