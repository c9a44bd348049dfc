"""Warm words for what is said without a request: thanks, greetings, praise, complaints, pictures."""

from __future__ import annotations

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text
from views.settings import settings_button


def talk_message(about: str, translate: Translator) -> Message:
    """Return the answer to what was said, with buttons to go on."""
    words = {
        "thanks": translate("You are welcome! Enjoy reading."),
        "greeting": translate("Hello! Nice to hear from you. What shall I show you?"),
        "praise": translate("Thank you, that makes my day. I pass on the good mood with the next digest."),
        "complaint": translate("I am sorry about that. Perhaps one of these helps:"),
        "who": translate(
            "I am a bot: a program that brings you the digest and looks things up in it. People write the digest."
        ),
        "answer": translate(
            "I am not waiting for an answer, so everything stays as it is. "
            "If you mean one of my questions above, please press its button."
        ),
        "turn": translate("Below an item, ◀ ▶ turn to the one before it and after it. Or send me a number, such as 4."),
        "save": translate("Open an item by its number: the button 🔖 below it saves it, and takes it back."),
        "share": translate("Open an item by its number: a button below it shares it."),
        "emoji": "😊",
    }
    newest = button("📰 " + translate("Newest digest"), CommandName.TODAY)
    helping = button("❓ " + translate("What I can do"), CommandName.HELP)
    text = words.get(about, translate("What shall I show you?"))
    return Message(Text(text), ((newest, settings_button(translate)), (helping,)))
