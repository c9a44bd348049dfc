"""HTTP responses of the Bot API."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from emulator.errors import ApiError


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """HTTP response of the Bot API. `description`: that of an error, for the call log."""

    status: int
    body: bytes
    description: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def to_web_response(self) -> web.Response:
        return web.Response(
            body=self.body, status=self.status, content_type=self.content_type, headers=self.headers or None
        )


def error_response(code: int, description: str, parameters: dict[str, Any]) -> ApiResponse:
    """Return an error response; a `retry_after` parameter also becomes a header."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    wait = parameters.get("retry_after")
    return ApiResponse(
        status=code,
        body=msgspec.json.encode(body),
        description=description,
        headers={} if wait is None else {"Retry-After": str(wait)},
    )


def error_response_for(error: ApiError) -> ApiResponse:
    """Return the response Telegram gives for the error."""
    return error_response(error.code, error.description, error.parameters)
