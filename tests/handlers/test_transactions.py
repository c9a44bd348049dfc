"""Reading commands do not wait for writers, decode an edition once, and have one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from digest.model import Digest
from domain.chat.action import Action, CallbackAnswer
from domain.chat.event import ButtonPress, Command, Event, Origin, TextMessage
from domain.subscription.preferences import category_id, category_key
from storage import subscribers
from storage.parsed_digest import decode_digest
from tests.cancellation import at_every_step
from tests.databases import sql
from tests.handlers.dialogue import Bot, Voice, private
from tests.waiting import PATIENCE

TODAY = date(2025, 9, 12)


@dataclass(slots=True)
class Decoded:
    """The days of the editions decoded so far, and an event that tells of the first."""

    days: list[date] = field(default_factory=list)
    any: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    seen = Decoded()

    def count(data: bytes) -> Digest:
        digest = decode_digest(data)
        if digest.date is not None:
            seen.days.append(digest.date)
            seen.any.set()
        return digest

    monkeypatch.setattr("storage.digests.decode_digest", count)
    return seen


def _typed(origin: Origin, text: str) -> Event:
    if not text.startswith("/"):
        return TextMessage(origin, text)
    name, _, arguments = text[1:].partition(" ")
    return Command(origin=origin, name=name, arguments=arguments)


def _pressed(origin: Origin, data: str) -> Event:
    return ButtonPress(origin=origin, callback_query_id="press", data=data, message_id=1)


_QUESTIONS = [
    (_typed, "/item 3", "第 3 条"),
    (_typed, "/today", "第 5 条"),
    (_typed, "/category AI产业", "AI产业"),
    (_typed, "/category AI产也", "AI产也"),
    (_typed, "/item", "第 5 条"),
    (_typed, "3", "第 3 条"),
    (_typed, "AI产业", "AI产业"),
    (_typed, "/commentary", "底牌"),
    (_pressed, "item 2025-09-12 3", "第 3 条"),
    (_pressed, f"category 2025-09-12 {category_id(category_key('不在'))}", "AI产业"),
]


def _shown(actions: list[Action]) -> str:
    """Everything that the actions show, buttons included."""
    return str([action for action in actions if not isinstance(action, CallbackAnswer)])


@pytest.mark.parametrize(("event", "said", "expected"), _QUESTIONS)
async def test_question_is_read_while_another_writes(
    bot: Bot, decoded: Decoded, event: Callable[[Origin, str], Event], said: str, expected: str
) -> None:
    await bot.publish(date(2025, 9, 11), TODAY)
    me = private(bot, language="zh")
    await me.say("/help")
    assert not decoded.days
    async with bot.database.write(alone=True):
        question = asyncio.create_task(bot.handle_event(event(Origin(bot.next_update(), me.chat, me.person), said)))
        await asyncio.wait_for(decoded.any.wait(), PATIENCE)
        await asyncio.sleep(0.05)
        assert not question.done(), "its mark waits for the writer"
    assert expected in _shown(await question)
    assert decoded.days == [TODAY]


async def test_repeated_question_has_no_second_answer(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    question = Command(origin=Origin(bot.next_update(), me.chat, me.person), name="item", arguments="3")
    answers = await asyncio.gather(*(bot.handle_event(question) for _ in range(5)))
    assert sorted(map(len, answers)) == [0, 0, 0, 0, 1]
    assert await bot.handle_event(question) == []


async def test_first_question_is_in_the_apps_language_and_stored(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot, language="xx-DE")
    assert "Source" in (await me.say("/item 3")).labels[0]
    row = await me.row()
    assert (row.preferences.language, row.schedule.zone, row.active) == ("en", "Europe/Berlin", False)


async def test_question_follows_the_language_of_the_app(bot: Bot) -> None:
    await bot.publish(TODAY)
    await private(bot, language="en").say("/start")
    me = private(bot, language="zh")
    assert "来源" in (await me.say("/item 3")).labels[0]
    assert (await me.row()).preferences.language == "zh"


async def _seen_and_marked(bot: Bot, me: Voice, update_id: int) -> tuple[bool, bool]:
    async with bot.database.read() as tx:
        known = await subscribers.get(tx, me.chat.id) is not None
        marks = await sql(tx, "SELECT count(*) FROM updates WHERE id = ?", update_id)
    return known, marks.scalar_one() == 1


async def test_question_cancelled_anywhere_is_done_or_undone(bot: Bot) -> None:
    await bot.publish(TODAY)
    voices: list[tuple[Voice, Command]] = []

    async def ask() -> list[Action]:
        me = private(bot, person=1000 + len(voices))
        voices.append((me, Command(origin=Origin(bot.next_update(), me.chat, me.person), name="item", arguments="3")))
        return await bot.handle_event(voices[-1][1])

    async for task in at_every_step(ask):
        me, question = voices[-1]
        known, is_marked = await _seen_and_marked(bot, me, question.origin.update_id)
        assert known == is_marked, "the mark and the first contact commit together"
        if task.cancelled() and not is_marked:
            assert "第 3 条" in _shown(await bot.handle_event(question)), "it is answered when it comes again"
