"""Messages as plain JSON values, for tools and tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.chat.message import Button
from domain.chat.rich_message import AnyMessage, RichMessage
from domain.chat.text import Entity, Style


def preview_json(messages: Iterable[AnyMessage]) -> dict[str, Any]:
    """Return `{"messages": [{"text", "entities": […], "buttons": [[{"text", "data", "url"}]]}]}`.

    An entity is `{"type", "offset", "length", "url"}`, counted in UTF-16 units. `url` and `data` may be empty.
    A rich message has `rich_message`, as the Bot API takes it, in place of text and entities. A message whose link
    preview shows a picture has `picture`: `{"url", "above"}`.
    """
    return {"messages": [_message(message) for message in messages]}


def _message(message: AnyMessage) -> dict[str, Any]:
    buttons = {"buttons": [[_button(button) for button in row] for row in message.keyboard]}
    if isinstance(message, RichMessage):
        return {"rich_message": message.to_bot_api()["rich_message"], **buttons}
    picture = message.picture and {"picture": {"url": message.picture.url, "above": message.picture.is_above}}
    return {
        "text": message.text.plain,
        "entities": [_entity(entity) for entity in message.text.entities()],
        **(picture or {}),
        **buttons,
    }


def _entity(entity: Entity) -> dict[str, Any]:
    url = entity.value if entity.type == Style.LINK else ""
    return {"type": entity.type, "offset": entity.offset, "length": entity.length, "url": url}


def _button(button: Button) -> dict[str, Any]:
    return {"text": button.text, "data": button.callback_data, "url": button.url}
