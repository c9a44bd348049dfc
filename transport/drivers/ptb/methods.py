"""Actions in, python-telegram-bot's calls out."""

from __future__ import annotations

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send
from domain.chat.message import Button, Message
from domain.chat.text import Entity


async def call(bot: Bot, action: Action) -> None:
    """Carry an action out with the method it stands for."""
    match action:
        case Send(chat, message, topic, silent):
            await bot.send_message(
                chat,
                message.text.plain,
                entities=_entities(message),
                reply_markup=_keyboard(message),
                link_preview_options=LinkPreviewOptions(is_disabled=not message.link_preview),
                message_thread_id=topic,
                disable_notification=silent,
            )
        case Edit(chat, message_id, message):
            await bot.edit_message_text(
                message.text.plain,
                chat,
                message_id,
                entities=_entities(message),
                reply_markup=_keyboard(message),
                link_preview_options=LinkPreviewOptions(is_disabled=not message.link_preview),
            )
        case Copy(chat, from_chat, message_id, topic):
            await bot.copy_message(chat, from_chat, message_id, message_thread_id=topic)
        case CallbackAnswer(press, text, alert):
            await bot.answer_callback_query(press, text or None, show_alert=alert or None)


def _entities(message: Message) -> list[MessageEntity]:
    return [_entity(entity) for entity in message.text.entities()]


def _entity(entity: Entity) -> MessageEntity:
    return MessageEntity.de_json(entity.to_bot_api())


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    return (
        InlineKeyboardMarkup([[_button(button) for button in row] for row in message.keyboard])
        if message.keyboard
        else None
    )


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(button.text, url=button.url or None, callback_data=button.callback_data or None)
