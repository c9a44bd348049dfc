"""/broadcast: preview, confirmation card, and who may confirm it."""

import msgspec
import pytest
from structlog.testing import capture_logs

from domain.chat.action import CallMethod
from domain.chat.event import Command, Origin
from domain.chat.text import Text, bold
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from storage import runs
from tests.handlers.dialogue import ADMIN, Bot, Voice, group, private


async def _audience(bot: Bot, *people: int) -> None:
    for person in people:
        await private(bot, person).say("/start")


async def _state(bot: Bot, run_id: int) -> RunState | None:
    async with bot.database.read() as tx:
        found = await runs.get(tx, run_id)
    return found.state if found else None


async def _payloads(bot: Bot) -> list[tuple[str, dict[str, object]]]:
    async with bot.database.read() as tx:
        rows = (await tx.exec_driver_sql("SELECT method, json FROM payloads ORDER BY id")).all()
    return [(row.method, msgspec.json.decode(row.json)) for row in rows]


async def _drafted(bot: Bot) -> Voice:
    await _audience(bot, 7, 8, 9)
    admin = private(bot, ADMIN)
    await admin.say("/broadcast Good news")
    return admin


@pytest.mark.parametrize(("language", "card", "send"), [("en", "For 2 people", "Send"), ("zh", "发给 2 人", "发送")])
async def test_preview_is_what_is_sent(bot: Bot, language: str, card: str, send: str) -> None:
    await _audience(bot, 7, 8)
    admin = private(bot, ADMIN, language)
    shown = await admin.say("/broadcast <3 {x} %s 你好")
    preview = shown.actions[0]
    assert isinstance(preview, CallMethod)
    assert preview.parameters["text"] == "<3 {x} %s 你好"
    assert card in shown.messages[0].text.plain
    assert await _state(bot, 1) is RunState.DRAFT

    sent = await admin.press(send)

    assert sent.toast
    assert await _state(bot, 1) is RunState.RUNNING
    ((method, body),) = await _payloads(bot)
    assert method == "sendMessage"
    assert body == preview.parameters, "what goes out is what was shown"


@pytest.mark.parametrize(("language", "said"), [("en", "You can still edit it up there"), ("zh", "上面那条还能改")])
async def test_card_says_that_edits_are_shown_first(bot: Bot, language: str, said: str) -> None:
    await _audience(bot, 7)
    admin = private(bot, ADMIN, language)
    assert said in (await admin.say("/broadcast one")).text
    await admin.sends(text="a longer text, which is meant for all of them")
    assert said in (await admin.press("Broadcast" if language == "en" else "群发")).text
    await admin.sends(text="what somebody else wrote", forward_origin={"type": "user"})
    assert said not in (await admin.press("Broadcast" if language == "en" else "群发")).text


async def test_broadcast_keeps_styles(bot: Bot) -> None:
    await _audience(bot, 7)
    admin = private(bot, ADMIN)
    said = Text("a ") + bold("😀 strong") + " word"
    origin = Origin(bot.next_update(), admin.chat, admin.person)
    shown = await admin.does(
        Command(origin=origin, name="broadcast", arguments=said.plain, styled_arguments=said, message_id=1)
    )
    assert isinstance(shown.actions[0], CallMethod)
    ((_, body),) = await _payloads(bot)
    assert body["entities"] == [{"type": "bold", "offset": 2, "length": 9}]


async def test_pressed_message_becomes_the_progress_card(bot: Bot) -> None:
    admin = await _drafted(bot)
    await admin.press("Send")
    async with bot.database.read() as tx:
        found = await runs.get(tx, 1)
    assert found is not None
    assert found.card == CardMessage(ADMIN, max(admin.seen))


async def test_double_tap_sends_one_broadcast(bot: Bot) -> None:
    admin = await _drafted(bot)
    assert (await admin.press("Send")).toast == "On its way."
    assert "goes out once" in (await admin.press("Send")).toast
    async with bot.database.read() as tx:
        waves = (await tx.exec_driver_sql("SELECT count(*) FROM waves")).scalar_one()
    assert waves == 1


async def test_repeated_update_makes_one_draft(bot: Bot) -> None:
    await _audience(bot, 7)
    admin = private(bot, ADMIN)
    origin = Origin(bot.next_update(), admin.chat, admin.person)
    command = Command(origin=origin, name="broadcast", arguments="hello", styled_arguments=Text("hello"), message_id=1)
    first, second = await bot.handle_event(command), await bot.handle_event(command)
    assert len(first) == 2
    assert second == []
    assert len(await _payloads(bot)) == 1


async def test_draft_can_be_discarded(bot: Bot) -> None:
    admin = await _drafted(bot)
    gone = await admin.press("Discard")
    assert gone.edited
    assert gone.labels == []
    assert "Nothing was sent" in gone.text
    assert gone.toast == "Discarded."
    assert "was discarded" in (await admin.press_data("broadcast 1 send")).toast
    assert await _state(bot, 1) is RunState.CANCELLED


async def test_only_the_author_sends_a_draft(bot: Bot) -> None:
    async with bot.database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=2, method="sendMessage", body={"text": "x"}, now=bot.now)
    answer = await private(bot, ADMIN).press_data(f"broadcast {run_id} send")
    assert "Only the author" in answer.toast
    assert await _state(bot, run_id) is RunState.DRAFT


async def test_broadcast_without_text_explains_usage(bot: Bot) -> None:
    await _audience(bot, 7)
    assert "Send me anything" in (await private(bot, ADMIN).say("/broadcast")).text


async def test_nobody_to_send_to_leaves_no_button_to_send(bot: Bot) -> None:
    admin = private(bot, ADMIN)
    assert "📣 Send" not in (await admin.say("/broadcast hello")).labels
    refused = await admin.press_data("broadcast 1 send", on=max(admin.seen))
    assert "There is nobody to send it to" in refused.toast
    assert await _state(bot, 1) is RunState.DRAFT


async def test_admin_commands_need_the_private_chat(bot: Bot) -> None:
    admin = group(bot, person=ADMIN)
    assert "private chat" in (await admin.say("/broadcast hello")).text
    assert "private chat" in (await admin.say("/stats")).text


@pytest.mark.parametrize("said", ["/broadcast hello", "/stats"])
async def test_admin_commands_are_unknown_to_others(bot: Bot, said: str) -> None:
    await _audience(bot, 7)
    stranger = private(bot, 8)
    with capture_logs() as logs:
        refused = await stranger.say(said)
    assert refused.text == (await stranger.say("/nosuchcommand")).text
    assert [(entry["event"], entry["user"]) for entry in logs] == [("admin_action_denied", 8)]
    assert await _state(bot, 1) is None
    assert (await group(bot, person=8).say(said)).actions == []


@pytest.mark.parametrize("data", ["broadcast 1 send", "broadcast 1 discard", "run 1 cancel", "run 1 resend", "stats"])
async def test_admin_buttons_do_nothing_for_others(bot: Bot, data: str) -> None:
    await _drafted(bot)
    with capture_logs() as logs:
        refused = await private(bot, 8).press_data(data)
    assert refused.toast == "This button no longer works."
    assert not refused.messages
    assert [entry["event"] for entry in logs] == ["admin_action_denied"]
    assert await _state(bot, 1) is RunState.DRAFT


@pytest.mark.parametrize("data", ["broadcast", "broadcast x send", "broadcast 1", "broadcast 99 send"])
async def test_altered_broadcast_button_is_answered(bot: Bot, data: str) -> None:
    admin = await _drafted(bot)
    assert (await admin.press_data(data)).toast
    assert await _state(bot, 1) is RunState.DRAFT


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_dice_is_nothing_to_broadcast(bot: Bot, language: str) -> None:
    """Each recipient would get another one."""
    answer = await private(bot, ADMIN, language).sends(dice={"emoji": "🎲", "value": 3})
    assert "📣" not in "".join(answer.labels)
    assert "/broadcast" in answer.text
    assert "/broadcast" not in (await private(bot).say("")).text
