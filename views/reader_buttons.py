"""The buttons under a digest in a channel or group: links into each reader's own chat with the bot, or none.

Also those under what one member of a group sees of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.chat.callback_data import parse_callback_data
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.rich_message import AnyMessage, ButtonRow, Details, RichBlock, RichMessage
from domain.chat.start_payload import READING_COMMANDS, reading_link
from domain.subscription.preferences import ReaderButtons


def with_reader_buttons(message: AnyMessage, buttons: ReaderButtons, username: str) -> AnyMessage:
    """Return a message of a digest with the buttons that its chat wants.

    As links, those stay that lead a reader somewhere. A bot that has not signed in yet has no name to link to.
    """
    if buttons is ReaderButtons.ANSWER:
        return message
    linked = username if buttons is ReaderButtons.LINK else ""
    keyboard = _keyboard(message.keyboard, linked)
    if isinstance(message, RichMessage):
        return replace(message, blocks=tuple(_blocks(message.blocks, linked)), keyboard=keyboard)
    return replace(message, keyboard=keyboard)


def for_one_member(message: Message, link: str | None, translate: Translator) -> Message:
    """Return what one member of a group is shown of an edition: with the buttons to read on, there or in private."""
    rows = (tuple(button for button in row if button.url or _is_for_readers(button)) for row in message.keyboard)
    private = ((Button(translate("Read on in private"), url=link),),) if link else ()
    return replace(message, keyboard=(*(row for row in rows if row), *private))


def _is_for_readers(button: Button) -> bool:
    data = parse_callback_data(button.callback_data)
    return data is not None and data.command in READING_COMMANDS


def _keyboard(keyboard: Keyboard, username: str) -> Keyboard:
    rows = (tuple(_links(row, username)) for row in keyboard)
    return tuple(row for row in rows if row)


def _blocks(blocks: Iterable[RichBlock], username: str) -> Iterator[RichBlock]:
    for block in blocks:
        match block:
            case ButtonRow(buttons):
                if links := tuple(_links(buttons, username)):
                    yield ButtonRow(links)
            case Details(_, inner):
                yield replace(block, blocks=tuple(_blocks(inner, username)))
            case _:
                yield block


def _links(buttons: Iterable[Button], username: str) -> Iterator[Button]:
    for button in buttons:
        url = button.url or (reading_link(username, button.callback_data) if username else None)
        if url:
            yield Button(button.text, url=url)
