"""What a bot shows: a styled text with buttons under it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat import limits
from domain.chat.text import Text


@dataclass(frozen=True, slots=True)
class Button:
    """A button that sends a command line back (`data`, at most 64 bytes), or opens an address (`url`)."""

    text: str
    data: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if bool(self.data) == bool(self.url):
            raise ValueError(f"a button has either data or a url: {self!r}")
        if len(self.data.encode()) > limits.BUTTON_DATA_BYTES:
            raise ValueError(f"a button's data is at most {limits.BUTTON_DATA_BYTES} bytes: {self.data!r}")

    def as_json(self) -> dict[str, str]:
        """The button as the Bot API takes it."""
        return {"text": self.text, "url": self.url} if self.url else {"text": self.text, "callback_data": self.data}


@dataclass(frozen=True, slots=True)
class Message:
    """A text and its rows of buttons. `preview` lets Telegram show a card of the first link."""

    text: Text
    rows: tuple[tuple[Button, ...], ...] = ()
    preview: bool = False

    def as_json(self) -> dict[str, object]:
        """The parameters of sendMessage or editMessageText that do not depend on the receiver."""
        body: dict[str, object] = {
            "text": self.text.plain,
            "entities": [entity.as_json() for entity in self.text.entities()],
            "link_preview_options": {"is_disabled": not self.preview},
        }
        if self.rows:
            body["reply_markup"] = {"inline_keyboard": [[button.as_json() for button in row] for row in self.rows]}
        return body


Keyboard = tuple[tuple[Button, ...], ...]
