"""Map the result of an HTTP call to an outcome: the only place that knows what the Bot API's answers mean.

result of the call (Response, NotSent or NoResponse) -> outcome: sent, retry, rate limited, chat unavailable, ...

The descriptions matched below come from the source of the Bot API server; the docs do not list them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    Outcome,
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    RichRefused,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.subscription.subscriber import LeftReason, RichRefusal


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP response; `retry_after` and `date` are its headers, if any."""

    status: int
    body: bytes
    retry_after: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so nothing of the request was sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request was sent, or part of it, but no complete response came."""

    reason: str


TransportResult = Response | NotSent | NoResponse

RICH_METHOD = "sendRichMessage"
"""The method whose refused content can still be sent as another kind of message."""

DEFAULT_RETRY_AFTER_SECONDS = 5.0
"""The wait after a 429 that does not say how long, or nothing that can be believed."""

MAX_RETRY_AFTER_SECONDS = 14 * 86_400.0
"""The longest wait that is believed; the Bot API server's own library waits no longer (tdlib, NetQueryDelayer)."""

MAX_DESCRIPTION_CHARACTERS = 200

LOGGED_OUT = "Logged out"
"""Description of every error after a call of logOut; its code is 400."""

Id = Annotated[int, msgspec.Meta(ge=-(2**52), le=2**52)]
"""An identifier: the Bot API promises at most 52 significant bits."""

CHAT_UNAVAILABLE_REASONS = (
    ("bot was blocked by the user", LeftReason.BLOCKED),
    ("user is deactivated", LeftReason.ACCOUNT_DELETED),
    ("bot can't initiate conversation", LeftReason.NEVER_STARTED),
    ("bot was kicked", LeftReason.KICKED),
    ("bot is not a member", LeftReason.NOT_A_MEMBER),
    ("group chat was deleted", LeftReason.CHAT_DELETED),
    ("chat not found", LeftReason.CHAT_NOT_FOUND),
    ("PEER_ID_INVALID", LeftReason.CHAT_NOT_FOUND),
    ("USER_IS_BLOCKED", LeftReason.BLOCKED),
)
"""Parts of descriptions that say a chat is gone, with the reason that is stored for the subscriber."""

TOPIC_UNAVAILABLE = ("TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found")
"""Parts of descriptions that say a forum topic is closed or gone."""

NOT_ALLOWED = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "CHAT_WRITE_FORBIDDEN",
    "CHAT_RESTRICTED",
    "CHAT_SEND_PLAIN_FORBIDDEN",
    "ALLOW_PAYMENT_REQUIRED",
)
"""Parts of descriptions that say the bot may not write in a chat, whatever the message."""

PAYMENT_REFUSED = ("BALANCE_TOO_LOW", "PAYMENT_", "PAID_", "STARS_", "FLOODSKIP", "paid broadcast", "not enough stars")
"""Parts of descriptions that say the bot cannot pay for a paid broadcast.

Only the first is documented (MTProto, messages.sendMessage); the others are what such codes are made of.
"""


CHANGED_ALREADY = (
    "message is not modified",
    "message to delete not found",
    "message to unpin not found",
    "CHAT_NOT_MODIFIED",
)
"""Parts of descriptions that say an edit, a deletion or a pin had been carried out before."""

MESSAGE_GONE = ("message to edit not found", "message to pin not found", "MESSAGE_ID_INVALID")
"""Parts of descriptions that say there is no message to be edited or pinned."""

DELETION_REFUSED = ("message can't be deleted", "MESSAGE_DELETE_FORBIDDEN")
"""Parts of descriptions that say Telegram does not delete a message, for its age or otherwise."""

RICH_NOT_ALLOWED = ("SEND_RICH", "rich message", "RICH_MESSAGE_UNSUPPORTED", "RICH_MESSAGE_NOT_SUPPORTED")
"""Parts of descriptions that say a chat takes no rich messages."""

FILE_REFUSED = ("file identifier", "FILE_ID_INVALID", "FILE_REFERENCE", "MEDIA_EMPTY", "PHOTO_INVALID", "FILE_PART")
"""Parts of descriptions that say a file id names no file of this bot."""

PICTURE_REFUSED = (
    "HTTP URL",
    "wrong type of the web page content",
    "WEBPAGE_",
    "IMAGE_PROCESS_FAILED",
    "PHOTO_",
    "MEDIA_INVALID",
    "MEDIA_EMPTY",
    "send photos",
    "SEND_PHOTOS",
    "SEND_MEDIA",
)
"""Parts of descriptions that say a picture cannot be fetched, or may not be sent to a chat."""


@dataclass(frozen=True, slots=True)
class ApiResult:
    """The Bot API's answer to a call that succeeded: the JSON of its result."""

    json: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """The Bot API's answer to a call that it refused; `description` has no quotations and is safe to log."""

    code: int
    description: str
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class ForeignResponse(ValueError):
    """A response is not the Bot API's, but a proxy's, a provider's or another server's; its text is not quoted."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status} with an answer that is not the Bot API's")


class _ApiResponse(msgspec.Struct):
    ok: bool
    result: msgspec.Raw = msgspec.Raw()
    error_code: int = 0
    description: str = ""
    parameters: msgspec.Raw = msgspec.Raw()


class _RetryAfter(msgspec.Struct):
    retry_after: Annotated[float, msgspec.Meta(gt=0, le=MAX_RETRY_AFTER_SECONDS)] | None = None


class _Migration(msgspec.Struct):
    migrate_to_chat_id: Annotated[int, msgspec.Meta(ge=-(2**52), lt=0)] | None = None


class _Result(msgspec.Struct):
    message_id: Annotated[int, msgspec.Meta(ge=0, le=2**52)]


class _SentResponse(msgspec.Struct):
    """The part of a successful response that is needed; decoding no more saves time."""

    ok: bool
    result: _Result


class _PhotoSize(msgspec.Struct):
    file_id: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class _Photo(msgspec.Struct):
    photo: Annotated[list[_PhotoSize], msgspec.Meta(min_length=1)]


class _PhotoResponse(msgspec.Struct):
    result: _Photo


class _AlbumResponse(msgspec.Struct):
    ok: bool
    result: Annotated[list[_Result], msgspec.Meta(min_length=1)]


_decode_photo = msgspec.json.Decoder(_PhotoResponse).decode
_decode_album = msgspec.json.Decoder(_AlbumResponse).decode
_decode_sent = msgspec.json.Decoder(_SentResponse).decode
_decode_response = msgspec.json.Decoder(_ApiResponse).decode
_decode_retry_after = msgspec.json.Decoder(_RetryAfter).decode
_decode_migration = msgspec.json.Decoder(_Migration).decode

INVALID_JSON = (ValueError, RecursionError)
"""What msgspec raises for bytes that are no JSON of the expected type; its own errors are ValueErrors."""


def read_response(response: Response) -> ApiResult | ApiError:
    """Return the Bot API's answer. Raises ForeignResponse if the response is not the Bot API's."""
    try:
        decoded = _decode_response(response.body)
    except INVALID_JSON:
        raise ForeignResponse(response.status) from None
    if decoded.ok:
        if response.status == 200 and bytes(decoded.result) not in (b"", b"null"):
            return ApiResult(decoded.result)
        raise ForeignResponse(response.status)
    code, description = decoded.error_code, _safe_description(decoded.description)
    if code < 400 or code != response.status or description is None:
        raise ForeignResponse(response.status)
    return ApiError(
        code=code,
        description=description,
        retry_after=_retry_after(decoded.parameters, response) if code == 429 else None,
        migrate_to_chat_id=_migrate_to_chat_id(decoded.parameters),
    )


def outcome_of_result(result: TransportResult) -> Outcome:
    """Return what became of the message."""
    match result:
        case Response(status=200):
            return _outcome_of_success(result)
        case Response():
            return _outcome_of_response(result)
        case NotSent(reason):
            return Retry(reason)
        case NoResponse(reason):
            return Unconfirmed(reason)


def photo_file_id(result: TransportResult) -> str:
    """Return the file id of the largest size of a photo that was sent; '' if the result has none."""
    if not isinstance(result, Response):
        return ""
    try:
        return _decode_photo(result.body).result.photo[-1].file_id
    except INVALID_JSON:
        return ""


def is_file_refused(description: str) -> bool:
    """Return whether a message was refused because of a file id in it."""
    return _contains_any(FILE_REFUSED, description)


def outcome_of_rich_message(result: TransportResult) -> Outcome:
    """Return what became of a message sent by sendRichMessage.

    A refusal that is not known counts as the rich message's own, be it a 403: what goes out in its place shows whether
    the chat can be written to.
    """
    outcome = outcome_of_result(result)
    match outcome:
        case Fatal(reason) if "method not found" in reason:
            return RichRefused(reason, RichRefusal.SERVER)
        case Refused(reason, is_content_error=False):
            refusal = _rich_refusal(reason)
            return outcome if refusal is RichRefusal.CONTENT else RichRefused(reason, refusal)
        case Refused(reason) | PaymentRefused(reason):
            return RichRefused(reason, _rich_refusal(reason))
        case ChatUnavailable(LeftReason.FORBIDDEN) if isinstance(result, Response):
            answer = read_response(result)
            if isinstance(answer, ApiError):
                return RichRefused(answer.description, _rich_refusal(answer.description))
    return outcome


def _rich_refusal(description: str) -> RichRefusal:
    if _contains_any(PICTURE_REFUSED, description):
        return RichRefusal.PICTURE
    return RichRefusal.CHAT if _contains_any(RICH_NOT_ALLOWED, description) else RichRefusal.CONTENT


def outcome_of_probe(result: TransportResult) -> Outcome:
    """Return the outcome of getMe: its result is no message, so any answer of the Bot API shows that it is there."""
    if not isinstance(result, Response):
        return outcome_of_result(result)
    try:
        answer = read_response(result)
    except ForeignResponse as error:
        return _outcome_of_foreign_response(result, str(error))
    return _outcome_of_api_error(answer) if isinstance(answer, ApiError) else Sent(0)


def outcome_of_error(code: int, description: str) -> Outcome:
    """Return the outcome of a 400 or 403; the case of descriptions is ignored."""
    for part, reason in CHAT_UNAVAILABLE_REASONS:
        if _contains_any((part,), description):
            return ChatUnavailable(reason)
    if _contains_any(TOPIC_UNAVAILABLE, description):
        return TopicClosed(description)
    if _contains_any(NOT_ALLOWED, description):
        return Refused(description, is_content_error=False)
    if _contains_any(PAYMENT_REFUSED, description):
        return PaymentRefused(description)
    return ChatUnavailable(LeftReason.FORBIDDEN) if code == 403 else Refused(description)


def is_changed_already(description: str) -> bool:
    """Return whether a refusal means that a message is as an edit or a deletion was to make it."""
    return _contains_any(CHANGED_ALREADY, description)


def is_message_gone(description: str) -> bool:
    """Return whether an edit was refused because its message is not there any more."""
    return _contains_any(MESSAGE_GONE, description)


def is_deletion_refused(description: str) -> bool:
    """Return whether a message stays that was to be deleted, so that it can only be edited."""
    return _contains_any(DELETION_REFUSED, description)


_QUOTATION = re.compile(r"""(?<!\w)"[^"]*"(?!\w)|(?<!\w)'[^']*'(?!\w)""")
_API_DESCRIPTION = re.compile(
    "(Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Conflict|Request Entity Too Large"
    f"|Misdirected Request|Too Many Requests|Internal Server Error|Bad Gateway|Gateway Timeout|{LOGGED_OUT})"
    "(: [\x20-\x7e…]+)?"
)


def _safe_description(description: str) -> str | None:
    """Return the Bot API's own words without what they quote of a message; None if they are somebody else's."""
    match = _API_DESCRIPTION.match(_QUOTATION.sub("…", description))
    return match[0][:MAX_DESCRIPTION_CHARACTERS] if match else None


def _outcome_of_success(response: Response) -> Outcome:
    try:
        decoded = _decode_sent(response.body)
    except INVALID_JSON:
        return _outcome_of_album(response)
    return Sent(decoded.result.message_id) if decoded.ok else _outcome_of_response(response)


def _outcome_of_album(response: Response) -> Outcome:
    """Return the outcome of a call whose result is no single message, as that of sendMediaGroup."""
    try:
        decoded = _decode_album(response.body)
    except INVALID_JSON:
        return _outcome_of_response(response)
    first, *others = (message.message_id for message in decoded.result)
    return Sent(first, tuple(others)) if decoded.ok else _outcome_of_response(response)


def _outcome_of_response(response: Response) -> Outcome:
    try:
        answer = read_response(response)
    except ForeignResponse as error:
        return _outcome_of_foreign_response(response, str(error))
    if isinstance(answer, ApiError):
        return _outcome_of_api_error(answer)
    if bytes(answer.json) == b"true":  # some methods return no message
        return Sent(0)
    return Unconfirmed(str(ForeignResponse(response.status)))


def _outcome_of_foreign_response(response: Response, reason: str) -> Outcome:
    if response.status == 429:
        return RateLimited(_retry_after_of_header(response))
    if response.status in (401, 403, 404) or 300 <= response.status < 400:
        return Fatal(reason)
    return Unconfirmed(reason)


def _outcome_of_api_error(error: ApiError) -> Outcome:
    if error.code == 429:
        return RateLimited(error.retry_after or DEFAULT_RETRY_AFTER_SECONDS)
    if error.migrate_to_chat_id is not None:
        return ChatMigrated(error.migrate_to_chat_id)
    if error.code in (401, 404, 421) or error.description == LOGGED_OUT:
        return Fatal(error.description)
    if error.code >= 500:
        return Unconfirmed(error.description)
    return outcome_of_error(error.code, error.description)


def _retry_after(parameters: msgspec.Raw, response: Response) -> float:
    try:
        seconds = _decode_retry_after(parameters).retry_after
    except INVALID_JSON:
        seconds = None
    return seconds or _retry_after_of_header(response)


def _retry_after_of_header(response: Response) -> float:
    header = response.retry_after or ""
    seconds = float(header) if re.fullmatch("[0-9]{1,9}", header) else 0.0
    return seconds if 0 < seconds <= MAX_RETRY_AFTER_SECONDS else DEFAULT_RETRY_AFTER_SECONDS


def _migrate_to_chat_id(parameters: msgspec.Raw) -> int | None:
    try:
        return _decode_migration(parameters).migrate_to_chat_id
    except INVALID_JSON:
        return None


def _contains_any(parts: Iterable[str], description: str) -> bool:
    return any(part.casefold() in description.casefold() for part in parts)
