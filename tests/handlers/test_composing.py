"""What an admin sends is offered as a broadcast, and composed with buttons and options."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from bot.item_indexing import index_editions
from domain.chat.action import CallMethod, Edit
from domain.chat.frozen_message import freeze
from domain.chat.message import Message
from domain.delivery.states import RunState
from storage import broadcasts, runs
from tests.handlers.dialogue import ADMIN, Bot, Voice, private

SIZE = {"file_id": "F", "width": 9, "height": 9}
PHOTO: dict[str, Any] = {"photo": [SIZE], "caption": "Sunrise"}
POLL = {"poll": {"question": "When?", "options": [{"text": "8:00"}, {"text": "9:00"}]}}
ANYTHING: dict[str, tuple[dict[str, Any], str]] = {
    "forwarded text": ({"text": "News", "forward_origin": {"type": "user"}}, "sendMessage"),
    "text": ({"text": "Dear all, the studio opens"}, "sendMessage"),
    "text that could be a request": ({"text": "Tonight at eight we are live"}, "sendMessage"),
    "photo": (PHOTO, "sendPhoto"),
    "document": ({"document": {"file_id": "F"}}, "sendDocument"),
    "voice": ({"voice": {"file_id": "F"}}, "sendVoice"),
    "poll": (POLL, "sendPoll"),
    "location": ({"location": {"latitude": 1.5, "longitude": 2.5}}, "sendLocation"),
}


@pytest.fixture
async def admin(bot: Bot) -> Voice:
    for person in (7, 8):
        await private(bot, person).say("/start")
    return private(bot, ADMIN)


async def payloads_of(bot: Bot, run_id: int) -> list[tuple[int, str, dict[str, Any]]]:
    async with bot.database.read() as tx:
        select = f"SELECT part, method, json FROM payloads WHERE run_id = {run_id} ORDER BY part"  # noqa: S608
        rows = (await tx.exec_driver_sql(select)).all()
    return [(row.part, row.method, msgspec.json.decode(row.json)) for row in rows]


async def state_of(bot: Bot, run_id: int) -> RunState | None:
    async with bot.database.read() as tx:
        run = await runs.get(tx, run_id)
    return run.state if run else None


@pytest.mark.parametrize("kind", ANYTHING)
async def test_anything_is_offered_tested_and_sent(kind: str, admin: Voice, bot: Bot) -> None:
    message, method = ANYTHING[kind]
    offered = await admin.sends(**message)
    assert offered.labels[-3:] == ["📣 Broadcast", "👁 Test to me", "✖️ No"]
    tested = await admin.press("Test to me")
    assert [action.method for action in tested.actions if isinstance(action, CallMethod)] == [method]
    await admin.press("Broadcast")
    assert await state_of(bot, 1) is RunState.DRAFT
    assert (await admin.press("📣 Send")).toast == "On its way."
    assert await state_of(bot, 1) is RunState.RUNNING
    assert [sent for _, sent, _ in await payloads_of(bot, 1)] == [method]


async def test_no_throws_it_away(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    assert (await admin.press("No")).edited
    assert await state_of(bot, 1) is RunState.CANCELLED


@pytest.mark.parametrize(
    "text", ["明天停播一天", "直播改到9点", "大家好", "感谢大家的支持", "Hi everyone", "No digest tomorrow"]
)
async def test_words_to_all_that_are_understood_as_a_wish_are_offered(text: str, admin: Voice, bot: Bot) -> None:
    shown = await admin.say(text)
    assert "📣 Broadcast" in shown.labels
    assert len(shown.messages) == 2, "the answer to the wish comes too"
    assert "📣 Broadcast" not in (await private(bot, 7).say(text)).labels


async def test_others_and_commands_are_not_asked(admin: Voice, bot: Bot) -> None:
    for said in ("/help", "今天", "8:30", "暂停两周", "取消订阅", "谢谢", "thank you"):
        assert "📣 Broadcast" not in (await admin.say(said)).labels
    assert "📣 Broadcast" not in (await private(bot, 7).sends(**PHOTO)).labels
    assert await state_of(bot, 1) is None


@pytest.mark.parametrize(
    ("language", "offer", "quote"),
    [
        ("en", "🖼 Album\nSunrise", "🖼 Album of 2\nSunrise"),
        ("zh-hans", "🖼 相册\nSunrise", "🖼 相册，共 2 个\nSunrise"),
        ("zh-hant", "🖼 相簿\nSunrise", "🖼 相簿，共 2 個\nSunrise"),
    ],
)
async def test_album_is_one_broadcast(language: str, offer: str, quote: str, admin: Voice, bot: Bot) -> None:
    admin = private(bot, ADMIN, language)
    first = await admin.sends(**PHOTO, media_group_id="7")
    second = await admin.sends(photo=[SIZE | {"file_id": "G"}], media_group_id="7")
    assert (len(first.messages), second.actions) == (1, [])
    assert first.text.startswith(offer)
    card = await admin.press_data("broadcast 1 open", on=max(admin.seen))
    assert quote in card.text
    ((part, method, parameters),) = await payloads_of(bot, 1)
    assert (part, method) == (1, "sendMediaGroup")
    assert [item["media"] for item in parameters["media"]] == ["F", "G"]


@pytest.mark.parametrize(
    ("kind", "file", "heading"),
    [
        ("document", {"file_name": "report.pdf", "file_size": 1_234_567}, "📄 report.pdf · 1.2 MB\n"),
        ("document", {"file_name": "fdp\u202etxt.pdf", "file_size": 999_499}, "📄 fdp\\u202etxt.pdf · 999 kB\n"),
        ("document", {"file_size": 999}, "📄 File · 999 B\n"),
        ("document", {}, "📄 File\n"),
        ("audio", {"file_name": "song.mp3"}, "🎵 song.mp3\n"),
        ("voice", {"file_size": 999}, "🎙 Voice message\n"),
    ],
)
async def test_file_is_offered_by_its_name_and_size(
    kind: str, file: dict[str, Any], heading: str, admin: Voice
) -> None:
    assert (await admin.sends(**{kind: {"file_id": "F", **file}})).text.startswith(heading)
    assert (await admin.press("Broadcast")).text.startswith(heading)


async def test_album_that_was_sent_takes_no_more(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO, media_group_id="7")
    await admin.press("Broadcast")
    await admin.press("📣 Send")
    late = await admin.sends(**PHOTO, media_group_id="7")
    assert "📣 Broadcast" in late.labels, "it is a broadcast of its own, and nothing that was sent changes"
    assert [method for _, method, _ in await payloads_of(bot, 1)] == ["sendPhoto"]


async def test_reply_to_one_of_an_album_takes_all_of_it(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO, media_group_id="7")
    await admin.sends(photo=[SIZE | {"file_id": "G"}], media_group_id="7")
    replied = freeze({"message_id": 1, **PHOTO, "media_group_id": "7"})
    shown = await admin.say("/broadcast", reply_to=replied)
    assert isinstance(shown.actions[0], CallMethod)
    assert shown.actions[0].method == "sendMediaGroup"


async def test_options_turn_on_and_off(admin: Voice, bot: Bot) -> None:
    await admin.sends(**ANYTHING["text"][0])
    await admin.press("Broadcast")
    assert "📌 Pin ✅" in (await admin.press("Pin")).labels
    for label in ("Silent", "No forwarding", "No preview"):
        assert f"{label} ✅" in " ".join((await admin.press(label)).labels)
    ((_, _, parameters),) = await payloads_of(bot, 1)
    assert parameters["disable_notification"] is parameters["protect_content"] is True
    assert parameters["link_preview_options"] == {"is_disabled": True}
    for label in ("Silent", "No forwarding", "No preview"):
        await admin.press(label)
    ((_, _, parameters),) = await payloads_of(bot, 1)
    assert parameters == {"text": "Dear all, the studio opens", "entities": []}


async def test_poll_shares_votes_if_wanted(admin: Voice, bot: Bot) -> None:
    await admin.sends(**POLL)
    await admin.press("Broadcast")
    assert "leave it above" in (await admin.press("Shared votes")).text
    ((_, method, parameters),) = await payloads_of(bot, 1)
    assert (method, parameters) == ("forwardMessage", {"from_chat_id": ADMIN, "message_id": 1})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
async def test_button_is_asked_for_step_by_step(language: str, admin: Voice, bot: Bot) -> None:
    admin = private(bot, ADMIN, language)
    await admin.sends(**PHOTO)
    await admin.press_data("broadcast 1 open", on=max(admin.seen))
    assert "https://example.org" in (await admin.press_data("broadcast 1 buttons", on=max(admin.seen))).text
    assert "Watch" in (await admin.say("Watch")).text
    assert "example" in (await admin.say("not an address")).text, "asked again, and nothing is lost"
    card = await admin.say("example.org/live")
    assert "🔗 Watch → https://example.org/live" in card.text
    ((_, _, parameters),) = await payloads_of(bot, 1)
    keyboard = [[{"text": "Watch", "url": "https://example.org/live"}]]
    assert parameters["reply_markup"] == {"inline_keyboard": keyboard}
    await admin.press_data("broadcast 1 nobuttons", on=max(admin.seen))
    ((_, _, parameters),) = await payloads_of(bot, 1)
    assert "reply_markup" not in parameters


async def test_several_buttons_are_written_at_once(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await admin.press("Add a link button")
    refused = await admin.say("Read - https://a.b\nSite")
    assert "Site" in refused.text
    await admin.say("Read - https://a.b\nSite - a.b | Blog - b.c")
    ((_, _, parameters),) = await payloads_of(bot, 1)
    rows = parameters["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [["Read"], ["Site", "Blog"]]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Read - a.example", ["Read"]),
        ("更多照片 - example.org/photos", ["更多照片"]),
        ("Site - a.example/x | Blog — b.example:8080", ["Site", "Blog"]),
        ("Read - now", None),
        ("Go - v2.0", None),
        ("a.example", None),
    ],
)
async def test_line_with_an_address_is_a_button_and_other_words_are_a_label(
    text: str, labels: list[str] | None, admin: Voice, bot: Bot
) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await admin.press("Add a link button")
    await admin.say(text)
    ((_, _, parameters),) = await payloads_of(bot, 1)
    rows = parameters.get("reply_markup", {}).get("inline_keyboard", [])
    assert [button["text"] for row in rows for button in row] == (labels or [])
    async with bot.database.read() as tx:
        stored = await broadcasts.asked(tx, ADMIN)
    assert (None if stored is None else stored.answered) == (None if labels else text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 65 + " - https://a.b", "A button holds at most 64 characters; this has 65: xxx"),
        ("看" * 65, "A button holds at most 64 characters; this has 65: 看看看"),
        (
            " | ".join(["a - b.org"] * 9),
            "A row holds at most 8 buttons; put the others on a line of their own: a - b.org",
        ),
    ],
)
async def test_button_that_is_too_long_is_refused_with_the_reason(
    text: str, words: str, admin: Voice, bot: Bot
) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await admin.press("Add a link button")
    assert (await admin.say(text)).text.startswith(words)
    card = await admin.say("Read - https://a.b")
    assert "🔗 Read → https://a.b" in card.text, "it is still asked for"


@pytest.mark.parametrize("way", ["answer", "back"])
async def test_one_card_of_a_draft_has_buttons(way: str, admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    card = max(admin.seen)
    await admin.press("Add a link button")
    answer = await (admin.say("Read - https://a.b") if way == "answer" else admin.press("Back"))
    (former,) = [action for action in answer.actions if isinstance(action, Edit) and action.message_id == card]
    assert isinstance(former.message, Message)
    assert former.message.text.plain == "🖼 Photo\nSunrise\n👇 The card is further down now."
    assert not former.message.keyboard
    again = await admin.press("Silent")
    assert [action.message_id for action in again.actions if isinstance(action, Edit)] == [max(admin.seen)]
    assert (await admin.press("📣 Send")).toast == "On its way."


async def test_question_is_taken_back(admin: Voice, bot: Bot) -> None:
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await admin.press("Add a link button")
    await admin.press("Back")
    assert "📣 Broadcast" in (await admin.say("Tonight at eight we are live")).labels, "it answers nothing any more"
    async with bot.database.read() as tx:
        assert await broadcasts.asked(tx, ADMIN) is None


async def test_words_of_another_admin_answer_no_question(admin: Voice, bot: Bot) -> None:
    bot.admins = frozenset({ADMIN, 2})
    await admin.sends(**PHOTO)
    await admin.press("Broadcast")
    await admin.press("Add a link button")
    before = await payloads_of(bot, 1)
    other = private(bot, 2)
    await other.say("Read - https://a.b")
    assert await payloads_of(bot, 1) == before
    async with bot.database.read() as tx:
        assert await broadcasts.asked(tx, 2) is None
        assert await broadcasts.asked(tx, ADMIN) is not None


@pytest.mark.parametrize("verb", ["silent", "buttons", "open", "x", "test"])
async def test_only_the_author_changes_a_draft(verb: str, admin: Voice, bot: Bot) -> None:
    bot.admins = frozenset({ADMIN, 2})
    await admin.sends(**PHOTO)
    before = await payloads_of(bot, 1)
    assert "Only the author" in (await private(bot, 2).press_data(f"broadcast 1 {verb}")).toast
    assert await payloads_of(bot, 1) == before


async def test_words_that_are_found_are_offered_below_the_results(admin: Voice, bot: Bot) -> None:
    await bot.publish(date(2025, 9, 12))
    await index_editions(bot.database)
    answer = await admin.say("正文")
    assert len(answer.messages) == 2
    assert "📣 Broadcast" in answer.labels


@pytest.mark.parametrize(
    ("language", "add", "words"),
    [
        ("en", "Add a link button", "I cannot read this as a link: no link\n\nLike this: https://example.org"),
        ("zh-hans", "加个链接按钮", "这看不出是链接：no link\n\n照这样写：https://example.org"),
    ],
)
async def test_bad_address_is_refused_as_an_address(bot: Bot, language: str, add: str, words: str) -> None:
    await private(bot, 7).say("/start")
    admin = private(bot, ADMIN, language)
    await admin.say("/broadcast hello")
    await admin.press(add)
    await admin.say("Read more")
    assert (await admin.say("no link")).text == words
