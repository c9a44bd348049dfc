"""Exceptions that carry the error answer Telegram gives to a Bot API call.

ApiError
├── BadRequest     400
├── LoggedOut      400
├── Unauthorized   401
├── Forbidden      403
├── NotFound       404
├── Conflict       409
└── TooManyRequests 429, with parameters.retry_after
"""

from collections.abc import Mapping


class ApiError(Exception):
    """Answer with "ok": false. `code` is also the HTTP status; `parameters` may be empty."""

    code = 400
    prefix = "Bad Request"

    def __init__(self, reason: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(f"{self.prefix}: {reason}" if reason else self.prefix)
        self.parameters = dict(parameters or {})

    @property
    def description(self) -> str:
        return str(self.args[0])


class BadRequest(ApiError):
    """The request is malformed or cannot be executed."""


class LoggedOut(ApiError):
    """The bot was logged out of this server by logOut."""

    prefix = "Logged out"


class Unauthorized(ApiError):
    """The token is not the bot's token."""

    code, prefix = 401, "Unauthorized"


class Forbidden(ApiError):
    """The bot has no access to the chat."""

    code, prefix = 403, "Forbidden"


class NotFound(ApiError):
    """The method or file does not exist."""

    code, prefix = 404, "Not Found"


class Conflict(ApiError):
    """Another poller or a webhook receives the updates."""

    code, prefix = 409, "Conflict"


class TooManyRequests(ApiError):
    """A flood limit is exceeded; `retry_after` is in whole seconds."""

    code, prefix = 429, "Too Many Requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after}", {"retry_after": retry_after})
