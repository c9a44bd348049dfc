"""Call the Bot API through python-telegram-bot, over the drivers' common session."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram.request import BaseRequest, RequestData

from transport.bot_api_client import READ_SECONDS
from transport.driver import ApiCallFailed
from transport.drivers.api_session import ApiSession, CallFailed
from transport.multipart import File

Result = TypeVar("Result")


class CheckedRequest(BaseRequest):
    """The framework's interface for HTTP clients. The results of methods that carry an action out are placeholders."""

    def __init__(self, api: ApiSession) -> None:
        self._api = api

    @property
    def read_timeout(self) -> float | None:
        return READ_SECONDS

    async def initialize(self) -> None:
        await self._api.open()

    async def shutdown(self) -> None:
        self._api.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        *_timeouts: Any,
        **_more_timeouts: Any,
    ) -> tuple[int, bytes]:
        parameters = request_data.json_parameters if request_data else {}
        seconds = read_timeout if isinstance(read_timeout, int | float) else None
        uploads = request_data.multipart_data if request_data else {}
        files = {
            name: File(file_name, content if isinstance(content, bytes) else content.read())
            for name, (file_name, content, _type) in uploads.items()
        }
        result = await self._api.call(url.rpartition("/")[2], parameters, files=files, read_seconds=seconds)
        return 200, b'{"ok":true,"result":%b}' % result


async def call(request: Awaitable[Result]) -> Result:
    """Await a call that sends no message. Raises ApiCallFailed and AccessRefused."""
    try:
        return await request
    except Exception as error:  # noqa: BLE001 - the framework does not validate results and may raise anything
        failure = failed_call(error)
        if failure is not None:
            raise failure.translate() from None
        raise ApiCallFailed(f"python-telegram-bot cannot decode the result: {type(error).__name__}") from None


def failed_call(error: Exception) -> CallFailed | None:
    """Return the failure that the framework has wrapped into an exception of its own, or None."""
    return error.__cause__ if isinstance(error.__cause__, CallFailed) else None
