"""A message as the bot shows it: a styled text with buttons under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.chat import limits
from domain.chat.i18n import require_translated
from domain.chat.text import Text


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends its callback data back (see `domain.chat.callback_data`), or opens an address."""

    text: str
    callback_data: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        require_translated(self.text)
        if bool(self.callback_data) == bool(self.url):
            raise ValueError(f"a button has either callback data or a url: {self!r}")
        if len(self.callback_data.encode()) > limits.CALLBACK_DATA_BYTES:
            raise ValueError(f"callback data has at most {limits.CALLBACK_DATA_BYTES} bytes: {self.callback_data!r}")

    def to_bot_api(self) -> dict[str, str]:
        """Return the button as the Bot API takes it."""
        return (
            {"text": self.text, "url": self.url}
            if self.url
            else {"text": self.text, "callback_data": self.callback_data}
        )


@dataclass(frozen=True, slots=True)
class PicturePreview:
    """A picture on the web that the link preview of a message shows large, below the text or above it."""

    url: str
    is_above: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A text and its rows of buttons.

    `link_preview` lets Telegram show a card of the first link; with a `picture` the preview shows that.
    """

    text: Text
    keyboard: Keyboard = ()
    link_preview: bool = False
    picture: PicturePreview | None = None

    def __post_init__(self) -> None:
        require_translated(self.text.plain)

    def to_bot_api(self) -> dict[str, object]:
        """Return the parameters of sendMessage or editMessageText that do not depend on the recipient."""
        body: dict[str, object] = {
            "text": self.text.plain,
            "entities": [entity.to_bot_api() for entity in self.text.entities()],
            "link_preview_options": self.link_preview_options(),
        }
        return body | keyboard_to_bot_api(self.keyboard)

    def link_preview_options(self) -> dict[str, Any]:
        """Return the options of the link preview as the Bot API takes them."""
        if self.picture is None:
            return {"is_disabled": not self.link_preview}
        where = {"show_above_text": True} if self.picture.is_above else {}
        return {"is_disabled": False, "url": self.picture.url, "prefer_large_media": True, **where}


Keyboard = tuple[tuple[Button, ...], ...]


def keyboard_to_bot_api(keyboard: Keyboard) -> dict[str, object]:
    """Return the parameter for rows of buttons under a message; none without buttons."""
    if not keyboard:
        return {}
    return {"reply_markup": {"inline_keyboard": [[button.to_bot_api() for button in row] for row in keyboard]}}


def chunk_rows(buttons: Iterable[Button], columns: int) -> Keyboard:
    """Return the buttons in rows of so many."""
    row = tuple(buttons)
    return tuple(row[start : start + columns] for start in range(0, len(row), columns))
