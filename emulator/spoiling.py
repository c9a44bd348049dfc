"""A finished answer and the fault that struck -> what the client gets of it.

The log lines of a call whose answer never arrives whole are marked: the chat received it, the bot was not told.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from aiohttp import web

from emulator.faults import Fault
from emulator.log import LogEntry

HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
UNTOLD = frozenset({"drop", "hang", "cut", "html502", "json500"})
SLOW_PIECES = 10
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body; `description` is that of an error."""

    status: int
    body: bytes
    description: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def response(self) -> web.Response:
        return web.Response(
            body=self.body, status=self.status, content_type=self.content_type, headers=self.headers or None
        )


def error_answer(code: int, description: str, parameters: dict[str, Any]) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    wait = parameters.get("retry_after")
    return Answer(code, msgspec.json.encode(body), description, {} if wait is None else {"Retry-After": str(wait)})


class Listener(Protocol):
    """What a refusal needs of the server."""

    async def refuse(self, seconds: float) -> None:
        """Close the port for so long."""


class Spoiler:
    """Applies one fault to one answer."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def refusal(self, fault: Fault) -> Answer:
        """The answer of a call that is not carried out."""
        if fault.kind == "flood":
            parameters = {"retry_after": fault.retry_after}
            return error_answer(429, f"Too Many Requests: retry after {fault.retry_after}", parameters)
        if fault.kind == "error":
            return error_answer(fault.error_code, fault.description, fault.parameters)
        return error_answer(500, "Internal Server Error", {})

    def replaced(self, fault: Fault, answer: Answer) -> Answer:
        """Another page in place of the answer, for the kinds that send one."""
        if fault.kind == "html502":
            return Answer(502, HTML_502, "502 Bad Gateway", content_type="text/html")
        if fault.kind == "json500":
            return error_answer(500, "Internal Server Error", {})
        return answer

    async def send(
        self, request: web.Request, fault: Fault, answer: Answer, effects: Iterable[LogEntry]
    ) -> web.StreamResponse:
        """Answer the way the fault says."""
        if fault.kind in UNTOLD:
            for entry in effects:
                entry.answered = False
        match fault.kind:
            case "refuse":
                await self._listener.refuse(fault.seconds)
                return answer.response()
            case "reset" | "drop" | "hang":
                await _keep_silent(request, fault)
                return _cut(request, answer)
            case "cut":
                return await _half(request, answer)
            case "slow":
                return await _trickle(request, answer, fault.seconds)
            case "delay" | "flood" | "error":
                await asyncio.sleep(fault.seconds)
        return answer.response()


async def _keep_silent(request: web.Request, fault: Fault) -> None:
    """For the fault's time; a hang without one lasts until the client has left."""
    await asyncio.sleep(0 if fault.kind == "reset" else fault.seconds)
    while fault.kind == "hang" and fault.seconds <= 0 and request.transport is not None:  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(LOOK_SECONDS)


def _cut(request: web.Request, answer: Answer) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return answer.response()


async def _begin(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers or None)
    response.content_type = answer.content_type
    response.content_length = len(answer.body)
    await response.prepare(request)
    return response


async def _half(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = await _begin(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()  # what was written still goes out
    return response


async def _trickle(request: web.Request, answer: Answer, seconds: float) -> web.StreamResponse:
    response = await _begin(request, answer)
    size = max(1, len(answer.body) // SLOW_PIECES)
    for start in range(0, len(answer.body), size):
        await response.write(answer.body[start : start + size])
        await asyncio.sleep(seconds / SLOW_PIECES)
    await response.write_eof()
    return response
