"""Convert actions to aiogram's methods."""

from __future__ import annotations

from typing import Any

from aiogram.methods import AnswerCallbackQuery, CopyMessage, EditMessageText, SendMessage, TelegramMethod

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send


def to_method(action: Action) -> TelegramMethod[Any]:
    """Return the Bot API call that carries an action out."""
    match action:
        case Send():
            body = action.message.to_bot_api() | {
                "chat_id": action.chat_id,
                "message_thread_id": action.topic_id,
                "disable_notification": action.silent,
            }
            return SendMessage.model_validate(body)
        case Edit():
            body = action.message.to_bot_api() | {"chat_id": action.chat_id, "message_id": action.message_id}
            return EditMessageText.model_validate(body)
        case Copy():
            return CopyMessage(
                chat_id=action.chat_id,
                from_chat_id=action.from_chat_id,
                message_id=action.message_id,
                message_thread_id=action.topic_id,
            )
        case CallbackAnswer():
            return AnswerCallbackQuery(
                callback_query_id=action.callback_query_id,
                text=action.text or None,
                show_alert=action.show_alert or None,
            )
