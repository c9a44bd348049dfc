"""The types of aiogram and python-telegram-bot read every answer and update of a full conversation.

Neither may meet an unknown field or miss a required one.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
import telegram
from aiogram import methods
from pydantic import BaseModel, TypeAdapter

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from emulator.methods import method_table
from tests.emulator.conftest import BotApi
from tests.emulator.rich_messages import FULL, paragraph, rich

Recorded = list[tuple[str, Any]]
METHODS = {name for name, _ in method_table().values()} | {
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
}
BUTTONS = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}, {"text": "B", "url": "https://example.org/"}]]}
KINDS = ["chat_member", "my_chat_member", "message", "edited_message", "channel_post", "edited_channel_post",
         "callback_query", "inline_query"]  # fmt: skip
RICH = (
    '<b>bold</b> <i>i</i> <u>u</u> <s>s</s> <tg-spoiler>t</tg-spoiler> <code>c</code> <pre><code class="language-py">p'
    '</code></pre> <a href="https://example.org">l</a> <a href="tg://user?id=1001">Ann</a> <blockquote>q</blockquote> '
    '<blockquote expandable>e</blockquote> <tg-emoji emoji-id="5">😀</tg-emoji> /help @some_one #tag $BTC a@example.org'
)


class Recorder:
    """Bot that calls methods and records their results."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.recorded: Recorded = []
        self._offset = 0

    async def call(self, method: str, **values: Any) -> Any:
        result = await self.api.result(method, **values)
        self.recorded.append((method, result))
        return result

    async def updates(self) -> list[Any]:
        recorded: list[Any] = await self.call("getUpdates", offset=self._offset, timeout=30, allowed_updates=KINDS)
        self._offset = recorded[-1]["update_id"] + 1
        return recorded


async def converse(api: BotApi, emulator: EmulatorClient) -> Recorded:
    """Cause every kind of answer and update at least once."""
    bot = Recorder(api)
    ann = await emulator.create_user("Ann", "zh-hans", id=1001, username="ann_lee")
    bob = await emulator.create_user("Bob", id=1002)
    await emulator.set_stars(3.5)
    for method in ("getMe", "getWebhookInfo", "getMyStarBalance"):
        await bot.call(method)
    await ann.send("/start x https://example.org #tag")
    await bot.updates()
    await in_private(bot, ann)
    await in_groups(bot, emulator, ann, bob)
    await bot.call("setWebhook", url="http://127.0.0.1:1/")
    await bot.call("getWebhookInfo")
    await bot.call("deleteWebhook")
    return bot.recorded


async def in_private(bot: Recorder, ann: EmulatedUser) -> None:
    user_message = await ann.send("hello")
    reply = {"message_id": user_message.message_id}
    sent = await bot.call("sendMessage", chat_id=1001, text=RICH, parse_mode="HTML", reply_markup=BUTTONS)
    preview = {"is_disabled": True}
    await bot.call("sendMessage", chat_id=1001, text="a", reply_parameters=reply, link_preview_options=preview)
    await bot.call("editMessageText", chat_id=1001, message_id=sent["message_id"], text="new", reply_markup=BUTTONS)
    await bot.call("editMessageReplyMarkup", chat_id=1001, message_id=sent["message_id"])
    await bot.call("copyMessage", chat_id=1001, from_chat_id=1001, message_id=user_message.message_id)
    message = rich(*FULL, paragraph("/help @some_one #tag $BTC a@example.org https://example.org"))
    long = await bot.call("sendRichMessage", chat_id=1001, rich_message=message)
    await ann.send_press((await ann.history())[-1], "Yes")
    await bot.call("editMessageText", chat_id=1001, message_id=long["message_id"], rich_message=rich(paragraph("a")))
    document = await ann.send_document("a.md", b"# x", caption="see #1")
    assert document.document is not None
    await bot.call("getFile", file_id=document.document.file_id)
    await bot.call(
        "sendDocument", chat_id=1001, document=document.document.file_id, caption="<b>c</b>", parse_mode="html"
    )
    await ann.send_location(1.5, 2.5)
    await ann.send_location(1.5, 2.5, venue=("a", "b"))
    await send_media(bot, ann)
    photo = await ann.send_media("photo", b"PNG", caption="see #1", album="1")
    for other in (
        await ann.send_media("photo", b"PNG", album="1"),
        await ann.send_media("voice", b"Ogg", seconds=5),
        await ann.send_media("sticker", b"WebP", emoji="🌅"),
        await ann.send_poll("Which?", "this", "that"),
        photo,
    ):
        await bot.call("copyMessage", chat_id=1001, from_chat_id=1001, message_id=other.message_id)
        await ann.forward(other)
    await ann.edit_message(user_message, "hello again")
    await bot.call("editMessageReplyMarkup", chat_id=1001, message_id=sent["message_id"], reply_markup=BUTTONS)
    got = await ann.next_message(lambda message: bool(message.buttons))
    await ann.send_press(got, "A")
    await ann.send_press(got, "A", inaccessible=True)
    typing = asyncio.create_task(ann.send_inline_query("news"))
    await ann.block()
    await ann.unblock()
    updates = await bot.updates()
    presses = [update["callback_query"]["id"] for update in updates if "callback_query" in update]
    await bot.call("answerCallbackQuery", callback_query_id=presses[0], text="ok")
    query = next((update for update in updates if "inline_query" in update), None) or (await bot.updates())[0]
    await bot.call("answerInlineQuery", inline_query_id=query["inline_query"]["id"], results=[])
    await typing
    await bot.call("sendChatAction", chat_id=1001, action="typing")
    await bot.call("setMyCommands", commands=[{"command": "a", "description": "b"}])
    await bot.call("getMyCommands")
    await bot.call("deleteMyCommands")
    for name in ("Description", "ShortDescription"):
        value = {"description" if name == "Description" else "short_description": "News every morning"}
        await bot.call(f"setMy{name}", **value, language_code="en")
        await bot.call(f"getMy{name}", language_code="en")
    await bot.call("getChat", chat_id=1001)
    await bot.call("deleteMessage", chat_id=1001, message_id=sent["message_id"])


async def send_media(bot: Recorder, ann: EmulatedUser) -> None:
    """Send each kind of file again by its id, an album, a place and a poll; forward, pin, edit and delete."""
    sent: dict[str, Any] = {}
    for kind in ("photo", "video", "animation", "audio", "voice", "video_note", "sticker"):
        media = (await ann.send_media(kind, b"data")).media
        assert media is not None
        method = "send" + "".join(part.capitalize() for part in kind.split("_"))
        sent[kind] = await bot.call(method, chat_id=1001, **{kind: media.file.file_id}, protect_content=True)
    item = {"type": "photo", "media": sent["photo"]["photo"][0]["file_id"], "caption": "c"}
    await bot.call("sendMediaGroup", chat_id=1001, media=[item, item])
    await bot.call("sendLocation", chat_id=1001, latitude=1.5, longitude=2.5)
    poll = await bot.call("sendPoll", chat_id=1001, question="?", options=["a", "b"])
    await bot.call("forwardMessage", chat_id=1001, from_chat_id=1001, message_id=poll["message_id"])
    photo = {"chat_id": 1001, "message_id": sent["photo"]["message_id"]}
    await bot.call("editMessageCaption", **photo, caption="d")
    await bot.call("editMessageMedia", **photo, media=item)
    await bot.call("pinChatMessage", **photo)
    await bot.call("unpinChatMessage", **photo)
    await bot.call("deleteMessages", chat_id=1001, message_ids=[sent["video"]["message_id"]])


async def in_groups(bot: Recorder, emulator: EmulatorClient, ann: EmulatedUser, bob: EmulatedUser) -> None:
    group = await emulator.create_group("Group", ann, bob)
    await group.set_member(4242, "administrator")
    await ann.send("in the group", chat=group)
    await group.set_member(bob.id, "administrator")
    await group.set_member(bob.id, "restricted", can_send_messages=True)
    await group.set_member(bob.id, "kicked")
    await group.set_member(bob.id, "left")
    await ephemeral(bot, group, ann)
    await group.upgrade()
    forum = await emulator.create_supergroup("Forum", ann, bob, forum=True, bot="administrator", username="the_forum")
    news = await forum.add_topic("News")
    await forum.set_topic_closed(news, closed=True)
    await forum.set_topic_closed(news, closed=False)
    await ann.send("in the topic", chat=forum, thread=news)
    await bot.call("sendMessage", chat_id=forum.id, text="a", message_thread_id=news)
    channel = await emulator.create_channel("Channel", ann, username="the_channel")
    post = await ann.send("a post", chat=channel)
    await ann.edit_message(post, "an edited post")
    await bot.call("sendMessage", chat_id=channel.id, text="a")
    for chat in (group, forum, channel):
        await bot.call("getChat", chat_id=chat.id)
        await bot.call("getChatAdministrators", chat_id=chat.id)
        for user in (ann.id, bob.id, 4242):
            await bot.call("getChatMember", chat_id=chat.id, user_id=user)
    await bot.updates()


async def ephemeral(bot: Recorder, group: EmulatedChat, ann: EmulatedUser) -> None:
    """Send a message to one member, let them press its button, change it and delete it."""
    parameters = {"receiver_user_id": ann.id}
    shown = {"text": "a", "reply_markup": BUTTONS}
    await bot.call("sendMessage", chat_id=group.id, ephemeral_message_parameters=parameters, **shown)
    await ann.send_press(await group.next_message(), "A")
    place = {"chat_id": group.id, "ephemeral_message_id": 1, **parameters}
    await bot.call("editEphemeralMessageText", **place, text="b")
    await bot.call("deleteEphemeralMessage", **place)


@pytest.fixture
async def recorded(api: BotApi, emulator: EmulatorClient) -> Recorded:
    recorded = await converse(api, emulator)
    kinds = {kind for name, result in recorded if name == "getUpdates" for update in result for kind in update}
    assert kinds == {*KINDS, "update_id"}
    assert {name for name, _ in recorded} == METHODS
    return recorded


def unknown_to_pydantic(value: Any, where: str) -> Iterable[str]:
    """Yield fields that aiogram's models do not define."""
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{where}.{name}"
        for name in type(value).model_fields:
            yield from unknown_to_pydantic(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from unknown_to_pydantic(item, where)


def test_aiogram_reads_all_answers(recorded: Recorded) -> None:
    for name, result in recorded:
        returning = getattr(methods, name[0].upper() + name[1:]).__returning__
        read = TypeAdapter(returning).validate_python(result, context={"bot": None})
        assert list(unknown_to_pydantic(read, name)) == []


# Fields of a later Bot API than python-telegram-bot 22.8 knows; aiogram 3.31 requires the first.
NEWER = {
    "can_send_welcome_messages",
    "supports_join_request_queries",
    "rich_message",
    "receiver_user",
    "ephemeral_message_id",
}
# What methods return other than a Message.
PTB_TYPES: dict[str, type[telegram.TelegramObject]] = {
    "getMe": telegram.User,
    "getWebhookInfo": telegram.WebhookInfo,
    "getMyStarBalance": telegram.StarAmount,
    "getMyDescription": telegram.BotDescription,
    "getMyShortDescription": telegram.BotShortDescription,
    "getUpdates": telegram.Update,
    "copyMessage": telegram.MessageId,
    "getFile": telegram.File,
    "getMyCommands": telegram.BotCommand,
    "getChat": telegram.ChatFullInfo,
    "getChatMember": telegram.ChatMember,
    "getChatAdministrators": telegram.ChatMember,
}


def unknown_to_ptb(value: Any, where: str) -> Iterable[str]:
    """Yield fields that python-telegram-bot's types do not define."""
    if isinstance(value, telegram.TelegramObject):
        for name in value.api_kwargs:
            yield f"{where}.{name}"
        for kind in type(value).__mro__:
            for name in getattr(kind, "__slots__", ()):
                if not name.startswith("_") and name != "api_kwargs":
                    yield from unknown_to_ptb(getattr(value, name, None), f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknown_to_ptb(item, where)


def test_python_telegram_bot_reads_all_answers(recorded: Recorded) -> None:
    unknown: set[str] = set()
    for name, result in recorded:
        if result is True:
            continue
        for item in result if isinstance(result, list) else [result]:
            answered = PTB_TYPES.get(name, telegram.Message)
            unknown.update(unknown_to_ptb(answered.de_json(item, None), name))
    assert {name.rpartition(".")[2] for name in unknown} <= NEWER, unknown
