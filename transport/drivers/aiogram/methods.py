"""Actions in, aiogram's methods out. Pure."""

from __future__ import annotations

from typing import Any

from aiogram.methods import AnswerCallbackQuery, CopyMessage, EditMessageText, SendMessage, TelegramMethod

from domain.chat.action import Action, Copy, Edit, Send, Toast


def write_action(action: Action) -> TelegramMethod[Any]:
    """An action as aiogram's method."""
    match action:
        case Send():
            body = action.message.as_json() | {
                "chat_id": action.chat,
                "message_thread_id": action.topic,
                "disable_notification": action.silent,
            }
            return SendMessage.model_validate(body)
        case Edit():
            body = action.message.as_json() | {"chat_id": action.chat, "message_id": action.message_id}
            return EditMessageText.model_validate(body)
        case Copy():
            return CopyMessage(
                chat_id=action.chat,
                from_chat_id=action.from_chat,
                message_id=action.message_id,
                message_thread_id=action.topic,
            )
        case Toast():
            return AnswerCallbackQuery(
                callback_query_id=action.press, text=action.text or None, show_alert=action.alert or None
            )
