"""HTTP requests of python-telegram-bot: timeouts, tolerant decoding of polls, translated exceptions."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from telegram import Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from transport.driver import ApiCallFailed
from transport.drivers.ptb.errors import translate_call_error
from transport.update_decoding import decode_update

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0

Result = TypeVar("Result")


class TolerantPollRequest(HTTPXRequest):
    """getUpdates whose undecodable updates keep their id only; the framework itself decodes all or none."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        response = HTTPXRequest.parse_json_payload(payload)
        if isinstance(response.get("result"), list):
            response["result"] = [decode_update(update, _check_decodable) for update in response["result"]]
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


def _check_decodable(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the update unchanged if the framework can decode it; else raise what the framework raises."""
    Update.de_json(dict(update), None)
    return update
