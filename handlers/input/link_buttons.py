"""Link buttons as an admin writes them.

    Read more - https://example.org
    Site - example.org | Blog - https://blog.example.org

A line is a row; `|` separates the buttons in it, and the last dash that has spaces around it, or the last colon before
an address, separates a label from its address.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from domain.chat import limits
from domain.delivery.broadcast import LinkButton

MAX_BUTTONS = limits.KEYBOARD_BUTTONS
MAX_LABEL_CHARACTERS = 64

_BUTTON = re.compile(r"(?P<label>.+?)(?<!\s)(?:\s+[-–—]+\s+|\s*[:：]\s*(?=\S{1,255}(?:\.|://)\S))(?P<address>\S+)")
_HOST = re.compile(r"[^\s|\"\\{}<>^`]{1,253}")


_DOMAIN_AFTER_DASH = re.compile(r"\s[-–—]+\s+[^\s|｜]*\.[^\W\d_]{2,}(?:[/:?#][^\s|｜]*)?\s*(?:[|｜]|$)")


class InvalidButton(ValueError):
    """A line is no button; `line` is what was written."""

    def __init__(self, line: str) -> None:
        super().__init__("no button")
        self.line = line


class LabelTooLong(InvalidButton):
    """The label of a button is longer than MAX_LABEL_CHARACTERS; `line` is the label."""


class RowTooLong(InvalidButton):
    """A line holds more buttons than Telegram shows in a row."""


def holds_addresses(text: str) -> bool:
    """Return whether a text is meant as whole buttons, and not as the label of one."""
    return "\n" in text or "://" in text or _DOMAIN_AFTER_DASH.search(text) is not None


def parse_link_buttons(text: str) -> tuple[tuple[LinkButton, ...], ...]:
    """Return the rows of buttons. Raises InvalidButton."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows = tuple(tuple(_parse_button(part) for part in re.split("[|｜]", line)) for line in lines)
    for line, row in zip(lines, rows, strict=True):
        if len(row) > limits.KEYBOARD_ROW_BUTTONS:
            raise RowTooLong(line)
    return rows


def label_of(text: str) -> str:
    """Return the label that is written. Raises LabelTooLong."""
    label = text.strip()
    if len(label) > MAX_LABEL_CHARACTERS:
        raise LabelTooLong(label)
    return label


def address_of(text: str) -> str:
    """Return an address that Telegram takes, with a scheme. Raises InvalidButton."""
    written = text.strip()
    address = written if re.match(r"[a-z]+:", written, re.IGNORECASE) else f"https://{written}"
    try:
        parts = urlsplit(address)
        is_valid = parts.scheme.lower() in ("http", "https", "tg") and parts.port != 0
    except ValueError:
        raise InvalidButton(written) from None
    is_web = parts.scheme.lower() != "tg"
    has_host = bool(_HOST.fullmatch(parts.netloc)) and ("." in parts.netloc or not is_web)
    if not is_valid or not has_host or any(character.isspace() for character in address):
        raise InvalidButton(written)
    return address


def _parse_button(part: str) -> LinkButton:
    match = _BUTTON.fullmatch(part.strip())
    if match is None:
        raise InvalidButton(part.strip())
    try:
        address = address_of(match["address"])
    except InvalidButton:
        raise InvalidButton(part.strip()) from None
    return LinkButton(label_of(match["label"]), address)
