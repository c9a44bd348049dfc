"""Convert actions to aiogram's methods."""

from __future__ import annotations

from typing import Any

from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    SendDocument,
    SendMessage,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile

from domain.chat import action as actions
from domain.chat.action import CallbackAnswer, Edit, InlineAnswer, Send
from domain.chat.rich_message import RichMessage
from transport.driver import FrameworkAction


class _RichMethod(TelegramMethod[bool]):
    """A call with a rich message as JSON: aiogram's types for its blocks would only check what was just written."""

    __returning__ = bool
    chat_id: int
    rich_message: dict[str, Any]
    reply_markup: dict[str, Any] | None = None


class SendRich(_RichMethod):
    """sendRichMessage."""

    __api_method__ = "sendRichMessage"
    message_thread_id: int | None = None
    disable_notification: bool | None = None


class EditToRich(_RichMethod):
    """editMessageText with a rich message."""

    __api_method__ = "editMessageText"
    message_id: int


class AnswerInline(TelegramMethod[bool]):
    """answerInlineQuery with its results as JSON, for the same reason."""

    __returning__ = bool
    __api_method__ = "answerInlineQuery"
    inline_query_id: str
    results: list[dict[str, Any]]
    cache_time: int
    is_personal: bool
    next_offset: str
    button: dict[str, Any] | None = None


def to_method(action: FrameworkAction) -> TelegramMethod[Any]:
    """Return the Bot API call that carries an action out."""
    match action:
        case Send():
            body = action.message.to_bot_api() | {
                "chat_id": action.chat_id,
                "message_thread_id": action.topic_id,
                "disable_notification": action.silent,
            }
            return (SendRich if isinstance(action.message, RichMessage) else SendMessage).model_validate(body)
        case Edit():
            body = action.message.to_bot_api() | {"chat_id": action.chat_id, "message_id": action.message_id}
            return (EditToRich if isinstance(action.message, RichMessage) else EditMessageText).model_validate(body)
        case actions.SendDocument():
            return SendDocument(
                chat_id=action.chat_id,
                document=BufferedInputFile(action.content, action.file_name),
                caption=action.caption or None,
                message_thread_id=action.topic_id,
            )
        case InlineAnswer():
            return AnswerInline.model_validate(action.to_bot_api())
        case CallbackAnswer():
            return AnswerCallbackQuery(
                callback_query_id=action.callback_query_id,
                text=action.text or None,
                show_alert=action.show_alert or None,
                url=action.url or None,
            )
