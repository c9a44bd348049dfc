"""Access to private chats, groups, forums and channels, and updates about membership."""

from typing import Any

import pytest

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from tests.emulator.conftest import BotApi


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", "en", started=True)


async def write(api: BotApi, chat: EmulatedChat, **more: Any) -> str:
    return await api.error("sendMessage", chat_id=chat.id, text="a", **more)


async def test_blocked_unblocked_and_deactivated_user(api: BotApi, ann: EmulatedUser) -> None:
    await ann.block()
    assert await write(api, ann) == "Forbidden: bot was blocked by the user"
    await ann.unblock()
    await api.result("sendMessage", chat_id=ann.id, text="a")
    changes = [update["my_chat_member"] for update in await api.get_updates()]
    steps = [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes]
    assert steps == [("member", "kicked"), ("kicked", "member")]
    assert {change["from"]["id"] for change in changes} == {ann.id}
    await ann.deactivate()
    assert await write(api, ann) == "Forbidden: user is deactivated"


async def test_user_who_never_started(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    stranger = await emulator.create_user("Eve")
    assert await write(api, stranger) == "Bad Request: chat not found"
    await emulator.create_group("G", ann, stranger)
    assert await write(api, stranger) == "Forbidden: bot can't initiate conversation with a user"
    await stranger.send("hi")
    await api.result("sendMessage", chat_id=stranger.id, text="a")


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_bot_kicked_or_left(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser, kind: str) -> None:
    chat = await {
        "group": emulator.create_group,
        "supergroup": emulator.create_supergroup,
        "channel": emulator.create_channel,
    }[kind]("G", ann)
    await api.result("sendMessage", chat_id=chat.id, text="a")
    await chat.set_member(4242, "kicked")
    assert await write(api, chat) == f"Forbidden: bot was kicked from the {kind} chat"
    await chat.set_member(4242, "left")
    assert await write(api, chat) == f"Forbidden: bot is not a member of the {kind} chat"
    changes = [update["my_chat_member"]["new_chat_member"]["status"] for update in await api.get_updates()]
    assert changes == ["administrator" if kind == "channel" else "member", "kicked", "left"]


async def test_deleted_group(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("G", ann)
    await group.delete()
    assert await write(api, group) == "Forbidden: the group chat was deleted"


async def test_upgraded_group(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("G", ann)
    new = await group.upgrade()
    answer = await api.call("sendMessage", chat_id=group.id, text="a")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    await api.result("sendMessage", chat_id=new.id, text="a")
    assert (await new.next_message()).text == "a"
    messages = [update["message"] for update in await api.get_updates() if "message" in update]
    assert [(m["chat"]["id"], m.get("migrate_to_chat_id"), m.get("migrate_from_chat_id")) for m in messages] == [
        (group.id, new.id, None),
        (new.id, None, group.id),
    ]


async def test_send_rights(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_supergroup("G", ann)
    await group.set_permissions(can_send_messages=False, can_send_documents=False)
    assert await write(api, group) == "Bad Request: not enough rights to send text messages to the chat"
    await group.set_member(4242, "administrator")
    await api.result("sendMessage", chat_id=group.id, text="a")
    await group.set_member(4242, "restricted", can_send_messages=False)
    assert await write(api, group) == "Bad Request: not enough rights to send text messages to the chat"
    channel = await emulator.create_channel("C", ann, bot="member")
    assert await write(api, channel) == "Bad Request: need administrator rights in the channel chat"


async def test_forum_topics(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    forum = await emulator.create_supergroup("F", ann, forum=True)
    news = await forum.add_topic("News")
    sent = await api.result("sendMessage", chat_id=forum.id, text="a", message_thread_id=news)
    assert (sent["message_thread_id"], sent["is_topic_message"], sent["chat"]["is_forum"]) == (news, True, True)
    assert (await forum.next_message()).thread_id == news
    for thread in (1, 77):
        assert await write(api, forum, message_thread_id=thread) == "Bad Request: message thread not found"
    assert "message_thread_id" not in await api.result("sendMessage", chat_id=forum.id, text="a")
    await forum.set_topic_closed(news, closed=True)
    assert await write(api, forum, message_thread_id=news) == "Bad Request: TOPIC_CLOSED"
    await forum.set_topic_closed(1, closed=True)
    assert await write(api, forum) == "Bad Request: TOPIC_CLOSED"
    assert await write(api, forum, message_thread_id=1) == "Bad Request: message thread not found"
    await forum.set_member(4242, "administrator")
    await api.result("sendMessage", chat_id=forum.id, text="a", message_thread_id=news)
    await forum.delete_topic(news)
    assert await write(api, forum, message_thread_id=news) == "Bad Request: message thread not found"
    assert await api.result("sendChatAction", chat_id=forum.id, action="typing", message_thread_id=1)


async def test_changes_of_topics_are_service_messages(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    forum = await emulator.create_supergroup("F", ann, forum=True)
    news = await forum.add_topic("News")
    for name in ("Daily", "Daily"):
        await forum.rename_topic(news, name)
    await forum.set_topic_closed(news, closed=True)
    await forum.set_topic_closed(news, closed=False)
    await forum.delete_topic(news)
    changes = [update["message"] for update in await api.get_updates() if "message" in update]
    assert [next(name for name in change if name.startswith("forum_topic")) for change in changes] == [
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
    ]
    assert {change["message_thread_id"] for change in changes} == {news}
    assert changes[1]["forum_topic_edited"] == {"name": "Daily"}


async def test_thread_outside_forum(api: BotApi, ann: EmulatedUser) -> None:
    assert await write(api, ann, message_thread_id=5) == "Bad Request: message thread not found"


async def test_reply_stays_in_topic(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    forum = await emulator.create_supergroup("F", ann, forum=True)
    news = await forum.add_topic("News")
    user_message = await ann.send("/today", chat=forum, thread=news)
    sent = await api.result(
        "sendMessage", chat_id=forum.id, text="a", reply_parameters={"message_id": user_message.message_id}
    )
    assert sent["message_thread_id"] == news


async def test_public_chat_by_username(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    channel = await emulator.create_channel("News", ann, username="daily_news")
    sent = await api.result("sendMessage", chat_id="@Daily_News", text="a")
    assert sent["chat"] == {"id": channel.id, "type": "channel", "title": "News", "username": "daily_news"}
    assert sent["sender_chat"]["id"] == channel.id
    assert "from" not in sent
    assert await api.error("sendMessage", chat_id="@nobody", text="a") == "Bad Request: chat not found"


async def test_privacy_mode(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("G", ann)
    bot_message = await api.result("sendMessage", chat_id=group.id, text="a")
    sent = [message async for message in _said(ann, group)]
    assert sent[0] is None
    assert [update_id is not None for update_id in sent[1:4]] == [True] * 3
    assert sent[4] is None
    reply = {"user_id": ann.id, "chat_id": group.id, "text": "x", "reply_to_message_id": bot_message["message_id"]}
    assert b'"update_id":null' not in await emulator.request("POST", "/messages", reply)
    await group.set_member(4242, "administrator")
    assert await ann.send_for_update_id("plain", chat=group) is not None


async def _said(ann: EmulatedUser, group: EmulatedChat) -> Any:
    for text in ("plain", "/help", "/help@digest_demo_bot", "hi @digest_demo_bot", "/help@other_bot"):
        yield await ann.send_for_update_id(text, chat=group)


async def test_get_chat(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    assert (await api.result("getChat", chat_id=ann.id))["first_name"] == "Ann"
    group = await emulator.create_supergroup("G", ann, username="some_group")
    result = await api.result("getChat", chat_id=group.id)
    assert (result["title"], result["type"], result["permissions"]["can_send_messages"]) == ("G", "supergroup", True)
    assert await api.error("getChat", chat_id=5) == "Bad Request: chat not found"


async def test_chat_members(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    bob = await emulator.create_user("Bob")
    group = await emulator.create_group("G", ann, bob)
    assert (await api.result("getChatMember", chat_id=group.id, user_id=ann.id))["status"] == "creator"
    assert (await api.result("getChatMember", chat_id=group.id, user_id=bob.id))["status"] == "member"
    await group.set_member(bob.id, "administrator", can_pin_messages=False)
    result = await api.result("getChatMember", chat_id=group.id, user_id=bob.id)
    assert (result["can_manage_chat"], result["can_pin_messages"]) == (True, False)
    admins = await api.result("getChatAdministrators", chat_id=group.id)
    assert [change["user"]["id"] for change in admins] == [ann.id, bob.id]
    assert await api.error("getChatMember", chat_id=group.id, user_id=55) == "Bad Request: PARTICIPANT_ID_INVALID"
    assert await api.error("getChatMember", chat_id=group.id) == "Bad Request: invalid user_id specified"
    alone = await api.error("getChatAdministrators", chat_id=ann.id)
    assert alone == "Bad Request: there are no administrators in the private chat"


async def test_chat_member_needs_administrator_and_opt_in(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    bob = await emulator.create_user("Bob")
    group = await emulator.create_supergroup("G", ann, bot="administrator")
    await group.set_member(bob.id, "member")
    asked = await api.result("getUpdates", allowed_updates=["chat_member", "my_chat_member"], timeout=0)
    assert [list(update)[1] for update in asked] == ["my_chat_member"]
    await group.set_member(bob.id, "left")
    updates = await api.get_updates(asked[-1]["update_id"] + 1)
    assert [update["chat_member"]["new_chat_member"]["status"] for update in updates] == ["left"]
    await group.set_member(4242, "member")
    await group.set_member(bob.id, "member")
    updates = await api.get_updates(updates[-1]["update_id"] + 1)
    assert [list(update)[1] for update in updates] == ["my_chat_member"]


async def test_chat_actions(api: BotApi, ann: EmulatedUser, emulator: EmulatorClient) -> None:
    assert await api.result("sendChatAction", chat_id=ann.id, action="typing") is True
    assert [entry.detail for entry in await emulator.log(ann.id, kind="chat_action")] == [{"action": "typing"}]
    wrong = await api.error("sendChatAction", chat_id=ann.id, action="dance")
    assert wrong == "Bad Request: wrong parameter action in request"
