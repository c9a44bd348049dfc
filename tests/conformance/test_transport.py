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
from emulator.client import Sim
from tests.conformance.transports import AT_ONCE, DRIVERS, PATIENCE, Handlers, Line, Unhurried, Way, signed_in
from tests.handlers.dialogue import Bot
from transport.driver import FetchFailed, TokenRefused
from transport.rate_limiter import RateLimiter

ONE_BUTTON = ((Button("Press", "pressed"),),)


def say(words: str) -> Callable[[Event], Sequence[Action]]:
    return lambda event: [Send(event.origin.chat.id, Message(Text(words), ONE_BUTTON), event.origin.chat.topic_id)]


async def test_what_people_say_arrives_as_events(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann <3", language="en-GB")
    group = await sim.supergroup("News", ann)
    handlers = Handlers()
    async with line.listening(sim, handlers):
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

        await ann.share_location(52.5, 13.4)
        assert isinstance(await handlers.next(), TextMessage)


async def test_being_let_in_and_put_out_arrives(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en", started=True)
    handlers = Handlers()
    async with line.listening(sim, handlers):
        for change, present in ((ann.block, False), (ann.unblock, True)):
            await change()
            heard = await handlers.next()
            assert isinstance(heard, BotMembership)
            assert (heard.origin.chat.id, heard.is_member) == (ann.id, present)


async def test_a_forums_topic_is_heard_and_answered_in(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    forum = await sim.supergroup("News", ann, forum=True)
    thread = await forum.add_topic("Digest")
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command) else [])
    async with line.listening(sim, handlers):
        await ann.send("/start@digest_demo_bot", chat=forum, thread=thread)
        heard = await handlers.next()
        while not isinstance(heard, Command):
            heard = await handlers.next()
        assert heard.origin.chat.topic_id == thread
        assert (await forum.next(timeout=PATIENCE)).thread_id == thread


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
    line: Line, sim: Sim, strange: dict[str, Any]
) -> None:
    ann = await sim.person("Ann", language="en", started=True)
    handlers = Handlers()
    async with line.listening(sim, handlers):
        await sim.ask("POST", "/updates", {"update": strange})
        await ann.send("/help")
        heard = await handlers.next()
        assert isinstance(heard, Command)
        assert heard.name == "help"
        await sim.settled()


async def test_a_group_that_moves_says_where_to(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    group = await sim.group("News", ann)
    handlers = Handlers()
    async with line.listening(sim, handlers):
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


async def test_actions_are_carried_out_and_every_press_is_answered(line: Line, sim: Sim) -> None:
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

    ann = await sim.person("Ann", language="en")
    async with line.listening(sim, Handlers(answers)):
        await ann.send("/start")
        hello = await ann.next(timeout=PATIENCE)
        assert hello.text == "Hello you"
        assert [(e["type"], e["offset"], e["length"]) for e in hello.entities] == [("bold", 6, 3)]
        assert hello.silent
        assert hello.buttons == [["Edit", "Copy", "Gone", "Site"]]
        assert (hello.link_preview or {}).get("is_disabled")

        assert (await ann.press(hello, "Copy", timeout=PATIENCE)).text == ""
        assert (await ann.next(timeout=PATIENCE)).text == "Hello you"
        toast = await ann.press(hello, "Gone", timeout=PATIENCE)
        assert (toast.text, toast.show_alert) == ("careful", True)
        assert (await ann.next(timeout=PATIENCE)).text == "New"  # what cannot be edited any more is said anew
        assert (await ann.press(hello, "Edit", timeout=PATIENCE)).text == "done"
        assert (await ann.next_edit(of=hello, timeout=PATIENCE)).text == "Edited"
        await sim.settled(timeout=PATIENCE)
        assert await ann.unseen() == []


async def test_a_press_tells_who_where_and_whether_its_message_can_be_seen(line: Line, sim: Sim) -> None:
    ann, bob = await sim.person("Ann", language="en"), await sim.person("Bob", language="de")
    group = await sim.supergroup("News", ann, bob)
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command) else [])
    async with line.listening(sim, handlers):
        await ann.send("/start@digest_demo_bot", chat=group)
        message = await group.next(timeout=PATIENCE)
        for person, hidden in ((ann, False), (bob, False), (bob, True)):
            query = await person.tap(message, "Press", inaccessible=hidden)
            press = await next_press(handlers)
            assert (press.callback_query_id, press.data, press.message_id) == (query, "pressed", message.message_id)
            assert press.origin.user.id == person.id
            assert (press.origin.chat.id, press.origin.chat.kind) == (group.id, ChatKind.SUPERGROUP)
            assert press.is_accessible is not hidden
        await bob.tap(message, "drop table", forge=True)
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


async def test_the_same_fault_leaves_the_same_behind(line: Line, sim: Sim) -> None:
    """Each strikes one person's first answer; the second one is as if nothing had been."""
    async with line.listening(sim, Handlers(say("Here"))):
        for fault, copies in FAULTS:
            ann = await sim.person("Ann", language="en")
            await sim.fault(method="sendMessage", chat_id=ann.id, times=1, **fault)
            await ann.send("/start")
            await ann.send("/start")
            for _ in range(copies + 1):
                assert (await ann.next(timeout=PATIENCE)).text == "Here", fault
            await sim.settled(timeout=PATIENCE)
            assert await ann.unseen() == [], fault


async def test_answers_wait_out_a_429(driver: str, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en", started=True)
    rate_limiter = RateLimiter(1000)
    async with signed_in(driver, sim, rate_limiter) as made:
        await sim.fault("flood", method="sendMessage", retry_after=1, times=1)
        await made.update_source(Handlers()).execute(Send(ann.id, Message(Text("Here"))))
        first, second = await sim.calls("sendMessage")
        assert (first.status, second.status) == (429, 200)
        assert second.monotonic - first.monotonic > 0.99


async def test_what_comes_into_a_chat_passes_the_pace_and_all_else_does_not(driver: str, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en", started=True)
    rate_limiter, message = Unhurried(), Message(Text("Here"))
    async with signed_in(driver, sim, rate_limiter) as made:
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


async def test_an_answer_that_never_left_is_tried_again(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    handlers = Handlers(say("Here"), before=lambda: sim.fault("refuse", seconds=0.5, times=1))
    async with line.listening(sim, handlers):
        await ann.send("/start")
        assert (await ann.next(timeout=PATIENCE)).text == "Here"
        await sim.settled(timeout=PATIENCE)
        assert await ann.unseen() == []


async def test_an_update_that_comes_again_has_no_second_effect_restarts_included(
    line: Line, sim: Sim, bot: Bot
) -> None:
    ann = await sim.person("Ann", language="en")
    async with line.listening(sim, bot.hear):
        update = await ann.send_update("/start")
        assert update is not None
        await ann.next(timeout=PATIENCE)
        await sim.repeat_update(update, times=4)
        await sim.settled(timeout=PATIENCE)
    async with line.listening(sim, bot.hear):
        await sim.repeat_update(update)
        await ann.send("/status")
        assert "subscribed" in (await ann.next(timeout=PATIENCE)).text.lower()
        await sim.settled(timeout=PATIENCE)
        assert await ann.unseen() == []


async def test_what_was_said_while_the_bot_was_away_is_heard(line: Line, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    handlers = Handlers()
    async with line.listening(sim, handlers):
        await ann.send("before")
        await handlers.next()
        await sim.settled(timeout=PATIENCE)
    await ann.send("meanwhile")
    async with line.listening(sim, handlers):
        heard = await handlers.next()
        assert isinstance(heard, TextMessage)
        assert heard.text == "meanwhile"


async def test_one_who_floods_is_limited_alone_and_told_so(line: Line, sim: Sim) -> None:
    flooder, quiet = await sim.person("Flo", language="en"), await sim.person("Quinn", language="en")
    handlers = Handlers(lambda event: say("Here")(event) if isinstance(event, Command | TextMessage) else [])
    async with line.listening(sim, handlers):
        await flooder.send("/start")
        message = await flooder.next(timeout=PATIENCE)
        for _ in range(60):
            await flooder.tap(message, "Press")
        await quiet.send("psst")
        await quiet.next(timeout=PATIENCE)
        await sim.settled(timeout=PATIENCE)
        assert sum(isinstance(event, ButtonPress) for event in handlers.heard) == AT_ONCE - 1
        assert len(await sim.log(kind="toast")) == 1  # the first that is passed over


async def test_a_poll_that_never_answers_is_given_up_and_renewed(driver: str, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    handlers = Handlers()
    await sim.fault("hang", method="getUpdates", times=1)
    async with Line(driver, Way.POLLING).listening(sim, handlers, poll_seconds=1, grace_seconds=0):
        await ann.send("psst")
        assert isinstance(await handlers.next(), TextMessage)


async def test_group_administrators_manage_and_others_do_not(driver: str, sim: Sim) -> None:
    ann, bob = await sim.person("Ann", language="en"), await sim.person("Bob", language="en")
    group = await sim.supergroup("News", ann, bob)
    await group.set_member(ann.id, "administrator")
    await group.set_member(bob.id, "member")
    async with signed_in(driver, sim) as made:
        assert await made.is_chat_administrator(group.id, ann.id)
        assert not await made.is_chat_administrator(group.id, bob.id)
        assert not await made.is_chat_administrator(-100999, ann.id)
        assert await made.is_chat_administrator(group.id, 1087968824)  # an administrator who hides his name


async def test_menus_are_set_and_seen(driver: str, sim: Sim) -> None:
    ann = await sim.person("Ann", language="en")
    async with signed_in(driver, sim) as made:
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
        await ann.change_language("de")
        assert await ann.commands() == [heute]


async def test_the_webhook_is_told(driver: str, sim: Sim) -> None:
    async with signed_in(driver, sim) as made:
        await made.set_webhook("http://127.0.0.1:9/x", "s")
        assert (await made.webhook_info()).url == "http://127.0.0.1:9/x"
        await made.delete_webhook()
        assert (await made.webhook_info()).url == ""


NO_UPDATES = [b"", b"\x00{", b"7", b"[]", b"null", b'"x"', b"{}", b'{"update_id": "1"}']


async def test_a_body_that_is_no_update_is_told_from_one_that_is(driver: str, sim: Sim) -> None:
    async with signed_in(driver, sim) as made:
        ears = made.update_source(Handlers())
        for body in NO_UPDATES:
            with pytest.raises(ValueError):  # noqa: PT011 - each framework has its own words
                ears.decode(body)
        assert ears.decode(b'{"update_id": 7}').id == 7


async def test_a_wrong_token_is_told_apart_from_a_telegram_that_is_away(driver: str, sim: Sim) -> None:
    stranger = DRIVERS[driver]("77:wrong", sim.api_url, Unhurried())
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


async def test_why_a_poll_failed_is_told(driver: str, sim: Sim) -> None:
    async with signed_in(driver, sim) as made:
        ears = made.update_source(Handlers())
        conflict = "Conflict: terminated by other getUpdates request"
        await sim.fault("error", method="getUpdates", error_code=409, description=conflict, times=1)
        with pytest.raises(FetchFailed, match="another program polls"):
            await ears.fetch(None)
        await sim.fault("flood", method="getUpdates", retry_after=7, times=1)
        with pytest.raises(FetchFailed) as caught:
            await ears.fetch(None)
        assert caught.value.wait == 7
        await sim.fault("error", method="getUpdates", error_code=401, description="Unauthorized", times=1)
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
