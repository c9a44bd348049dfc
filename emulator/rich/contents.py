"""Look into a RichMessage, as it stands in a message: its buttons and its plain text."""

from collections.abc import Iterator
from typing import Any

from emulator.rich.fields import Json
from emulator.rich.values import plain_text

_TEXT_FIELDS = ("text", "summary", "caption", "credit")


def rich_buttons(rich_message: Json) -> list[Json]:
    """Return the buttons in rows and beside text, in order."""
    return list(_buttons(rich_message))


def _buttons(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _buttons(item)
    elif isinstance(value, dict):
        if value.get("type") == "button":
            yield value["button"]
            return
        if value.get("type") == "buttons":
            yield from value["buttons"]
            return
        for part in value.values():
            yield from _buttons(part)


def rich_plain_text(rich_message: Json) -> str:
    """Return the texts of all blocks, one line each, without buttons and labels."""
    return "\n".join(line for block in rich_message["blocks"] for line in _lines(block) if line)


def _lines(block: Json) -> Iterator[str]:
    for name in _TEXT_FIELDS:
        part = block.get(name)
        if isinstance(part, dict) and "type" not in part:  # a RichBlockCaption
            yield from _lines(part)
        elif part is not None:
            yield plain_text(part)
    for row in block.get("cells", ()):
        yield "\t".join(plain_text(cell.get("text")) for cell in row)
    for inner in (*block.get("items", ()), *block.get("blocks", ())):
        yield from _lines(inner)
