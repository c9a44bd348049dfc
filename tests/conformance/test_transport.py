"""Contract of the drivers that talk to Telegram: events, actions, faults, restarts, floods, webhook and menus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest
from aiohttp import web

from domain.chat.action import Action, CallbackAnswer, CallMethod, Edit, Send
from domain.chat.event import (
    BotMembership,
    ButtonPress,
    ChatKind,
    ChatMigration,
    Command,
    Coordinates,
    Event,
    TextMessage,
    TopicChange,
)
from domain.chat.message import Button, Message, PicturePreview
from domain.chat.text import Text, bold
from domain.delivery.outcome import Sent
from emulator.client import EmulatedChat, EmulatorClient
from tests.conformance.transports import (
    BURST,
    DRIVERS,
    TIMEOUT_SECONDS,
    DriverSetup,
    FakeHandler,
    UnlimitedRateLimiter,
    UpdateMode,
    closed_circuit_breaker,
    ignore_flood,
    new_driver,
    signed_in,
)
from tests.handlers.dialogue import Bot
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import BreakerState
from transport.driver import ApiCallFailed, DescriptionKind, Driver, TokenRefused
from transport.drivers import api_session
from transport.rate_limiter import RateLimiter

ONE_BUTTON = ((Button("Press", "pressed"),),)


def reply(text: str) -> Callable[[Event], Sequence[Action]]:
    return lambda event: [Send(event.origin.chat.id, Message(Text(text), ONE_BUTTON), event.origin.chat.topic_id)]


async def test_commands_texts_and_attachments_arrive_as_events(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann <3", language="en-GB")
    group = await emulator.create_supergroup("News", ann)
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        event = await handler.next()
        assert isinstance(event, BotMembership)
        assert (event.origin.chat.title, event.is_member) == ("News", True)

        first = await ann.send("/Item  3 ")
        event = await handler.next()
        assert isinstance(event, Command)
        assert (event.name, event.arguments, event.message_id) == ("item", "3", first.message_id)
        assert (event.origin.user.id, event.origin.user.name, event.origin.user.language) == (
            ann.id,
            "Ann <3",
            "en-GB",
        )
        assert (event.origin.chat.id, event.origin.chat.kind) == (ann.id, ChatKind.PRIVATE)

        second = await ann.send("第3条", reply_to=first)
        event = await handler.next()
        assert isinstance(event, TextMessage)
        assert (event.text, event.message_id) == ("第3条", second.message_id)

        await ann.send("/broadcast hello 😀 https://a.example world", reply_to=first)
        event = await handler.next()
        assert isinstance(event, Command)
        assert event.styled_arguments.plain == "hello 😀 https://a.example world"
        assert event.reply_to_message_id == first.message_id

        await ann.send("/start@digest_demo_bot", chat=group)
        event = await handler.next()
        assert isinstance(event, Command)
        assert event.name == "start"
        assert (event.origin.chat.kind, event.origin.chat.title) == (ChatKind.SUPERGROUP, "News")

        await ann.send("/start@another_bot")
        await ann.send_document("notes.txt", b"notes")
        event = await handler.next()
        assert isinstance(event, TextMessage)
        assert event.text == ""
        assert event.document is not None
        assert (event.document.name, event.document.size) == ("notes.txt", 5)

        await ann.send_location(52.5, 13.4)
        event = await handler.next()
        assert isinstance(event, TextMessage)
        assert event.location == Coordinates(52.5, 13.4)

        await ann.send_location(38.75, -9.15, venue=("Biblioteca", "Campo Grande 83"))
        event = await handler.next()
        assert isinstance(event, TextMessage)
        assert event.location == Coordinates(38.75, -9.15)


async def test_what_others_wrote_is_no_command(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann, bob = await emulator.create_user("Ann", language="en"), await emulator.create_user("Bob", language="en")
    group = await emulator.create_supergroup("News", ann, bob, bot="administrator")
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        for text in ("/stop", "unsubscribe me"):
            written = await bob.send(text, chat=group)
            forwarded = await ann.forward(written)
            event = await handler.next_of(TextMessage)
            while event.origin.chat.id != ann.id:
                event = await handler.next_of(TextMessage)
            assert (event.text, event.message_id) == ("", forwarded.message_id)
        await ann.send_inline_result("/stop")
        await ann.send("that was all")
        last = await handler.next()
        assert isinstance(last, TextMessage)
        assert last.text == "that was all"


async def test_block_and_unblock_arrive_as_bot_membership(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        for change, present in ((ann.block, False), (ann.unblock, True)):
            await change()
            event = await handler.next()
            assert isinstance(event, BotMembership)
            assert (event.origin.chat.id, event.is_member) == (ann.id, present)


async def test_lost_right_to_post_arrives_as_bot_membership(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    channel, group = await emulator.create_channel("News", ann), await emulator.create_supergroup("Talk", ann)
    bot_id = int(emulator.token.partition(":")[0])
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        assert [(await handler.next_of(BotMembership)).may_post for _ in (channel, group)] == [True, True]
        for chat, status, right in (
            (channel, "administrator", "can_post_messages"),
            (group, "restricted", "can_send_messages"),
        ):
            for may_post in (False, True):
                await chat.set_member(bot_id, status, by=ann.id, **{right: may_post})
                event = await handler.next_of(BotMembership)
                assert (event.origin.chat.id, event.is_member, event.may_post) == (chat.id, True, may_post)


async def test_a_forum_topic_is_answered_in_the_topic(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    forum = await emulator.create_supergroup("News", ann, forum=True)
    thread = await forum.add_topic("Digest")
    handler = FakeHandler(lambda event: reply("Here")(event) if isinstance(event, Command) else [])
    async with setup.running(emulator, handler):
        await ann.send("/start@digest_demo_bot", chat=forum, thread=thread)
        event = await handler.next_of(Command)
        assert event.origin.chat.topic_id == thread
        assert (await forum.next_message(timeout=TIMEOUT_SECONDS)).thread_id == thread


@pytest.mark.parametrize(
    "undecodable",
    [
        {"message": {"message_id": "?"}},
        {"message": {"message_id": 9, "date": 1, "chat": {"id": 9, "type": "a kind to come"}, "text": "hi"}},
        {"callback_query": {"id": 7}},
        {"my_chat_member": []},
    ],
)
async def test_an_undecodable_update_does_not_block_the_next(
    setup: DriverSetup, emulator: EmulatorClient, undecodable: dict[str, Any]
) -> None:
    """The frameworks decode all updates of a poll or none (aiogram/aiogram#1840)."""
    ann = await emulator.create_user("Ann", language="en", started=True)
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        await emulator.request("POST", "/updates", {"update": undecodable})
        await ann.send("/help")
        event = await handler.next()
        assert isinstance(event, Command)
        assert event.name == "help"
        await emulator.wait_until_confirmed()


async def test_a_migrated_group_arrives_with_its_new_id(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    group = await emulator.create_group("News", ann)
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        supergroup = await group.upgrade()
        event = await handler.next_of(ChatMigration)
        assert (event.origin.chat.id, event.new_chat_id) == (group.id, supergroup.id)
        await ann.send("/start@digest_demo_bot", chat=supergroup)
        while not isinstance(following := await handler.next(), Command):
            assert not isinstance(following, TextMessage)  # Telegram's service messages are no texts


async def test_actions_are_executed_and_presses_answered(setup: DriverSetup, emulator: EmulatorClient) -> None:
    labels = Button("Edit", "edit"), Button("Copy", "copy"), Button("Gone", "gone")
    rows = ((*labels, Button("Site", url="https://a.example")),)

    def answers(event: Event) -> Sequence[Action]:
        match event:
            case Command():
                return [Send(event.origin.chat.id, Message(Text("Hello ") + bold("you"), rows), silent=True)]
            case ButtonPress(data="edit"):
                edited = Message(Text("Edited ") + bold("now"), ((Button("Again", "edit"),),))
                same = Edit(event.origin.chat.id, event.message_id, edited)
                return [CallbackAnswer(event.callback_query_id, "done"), same, same]
            case ButtonPress(data="copy"):
                parameters = {"from_chat_id": event.origin.chat.id, "message_id": event.message_id}
                call = CallMethod(event.origin.chat.id, "forwardMessage", parameters)
                return [CallbackAnswer(event.callback_query_id), call]
            case ButtonPress(data="gone"):
                failing = Edit(event.origin.chat.id, 999, Message(Text("New")))
                return [CallbackAnswer(event.callback_query_id, "careful", show_alert=True), failing]
            case _:
                return []

    ann = await emulator.create_user("Ann", language="en")
    async with setup.running(emulator, FakeHandler(answers)):
        await ann.send("/start")
        hello = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert hello.text == "Hello you"
        assert [(e["type"], e["offset"], e["length"]) for e in hello.entities] == [("bold", 6, 3)]
        assert hello.silent
        assert hello.buttons == [["Edit", "Copy", "Gone", "Site"]]
        assert (hello.link_preview or {}).get("is_disabled")

        assert (await ann.press(hello, "Copy", timeout=TIMEOUT_SECONDS)).text == ""
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text == "Hello you"
        toast = await ann.press(hello, "Gone", timeout=TIMEOUT_SECONDS)
        assert (toast.text, toast.show_alert) == ("careful", True)
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text == "New"  # a failed edit is sent anew
        assert (await ann.press(hello, "Edit", timeout=TIMEOUT_SECONDS)).text == "done"
        edit = await ann.next_edit(message=hello, timeout=TIMEOUT_SECONDS)
        assert (edit.text, edit.buttons) == ("Edited now", [["Again"]])
        assert [(e["type"], e["offset"], e["length"]) for e in edit.entities] == [("bold", 7, 3)]
        assert edit.link_preview == {"is_disabled": True}
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    assert await ann.drain_messages() == []


async def test_link_preview_shows_a_picture(setup: DriverSetup, emulator: EmulatorClient) -> None:
    url = "https://p.example/sunrise.png"
    shown = Message(Text("Shown"), picture=PicturePreview(url, is_above=True))
    below = Message(Text("Below"), picture=PicturePreview(url))

    def answers(event: Event) -> Sequence[Action]:
        return [Send(event.origin.chat.id, shown), Send(event.origin.chat.id, below)]

    ann = await emulator.create_user("Ann", language="en")
    async with setup.running(emulator, FakeHandler(answers)):
        await ann.send("/start")
        first, second = await ann.next_messages(2, timeout=TIMEOUT_SECONDS)
        assert first.link_preview == {"url": url, "prefer_large_media": True, "show_above_text": True}
        assert second.link_preview == {"url": url, "prefer_large_media": True}


async def test_press_opens_a_deep_link(setup: DriverSetup, emulator: EmulatorClient) -> None:
    link = "https://t.me/digest_demo_bot?start=i_2025-09-12_3"

    def answers(event: Event) -> Sequence[Action]:
        if isinstance(event, ButtonPress):
            return [CallbackAnswer(event.callback_query_id, url=link)]
        return [Send(event.origin.chat.id, Message(Text("Hello"), ((Button("3", "item 3"),),)))]

    ann = await emulator.create_user("Ann", language="en")
    async with setup.running(emulator, FakeHandler(answers)):
        await ann.send("/start")
        hello = await ann.next_message(timeout=TIMEOUT_SECONDS)
        assert (await ann.press(hello, "3", timeout=TIMEOUT_SECONDS)).url == link


async def test_a_press_has_user_chat_and_accessibility(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann, bob = await emulator.create_user("Ann", language="en"), await emulator.create_user("Bob", language="de")
    group = await emulator.create_supergroup("News", ann, bob)
    handler = FakeHandler(lambda event: reply("Here")(event) if isinstance(event, Command) else [])
    async with setup.running(emulator, handler):
        await ann.send("/start@digest_demo_bot", chat=group)
        message = await group.next_message(timeout=TIMEOUT_SECONDS)
        for user, hidden in ((ann, False), (bob, False), (bob, True)):
            query = await user.send_press(message, "Press", inaccessible=hidden)
            press = await handler.next_of(ButtonPress)
            assert (press.callback_query_id, press.data, press.message_id) == (query, "pressed", message.message_id)
            assert press.origin.user.id == user.id
            assert (press.origin.chat.id, press.origin.chat.kind) == (group.id, ChatKind.SUPERGROUP)
            assert press.is_accessible is not hidden
        await bob.send_press(message, "drop table", forge=True)
        assert (await handler.next_of(ButtonPress)).data == "drop table"


FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"kind": "flood", "retry_after": 1}, 1),  # certainly not carried out: retried
    ({"kind": "drop"}, 1),  # carried out but unconfirmed: not retried
    ({"kind": "cut"}, 1),
    ({"kind": "html502"}, 1),
    ({"kind": "json500"}, 0),  # not carried out, but unconfirmed: not retried
    ({"kind": "reset"}, 0),
    ({"kind": "error", "error_code": 400, "description": "Bad Request: chat not found"}, 0),
    ({"kind": "error", "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 0),
]
"""Faults of a reply, with the number of copies that arrive nevertheless."""


async def test_each_fault_leads_to_the_same_number_of_replies(setup: DriverSetup, emulator: EmulatorClient) -> None:
    """Each fault hits one user's first reply; the second reply arrives as usual."""
    users = [await emulator.create_user("Ann", language="en") for _ in FAULTS]
    async with setup.running(emulator, FakeHandler(reply("Here"))):
        for (fault, copies), user in zip(FAULTS, users, strict=True):
            await emulator.add_fault(method="sendMessage", chat_id=user.id, times=1, **fault)
            await user.send("/start")
            await user.send("/start")
            for _ in range(copies + 1):
                assert (await user.next_message(timeout=TIMEOUT_SECONDS)).text == "Here", fault
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    for (fault, _), user in zip(FAULTS, users, strict=True):
        assert await user.drain_messages() == [], fault


async def test_a_reply_waits_out_a_429(driver_name: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    rate_limiter = RateLimiter(1000)
    async with signed_in(driver_name, emulator, rate_limiter) as driver:
        await emulator.add_fault("flood", method="sendMessage", retry_after=1, times=1)
        await driver.update_source(FakeHandler(), ignore_flood).execute(Send(ann.id, Message(Text("Here"))))
        first, second = await emulator.calls("sendMessage")
        assert (first.status, second.status) == (429, 200)
        assert second.monotonic - first.monotonic > 0.99


async def test_replies_wait_out_an_outage(driver_name: str, emulator: EmulatorClient) -> None:
    """Replies that could not be sent arrive when getMe is answered again, however often they failed before."""
    ann = await emulator.create_user("Ann", language="en", started=True)
    breaker = closed_circuit_breaker()
    driver = new_driver(driver_name, emulator, circuit_breaker=breaker)
    try:
        await driver.sign_in()
        update_source = driver.update_source(FakeHandler(), ignore_flood)
        await emulator.add_fault("refuse")
        replies = [
            asyncio.create_task(update_source.execute(Send(ann.id, Message(Text(str(number)))))) for number in range(6)
        ]
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while breaker.state is not BreakerState.OPEN:  # noqa: ASYNC110 - it notifies nobody
                await asyncio.sleep(0.01)
        await emulator.clear_faults()
        probing = asyncio.create_task(breaker.run())
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.gather(*replies)
        probing.cancel()
    finally:
        await driver.close()
    messages = await ann.next_messages(6)
    assert sorted(message.text for message in messages) == [str(number) for number in range(6)]


async def test_card_of_a_run_tells_its_number(driver_name: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    async with signed_in(driver_name, emulator) as driver:
        update_source = driver.update_source(FakeHandler(), ignore_flood)
        message = Message(Text("For 1 person"), ((Button("Send", callback_data="broadcast 7 send"),),))
        number = await update_source.execute(Send(ann.id, message, card_of=7))
        assert not await update_source.execute(Send(999, message, card_of=7))
        anew = await update_source.execute(Edit(ann.id, 4321, message, card_of=7))
    for expected in (number, anew):
        sent = await ann.next_message()
        assert (sent.message_id, sent.text) == (expected, "For 1 person")
    assert "Send" in str(sent)


async def test_only_what_appears_in_a_chat_is_rate_limited(driver_name: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    rate_limiter, message = UnlimitedRateLimiter(), Message(Text("Here"))
    async with signed_in(driver_name, emulator, rate_limiter) as driver:
        update_source = driver.update_source(FakeHandler(), ignore_flood)
        for action in (
            Send(ann.id, message),
            Edit(ann.id, 999, message),
            CallMethod(ann.id, "forwardMessage", {"from_chat_id": ann.id, "message_id": 999}),
            CallbackAnswer("7"),
        ):
            await update_source.execute(action)
        await driver.is_chat_administrator(ann.id, ann.id)
    assert rate_limiter.permitted == [ann.id] * 4  # the refused edit is sent anew


async def test_a_reply_that_was_not_sent_is_retried(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handler = FakeHandler(reply("Here"), before_answer=lambda: emulator.add_fault("refuse", seconds=0.5, times=1))
    async with setup.running(emulator, handler):
        await ann.send("/start")
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text == "Here"
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    assert await ann.drain_messages() == []


async def test_a_repeated_update_has_no_second_effect(setup: DriverSetup, emulator: EmulatorClient, bot: Bot) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with setup.running(emulator, bot.handle_event):
        update = await ann.send_for_update_id("/start")
        assert update is not None
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        await emulator.redeliver_update(update, times=4)
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    async with setup.running(emulator, bot.handle_event):
        await emulator.redeliver_update(update)
        await ann.send("/status")
        assert "subscribed" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text.lower()
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    assert await ann.drain_messages() == []


async def test_updates_sent_while_the_bot_was_down_arrive(setup: DriverSetup, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        await ann.send("before")
        await handler.next()
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    await ann.send("meanwhile")
    async with setup.running(emulator, handler):
        event = await handler.next()
        assert isinstance(event, TextMessage)
        assert event.text == "meanwhile"


async def test_flood_throttles_and_notifies_only_the_flooding_user(
    setup: DriverSetup, emulator: EmulatorClient
) -> None:
    """Presses and messages; the notice is the flood handler's answer to the first one that is dropped."""
    presser, writer, quiet = [await emulator.create_user(name, language="en") for name in ("Flo", "Max", "Quinn")]
    handler = FakeHandler(lambda event: reply("Here")(event) if isinstance(event, Command) else [])

    async def notice(event: Event) -> Sequence[Action]:
        return (
            [CallbackAnswer(event.callback_query_id, "Slow")]
            if isinstance(event, ButtonPress)
            else reply("Slow")(event)
        )

    async with setup.running(emulator, handler, flood_handler=notice):
        await presser.send("/start")
        message = await presser.next_message(timeout=TIMEOUT_SECONDS)
        for number in range(60):
            await presser.send_press(message, "Press")
            await writer.send(f"message {number}")
        await quiet.send("/psst")
        await quiet.next_message(timeout=TIMEOUT_SECONDS)
        assert (await writer.next_message(timeout=TIMEOUT_SECONDS)).text == "Slow"
        await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
    assert sum(isinstance(event, ButtonPress) for event in handler.received) == BURST - 1
    assert sum(isinstance(event, TextMessage) for event in handler.received) == BURST
    assert len(await emulator.log(kind="callback_answer")) == 1
    assert await writer.drain_messages() == []


async def test_an_unanswered_poll_is_abandoned_and_repeated(driver_name: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handler = FakeHandler()
    await emulator.add_fault("hang", method="getUpdates", times=1)
    async with DriverSetup(driver_name, UpdateMode.POLLING).running(emulator, handler, poll_seconds=1, grace_seconds=0):
        await ann.send("psst")
        assert isinstance(await handler.next(), TextMessage)


async def test_group_administrators_are_recognised(driver_name: str, emulator: EmulatorClient) -> None:
    ann, bob = await emulator.create_user("Ann", language="en"), await emulator.create_user("Bob", language="en")
    group = await emulator.create_supergroup("News", ann, bob)
    await group.set_member(ann.id, "administrator")
    await group.set_member(bob.id, "member")
    async with signed_in(driver_name, emulator) as driver:
        assert await driver.is_chat_administrator(group.id, ann.id)
        assert not await driver.is_chat_administrator(group.id, bob.id)
        assert not await driver.is_chat_administrator(-100999, ann.id)
        assert await driver.is_chat_administrator(group.id, 1087968824)  # anonymous


async def test_sent_file_is_fetched_within_its_limit(
    driver_name: str, emulator: EmulatorClient, capsys: pytest.CaptureFixture[str]
) -> None:
    ann = await emulator.create_user("Ann")
    message = await ann.send_document("2025-09-12.md", "早报".encode() * 20_000)
    document = message.document
    assert document is not None
    async with signed_in(driver_name, emulator) as driver:
        assert await driver.fetch_file(document.file_id, 200_000) == "早报".encode() * 20_000
        assert await driver.fetch_file(document.file_id, 1000) is None
        assert await driver.fetch_file("unknown", 1000) is None
        await emulator.add_fault("json500", method="getFile", times=1)
        assert await driver.fetch_file(document.file_id, 200_000) is None
        assert await driver.fetch_file(document.file_id, 200_000) is not None
    shown = capsys.readouterr()
    assert emulator.token.partition(":")[2] not in shown.out + shown.err


async def test_a_question_for_administrators_has_a_time_limit(
    driver_name: str, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"transport.drivers.{driver_name}.driver.ADMINISTRATOR_CHECK_SECONDS", 0.2)
    ann = await emulator.create_user("Ann", language="en")
    group = await emulator.create_supergroup("News", ann)
    await group.set_member(ann.id, "administrator")
    await emulator.add_fault("hang", method="getChatMember")
    async with signed_in(driver_name, emulator) as driver, asyncio.timeout(TIMEOUT_SECONDS / 2):
        assert not await driver.is_chat_administrator(group.id, ann.id)


async def test_command_menus_are_set_and_refusals_returned(driver_name: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with signed_in(driver_name, emulator) as driver:
        today = {"command": "today", "description": "The newest digest"}
        heute = {"command": "today", "description": "Das neueste"}
        refused = {"commands": [today], "scope": {"type": "chat", "chat_id": 31337}}
        calls = [
            {"commands": [today], "scope": {"type": "all_private_chats"}},
            {"commands": [heute], "scope": {"type": "all_private_chats"}, "language_code": "de"},
            refused,
        ]
        assert await driver.set_commands(calls) == [refused]
        assert await ann.commands() == [today]
        await ann.set_language("de")
        assert await ann.commands() == [heute]


async def test_descriptions_are_set_and_read_by_language(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        for kind in DescriptionKind:
            assert await driver.description(kind, "zh") == ""
            await driver.set_description(kind, "zh", f"早安 {kind}")
            await driver.set_description(kind, "", f"Morning {kind}")
            assert await driver.description(kind, "zh") == f"早安 {kind}"
            assert await driver.description(kind, "") == f"Morning {kind}"
        with pytest.raises(ApiCallFailed):
            await driver.set_description(DescriptionKind.SHORT, "", "x" * 121)


async def test_read_the_bots_stars(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        assert await driver.star_balance() == 0
        await emulator.set_stars(1234.7)
        assert await driver.star_balance() == 1234
        await emulator.add_fault("error", method="getMyStarBalance", error_code=404, description="Not Found")
        assert await driver.star_balance() is None


async def test_set_read_and_delete_the_webhook(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        await driver.set_webhook("http://127.0.0.1:9/x", "s")
        assert (await driver.webhook_info()).url == "http://127.0.0.1:9/x"
        await driver.delete_webhook()
        assert (await driver.webhook_info()).url == ""


NOT_UPDATES = [b"", b"\x00{", b"7", b"[]", b"null", b'"x"', b"{}", b'{"update_id": "1"}']


async def test_decode_rejects_a_body_that_is_no_update(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        update_source = driver.update_source(FakeHandler(), ignore_flood)
        for body in NOT_UPDATES:
            with pytest.raises(ValueError):  # noqa: PT011 - each framework has its own message
                update_source.decode(body)
        assert update_source.decode(b'{"update_id": 7}').id == 7


async def test_a_wrong_token_differs_from_an_unreachable_telegram(driver_name: str, emulator: EmulatorClient) -> None:
    wrong_token = DRIVERS[driver_name]("77:wrong", emulator.api_url, UnlimitedRateLimiter(), closed_circuit_breaker())
    with pytest.raises(TokenRefused):
        await wrong_token.sign_in()
    await wrong_token.close()
    unreachable = DRIVERS[driver_name](
        "77:wrong", "http://127.0.0.1:9", UnlimitedRateLimiter(), closed_circuit_breaker()
    )
    with pytest.raises(ApiCallFailed) as caught:
        await unreachable.sign_in()
    assert "wrong" not in str(caught.value)
    with pytest.raises(ApiCallFailed):
        await unreachable.update_source(FakeHandler(), ignore_flood).fetch(None)
    await unreachable.close()


async def test_a_failed_poll_says_why(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        update_source = driver.update_source(FakeHandler(), ignore_flood)
        conflict = "Conflict: terminated by other getUpdates request"
        await emulator.add_fault("error", method="getUpdates", error_code=409, description=conflict, times=1)
        with pytest.raises(ApiCallFailed, match="another program polls"):
            await update_source.fetch(None)
        await emulator.add_fault("flood", method="getUpdates", retry_after=7, times=1)
        with pytest.raises(ApiCallFailed) as caught:
            await update_source.fetch(None)
        assert caught.value.retry_after == 7


CALLS: dict[str, Callable[[Driver], Awaitable[object]]] = {
    "getUpdates": lambda driver: driver.update_source(FakeHandler(), ignore_flood).fetch(None),
    "deleteWebhook": lambda driver: driver.delete_webhook(),
    "setWebhook": lambda driver: driver.set_webhook("https://bot.example/updates", "a-secret"),
    "getWebhookInfo": lambda driver: driver.webhook_info(),
}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("refusal", [(401, "Unauthorized"), (404, "Not Found")], ids=["401", "404"])
async def test_only_get_me_refuses_the_token(
    driver_name: str,
    method: str,
    refusal: tuple[int, str],
    emulator: EmulatorClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One answer that refuses it may be a broken proxy's: the call fails, and may be repeated."""
    monkeypatch.setattr(api_session, "TOKEN_CHECK_WAIT_SECONDS", 0.0)
    code, description = refusal
    async with signed_in(driver_name, emulator) as driver:
        asked = len(await emulator.calls("getMe"))
        await emulator.add_fault("error", method=method, error_code=code, description=description)
        with pytest.raises(ApiCallFailed, match="getMe does not confirm"):
            await CALLS[method](driver)
        assert len(await emulator.calls("getMe")) == asked + 1
        unavailable = {"error_code": 502, "description": "Bad Gateway"}
        await emulator.add_fault("error", method="getMe", times=1, **unavailable)
        with pytest.raises(ApiCallFailed, match="getMe does not confirm"):
            await CALLS[method](driver)
        await emulator.add_fault("error", method="getMe", error_code=code, description=description)
        with pytest.raises(TokenRefused):
            await CALLS[method](driver)


async def test_a_404_of_a_proxy_does_not_refuse_the_token(driver_name: str) -> None:
    """python-telegram-bot raises InvalidToken for every 404 (python-telegram-bot/python-telegram-bot#2162)."""

    async def page(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="<html>nothing here</html>", content_type="text/html")

    runner = web.ServerRunner(web.Server(page))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    driver = DRIVERS[driver_name](
        "77:token", f"http://127.0.0.1:{runner.addresses[0][1]}", UnlimitedRateLimiter(), closed_circuit_breaker()
    )
    with pytest.raises(ApiCallFailed) as caught:
        await driver.sign_in()
    assert "77:token" not in str(caught.value)
    await driver.close()
    await runner.cleanup()


async def test_service_messages_of_topics_and_pins(setup: DriverSetup, emulator: EmulatorClient) -> None:
    """Topics that change are events; a pin is none, nor is what people say to each other."""
    ann = await emulator.create_user("Ann", language="en")
    forum = await emulator.create_supergroup("News", ann, forum=True, bot="administrator")
    handler = FakeHandler()
    async with setup.running(emulator, handler):
        assert isinstance(await handler.next(), BotMembership)
        topic = await forum.add_topic("Daily")
        await pin_something(emulator, forum)
        await forum.rename_topic(topic, "Evening \u202e<b>")
        await forum.set_topic_closed(topic, closed=True)
        await forum.set_topic_closed(topic, closed=False)
        await ann.send("/today@digest_demo_bot", chat=forum)
        changes = [await handler.next() for _ in range(5)]
    assert isinstance(changes.pop(), Command)
    seen = [(c.topic_id, c.name, c.is_closed) for c in changes if isinstance(c, TopicChange)]
    assert seen == [
        (topic, "Daily", None),
        (topic, "Evening <b>", None),
        (topic, None, True),
        (topic, None, False),
    ]


async def pin_something(emulator: EmulatorClient, chat: EmulatedChat) -> None:
    """Send a message as the bot and pin it."""
    async with BotApiClient(emulator.api_url, emulator.token, connect_seconds=2, read_seconds=5) as client:
        sent = await client.send("sendMessage", msgspec.json.encode({"chat_id": chat.id, "text": "x"}))
        assert isinstance(sent, Sent)
        pin = {"chat_id": chat.id, "message_id": sent.message_id}
        assert isinstance(await client.send("pinChatMessage", msgspec.json.encode(pin)), Sent)
