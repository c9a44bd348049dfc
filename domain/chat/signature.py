"""Signatures: the line of a group's or channel's own under each digest. Plain text, bounded, one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.chat.text import Text

MAX_SIGNATURE_CHARACTERS = 64

_GAP = "\n\n"

SIGNATURE_UTF16_UNITS = 2 * MAX_SIGNATURE_CHARACTERS + len(_GAP)
"""Room that a message keeps for any signature, in UTF-16 units."""

SIGNATURE_BYTES = 4 * MAX_SIGNATURE_CHARACTERS + 2 * len(_GAP)
"""The same in bytes of JSON."""


def read_signature(typed: str) -> str | None:
    """Return a typed signature as one clean line, or None if it is empty or too long."""
    line = " ".join(Text(typed).sanitized().plain.split())
    return line if 0 < len(line) <= MAX_SIGNATURE_CHARACTERS else None


def with_signature(parameters: Mapping[str, Any], signature: str) -> dict[str, Any]:
    """Return the parameters of a Bot API call with a signature at the end of its text, which no entity reaches."""
    if "rich_message" in parameters:
        rich = parameters["rich_message"]
        blocks = [*rich["blocks"], {"type": "footer", "text": signature}]
        return {**parameters, "rich_message": {**rich, "blocks": blocks}}
    return {**parameters, "text": f"{parameters['text']}{_GAP}{signature}"}
