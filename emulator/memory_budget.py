"""Track the memory of stored messages; content shared by many messages counts once."""

import sys

import msgspec

from emulator.models import StoredMessage

MAX_HISTORY_BYTES = 192 * 1024 * 1024
MESSAGE_OVERHEAD_BYTES = 600
"""Memory of a message and its log entry without text and entities."""


class MemoryBudget:
    """Memory used by stored messages, compared with a limit.

    A broadcast shares one text among thousands of messages, so parts are counted by identity: a message that was added
    must stay alive until it is removed.
    """

    def __init__(self, max_bytes: int = MAX_HISTORY_BYTES) -> None:
        self._reference_counts: dict[int, int] = {}
        self._max_bytes = max_bytes
        self.used_bytes = 0

    @property
    def exceeded(self) -> bool:
        return self.used_bytes > self._max_bytes

    def add(self, message: StoredMessage | None) -> None:
        self.used_bytes += MESSAGE_OVERHEAD_BYTES
        for part in _shared_parts(message):
            count = self._reference_counts.get(id(part), 0)
            self._reference_counts[id(part)] = count + 1
            if count == 0:
                self.used_bytes += _size(part)

    def remove(self, message: StoredMessage | None) -> None:
        """Subtract a message. Raises KeyError if it was not added."""
        self.used_bytes -= MESSAGE_OVERHEAD_BYTES
        for part in _shared_parts(message):
            self._reference_counts[id(part)] -= 1
            if self._reference_counts[id(part)] == 0:
                del self._reference_counts[id(part)]
                self.used_bytes -= _size(part)


def _size(part: str | msgspec.Raw) -> int:
    return sys.getsizeof(part) if isinstance(part, str) else len(bytes(part))


def _shared_parts(message: StoredMessage | None) -> tuple[str | msgspec.Raw, ...]:
    if message is None:
        return ()
    parts = (message.text, message.entities)
    return parts if message.rich_message is None else (*parts, message.rich_message)
