"""Actions: what the bot does in answer to an event. Handlers return them; a transport driver executes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.chat.message import Message
from domain.chat.rich_message import AnyMessage


@dataclass(frozen=True, slots=True)
class Send:
    """Send a new message and then those of `then`.

    If it is a rich one that Telegram refuses, send those of `if_refused` in place of them all.
    """

    chat_id: int
    message: AnyMessage
    topic_id: int | None = None
    silent: bool = False
    if_refused: tuple[Message, ...] = ()
    then: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a message of the bot and send those of `then`. If nothing changed, that is no error.

    Where it cannot be edited, a new message is sent as `Send` does.
    """

    chat_id: int
    message_id: int
    message: AnyMessage
    if_refused: tuple[Message, ...] = ()
    then: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """Answer a press: with a toast or an alert, or with no text, which only stops the button's spinner.

    `url` is a deep link to the bot, which the app opens.
    """

    callback_query_id: str
    text: str = ""
    show_alert: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy a message of any kind from one chat into another, without naming its sender."""

    chat_id: int
    from_chat_id: int
    message_id: int
    topic_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDocument:
    """Send a file, with a caption."""

    chat_id: int
    file_name: str
    content: bytes
    caption: str = ""
    topic_id: int | None = None


Action = Send | Edit | CallbackAnswer | Copy | SendDocument


def in_order(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield the actions one by one, as they are carried out where Telegram refuses none."""
    for action in actions:
        yield action
        if isinstance(action, Send | Edit):
            yield from in_order(action.then)
