"""Wait until what a test reads is all that the test asserts of it.

A card, a report or a check passes through several states, and one of them may show a part of what is expected. So a
test names everything that it expects in one condition, and asserts nothing of the result that may come a moment later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any, TypeVar

import aiohttp

from emulator.client import EmulatedChat, LogEntry, Message

PATIENCE = 120.0
"""Seconds after which a test gives up waiting: too long for anything but a hang, also on a machine with other work."""

INTERVAL_SECONDS = 0.02

Value = TypeVar("Value")


async def wait_until(
    read: Callable[[], Awaitable[Value]], holds: Callable[[Value], object], *, within: float = PATIENCE
) -> Value:
    """Read until a condition holds for what was read; return that. Fails with what was read last."""
    value = await read()
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not holds(value):
                await asyncio.sleep(INTERVAL_SECONDS)
                value = await read()
    assert holds(value), f"after {within:g} s there is still {value!r}"
    return value


async def wait_until_shown(
    chat: EmulatedChat,
    *parts: str,
    message: Message | None = None,
    without: Collection[str] = (),
    buttons: list[list[str]] | None = None,
) -> Message:
    """Wait until a message of a chat shows everything that is expected at once; return it as it was then.

    Args:
        parts: Texts that it contains.
        message: The message as it was before; any message of the bot by default.
        without: Texts that it does not contain.
        buttons: The labels of its keyboard, row by row; anything by default.
    """

    def is_complete(entry: LogEntry) -> bool:
        shown = entry.message
        if shown is None or not shown.from_bot or (message is not None and shown.message_id != message.message_id):
            return False
        has_texts = all(part in shown.text for part in parts) and not any(part in shown.text for part in without)
        return has_texts and (buttons is None or shown.buttons == buttons)

    entry = await chat.emulator.wait_for_log_entry(is_complete, chat=chat.id, timeout=PATIENCE)
    assert entry.message is not None
    return entry.message


async def wait_for_checks(port: int, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Return the failing checks of /health as soon as they are as expected; any answer that names one is a 503."""

    async def read() -> dict[str, Any]:
        try:
            async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                body: dict[str, Any] = await answer.json()
        except aiohttp.ClientConnectorError:
            return {"health": "does not listen"}
        assert answer.status == (503 if body["checks"] else 200)
        assert body["status"] == ("unhealthy" if body["checks"] else "healthy")
        checks: dict[str, Any] = body["checks"]
        return checks

    async with aiohttp.ClientSession() as session:
        return await wait_until(read, holds)
