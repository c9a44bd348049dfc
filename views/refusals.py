"""Why a command is not carried out, in a sentence each."""

from __future__ import annotations

from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Style, Text, format_text, join, styled
from views.shortening import quoted_words


def button_expired(translate: Translator) -> str:
    """Return the answer to a button that the bot does not know, or whose subject is gone."""
    return translate("This button no longer works.")


def private_chat_only(translate: Translator) -> str:
    return translate("Please do that in our private chat.")


def unreadable_words(words: str, example: str, translate: Translator) -> Text:
    """Say which words of a command could not be read, with an example of it."""
    text = translate("I cannot read “{words}”. Write it like this: {example}")
    return format_text(text, {"words": quoted_words(words), "example": styled(example, Style.CODE)})


def with_problem(problem: Text | str, message: Message) -> Message:
    """Return a message below a problem: why an invitation let nobody in, or what could not be read."""
    return Message(join("\n\n", (problem, message.text)), message.keyboard)


def administrators_only(kind: ChatKind, translate: Translator) -> str:
    if kind is ChatKind.CHANNEL:
        return translate("Only this channel's administrators can do that.")
    return translate("Only this group's administrators can do that.")


def administrators_of_chat_only(title: str, translate: Translator) -> str:
    """Return the same for another chat than the one in which it is said."""
    return translate("Only the administrators of “{title}” can do that.").format(title=title)


def too_many_requests(translate: Translator) -> str:
    """Return the notice that some of what was sent in a chat gets no answer; it fits a callback answer."""
    return translate(
        "That was more than I can keep up with, so I skipped some of it. Please wait a moment and try again."
    )
