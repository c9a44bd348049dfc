"""A card whose number is known only after its author has gone on: no card without effect keeps its buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from domain.chat.action import Action, Edit, Send
from domain.chat.event import Chat, Command, EditedMessage, Event, Origin, TextMessage, User
from domain.chat.frozen_message import freeze
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.states import RunState
from storage import personal_data
from tests.handlers.dialogue import ADMIN, Bot, Voice, private
from tests.handlers.test_composing import state_of
from tests.transport.fake_update_source import FakeUpdateSource
from transport.driver import IncomingUpdate
from transport.inbox import Inbox

MOVED = "at nine\n👇 The card is further down now."
EDITED = "You have edited it since: this text no longer goes out."


@dataclass
class SlowTelegram(FakeUpdateSource[Event]):
    """Shows each message, and answers with its number once `answers` is set."""

    bot: Bot
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    shown: dict[int, Message] = field(default_factory=dict)

    async def dispatch(self, raw: Event) -> Sequence[Action]:
        return await self.bot.handle_event(raw)

    async def execute(self, action: Action) -> int | None:
        if not isinstance(action, Send | Edit):
            return None
        number = action.message_id if isinstance(action, Edit) else 100 + len(self.shown)
        assert isinstance(action.message, Message)
        self.shown[number] = action.message
        await self.answers.wait()
        return number


@pytest.mark.parametrize("is_typed", [True, False])
async def test_edit_before_the_card_is_confirmed_retires_it(bot: Bot, is_typed: bool) -> None:
    """Telegram's answer to the card comes after the edit was handled."""
    telegram = SlowTelegram(bot)
    inbox = Inbox(telegram, monotonic=asyncio.get_running_loop().time, note_card=bot.note_card)

    async def put(text: str, *, edits: bool) -> None:
        origin = Origin(bot.next_update(), Chat(ADMIN), User(ADMIN, "admin", "en"))
        message: Command | TextMessage = TextMessage(origin, text, 1, freeze({"message_id": 1, "text": text}))
        if is_typed:
            message = Command(origin=origin, name="broadcast", styled_arguments=Text(text), message_id=1)
        event = EditedMessage(origin, message) if edits else message
        update: IncomingUpdate[Event] = IncomingUpdate(id=origin.update_id, chat_id=ADMIN, sender_id=ADMIN, raw=event)
        finished = inbox.put(update)
        assert finished is not None
        await finished

    await put("Tonight at eight we are live, all of you are welcome", edits=False)
    await put("Tonight at nine", edits=True)
    assert await state_of(bot, 2) is RunState.DRAFT
    telegram.answers.set()
    await inbox.close()
    *_, former, newer = telegram.shown.values()
    assert EDITED in former.text.plain
    assert not former.keyboard
    assert newer.keyboard


@pytest.fixture
async def admin(bot: Bot) -> Voice:
    """An admin whose cards' numbers are not known yet."""
    await private(bot, 7).say("/start")
    bot.notes_cards = False
    return private(bot, ADMIN)


async def _late(admin: Voice, run_id: int, number: int) -> list[tuple[int, str]]:
    """Let the number of a card be known; return the messages that have no buttons then, with what they say."""
    admin.bot.notes_cards = True
    edits = await admin.bot.note_card(run_id, chat_id=ADMIN, message_id=number)
    admin.bot.notes_cards = False
    messages = {edit.message_id: edit.message for edit in edits if isinstance(edit, Edit)}
    assert len(messages) == len(edits)
    assert [number for number, message in messages.items() if message.keyboard] == []
    return [(number, message.text.plain) for number, message in messages.items() if isinstance(message, Message)]


async def test_card_of_a_discarded_draft_says_so(admin: Voice) -> None:
    await admin.say("/broadcast at eight")
    card = admin.last_message
    await admin.edits(1, text="/help")
    ((number, text),) = await _late(admin, 1, card)
    assert (number, "Nothing was sent" in text) == (card, True)


async def test_card_that_was_pressed_stays_as_it_is(admin: Voice) -> None:
    await admin.say("/broadcast at eight")
    card = admin.last_message
    await admin.press("Silent")
    assert await _late(admin, 1, card) == []
    await admin.press("📣 Send")
    assert await _late(admin, 1, card) == []


async def test_lower_one_of_two_cards_keeps_its_buttons(admin: Voice) -> None:
    await admin.say("/broadcast at eight")
    await admin.edits(1, text="/broadcast at nine")
    upper = admin.last_message
    await admin.press_data("broadcast 1 send", on=3)  # shows the newer draft again
    lower = admin.last_message
    assert await _late(admin, 2, upper) == []
    assert await _late(admin, 2, lower) == [(upper, MOVED)]
    assert await _late(admin, 2, upper) == [(upper, MOVED)]
    assert await _late(admin, 2, lower) == []


async def test_card_of_what_was_sent_from_another_says_so(admin: Voice) -> None:
    await admin.say("/broadcast at eight")
    upper = admin.last_message
    await admin.press("Add a link button")
    await admin.say("Watch - https://example.org")
    lower = admin.last_message
    await admin.press_data("broadcast 1 send", on=upper)
    ((number, text),) = await _late(admin, 1, lower)
    assert (number, "sent already" in text) == (lower, True)


async def test_card_of_an_erased_draft_loses_its_buttons(admin: Voice, bot: Bot) -> None:
    await admin.say("/broadcast at eight")
    async with bot.database.write() as tx:
        await personal_data.erase(tx, ADMIN)
    assert await _late(admin, 1, admin.last_message) == [(admin.last_message, "🗑 已放弃，什么都没有发出。")]
    assert await _late(admin, 99, admin.last_message) == []
