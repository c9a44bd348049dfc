"""Table of the Bot API methods that answer at once; BotApi itself handles getUpdates and the webhook methods."""

from collections.abc import Callable
from typing import Any

from emulator.methods import (
    chats,
    commands,
    descriptions,
    edits,
    ephemeral_messages,
    files,
    media,
    pins,
    query_answers,
    sending,
)
from emulator.parameters import Parameters
from emulator.telegram import Telegram

MethodFunction = Callable[[Telegram, Parameters], Any]


def method_table() -> dict[str, tuple[str, MethodFunction]]:
    """Return name and function of each method by its lower-case name, as Telegram ignores the case."""
    methods: dict[str, MethodFunction] = {
        "getMe": chats.get_me,
        "getMyStarBalance": chats.get_my_star_balance,
        "getChat": chats.get_chat,
        "getChatMember": chats.get_chat_member,
        "getChatAdministrators": chats.get_chat_administrators,
        "sendChatAction": chats.send_chat_action,
        "sendMessage": sending.send_message,
        "sendRichMessage": sending.send_rich_message,
        "sendDocument": files.send_document,
        "getFile": files.get_file,
        "sendPhoto": media.send_media("photo"),
        "sendVideo": media.send_media("video"),
        "sendAnimation": media.send_media("animation"),
        "sendAudio": media.send_media("audio"),
        "sendVoice": media.send_media("voice"),
        "sendVideoNote": media.send_media("video_note"),
        "sendSticker": media.send_media("sticker"),
        "sendMediaGroup": media.send_media_group,
        "sendLocation": media.send_location,
        "sendPoll": media.send_poll,
        "copyMessage": sending.copy_message,
        "forwardMessage": sending.forward_message,
        "pinChatMessage": pins.pin_chat_message,
        "unpinChatMessage": pins.unpin_chat_message,
        "editMessageText": edits.edit_message_text,
        "editMessageCaption": edits.edit_message_caption,
        "editMessageMedia": edits.edit_message_media,
        "editMessageReplyMarkup": edits.edit_message_reply_markup,
        "deleteMessage": edits.delete_message,
        "deleteMessages": edits.delete_messages,
        "editEphemeralMessageText": ephemeral_messages.edit_ephemeral_message_text,
        "deleteEphemeralMessage": ephemeral_messages.delete_ephemeral_message,
        "answerCallbackQuery": query_answers.answer_callback_query,
        "answerInlineQuery": query_answers.answer_inline_query,
        "setMyCommands": commands.set_my_commands,
        "getMyCommands": commands.get_my_commands,
        "deleteMyCommands": commands.delete_my_commands,
        "setMyDescription": descriptions.set_my_description,
        "getMyDescription": descriptions.get_my_description,
        "setMyShortDescription": descriptions.set_my_short_description,
        "getMyShortDescription": descriptions.get_my_short_description,
    }
    return {name.lower(): (name, method) for name, method in methods.items()}
