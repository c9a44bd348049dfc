"""Decode updates one by one, so that one a framework cannot read does not stop the others.

Both frameworks decode a poll's updates all or none; the same batch then comes again for ever (aiogram/aiogram#1840).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

Decoded = TypeVar("Decoded")

FrameworkDecoder = Callable[[Mapping[str, Any]], Decoded]
"""Convert an update's JSON to the framework's object. May raise anything, except for an update with only an id."""


def decode_body(body: bytes, decode: FrameworkDecoder[Decoded]) -> Decoded:
    """Decode a webhook's request body. Raises ValueError if it is no update."""
    return decode_update(json.loads(body), decode)


def decode_update(update: Any, decode: FrameworkDecoder[Decoded]) -> Decoded:
    """Decode one update, or only its id if the framework cannot read the rest. Raises ValueError if it has no id."""
    if not isinstance(update, Mapping) or not isinstance(update_id := update.get("update_id"), int):
        raise ValueError("not an update: it has no update_id")
    try:
        return decode(update)
    except Exception as error:  # noqa: BLE001 - a framework may raise anything at what is newer than itself
        log.warning("update_undecodable", update_id=update_id, fields=sorted(update), error=type(error).__name__)
        return decode({"update_id": update_id})
