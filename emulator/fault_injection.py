"""Apply a fault rule to a call: replace, delay, truncate or drop its response.

The log entries of a call whose response never arrives completely are marked: the chat received the message, the bot was
not told.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from aiohttp import web

from emulator.api_response import ApiResponse, error_response
from emulator.faults import FaultRule
from emulator.log import EventRecord

BAD_GATEWAY_HTML = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
ANSWER_LOST_KINDS = frozenset({"drop", "hang", "cut", "html502", "json500"})
SLOW_CHUNKS = 10
DISCONNECT_CHECK_SECONDS = 0.1


class ConnectionRefuser(Protocol):
    """Server whose connections a fault can refuse."""

    async def refuse_connections(self, seconds: float) -> None:
        """Close the Bot API's port for `seconds`."""


class FaultInjector:
    """Injector of fault rules into responses."""

    def __init__(self, server: ConnectionRefuser) -> None:
        self._server = server

    def error_without_execution(self, fault: FaultRule) -> ApiResponse:
        """Return the response of a call that is not executed."""
        if fault.kind == "flood":
            parameters = {"retry_after": fault.retry_after}
            return error_response(429, f"Too Many Requests: retry after {fault.retry_after}", parameters)
        if fault.kind == "error":
            return error_response(fault.error_code, fault.description, fault.parameters)
        return error_response(500, "Internal Server Error", {})

    def replace_response(self, fault: FaultRule, response: ApiResponse) -> ApiResponse:
        """Return the error page that replaces the response, or the response itself."""
        if fault.kind == "html502":
            return ApiResponse(
                status=502, body=BAD_GATEWAY_HTML, description="502 Bad Gateway", content_type="text/html"
            )
        if fault.kind == "json500":
            return error_response(500, "Internal Server Error", {})
        return response

    async def send(
        self, request: web.Request, fault: FaultRule, response: ApiResponse, entries: Iterable[EventRecord]
    ) -> web.StreamResponse:
        """Send the response as the fault rule says. `entries`: log entries the call caused."""
        if fault.kind in ANSWER_LOST_KINDS:
            for entry in entries:
                entry.answered = False
        match fault.kind:
            case "refuse":
                await self._server.refuse_connections(fault.seconds)
                return response.to_web_response()
            case "reset" | "drop" | "hang":
                await _wait_without_answering(request, fault)
                return _abort_connection(request, response)
            case "cut":
                return await _send_first_half(request, response)
            case "slow":
                return await _send_slowly(request, response, fault.seconds)
            case "delay" | "flood" | "error":
                await asyncio.sleep(fault.seconds)
        return response.to_web_response()


async def _wait_without_answering(request: web.Request, fault: FaultRule) -> None:
    """Wait for the rule's duration; a hang without duration lasts until the client disconnects."""
    await asyncio.sleep(0 if fault.kind == "reset" else fault.seconds)
    while fault.kind == "hang" and fault.seconds <= 0 and request.transport is not None:  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(DISCONNECT_CHECK_SECONDS)


def _abort_connection(request: web.Request, response: ApiResponse) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return response.to_web_response()


async def _start_response(request: web.Request, api_response: ApiResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=api_response.status, headers=api_response.headers or None)
    response.content_type = api_response.content_type
    response.content_length = len(api_response.body)
    await response.prepare(request)
    return response


async def _send_first_half(request: web.Request, api_response: ApiResponse) -> web.StreamResponse:
    response = await _start_response(request, api_response)
    await response.write(api_response.body[: len(api_response.body) // 2])
    if request.transport is not None:
        request.transport.close()  # unlike abort(), sends what is buffered
    return response


async def _send_slowly(request: web.Request, api_response: ApiResponse, seconds: float) -> web.StreamResponse:
    response = await _start_response(request, api_response)
    size = max(1, len(api_response.body) // SLOW_CHUNKS)
    for start in range(0, len(api_response.body), size):
        await response.write(api_response.body[start : start + size])
        await asyncio.sleep(seconds / SLOW_CHUNKS)
    await response.write_eof()
    return response
