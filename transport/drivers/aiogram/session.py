"""Call the Bot API through aiogram, over the drivers' common session."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, TypeVar, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod

from transport.driver import ApiCallFailed
from transport.drivers.api_session import SENDING_METHODS, ApiSession, CallFailed
from transport.multipart import File

Result = TypeVar("Result")


class CheckedSession(BaseSession):
    """aiogram's interface for HTTP clients. Methods that carry an action out return True, whatever their type says."""

    def __init__(self, api: ApiSession) -> None:
        super().__init__()
        self._api = api

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Result],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> Result:
        files: dict[str, Any] = {}
        parameters = self._parameters(bot, method, files)
        uploads = {name: File(file.filename, file.data) for name, file in files.items()}
        result = await self._api.call(method.__api_method__, parameters, files=uploads, read_seconds=timeout)
        if method.__api_method__ in SENDING_METHODS:
            return cast("Result", True)
        content = b'{"ok":true,"result":%b}' % result
        response = self.check_response(bot, method, status_code=200, content=content.decode())
        return cast("Result", response.result)

    async def close(self) -> None:
        self._api.close()

    def stream_content(self, *_args: Any, **_kwargs: Any) -> AsyncGenerator[bytes, None]:
        raise NotImplementedError("the bot downloads no files")

    def _parameters(self, bot: Bot, method: TelegramMethod[Any], files: dict[str, Any]) -> dict[str, str]:
        """Return the parameters in JSON, and add the files that they attach, which are in memory."""
        prepared = {
            name: self.prepare_value(value, bot=bot, files=files)
            for name, value in method.model_dump(warnings=False).items()
        }
        return {name: value for name, value in prepared.items() if value}


async def call(bot: Bot, method: TelegramMethod[Result], read_seconds: int | None = None) -> Result:
    """Call a method that sends no message. Raises ApiCallFailed and AccessRefused."""
    try:
        return await bot(method, request_timeout=read_seconds)
    except CallFailed as failure:
        raise failure.translate() from None
    except Exception as error:  # noqa: BLE001 - aiogram may raise anything at a result that it cannot decode
        raise ApiCallFailed(f"aiogram cannot decode the result: {type(error).__name__}") from None
