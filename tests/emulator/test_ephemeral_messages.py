"""Ephemeral messages, which one member of a group sees (Bot API 10.3)."""

from typing import Any

import pytest

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient, EmulatorError, Message
from emulator.clock import SimulatedClock
from emulator.ephemeral import CALLBACK_QUERY_SECONDS, EphemeralParameters, check_receiver
from emulator.errors import BadRequest
from emulator.models import Chat, Member, User
from emulator.telegram import Telegram
from tests.emulator.conftest import BotApi

BUTTONS = {"inline_keyboard": [[{"text": "Next", "callback_data": "n"}]]}


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", "en")


@pytest.fixture
async def bob(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Bob", "en")


@pytest.fixture
async def group(emulator: EmulatorClient, ann: EmulatedUser, bob: EmulatedUser) -> EmulatedChat:
    return await emulator.create_supergroup("Readers", ann, bob)


@pytest.fixture
async def shown(api: BotApi, group: EmulatedChat) -> Message:
    """Return a message with a button that everybody in the group sees."""
    await api.result("sendMessage", chat_id=group.id, text="News", reply_markup=BUTTONS)
    return await group.next_message()


def to(user: EmulatedUser, query: str = "", **more: Any) -> dict[str, Any]:
    return {"receiver_user_id": user.id, **({"callback_query_id": query} if query else {}), **more}


async def test_press_is_answered_to_the_presser_alone(
    api: BotApi, emulator: EmulatorClient, group: EmulatedChat, ann: EmulatedUser, bob: EmulatedUser, shown: Message
) -> None:
    query = await ann.send_press(shown, "Next")
    sent = await api.result(
        "sendMessage",
        chat_id=group.id,
        text="One",
        reply_markup=BUTTONS,
        ephemeral_message_parameters=to(ann, query),
    )
    assert (sent["message_id"], sent["ephemeral_message_id"], sent["receiver_user"]["id"]) == (0, 1, ann.id)
    seen = await group.next_message()
    assert seen.receiver_user_id == ann.id
    [chat] = [chat for chat in (await emulator.state())["chats"] if chat["id"] == group.id]
    assert chat["unread"] == {str(ann.id): 2, str(bob.id): 1}
    await ann.send_press(seen, "Next")
    *_, update = await api.get_updates()
    assert update["callback_query"]["message"]["ephemeral_message_id"] == 1
    with pytest.raises(EmulatorError, match="Bob does not see that message"):
        await bob.send_press(seen, "Next")


async def test_only_its_own_methods_reach_it(
    api: BotApi, group: EmulatedChat, ann: EmulatedUser, bob: EmulatedUser, shown: Message
) -> None:
    query = await ann.send_press(shown, "Next")
    await api.result("sendMessage", chat_id=group.id, text="One", ephemeral_message_parameters=to(ann, query))
    seen = await group.next_message()
    for number in (0, seen.message_id):
        for method, more in (("editMessageText", {"text": "x"}), ("deleteMessage", {}), ("pinChatMessage", {})):
            await api.error(method, chat_id=group.id, message_id=number, **more)
    place = {"chat_id": group.id, "ephemeral_message_id": 1}
    edit = {"text": "Two", "reply_markup": BUTTONS}
    for wrong in ({"receiver_user_id": bob.id}, {"receiver_user_id": ann.id, "ephemeral_message_id": 2}, {}):
        error = await api.error("editEphemeralMessageText", **place | edit | wrong)
        assert error == "Bad Request: MESSAGE_ID_INVALID"
    assert await api.result("editEphemeralMessageText", **place, **edit, receiver_user_id=ann.id) is True
    assert (await group.next_edit(seen)).text == "Two"
    assert await api.result("deleteEphemeralMessage", **place, receiver_user_id=ann.id) is True
    assert [message.text for message in await group.history()] == ["News"]
    assert await api.error("deleteEphemeralMessage") == "Bad Request: chat_id is empty"


async def test_who_may_be_sent_one(
    api: BotApi, emulator: EmulatorClient, group: EmulatedChat, ann: EmulatedUser, bob: EmulatedUser, shown: Message
) -> None:
    async def refusal(chat_id: int, ephemeral: object) -> str:
        error = await api.error("sendMessage", chat_id=chat_id, text="a", ephemeral_message_parameters=ephemeral)
        return error.removeprefix("Bad Request: ")

    query = await ann.send_press(shown, "Next")
    await ann.send("/start")
    stranger = await emulator.create_user("Eve", "en")
    assert await refusal(ann.id, to(ann)) == "BOT_NOT_ADMIN"
    assert await refusal(group.id, to(stranger, query)) == "USER_NOT_PARTICIPANT"
    assert await refusal(group.id, to(ann)) == "CHAT_ADMIN_REQUIRED"
    assert await refusal(group.id, to(bob, query)) == "CHAT_ADMIN_REQUIRED"
    assert "query is too old" in await refusal(group.id, to(ann, "17"))
    assert await refusal(group.id, [1]) == "object expected as ephemeral message parameters"
    assert "not emulated" in await refusal(group.id, to(ann, query, replace_callback_query_message=True))
    await group.set_member((await api.result("getMe"))["id"], "administrator")
    assert await api.result("sendMessage", chat_id=group.id, text="a", ephemeral_message_parameters=to(ann))
    error = await api.error(
        "sendPoll", chat_id=group.id, question="?", options=["a", "b"], ephemeral_message_parameters=to(ann)
    )
    assert error == "Bad Request: an ephemeral message of this method is not emulated"


def test_member_is_answered_within_seconds_only() -> None:
    now = 0.0
    tg = Telegram(User(4242, "Bot"), clock=SimulatedClock(monotonic=lambda: now))
    group = Chat(-5001, "group", members={user: Member(user, "member") for user in (1001, 4242)})
    query = tg.queries.open(1001, group.id, 7)
    answer = EphemeralParameters(receiver_user_id=1001, callback_query_id=query.id)
    now = CALLBACK_QUERY_SECONDS
    check_receiver(tg, group, answer)
    now += 0.1
    with pytest.raises(BadRequest, match="CHAT_ADMIN_REQUIRED"):
        check_receiver(tg, group, answer)
