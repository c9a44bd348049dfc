"""Call the Bot API through aiogram, and close its HTTP session without a pause."""

from __future__ import annotations

from typing import TypeVar

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import AiogramError
from aiogram.methods import TelegramMethod

from transport.drivers.aiogram.errors import translate_call_error

Result = TypeVar("Result")


class NoSleepSession(AiohttpSession):
    """aiogram's session, closed without the 0.25 s that aiogram sleeps afterwards.

    The sleep works around aio-libs/aiohttp#1925, which aiohttp 3.12.4 fixed. Delete this class when aiogram drops it.
    """

    opened: aiohttp.ClientSession | None = None

    async def create_session(self) -> aiohttp.ClientSession:
        self.opened = await super().create_session()
        return self.opened

    async def close(self) -> None:
        if self.opened is not None:
            await self.opened.close()


async def call(bot: Bot, method: TelegramMethod[Result], request_timeout: int | None = None) -> Result:
    """Call a method that sends no message. Raises ApiCallFailed and TokenRefused."""
    try:
        return await bot(method, request_timeout=request_timeout)
    except AiogramError as error:
        raise translate_call_error(error) from None
