"""A method's name -> the function that carries it out. Any other name is Telegram's 404.

A method is (Telegram, Parameters) -> a result as JSON. None of them waits; getUpdates and the webhook methods live
with the server.
"""

from collections.abc import Callable
from typing import Any

from emulator.methods import callbacks, chats, commands, edits, files, sending
from emulator.parameters import Parameters
from emulator.telegram import Telegram

Method = Callable[[Telegram, Parameters], Any]


def table() -> dict[str, tuple[str, Method]]:
    """By lower-case name, since Telegram ignores the case: the proper name and the function."""
    found: dict[str, Method] = {
        "getMe": chats.get_me,
        "getChat": chats.get_chat,
        "getChatMember": chats.get_chat_member,
        "getChatAdministrators": chats.get_chat_administrators,
        "sendChatAction": chats.send_chat_action,
        "sendMessage": sending.send_message,
        "sendDocument": files.send_document,
        "getFile": files.get_file,
        "copyMessage": sending.copy_message,
        "editMessageText": edits.edit_message_text,
        "editMessageReplyMarkup": edits.edit_message_reply_markup,
        "deleteMessage": edits.delete_message,
        "answerCallbackQuery": callbacks.answer_callback_query,
        "answerInlineQuery": callbacks.answer_inline_query,
        "setMyCommands": commands.set_my_commands,
        "getMyCommands": commands.get_my_commands,
        "deleteMyCommands": commands.delete_my_commands,
    }
    return {name.lower(): (name, method) for name, method in found.items()}
