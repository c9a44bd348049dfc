"""A command to be answered, typed or pressed, and the replies to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.chat import limits
from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.commands import CommandName
from domain.chat.event import ButtonPress, Origin, SentDocument
from domain.chat.frozen_message import FrozenMessage
from domain.chat.message import Keyboard, Message
from domain.chat.rich_message import AnyMessage
from domain.chat.text import Text

_TOAST_CHARACTERS = 60
"""The longest text to read before a toast disappears; a longer one is shown as an alert, which stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command and where it came from; what a person typed, pressed or sent for it."""

    origin: Origin
    command: CommandName | None
    """None if the bot does not know the command, or understands no command in the text."""
    arguments: str = ""
    person_id: int | None = None
    """Whom the message replied to is about, or whose contact was sent."""
    subscriber_id: int | None = None
    """The chat that the request is about, if it is another one."""
    is_deep_link: bool = False
    """The person came by a link, perhaps for the first time."""

    # a press
    press: ButtonPress | None = None
    """None for what was typed."""
    target: ReplyTarget = ReplyTarget.NEW_MESSAGE
    """Where the button wants the answer."""
    payload_id: int | None = None
    """The delivered payload that carried the button."""
    is_ephemeral: bool = False
    """One member of a group is to see the answer, and nobody else."""

    # a message
    message_id: int = 0
    has_text: bool = True
    """False for a picture, a sticker or a location."""
    styled_arguments: Text = field(default_factory=Text)
    """The typed arguments with their styles."""
    reply_to_message_id: int | None = None
    content: FrozenMessage | None = None
    """What a bot admin sent in private, as far as it can be broadcast."""
    reply_to_content: FrozenMessage | None = None
    """The same of the message replied to."""
    is_answer: bool = False
    """It answers what its author was asked, as a press would."""
    document: SentDocument | None = None
    """The file that an editor sent as a digest."""
    pasted: str = ""
    """The text that an editor sent as a digest."""


def reply_with(
    request: Request, *messages: AnyMessage, toast: str = "", if_refused: tuple[Message, ...] = ()
) -> list[Action]:
    """Answer with messages: the first replaces the pressed message if the request wants that, the others are new.

    `if_refused` is sent in place of all of them if the first one is rich and Telegram refuses it.
    """
    chat, press = request.origin.chat, request.press
    actions: list[Action] = [] if press is None else [CallbackAnswer(press.callback_query_id, _shortened(toast))]
    if not messages:
        return actions
    first, *others = messages
    following = [Send(chat.id, message, topic_id=chat.topic_id) for message in others]
    dependent, independent = (tuple(following), []) if if_refused else ((), following)
    if press is not None and press.is_accessible and request.target is not ReplyTarget.NEW_MESSAGE:
        actions.append(Edit(chat.id, press.message_id, first, if_refused=if_refused, then=dependent))
    else:
        actions.append(Send(chat.id, first, topic_id=chat.topic_id, if_refused=if_refused, then=dependent))
    return [*actions, *independent]


def reply_text(request: Request, text: Text | str, keyboard: Keyboard = ()) -> list[Action]:
    """Answer with a short text: a toast (without the keyboard) for a press, a message for what was typed."""
    return reply_short(request, Message(text if isinstance(text, Text) else Text(text), keyboard))


def reply_short(request: Request, message: Message) -> list[Action]:
    """Answer with a short message: a press shows only its text, as a toast."""
    if request.press is None:
        return reply_with(request, message)
    plain = message.text.plain
    is_long = len(plain) > _TOAST_CHARACTERS
    return [CallbackAnswer(request.press.callback_query_id, _shortened(plain), show_alert=is_long)]


def reply_alert(press: ButtonPress, text: Text) -> CallbackAnswer:
    """Answer a press in an alert, which only the presser sees; a longer text is cut."""
    return CallbackAnswer(press.callback_query_id, _shortened(text.plain), show_alert=True)


def _shortened(text: str) -> str:
    most = limits.CALLBACK_ANSWER_CHARACTERS
    return text if len(text) <= most else text[: most - 1] + "…"
