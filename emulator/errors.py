"""What goes wrong in a Bot API call -> an exception that carries the answer Telegram would give.

ApiError
├── BadRequest     400
├── Unauthorized   401
├── Forbidden      403
├── NotFound       404
├── Conflict       409
└── TooMany        429, with parameters.retry_after
"""

from collections.abc import Mapping


class ApiError(Exception):
    """An answer with "ok": false. `code` is the HTTP status too; `parameters` may be empty."""

    code = 400
    prefix = "Bad Request"

    def __init__(self, reason: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(f"{self.prefix}: {reason}" if reason else self.prefix)
        self.parameters = dict(parameters or {})

    @property
    def description(self) -> str:
        return str(self.args[0])


class BadRequest(ApiError):
    """The request cannot be understood or carried out as it is."""


class Unauthorized(ApiError):
    """The token is not that of the bot."""

    code, prefix = 401, "Unauthorized"


class Forbidden(ApiError):
    """The bot may not write there."""

    code, prefix = 403, "Forbidden"


class NotFound(ApiError):
    """No such method or file."""

    code, prefix = 404, "Not Found"


class Conflict(ApiError):
    """Two ways of getting updates at once."""

    code, prefix = 409, "Conflict"


class TooMany(ApiError):
    """A limit is exceeded; `retry_after` in whole seconds."""

    code, prefix = 429, "Too Many Requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after}", {"retry_after": retry_after})
