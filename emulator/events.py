"""What the page should hear of -> numbered events to every open stream, and the newest again to one that comes back."""

import asyncio
from collections import deque
from typing import Any

import msgspec

Event = tuple[int, str, Any]
REMEMBERED = 2000
WAITING = 5000  # a stream this far behind is cut; the page loads the state again


class Hub:
    """Publishes without waiting. What is published must not change afterwards."""

    def __init__(self, first: int = 0) -> None:
        self.seq = first
        self._past: deque[Event] = deque(maxlen=REMEMBERED)
        self._streams: set[asyncio.Queue[Event | None]] = set()

    def publish(self, name: str, data: Any) -> None:
        self.seq += 1
        event = (self.seq, name, data)
        self._past.append(event)
        for stream in tuple(self._streams):
            if stream.qsize() >= WAITING:
                self._streams.discard(stream)
                stream.put_nowait(None)
            else:
                stream.put_nowait(event)

    def open(self, since: int | None) -> asyncio.Queue[Event | None]:
        """A stream of what comes after `since`; None in it is its end.

        Begins with hello, and reset where the past is not known any more.
        """
        stream: asyncio.Queue[Event | None] = asyncio.Queue()
        stream.put_nowait((self.seq, "hello", {"seq": self.seq}))
        if since is not None:
            known_from = self._past[0][0] - 1 if self._past else self.seq
            if known_from <= since <= self.seq:
                for event in self._past:
                    if event[0] > since:
                        stream.put_nowait(event)
            else:
                stream.put_nowait((self.seq, "reset", {}))
        self._streams.add(stream)
        return stream

    def close(self, stream: asyncio.Queue[Event | None]) -> None:
        self._streams.discard(stream)

    def end(self) -> None:
        """End every stream: the server stops."""
        for stream in self._streams:
            stream.put_nowait(None)


def encode(event: Event) -> bytes:
    """As text/event-stream."""
    seq, name, data = event
    return f"id: {seq}\nevent: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"
