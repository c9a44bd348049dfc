"""Actions: what the bot does in answer to an event. Handlers return them; a transport driver executes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.chat.chart import Chart
from domain.chat.i18n import require_translated
from domain.chat.message import Message, keyboard_to_bot_api
from domain.chat.rich_message import AnyMessage


@dataclass(frozen=True, slots=True)
class Send:
    """Send a new message and then those of `then`.

    If it is a rich one that Telegram refuses, send those of `if_refused` in place of them all. `card_of` is the run
    whose card it is: its number is noted with the run once it is sent, or the card retired if it is one no more.
    """

    chat_id: int
    message: AnyMessage
    topic_id: int | None = None
    silent: bool = False
    if_refused: tuple[Message, ...] = ()
    then: tuple[Send, ...] = ()
    card_of: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a message of the bot and send those of `then`. If nothing changed, that is no error.

    Where it cannot be edited, a new message is sent as `Send` does. `card_of` is the run whose card it becomes, as with
    `Send`.
    """

    chat_id: int
    message_id: int
    message: AnyMessage
    if_refused: tuple[Message, ...] = ()
    then: tuple[Send, ...] = ()
    card_of: int | None = None


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """Answer a press: with a toast or an alert, or with no text, which only stops the button's spinner.

    `url` is a deep link to the bot, which the app opens.
    """

    callback_query_id: str
    text: str = ""
    show_alert: bool = False
    url: str = ""

    def __post_init__(self) -> None:
        require_translated(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEphemeral:
    """Answer a press in a group by a message that the presser alone sees, and then stop the button's spinner.

    It takes the place of the ephemeral message `ephemeral_message_id`, if one is given. `otherwise` answers the press
    where Telegram refuses the message.
    """

    chat_id: int
    user_id: int
    message: Message
    otherwise: CallbackAnswer
    topic_id: int | None = None
    ephemeral_message_id: int | None = None

    @property
    def method(self) -> str:
        """The Bot API method that shows it."""
        return "sendMessage" if self.ephemeral_message_id is None else "editEphemeralMessageText"

    def to_bot_api(self) -> dict[str, object]:
        """Return the parameters of the method."""
        parameters: dict[str, object] = {"chat_id": self.chat_id} | self.message.to_bot_api()
        if self.ephemeral_message_id is not None:
            return parameters | {
                "receiver_user_id": self.user_id,
                "ephemeral_message_id": self.ephemeral_message_id,
            }
        topic = {} if self.topic_id is None else {"message_thread_id": self.topic_id}
        press = {"receiver_user_id": self.user_id, "callback_query_id": self.otherwise.callback_query_id}
        return parameters | topic | {"ephemeral_message_parameters": press}


@dataclass(frozen=True, slots=True)
class CallMethod:
    """Send by a ready Bot API call: the parameters are complete but for the recipient."""

    chat_id: int
    method: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDocument:
    """Send a file, with a caption."""

    chat_id: int
    file_name: str
    content: bytes
    caption: str = ""
    topic_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendChart:
    """Show a chart as a photo with the caption and buttons of a message.

    It takes the place of the photo `message_id`, if one is given. Handlers leave `picture` empty: the dispatcher has it
    drawn, or sends `if_not_drawn` in its place.
    """

    chat_id: int
    chart: Chart
    caption: Message
    if_not_drawn: Message
    message_id: int | None = None
    picture: bytes = b""

    @property
    def method(self) -> str:
        """The Bot API method that shows it."""
        return "sendPhoto" if self.message_id is None else "editMessageMedia"

    def to_bot_api(self, attachment: str) -> dict[str, object]:
        """Return the parameters of the method, for a form that has the picture as a file of this name."""
        caption = self.caption.to_bot_api()
        described = {"caption": caption["text"], "caption_entities": caption["entities"]}
        source = f"attach://{attachment}"
        where: dict[str, object] = {"chat_id": self.chat_id} | keyboard_to_bot_api(self.caption.keyboard)
        if self.message_id is None:
            return where | described | {"photo": source}
        media = {"type": "photo", "media": source} | described
        return where | {"message_id": self.message_id, "media": media}


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineArticle:
    """A result of an inline query; `message` is what choosing it sends, under the person's own name."""

    id: str
    title: str
    description: str
    message: Message

    def to_bot_api(self) -> dict[str, object]:
        """Return the article as the Bot API takes it."""
        message = self.message.to_bot_api()
        content = {("message_text" if name == "text" else name): message[name] for name in _CONTENT_FIELDS}
        article = {"type": "article", "id": self.id, "title": self.title, "input_message_content": content}
        article |= {"description": self.description} if self.description else {}
        return article | {name: value for name, value in message.items() if name not in _CONTENT_FIELDS}


_CONTENT_FIELDS = ("text", "entities", "link_preview_options")


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineAnswer:
    """Answer an inline query. More results follow from `next_offset` on, unless it is ''.

    A button above them says `button_text` and opens what the deep link's payload `button_opens` stands for.
    """

    query_id: str
    articles: tuple[InlineArticle, ...]
    next_offset: str = ""
    button_text: str = ""
    button_opens: str = ""

    def to_bot_api(self) -> dict[str, object]:
        """Return the parameters of answerInlineQuery. Texts are in the person's language, so nobody else gets them."""
        button = {"text": self.button_text, "start_parameter": self.button_opens}
        return {
            "inline_query_id": self.query_id,
            "results": [article.to_bot_api() for article in self.articles],
            "cache_time": INLINE_CACHE_SECONDS,
            "is_personal": True,
            "next_offset": self.next_offset,
            **({"button": button} if self.button_text else {}),
        }


INLINE_CACHE_SECONDS = 60
"""How long Telegram gives a person the same answer again, without asking."""

Action = Send | Edit | CallbackAnswer | SendEphemeral | CallMethod | SendDocument | SendChart | InlineAnswer


def in_order(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield the actions one by one, as they are carried out where Telegram refuses none."""
    for action in actions:
        yield action
        if isinstance(action, Send | Edit):
            yield from in_order(action.then)
