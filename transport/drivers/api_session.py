"""Bot API calls of the drivers: parameters -> HTTP -> checked result, so that no framework reads unchecked answers.

call: a question to Telegram, whose result the framework decodes        send: something for a chat
poll: getUpdates, each update still encoded

Both frameworks have an interface for sessions of others; each driver's session is a thin layer over this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec

from domain.chat.action import Action, CallMethod, Send, SendChart
from domain.delivery.outcome import Sent
from transport.bot_api_client import JSON, BotApiClient
from transport.driver import (
    ALLOWED_UPDATES,
    AccessRefused,
    ApiCallFailed,
    LoggedOut,
    ServerRefused,
    TelegramUnreachable,
    TokenRefused,
    polling_conflict,
)
from transport.drivers.ephemeral_messages import EphemeralMessages
from transport.multipart import File, encode_form
from transport.proxy import Proxy
from transport.responses import (
    INVALID_JSON,
    LOGGED_OUT,
    ApiError,
    ForeignResponse,
    Id,
    Response,
    TransportResult,
    outcome_of_result,
    read_response,
)

MAX_POLL_BYTES = 16 << 20
"""Limit for the answer to a poll: a hundred updates of the longest messages have about half of it."""

SENDING_METHODS = (
    "sendMessage",
    "sendRichMessage",
    "sendDocument",
    "sendPhoto",
    "editMessageMedia",
    "editMessageText",
    "answerCallbackQuery",
)
"""Methods that carry an action out; of their results only success or failure counts."""

TOKEN_CHECK_WAIT_SECONDS = 1.0
"""Wait before getMe is asked whether the token is really refused: a broken proxy may have answered once."""

Username = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_]{1,64}$")]


FilePath = Annotated[str, msgspec.Meta(pattern=r"^(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9_./-]{0,255}$")]
"""A path below the address of files; a server in local mode names one on its own disk, which begins with a slash."""


class CallFailed(Exception):
    """A call failed; `result` is what the network answered. The message quotes nothing of it.

    `is_token_known` tells that getMe did not confirm a refusal of the token.
    """

    def __init__(self, result: TransportResult, *, is_token_known: bool = False) -> None:
        super().__init__(type(result).__name__)
        self.result = result
        self.is_token_known = is_token_known

    def translate(self) -> ApiCallFailed | AccessRefused:
        """Return the exception for the callers of a driver."""
        if self.is_token_known:
            return ApiCallFailed("one answer refused the token, and getMe does not confirm it")
        if not isinstance(self.result, Response):
            return TelegramUnreachable(self.result.reason)
        try:
            answer = read_response(self.result)
        except ForeignResponse as error:
            return TelegramUnreachable(str(error))
        return _translate_error(answer) if isinstance(answer, ApiError) else _unexpected_result()


class _BotUser(msgspec.Struct):
    id: Id
    username: Username
    first_name: str = ""
    is_bot: bool = True
    supports_inline_queries: bool = False


class _WebhookInfo(msgspec.Struct):
    url: str
    pending_update_count: Annotated[int, msgspec.Meta(ge=0, le=2**52)]
    has_custom_certificate: bool = False
    last_error_message: str | None = None


class _ChatMember(msgspec.Struct):
    status: str


class _StarAmount(msgspec.Struct):
    amount: Annotated[int, msgspec.Meta(ge=-(2**52), le=2**52)]


class _File(msgspec.Struct):
    file_path: FilePath


class _Description(msgspec.Struct):
    description: str


class _ShortDescription(msgspec.Struct):
    short_description: str


RESULT_TYPES: Mapping[str, type] = {
    "getMe": _BotUser,
    "getFile": _File,
    "getWebhookInfo": _WebhookInfo,
    "getChatMember": _ChatMember,
    "getMyStarBalance": _StarAmount,
    "getMyDescription": _Description,
    "getMyShortDescription": _ShortDescription,
}
"""What the bot needs of a method's result; the results of the others are true."""


class ApiSession:
    """Calls of one bot. Polls have a connection of their own, so replies that hang do not delay them."""

    def __init__(self, api_url: str, token: str, proxy: Proxy | None = None) -> None:
        self._client = BotApiClient(api_url, token, proxy=proxy)
        self._poll_client = BotApiClient(api_url, token, proxy=proxy, connections=1)
        self.ephemeral_messages = EphemeralMessages(self._client)

    async def open(self) -> None:
        """Allow calls; do nothing if the session is open."""
        await self._client.open()
        await self._poll_client.open()

    def close(self) -> None:
        self._client.close()
        self._poll_client.close()

    async def call(
        self,
        method: str,
        parameters: Mapping[str, str],
        *,
        files: Mapping[str, File] | None = None,
        read_seconds: float | None = None,
    ) -> bytes:
        """Return the JSON of a method's result, which may get files by their names in a form. Raises CallFailed."""
        content_type, body = encode_form(parameters, files) if files else (JSON, msgspec.json.encode(parameters))
        result = await self._client.call(method, body, read_seconds=read_seconds, content_type=content_type)
        if method not in SENDING_METHODS:
            try:
                return _check_result(method, result)
            except CallFailed as failure:
                raise await self._with_token_checked(method, failure) from None
        if not isinstance(outcome_of_result(result), Sent):
            raise CallFailed(result)
        return b"true"

    async def call_ready(self, action: CallMethod | SendChart) -> Sent:
        """Make a ready call that sends something; no framework has to know the method. Raises CallFailed."""
        if isinstance(action, SendChart):
            await self._send_chart(action)
            return Sent(0)
        body = msgspec.json.encode({"chat_id": action.chat_id, **action.parameters})
        result = await self._client.call(action.method, body)
        outcome = outcome_of_result(result)
        if not isinstance(outcome, Sent):
            raise CallFailed(result)
        return outcome

    async def _send_chart(self, action: SendChart) -> None:
        """Upload a picture: values other than texts are JSON in a form."""
        parameters = {
            name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in action.to_bot_api("picture").items()
        }
        await self.call(action.method, parameters, files={"picture": File("figures.png", action.picture)})

    async def fetch_file(self, file_id: str, max_bytes: int) -> bytes:
        """Download a file that somebody sent, up to a limit in bytes. Raises ApiCallFailed and AccessRefused."""
        try:
            found = msgspec.json.decode(await self.call("getFile", {"file_id": file_id}), type=_File)
        except CallFailed as failure:
            raise failure.translate() from None
        result = await self._client.download(found.file_path, max_bytes=max_bytes)
        if not isinstance(result, Response):
            raise TelegramUnreachable(result.reason)
        if result.status != HTTPStatus.OK or len(result.body) > max_bytes:
            raise ApiCallFailed(f"the file was answered by status {result.status} and {len(result.body)} bytes")
        return result.body

    async def poll(self, offset: int | None, poll_seconds: int, grace_seconds: int) -> list[msgspec.Raw]:
        """Return the next updates; Telegram may hold the call open for `poll_seconds`.

        Raises ApiCallFailed and AccessRefused.
        """
        parameters = {"timeout": poll_seconds, "allowed_updates": ALLOWED_UPDATES}
        body = msgspec.json.encode(parameters if offset is None else parameters | {"offset": offset})
        result = await self._poll_client.call(
            "getUpdates", body, read_seconds=poll_seconds + grace_seconds, max_response_bytes=MAX_POLL_BYTES
        )
        try:
            return msgspec.json.decode(read_result(result), type=list[msgspec.Raw])
        except CallFailed as failure:
            raise (await self._with_token_checked("getUpdates", failure)).translate() from None
        except INVALID_JSON:
            raise _unexpected_result() from None

    async def _with_token_checked(self, method: str, failure: CallFailed) -> CallFailed:
        """Return a method's failure; ask getMe before its refusal of the token is believed."""
        if method == "getMe" or not isinstance(failure.translate(), TokenRefused):
            return failure
        await asyncio.sleep(TOKEN_CHECK_WAIT_SECONDS)
        check = CallFailed(await self._client.call("getMe", b"{}"))
        return CallFailed(failure.result, is_token_known=not isinstance(check.translate(), TokenRefused))


def ready_card(action: Action) -> CallMethod | None:
    """Return the ready call for the card of a run, whose number its answer tells; None for other actions."""
    if not isinstance(action, Send) or action.card_of is None:
        return None
    topic = {} if action.topic_id is None else {"message_thread_id": action.topic_id}
    return CallMethod(action.chat_id, "sendMessage", topic | action.message.to_bot_api())


def read_result(result: TransportResult) -> msgspec.Raw:
    """Return the result that an answer contains. Raises CallFailed if there is no such answer."""
    try:
        answer = read_response(result) if isinstance(result, Response) else None
    except ForeignResponse:
        answer = None
    if answer is None or isinstance(answer, ApiError):
        raise CallFailed(result)
    return answer.json


def _check_result(method: str, result: TransportResult) -> bytes:
    raw = read_result(result)
    expected = RESULT_TYPES.get(method)
    try:
        checked = None if expected is None else msgspec.json.decode(raw, type=expected)
    except INVALID_JSON:
        raise CallFailed(result) from None
    if expected is None and bytes(raw) != b"true":
        raise CallFailed(result)
    return msgspec.json.encode(checked) if method in ("getMe", "getMyStarBalance") else bytes(raw)


def _translate_error(error: ApiError) -> ApiCallFailed | AccessRefused:
    if error.description == LOGGED_OUT:
        return LoggedOut()
    match error.code:
        case 401 if "api-id" in error.description:
            return ServerRefused(error.description)
        case 401 | 404:
            return TokenRefused()
        case 421:
            return ServerRefused(error.description)
        case 409:
            return polling_conflict(error.description)
        case 429:
            return ApiCallFailed("too many requests", error.retry_after)
        case _:
            return ApiCallFailed(error.description)


def _unexpected_result() -> ApiCallFailed:
    return ApiCallFailed("the result is not the Bot API's")
