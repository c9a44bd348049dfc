"""A broadcast as its author composes it, and the Bot API calls that send it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from domain.chat.frozen_message import MAX_ALBUM_MESSAGES, MIN_ALBUM_MESSAGES, FrozenMessage
from domain.delivery.broadcast_time import NOW, BroadcastTime
from domain.delivery.segment import EVERYBODY, Segment

BUTTONS_TEXT = "👇"
"""Text of the message that carries the buttons of an album or a forwarded poll, which can have none."""


CAPTION_KINDS = ("photo", "video", "animation", "audio", "voice", "document")
"""Kinds of messages whose caption Telegram lets a bot edit."""


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens an address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """What goes out: one message or an album, with link buttons and options; to whom and when.

    `is_pinned`: its first message is pinned in each chat once all have it.
    `shares_votes`: a poll is forwarded, so that all vote in the same one; else each chat gets a poll of its own.
    `texts_from`: messages from which it took other words later.
    `is_offered`: its author was asked whether to send it at all, and has not answered.
    """

    messages: tuple[FrozenMessage, ...]
    buttons: tuple[tuple[LinkButton, ...], ...] = ()
    is_silent: bool = False
    is_protected: bool = False
    hides_preview: bool = False
    is_pinned: bool = False
    shares_votes: bool = False
    segment: Segment = EVERYBODY
    time: BroadcastTime = NOW
    texts_from: tuple[int, ...] = ()
    is_offered: bool = False

    @property
    def sources(self) -> frozenset[int]:
        """The author's messages whose edits concern it."""
        numbers = (*(message.message_id for message in self.messages), *self.texts_from)
        return frozenset(filter(None, numbers))

    @property
    def kind(self) -> str:
        """The field of a Message that holds the content, or `album`."""
        return "album" if len(self.messages) >= MIN_ALBUM_MESSAGES else self.messages[0].kind

    @property
    def text(self) -> str:
        """The text or caption; '' if there is none."""
        return next((message.text for message in self.messages if message.text), "")

    @property
    def is_editable(self) -> bool:
        """Whether Telegram lets a bot edit the words of it once it is sent."""
        return self.kind == "text" or self.kind in CAPTION_KINDS

    @property
    def takes_more(self) -> bool:
        """Whether a further message of the same album fits in."""
        return bool(self.messages[0].album_id) and len(self.messages) < MAX_ALBUM_MESSAGES

    def with_message(self, message: FrozenMessage) -> Broadcast:
        """Return the broadcast with one more message of its album, in the order in which they were sent."""
        others = (known for known in self.messages if known.message_id != message.message_id)
        return replace(self, messages=tuple(sorted((*others, message), key=lambda one: one.message_id)))

    def without_sources(self) -> Broadcast:
        """Return the same for another author, whose messages have other numbers."""
        return replace(self, messages=tuple(replace(message, message_id=0) for message in self.messages), texts_from=())

    def with_text(self, text: str, entities: list[dict[str, Any]], *, message_id: int) -> Broadcast:
        """Return an editable broadcast with another text or caption, taken from one of its author's messages."""
        (message,) = self.messages
        sources = self.texts_from if message_id in self.sources else (*self.texts_from, message_id)
        words = {"text": text, "entities": entities}
        if message.kind != "text":
            words = {"caption": text, "caption_entities": entities}
        return replace(self, messages=(replace(message, parameters=message.parameters | words),), texts_from=sources)


@dataclass(frozen=True, slots=True)
class BroadcastCall:
    """A call that sends a part of a broadcast to a recipient."""

    part: int
    method: str
    parameters: dict[str, Any]


def calls(broadcast: Broadcast, author: int) -> tuple[BroadcastCall, ...]:
    """Return the calls that send a broadcast, one for each part.

    The parts of an album count its messages, so that each message has a part's number for its row in the ledger.
    """
    markup = _markup(broadcast)
    if broadcast.kind == "album":
        items = [message.as_album_item() for message in broadcast.messages]
        first = _call(1, "sendMediaGroup", {"media": items}, broadcast)
        return (first, *_button_message(len(items) + 1, markup, broadcast))
    (message,) = broadcast.messages
    if message.kind == "poll" and broadcast.shares_votes:
        forwarded = message.forwarding(author)
        first = _call(1, forwarded.method, forwarded.parameters, broadcast)
        return (first, *_button_message(2, markup, broadcast))
    parameters = message.parameters | markup
    if message.kind == "text" and broadcast.hides_preview:
        parameters |= {"link_preview_options": {"is_disabled": True}}
    return (_call(1, message.method, parameters, broadcast),)


def edit_call(broadcast: Broadcast) -> BroadcastCall:
    """Return the call that gives a sent message the words of an editable broadcast; its buttons stay."""
    (message,) = broadcast.messages
    names: tuple[str, ...] = ("text", "entities", "link_preview_options")
    method = "editMessageText"
    if message.kind != "text":
        names, method = ("caption", "caption_entities", "show_caption_above_media"), "editMessageCaption"
    parameters = {name: message.parameters[name] for name in names if name in message.parameters}
    if message.kind == "text" and broadcast.hides_preview:
        parameters |= {"link_preview_options": {"is_disabled": True}}
    return BroadcastCall(1, method, parameters | _markup(broadcast))


def _call(part: int, method: str, parameters: dict[str, Any], broadcast: Broadcast) -> BroadcastCall:
    silence = {"disable_notification": True} if broadcast.is_silent else {}  # before all others: see `Payload`
    protection = {"protect_content": True} if broadcast.is_protected else {}
    return BroadcastCall(part, method, silence | parameters | protection)


def _button_message(part: int, markup: dict[str, Any], broadcast: Broadcast) -> tuple[BroadcastCall, ...]:
    return (_call(part, "sendMessage", {"text": BUTTONS_TEXT, **markup}, broadcast),) if markup else ()


def _markup(broadcast: Broadcast) -> dict[str, Any]:
    rows = [[{"text": button.text, "url": button.url} for button in row] for row in broadcast.buttons]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}
