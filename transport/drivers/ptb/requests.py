"""HTTP requests of python-telegram-bot: timeouts, polls without decoding, translated exceptions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from transport.driver import ApiCallFailed
from transport.drivers.ptb.errors import translate_call_error

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0

RAW_UPDATE = "raw_update"
"""Key of a polled update's JSON in the `api_kwargs` of the framework's object."""

Result = TypeVar("Result")


class RawPollRequest(HTTPXRequest):
    """getUpdates whose updates keep their JSON in `api_kwargs` undecoded; the framework itself decodes all or none."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        response = HTTPXRequest.parse_json_payload(payload)
        if isinstance(response.get("result"), list):
            response["result"] = [{"update_id": 0, RAW_UPDATE: update} for update in response["result"]]
        return response


def create_request(kind: type[HTTPXRequest] = HTTPXRequest, *, connections: int) -> HTTPXRequest:
    """Return a pool of at most `connections` connections that ignores proxy settings in the environment."""
    return kind(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        httpx_kwargs={"trust_env": False},  # like aiogram and our own client
    )


async def call(request: Awaitable[Result]) -> Result:
    """Await a call that sends no message. Raises ApiCallFailed and TokenRefused."""
    try:
        return await request
    except TelegramError as error:
        raise translate_call_error(error) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # the framework does not validate responses
        raise ApiCallFailed(f"the response is not the Bot API's: {type(error).__name__}") from error
