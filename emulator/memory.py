"""Contents that many messages share -> counted once: a limit on memory is neither passed nor reached too soon."""

import sys

import msgspec

from emulator.values import Message

MOST_BYTES = 192 * 1024 * 1024
OWN_BYTES = 600  # what a message and its line cost beside text and entities


class Budget:
    """Adds up what is kept. A broadcast's text is one object in a thousand messages.

    Parts are known by identity: who adds a message keeps it until it is removed here.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._holders: dict[int, int] = {}
        self._most = most
        self.used = 0

    @property
    def exceeded(self) -> bool:
        return self.used > self._most

    def add(self, message: Message | None) -> None:
        self.used += OWN_BYTES
        for part in _parts(message):
            holders = self._holders.get(id(part), 0)
            self._holders[id(part)] = holders + 1
            if holders == 0:
                self.used += _size(part)

    def remove(self, message: Message | None) -> None:
        """Raises KeyError for one that was not added."""
        self.used -= OWN_BYTES
        for part in _parts(message):
            self._holders[id(part)] -= 1
            if self._holders[id(part)] == 0:
                del self._holders[id(part)]
                self.used -= _size(part)


def _size(part: str | msgspec.Raw) -> int:
    return sys.getsizeof(part) if isinstance(part, str) else len(bytes(part))


def _parts(message: Message | None) -> tuple[str | msgspec.Raw, ...]:
    return () if message is None else (message.text, message.entities)
