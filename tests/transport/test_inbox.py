"""Tests of the inbox during shutdown: an update's effect and its reply go together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.chat.action import Action, Send
from domain.chat.event import Chat, Command, Event, Origin, User
from domain.chat.text import Text
from tests.cancellation import at_every_step
from tests.handlers.dialogue import Bot, open_bot
from tests.transport.fake_update_source import FakeUpdateSource
from transport.driver import IncomingUpdate
from transport.inbox import Inbox


@dataclass
class HandlersSource(FakeUpdateSource[Event]):
    """Passes events to a bot's handlers and counts the replies to each chat."""

    bot: Bot
    replies: Counter[int] = field(default_factory=Counter)

    async def dispatch(self, raw: Event) -> Sequence[Action]:
        return await self.bot.handle_event(raw)

    async def execute(self, action: Action) -> None:
        assert isinstance(action, Send)
        self.replies[action.chat_id] += 1

    def inbox(self) -> Inbox[Event]:
        return Inbox(self, on_effect=lambda: None, monotonic=lambda: 0.0)


def _help_update(number: int) -> IncomingUpdate[Event]:
    """Return /help of a new user, whom the throttle does not limit."""
    origin = Origin(number, Chat(number), User(number, "Ann", "en"))
    return IncomingUpdate(
        id=number,
        chat_id=number,
        user_id=number,
        raw=Command(origin=origin, name="help", arguments="", styled_arguments=Text(), message_id=number),
    )


async def test_shutdown_at_any_step_answers_an_update_once(tmp_path: Path) -> None:
    updates: list[IncomingUpdate[Event]] = []
    async with open_bot(tmp_path) as bot:
        source = HandlersSource(bot)
        inbox = source.inbox()

        async def take_next() -> None:
            updates.append(_help_update(len(updates) + 1))
            await inbox.take(updates[-1:])

        async for _stopped in at_every_step(take_next):
            await inbox.close()
            await inbox.take(updates[-1:])  # it was not confirmed, so it comes again
            await inbox.close()
            assert source.replies[len(updates)] == 1
        assert len(updates) > 20


async def test_a_cancelled_close_leaves_no_tasks(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        inbox = HandlersSource(bot).inbox()
        taking = asyncio.create_task(inbox.take([_help_update(1)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        closing = asyncio.create_task(inbox.close())
        await asyncio.sleep(0)
        taking.cancel()
        closing.cancel()
        await asyncio.wait([taking, closing])
        assert asyncio.all_tasks() == {asyncio.current_task()}
