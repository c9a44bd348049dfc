"""What people do arrives as events, answers are carried out, and what goes wrong ends the same for every driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import web

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send
from domain.chat.event import BotMembership, ButtonPress, ChatKind, ChatMigration, Command, Event, TextMessage
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold
from emulator.client import EmulatorClient
from tests.conformance.transports import AT_ONCE, DRIVERS, PATIENCE, Handlers, Line, Unhurried, Way, signed_in
from tests.handlers.dialogue import Bot
from transport.driver import FetchFailed, TokenRefused
from transport.rate_limiter import RateLimiter

ONE_BUTTON = ((Button("Press", "pressed"),),)


def say(words: str) -> Callable[[Event], Sequence[Action]]:
    return lambda event: [Send(event.origin.chat.id, Message(Text(words), ONE_BUTTON), event.origin.chat.topic_id)]


async def test_what_people_say_arrives_as_events(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann <3", language="en-GB")
    group = await emulator.create_supergroup("News", ann)
    handlers = Handlers()
    async with line.listening(emulator, handlers):
        heard = await handlers.next()
        assert isinstance(heard, BotMembership)
        assert (heard.origin.chat.title, heard.is_member) == ("News", True)

        first = await ann.send("/Item  3 ")
        heard = await handlers.next()
        assert isinstance(heard, Command)
        assert (heard.name, heard.arguments, heard.message_id) == ("item", "3", first.message_id)
        assert (heard.origin.user.id, heard.origin.user.name, heard.origin.user.language) == (
            ann.id,
            "Ann <3",
            "en-GB",
        )
        assert (heard.origin.chat.id, heard.origin.chat.kind) == (ann.id, ChatKind.PRIVATE)

        second = await ann.send("第3条", reply_to=first)
        heard = await handlers.next()
        assert isinstance(heard, TextMessage)
        assert (heard.text, heard.message_id) == ("第3条", second.message_id)

        await ann.send("/broadcast hello 😀 https://a.example world", reply_to=first)
        heard = await handlers.next()
        assert isinstance(heard, Command)
        assert heard.styled_arguments.plain == "hello 😀 https://a.example world"
        assert heard.reply_to_message_id == first.message_id

        await ann.send("/start@digest_demo_bot", chat=group)
        heard = await handlers.next()
        assert isinstance(heard, Command)
        assert heard.name == "start"
        assert (heard.origin.chat.kind, heard.origin.chat.title) == (ChatKind.SUPERGROUP, "News")

        await ann.send("/start@another_bot")
        await ann.send_document("notes.txt", b"notes")
        heard = await handlers.next()
        assert isinstance(heard, TextMessage)
        assert heard.text == ""

        await ann.send_location(52.5, 13.4)
        assert isinstance(await handlers.next(), TextMessage)


async def test_being_let_in_and_put_out_arrives(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    handlers = Handlers()
    async with line.listening(emulator, handlers):
        for change, present in ((ann.block, False), (ann.unblock, True)):
            await change()
            heard = await handlers.next()
            assert isinstance(heard, BotMembership)
            assert (heard.origin.chat.id, heard.is_member) == (ann.id, present)


async def test_a_forums_topic_is_heard_and_answered_in(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    forum = await emulator.create_supergroup("News", ann, forum=True)
    thread = await forum.add_topic("Digest")
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command) else [])
    async with line.listening(emulator, handlers):
        await ann.send("/start@digest_demo_bot", chat=forum, thread=thread)
        heard = await handlers.next()
        while not isinstance(heard, Command):
            heard = await handlers.next()
        assert heard.origin.chat.topic_id == thread
        assert (await forum.next_message(timeout=PATIENCE)).thread_id == thread


@pytest.mark.parametrize(
    "strange",
    [
        {"message": {"message_id": "?"}},
        {"message": {"message_id": 9, "date": 1, "chat": {"id": 9, "type": "a kind to come"}, "text": "hi"}},
        {"callback_query": {"id": 7}},
        {"my_chat_member": []},
    ],
)
async def test_an_update_that_cannot_be_read_keeps_nobody_from_being_heard(
    line: Line, emulator: EmulatorClient, strange: dict[str, Any]
) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    handlers = Handlers()
    async with line.listening(emulator, handlers):
        await emulator.request("POST", "/updates", {"update": strange})
        await ann.send("/help")
        heard = await handlers.next()
        assert isinstance(heard, Command)
        assert heard.name == "help"
        await emulator.wait_until_confirmed()


async def test_a_group_that_moves_says_where_to(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    group = await emulator.create_group("News", ann)
    handlers = Handlers()
    async with line.listening(emulator, handlers):
        moved = await group.upgrade()
        heard = await handlers.next()
        while not isinstance(heard, ChatMigration):
            heard = await handlers.next()
        assert (heard.origin.chat.id, heard.new_chat_id) == (group.id, moved.id)
        await ann.send("/start@digest_demo_bot", chat=moved)
        heard = await handlers.next()
        while not isinstance(heard, Command):
            assert not isinstance(
                heard, TextMessage
            )  # what Telegram itself notes in the chat is nothing that anybody said
            heard = await handlers.next()


async def test_actions_are_carried_out_and_every_press_is_answered(line: Line, emulator: EmulatorClient) -> None:
    labels = Button("Edit", "edit"), Button("Copy", "copy"), Button("Gone", "gone")
    rows = ((*labels, Button("Site", url="https://a.example")),)

    def answers(event: Event) -> Sequence[Action]:
        match event:
            case Command():
                return [Send(event.origin.chat.id, Message(Text("Hello ") + bold("you"), rows), silent=True)]
            case ButtonPress(data="edit"):
                same = Edit(event.origin.chat.id, event.message_id, Message(Text("Edited")))
                return [CallbackAnswer(event.callback_query_id, "done"), same, same]
            case ButtonPress(data="copy"):
                return [
                    CallbackAnswer(event.callback_query_id),
                    Copy(event.origin.chat.id, event.origin.chat.id, event.message_id),
                ]
            case ButtonPress(data="gone"):
                lost = Edit(event.origin.chat.id, 999, Message(Text("New")))
                return [CallbackAnswer(event.callback_query_id, "careful", show_alert=True), lost]
            case _:
                return []

    ann = await emulator.create_user("Ann", language="en")
    async with line.listening(emulator, Handlers(answers)):
        await ann.send("/start")
        hello = await ann.next_message(timeout=PATIENCE)
        assert hello.text == "Hello you"
        assert [(e["type"], e["offset"], e["length"]) for e in hello.entities] == [("bold", 6, 3)]
        assert hello.silent
        assert hello.buttons == [["Edit", "Copy", "Gone", "Site"]]
        assert (hello.link_preview or {}).get("is_disabled")

        assert (await ann.press(hello, "Copy", timeout=PATIENCE)).text == ""
        assert (await ann.next_message(timeout=PATIENCE)).text == "Hello you"
        toast = await ann.press(hello, "Gone", timeout=PATIENCE)
        assert (toast.text, toast.show_alert) == ("careful", True)
        assert (await ann.next_message(timeout=PATIENCE)).text == "New"  # what cannot be edited any more is said anew
        assert (await ann.press(hello, "Edit", timeout=PATIENCE)).text == "done"
        assert (await ann.next_edit(message=hello, timeout=PATIENCE)).text == "Edited"
        await emulator.wait_until_confirmed(timeout=PATIENCE)
        assert await ann.drain_messages() == []


async def test_a_press_tells_who_where_and_whether_its_message_can_be_seen(
    line: Line, emulator: EmulatorClient
) -> None:
    ann, bob = await emulator.create_user("Ann", language="en"), await emulator.create_user("Bob", language="de")
    group = await emulator.create_supergroup("News", ann, bob)
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command) else [])
    async with line.listening(emulator, handlers):
        await ann.send("/start@digest_demo_bot", chat=group)
        message = await group.next_message(timeout=PATIENCE)
        for person, hidden in ((ann, False), (bob, False), (bob, True)):
            query = await person.send_press(message, "Press", inaccessible=hidden)
            press = await next_press(handlers)
            assert (press.callback_query_id, press.data, press.message_id) == (query, "pressed", message.message_id)
            assert press.origin.user.id == person.id
            assert (press.origin.chat.id, press.origin.chat.kind) == (group.id, ChatKind.SUPERGROUP)
            assert press.is_accessible is not hidden
        await bob.send_press(message, "drop table", forge=True)
        assert (await next_press(handlers)).data == "drop table"


async def next_press(handlers: Handlers) -> ButtonPress:
    heard = await handlers.next()
    while not isinstance(heard, ButtonPress):
        heard = await handlers.next()
    return heard


FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"kind": "flood", "retry_after": 1}, 1),  # certainly not carried out: tried again
    ({"kind": "drop"}, 1),  # carried out, and not told so: not tried again
    ({"kind": "cut"}, 1),
    ({"kind": "html502"}, 1),
    ({"kind": "json500"}, 0),  # not carried out, but nobody can know
    ({"kind": "reset"}, 0),
    ({"kind": "error", "error_code": 400, "description": "Bad Request: chat not found"}, 0),
    ({"kind": "error", "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 0),
]
"""What goes wrong with an answer, and how often it arrives all the same."""


async def test_the_same_fault_leaves_the_same_behind(line: Line, emulator: EmulatorClient) -> None:
    """Each strikes one person's first answer; the second one is as if nothing had been."""
    async with line.listening(emulator, Handlers(say("Here"))):
        for fault, copies in FAULTS:
            ann = await emulator.create_user("Ann", language="en")
            await emulator.add_fault(method="sendMessage", chat_id=ann.id, times=1, **fault)
            await ann.send("/start")
            await ann.send("/start")
            for _ in range(copies + 1):
                assert (await ann.next_message(timeout=PATIENCE)).text == "Here", fault
            await emulator.wait_until_confirmed(timeout=PATIENCE)
            assert await ann.drain_messages() == [], fault


async def test_answers_wait_out_a_429(driver: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    rate_limiter = RateLimiter(1000)
    async with signed_in(driver, emulator, rate_limiter) as made:
        await emulator.add_fault("flood", method="sendMessage", retry_after=1, times=1)
        await made.update_source(Handlers()).execute(Send(ann.id, Message(Text("Here"))))
        first, second = await emulator.calls("sendMessage")
        assert (first.status, second.status) == (429, 200)
        assert second.monotonic - first.monotonic > 0.99


async def test_what_comes_into_a_chat_passes_the_pace_and_all_else_does_not(
    driver: str, emulator: EmulatorClient
) -> None:
    ann = await emulator.create_user("Ann", language="en", started=True)
    rate_limiter, message = Unhurried(), Message(Text("Here"))
    async with signed_in(driver, emulator, rate_limiter) as made:
        ears = made.update_source(Handlers())
        for action in (
            Send(ann.id, message),
            Edit(ann.id, 999, message),
            Copy(ann.id, ann.id, 999),
            CallbackAnswer("7"),
        ):
            await ears.execute(action)
        await made.is_chat_administrator(ann.id, ann.id)
    assert rate_limiter.permitted == [ann.id] * 4  # the edit that was refused is said anew


async def test_an_answer_that_never_left_is_tried_again(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handlers = Handlers(say("Here"), before=lambda: emulator.add_fault("refuse", seconds=0.5, times=1))
    async with line.listening(emulator, handlers):
        await ann.send("/start")
        assert (await ann.next_message(timeout=PATIENCE)).text == "Here"
        await emulator.wait_until_confirmed(timeout=PATIENCE)
        assert await ann.drain_messages() == []


async def test_an_update_that_comes_again_has_no_second_effect_restarts_included(
    line: Line, emulator: EmulatorClient, bot: Bot
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with line.listening(emulator, bot.hear):
        update = await ann.send_for_update_id("/start")
        assert update is not None
        await ann.next_message(timeout=PATIENCE)
        await emulator.redeliver_update(update, times=4)
        await emulator.wait_until_confirmed(timeout=PATIENCE)
    async with line.listening(emulator, bot.hear):
        await emulator.redeliver_update(update)
        await ann.send("/status")
        assert "subscribed" in (await ann.next_message(timeout=PATIENCE)).text.lower()
        await emulator.wait_until_confirmed(timeout=PATIENCE)
        assert await ann.drain_messages() == []


async def test_what_was_said_while_the_bot_was_away_is_heard(line: Line, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handlers = Handlers()
    async with line.listening(emulator, handlers):
        await ann.send("before")
        await handlers.next()
        await emulator.wait_until_confirmed(timeout=PATIENCE)
    await ann.send("meanwhile")
    async with line.listening(emulator, handlers):
        heard = await handlers.next()
        assert isinstance(heard, TextMessage)
        assert heard.text == "meanwhile"


async def test_one_who_floods_is_limited_alone_and_told_so(line: Line, emulator: EmulatorClient) -> None:
    flooder, quiet = (
        await emulator.create_user("Flo", language="en"),
        await emulator.create_user("Quinn", language="en"),
    )
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command | TextMessage) else [])
    async with line.listening(emulator, handlers):
        await flooder.send("/start")
        message = await flooder.next_message(timeout=PATIENCE)
        for _ in range(60):
            await flooder.send_press(message, "Press")
        await quiet.send("psst")
        await quiet.next_message(timeout=PATIENCE)
        await emulator.wait_until_confirmed(timeout=PATIENCE)
        assert sum(isinstance(event, ButtonPress) for event in handlers.heard) == AT_ONCE - 1
        assert len(await emulator.log(kind="callback_answer")) == 1  # the first that is passed over


async def test_a_poll_that_never_answers_is_given_up_and_renewed(driver: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    handlers = Handlers()
    await emulator.add_fault("hang", method="getUpdates", times=1)
    async with Line(driver, Way.POLLING).listening(emulator, handlers, poll_seconds=1, grace_seconds=0):
        await ann.send("psst")
        assert isinstance(await handlers.next(), TextMessage)


async def test_group_administrators_manage_and_others_do_not(driver: str, emulator: EmulatorClient) -> None:
    ann, bob = await emulator.create_user("Ann", language="en"), await emulator.create_user("Bob", language="en")
    group = await emulator.create_supergroup("News", ann, bob)
    await group.set_member(ann.id, "administrator")
    await group.set_member(bob.id, "member")
    async with signed_in(driver, emulator) as made:
        assert await made.is_chat_administrator(group.id, ann.id)
        assert not await made.is_chat_administrator(group.id, bob.id)
        assert not await made.is_chat_administrator(-100999, ann.id)
        assert await made.is_chat_administrator(group.id, 1087968824)  # an administrator who hides his name


async def test_menus_are_set_and_seen(driver: str, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with signed_in(driver, emulator) as made:
        today = {"command": "today", "description": "The newest digest"}
        heute = {"command": "today", "description": "Das neueste"}
        refused = {"commands": [today], "scope": {"type": "chat", "chat_id": 31337}}
        calls = [
            {"commands": [today], "scope": {"type": "all_private_chats"}},
            {"commands": [heute], "scope": {"type": "all_private_chats"}, "language_code": "de"},
            refused,
        ]
        assert await made.set_commands(calls) == [refused]
        assert await ann.commands() == [today]
        await ann.set_language("de")
        assert await ann.commands() == [heute]


async def test_the_webhook_is_told(driver: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver, emulator) as made:
        await made.set_webhook("http://127.0.0.1:9/x", "s")
        assert (await made.webhook_info()).url == "http://127.0.0.1:9/x"
        await made.delete_webhook()
        assert (await made.webhook_info()).url == ""


NO_UPDATES = [b"", b"\x00{", b"7", b"[]", b"null", b'"x"', b"{}", b'{"update_id": "1"}']


async def test_a_body_that_is_no_update_is_told_from_one_that_is(driver: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver, emulator) as made:
        ears = made.update_source(Handlers())
        for body in NO_UPDATES:
            with pytest.raises(ValueError):  # noqa: PT011 - each framework has its own words
                ears.decode(body)
        assert ears.decode(b'{"update_id": 7}').id == 7


async def test_a_wrong_token_is_told_apart_from_a_telegram_that_is_away(driver: str, emulator: EmulatorClient) -> None:
    stranger = DRIVERS[driver]("77:wrong", emulator.api_url, Unhurried())
    with pytest.raises(TokenRefused):
        await stranger.sign_in()
    await stranger.close()
    lost = DRIVERS[driver]("77:wrong", "http://127.0.0.1:9", Unhurried())
    with pytest.raises(FetchFailed) as caught:
        await lost.sign_in()
    assert "wrong" not in str(caught.value)
    with pytest.raises(FetchFailed):
        await lost.fetch(None)
    await lost.close()


async def test_why_a_poll_failed_is_told(driver: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver, emulator) as made:
        ears = made.update_source(Handlers())
        conflict = "Conflict: terminated by other getUpdates request"
        await emulator.add_fault("error", method="getUpdates", error_code=409, description=conflict, times=1)
        with pytest.raises(FetchFailed, match="another program polls"):
            await ears.fetch(None)
        await emulator.add_fault("flood", method="getUpdates", retry_after=7, times=1)
        with pytest.raises(FetchFailed) as caught:
            await ears.fetch(None)
        assert caught.value.wait == 7
        await emulator.add_fault("error", method="getUpdates", error_code=401, description="Unauthorized", times=1)
        with pytest.raises(TokenRefused):
            await ears.fetch(None)


async def test_a_404_that_is_not_telegrams_is_no_word_about_the_token(driver: str) -> None:
    async def page(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="<html>nothing here</html>", content_type="text/html")

    runner = web.ServerRunner(web.Server(page))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = DRIVERS[driver]("77:token", f"http://127.0.0.1:{runner.addresses[0][1]}", Unhurried())
    with pytest.raises(FetchFailed) as caught:
        await made.sign_in()
    assert "77:token" not in str(caught.value)
    await made.close()
    await runner.cleanup()
