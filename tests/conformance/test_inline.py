"""Inline queries: every driver passes them on and answers them alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from domain.chat.action import Action, InlineAnswer
from domain.chat.event import Chat, InlineQuery, Origin, User
from emulator.client import EmulatorClient, run_emulator
from tests.conformance.transports import DRIVERS, SETUPS, TIMEOUT_SECONDS, DriverSetup, UnlimitedRateLimiter, signed_in
from tests.handlers.dialogue import Bot
from transport.drivers.terminal import Terminal

WORDS = ("正文", "没有的词", "")


@pytest.fixture
async def archive(bot: Bot) -> Bot:
    await bot.publish(date(2025, 9, 12), date(2025, 9, 11), items=8)
    return bot


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as emulator:
        yield emulator


async def reference(bot: Bot, words: str, user: User) -> dict[str, Any]:
    """Return what the handlers answer, as the Bot API takes it."""
    origin = Origin(1, Chat(user.id), user)
    (answer,) = await bot.handle_event(InlineQuery(origin=origin, query_id="1", words=words))
    assert isinstance(answer, InlineAnswer)
    return answer.to_bot_api()


@pytest.mark.parametrize("setup", SETUPS, ids=str)
async def test_queries_are_answered(setup: DriverSetup, emulator: EmulatorClient, archive: Bot) -> None:
    ann = await emulator.create_user("Ann", language="en")
    rate_limiter = UnlimitedRateLimiter()
    async with setup.running(emulator, archive.handle_event, rate_limiter):
        for words in WORDS:
            results = await ann.send_inline_query(words, timeout=TIMEOUT_SECONDS)
            expected = await reference(archive, words, User(ann.id, "Ann", "en"))
            assert results == expected["results"]
            (detail,) = [entry.detail or {} for entry in await emulator.log() if entry.kind == "inline_answer"][-1:]
            assert (detail["next_offset"], detail["is_personal"]) == (expected["next_offset"], True)
            assert detail["button"] == expected.get("button")
    assert rate_limiter.permitted == []
    assert await ann.drain_messages() == []


@pytest.mark.parametrize("words", WORDS)
async def test_terminal_shows_the_same(archive: Bot, words: str) -> None:
    user, shown = User(7, "Ann", "en"), list[Action]()
    terminal = Terminal(archive.handle_event, lambda _number, action: shown.append(action), user)
    await terminal.query_inline(words)
    (answer,) = shown
    assert isinstance(answer, InlineAnswer)
    assert answer.to_bot_api()["results"] == (await reference(archive, words, user))["results"]


@pytest.mark.parametrize("driver_name", DRIVERS)
async def test_sign_in_tells_whether_inline_mode_is_on(driver_name: str, emulator: EmulatorClient) -> None:
    async with signed_in(driver_name, emulator) as driver:
        assert driver.supports_inline_queries
