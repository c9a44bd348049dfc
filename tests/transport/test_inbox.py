"""A stop comes while an update is being handled: its effect and its answer go together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from domain.chat.action import Action, Send
from domain.chat.event import Chat, Command, Event, Origin, User
from domain.chat.text import Text
from tests.cancellation import at_every_step
from tests.handlers.dialogue import Bot, open_bot
from transport.driver import IncomingUpdate, UpdateSource
from transport.inbox import Inbox


def _asked(number: int) -> IncomingUpdate[Event]:
    """Somebody new asks for help: nobody floods."""
    origin = Origin(number, Chat(number), User(number, "Ann", "en"))
    return IncomingUpdate(number, number, number, Command(origin, "help", "", Text(), number))


def _inbox(bot: Bot, answered: Counter[int]) -> Inbox[Event]:
    async def perform(action: Action) -> None:
        assert isinstance(action, Send)
        answered[action.chat_id] += 1

    async def fetch(_offset: int | None) -> Sequence[IncomingUpdate[Event]]:
        raise AssertionError("nobody polls")

    def read(_body: bytes) -> IncomingUpdate[Event]:
        raise AssertionError("nothing is sent")

    ears = UpdateSource(fetch, read, bot.hear, perform, lambda _event: [])
    return Inbox(ears, on_effect=lambda: None, monotonic=lambda: 0.0)


async def test_an_update_is_answered_once_at_whatever_step_the_bot_stops(tmp_path: Path) -> None:
    answered: Counter[int] = Counter()
    came: list[IncomingUpdate[Event]] = []
    async with open_bot(tmp_path) as bot:
        inbox = _inbox(bot, answered)

        async def take_another() -> None:
            came.append(_asked(len(came) + 1))
            await inbox.take(came[-1:])

        async for _stopped in at_every_step(take_another):
            await inbox.close()
            await inbox.take(came[-1:])  # it was not confirmed, and comes again
            await inbox.close()
            assert answered[len(came)] == 1
        assert len(came) > 20


async def test_who_cannot_wait_for_the_end_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        inbox = _inbox(bot, Counter())
        taking = asyncio.create_task(inbox.take([_asked(1)]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        closing = asyncio.create_task(inbox.close())
        await asyncio.sleep(0)
        taking.cancel()
        closing.cancel()
        await asyncio.wait([taking, closing])
        assert asyncio.all_tasks() == {asyncio.current_task()}
