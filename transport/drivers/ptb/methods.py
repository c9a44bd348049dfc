"""Carry actions out with python-telegram-bot's methods."""

from __future__ import annotations

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputFile,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
)

from domain.chat.action import (
    INLINE_CACHE_SECONDS,
    CallbackAnswer,
    Edit,
    InlineAnswer,
    InlineArticle,
    Send,
    SendDocument,
)
from domain.chat.message import Button, Message
from domain.chat.rich_message import RichMessage
from domain.chat.text import Entity
from transport.driver import FrameworkAction


async def call_method(bot: Bot, action: FrameworkAction) -> None:
    """Make the Bot API call that carries an action out."""
    match action:
        case Send(chat_id, RichMessage() as rich, topic_id, silent):
            where = {"chat_id": chat_id, "message_thread_id": topic_id, "disable_notification": silent}
            parameters = {name: value for name, value in where.items() if value is not None}
            await bot.do_api_request("sendRichMessage", api_kwargs=parameters | rich.to_bot_api())
        case Edit(chat_id, message_id, RichMessage() as rich):
            without_text = {"text": None}  # which the framework's method requires and then leaves out
            await bot.edit_message_text("", chat_id, message_id, api_kwargs=without_text | rich.to_bot_api())
        case Send(chat_id, Message() as message, topic_id, silent):
            await bot.send_message(
                chat_id,
                message.text.plain,
                entities=_entities(message),
                reply_markup=_keyboard(message),
                link_preview_options=LinkPreviewOptions(**message.link_preview_options()),
                message_thread_id=topic_id,
                disable_notification=silent,
            )
        case Edit(chat_id, message_id, Message() as message):
            await bot.edit_message_text(
                message.text.plain,
                chat_id,
                message_id,
                entities=_entities(message),
                reply_markup=_keyboard(message),
                link_preview_options=LinkPreviewOptions(**message.link_preview_options()),
            )
        case SendDocument():
            file = InputFile(action.content, action.file_name)
            await bot.send_document(
                action.chat_id, file, caption=action.caption or None, message_thread_id=action.topic_id
            )
        case InlineAnswer():
            button = InlineQueryResultsButton(action.button_text, start_parameter=action.button_opens)
            await bot.answer_inline_query(
                action.query_id,
                [_article(article) for article in action.articles],
                cache_time=INLINE_CACHE_SECONDS,
                is_personal=True,
                next_offset=action.next_offset,
                button=button if action.button_text else None,
            )
        case CallbackAnswer(callback_query_id, text, show_alert, url):
            await bot.answer_callback_query(
                callback_query_id, text or None, show_alert=show_alert or None, url=url or None
            )


def _article(article: InlineArticle) -> InlineQueryResultArticle:
    message = article.message
    preview = LinkPreviewOptions(**message.link_preview_options())
    content = InputTextMessageContent(message.text.plain, entities=_entities(message), link_preview_options=preview)
    description, keyboard = article.description or None, _keyboard(message)
    return InlineQueryResultArticle(article.id, article.title, content, reply_markup=keyboard, description=description)


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
