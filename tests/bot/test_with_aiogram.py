"""The aiogram driver, against a strict Telegram: what people do arrives as events, what handlers answer is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bot.driver import FetchFailed, TokenRefused
from bot.inbox import Inbox
from bot.poll import Poller
from bot.with_aiogram import AiogramDriver
from chat.action import Action, Copy, Edit, Send, Toast
from chat.event import ChatKind, Command, Event, Membership, Migration, Press, Said
from chat.message import Button, Message
from chat.text import Text, bold
from delivery.pace import Pace
from emulator.client import Sim, running


@dataclass
class Handlers:
    """Answers what it is told to, and remembers what it heard."""

    answers: Callable[[Event], Sequence[Action]] = lambda _event: []
    before: Callable[[], Awaitable[object]] | None = None
    heard: list[Event] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, event: Event) -> Sequence[Action]:
        async with self.came:
            self.heard.append(event)
            self.came.notify_all()
        if self.before is not None:
            await self.before()
        return self.answers(event)

    async def next(self) -> Event:
        async with asyncio.timeout(5), self.came:
            await self.came.wait_for(lambda: self.heard)
        return self.heard.pop(0)


@asynccontextmanager
async def listening(sim: Sim, handlers: Handlers) -> AsyncIterator[AiogramDriver]:
    driver = AiogramDriver(sim.token, sim.api_url, Pace(1000))
    await driver.sign_in()
    ears = driver.listen(handlers)
    inbox = Inbox(ears, on_effect=lambda: None, monotonic=asyncio.get_running_loop().time)
    task = asyncio.create_task(Poller(ears, inbox).run())
    yield driver
    task.cancel()
    await asyncio.wait((task,))
    await inbox.close()
    await driver.close()


async def test_what_people_say_arrives_as_events() -> None:
    async with running() as sim:
        ann = await sim.person("Ann <3", language="en-GB")
        group = await sim.supergroup("News", ann)
        handlers = Handlers()
        async with listening(sim, handlers):
            heard = await handlers.next()
            assert isinstance(heard, Membership)
            assert heard.origin.chat.title == "News"

            first = await ann.send("/Item  3 ")
            heard = await handlers.next()
            assert isinstance(heard, Command)
            assert (heard.name, heard.arguments) == ("item", "3")
            assert (heard.origin.person.name, heard.origin.person.language) == ("Ann <3", "en-GB")
            assert heard.origin.chat.kind is ChatKind.PRIVATE

            await ann.send("第3条", reply_to=first)
            heard = await handlers.next()
            assert isinstance(heard, Said)
            assert heard.text == "第3条"

            await ann.send("/broadcast hello 😀 world", reply_to=first)
            heard = await handlers.next()
            assert isinstance(heard, Command)
            assert heard.said.plain == "hello 😀 world"
            assert heard.replies_to == first.message_id

            await ann.send("/start@digest_demo_bot", chat=group)
            heard = await handlers.next()
            assert isinstance(heard, Command)
            assert heard.name == "start"
            assert heard.origin.chat.kind is ChatKind.SUPERGROUP
            assert heard.origin.chat.title == "News"

            await ann.send("/start@another_bot", chat=group)
            await ann.block()
            heard = await handlers.next()
            assert isinstance(heard, Membership)
            assert not heard.present
            await ann.unblock()
            heard = await handlers.next()
            assert isinstance(heard, Membership)
            assert heard.present


async def test_a_group_that_moves_says_where_to() -> None:
    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        group = await sim.group("News", ann)
        handlers = Handlers()
        async with listening(sim, handlers):
            moved = await group.upgrade()
            heard = await handlers.next()
            while not isinstance(heard, Migration):
                heard = await handlers.next()
            assert (heard.origin.chat.id, heard.new_chat) == (group.id, moved.id)


async def test_actions_are_carried_out_and_every_press_is_answered() -> None:
    buttons = (
        (
            Button("Edit", "edit"),
            Button("Copy", "copy"),
            Button("Gone", "gone"),
            Button("Site", url="https://a.example"),
        ),
    )

    def answers(event: Event) -> Sequence[Action]:
        match event:
            case Command():
                return [Send(event.origin.chat.id, Message(Text("Hello ") + bold("you"), buttons), silent=True)]
            case Press(data="edit"):
                same = Edit(event.origin.chat.id, event.message, Message(Text("Edited")))
                return [Toast(event.press, "done"), same, same]
            case Press(data="copy"):
                return [Toast(event.press), Copy(event.origin.chat.id, event.origin.chat.id, event.message)]
            case Press(data="gone"):
                return [
                    Toast(event.press, "careful", alert=True),
                    Edit(event.origin.chat.id, 999, Message(Text("New"))),
                ]
            case _:
                return []

    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        async with listening(sim, Handlers(answers)):
            await ann.send("/start")
            hello = await ann.next()
            assert hello.text == "Hello you"
            assert [(e["type"], e["offset"], e["length"]) for e in hello.entities] == [("bold", 6, 3)]
            assert hello.silent
            assert hello.buttons == [["Edit", "Copy", "Gone", "Site"]]

            assert (await ann.press(hello, "Copy")).text == ""
            assert (await ann.next()).text == "Hello you"
            toast = await ann.press(hello, "Gone")
            assert (toast.text, toast.show_alert) == ("careful", True)
            assert (await ann.next()).text == "New"  # what cannot be edited any more is said anew
            assert (await ann.press(hello, "Edit")).text == "done"
            assert (await ann.next_edit(of=hello)).text == "Edited"
            await sim.settled()
            assert await ann.unseen() == []


def say(words: str) -> Callable[[Event], Sequence[Action]]:
    return lambda event: [Send(event.origin.chat.id, Message(Text(words)))]


async def test_answers_wait_out_a_429() -> None:
    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        async with listening(sim, Handlers(say("Here"))):
            await sim.fault("flood", method="sendMessage", retry_after=1, times=1)
            await ann.send("/start")
            assert (await ann.next()).text == "Here"


async def test_an_answer_that_never_left_is_tried_again() -> None:
    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        handlers = Handlers(say("Here"), before=lambda: sim.fault("refuse", seconds=0.5, times=1))
        async with listening(sim, handlers):
            await ann.send("/start")
            assert (await ann.next(timeout=10)).text == "Here"
            await sim.settled()
            assert await ann.unseen() == []


async def test_an_answer_that_may_have_arrived_is_not_sent_again() -> None:
    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        async with listening(sim, Handlers(say("Once"))):
            await sim.fault("drop", method="sendMessage", times=1)
            await ann.send("/start")
            await ann.next()
            await ann.send("/start")
            await ann.next()
            await sim.settled()
            assert await ann.unseen() == []


async def test_group_administrators_manage_and_others_do_not() -> None:
    async with running() as sim:
        ann, bob = await sim.person("Ann", language="en"), await sim.person("Bob", language="en")
        group = await sim.supergroup("News", ann, bob)
        await group.set_member(ann.id, "administrator")
        await group.set_member(bob.id, "member")
        async with listening(sim, Handlers()) as driver:
            assert await driver.manages(group.id, ann.id)
            assert not await driver.manages(group.id, bob.id)
            assert not await driver.manages(-100999, ann.id)


async def test_a_wrong_token_is_told_apart_from_a_telegram_that_is_away() -> None:
    async with running() as sim:
        driver = AiogramDriver("77:wrong", sim.api_url, Pace())
        with pytest.raises(TokenRefused):
            await driver.sign_in()
        await driver.close()
    driver = AiogramDriver("77:wrong", "http://127.0.0.1:9", Pace())
    with pytest.raises(FetchFailed) as caught:
        await driver.sign_in()
    assert "wrong" not in str(caught.value)
    with pytest.raises(FetchFailed):
        await driver.fetch(None)
    await driver.close()


async def test_menus_are_set_and_seen() -> None:
    async with running() as sim:
        ann = await sim.person("Ann", language="en")
        async with listening(sim, Handlers()) as driver:
            today = {"command": "today", "description": "The newest digest"}
            await driver.set_commands(
                [
                    {"commands": [today], "scope": {"type": "all_private_chats"}},
                    {"commands": [today], "scope": {"type": "chat", "chat_id": 31337}},
                ]
            )
            assert await ann.commands() == [today]
