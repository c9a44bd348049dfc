"""Updates as Telegram's JSON in, as a framework reads them out; what it cannot read says nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

Understood = TypeVar("Understood")

Read = Callable[[Mapping[str, Any]], Understood]
"""A framework's own reading. It may raise whatever it likes, but not at an update that has nothing but its id."""


def decode_body(body: bytes, read: Read[Understood]) -> Understood:
    """A webhook's body. Raises ValueError for what is no update."""
    return decode_update(json.loads(body), read)


def decode_update(update: Any, read: Read[Understood]) -> Understood:
    """One update. A framework that cannot read it (it is newer than itself, as a rule) is given its bare id: else the
    update would come again and again, and nobody after it would be heard. Raises ValueError for what is no update."""
    if not isinstance(update, Mapping) or not isinstance(number := update.get("update_id"), int):
        raise ValueError("no update")
    try:
        return read(update)
    except Exception as error:  # noqa: BLE001 - as said: whatever it likes
        log.warning("update not understood", update=number, holds=sorted(update), error=type(error).__name__)
        return read({"update_id": number})
