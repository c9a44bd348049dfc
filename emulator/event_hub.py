"""Publish/subscribe hub behind the server-sent event stream /control/events, with replay of recent events."""

import asyncio
from collections import deque
from typing import Any, NamedTuple

import msgspec

MAX_REPLAYED_EVENTS = 2000
MAX_QUEUED_EVENTS = 5000
"""A subscriber this far behind is closed; the page then loads the state again."""


class StreamEvent(NamedTuple):
    """Event of the stream; `data` must not change after it was published."""

    seq: int
    name: str
    data: Any


Subscription = asyncio.Queue[StreamEvent | None]
"""Queue of one subscriber; None marks its end."""


class EventHub:
    """Fan-out of numbered events to all subscribers; publishing never waits."""

    def __init__(self) -> None:
        self.last_seq = 0
        self._recent_events: deque[StreamEvent] = deque(maxlen=MAX_REPLAYED_EVENTS)
        self._subscribers: set[Subscription] = set()

    def publish(self, name: str, data: Any) -> None:
        """Send an event to every subscriber and close those that are too far behind."""
        self.last_seq += 1
        event = StreamEvent(self.last_seq, name, data)
        self._recent_events.append(event)
        for subscriber in tuple(self._subscribers):
            if subscriber.qsize() >= MAX_QUEUED_EVENTS:
                self._subscribers.discard(subscriber)
                subscriber.put_nowait(None)
            else:
                subscriber.put_nowait(event)

    def subscribe(self, since: int | None) -> Subscription:
        """Return a queue that starts with `hello` and the events after `since`.

        Where those events are no longer kept, `reset` replaces them.
        """
        subscription: Subscription = asyncio.Queue()
        subscription.put_nowait(StreamEvent(self.last_seq, "hello", {"seq": self.last_seq}))
        if since is not None:
            oldest_since = self._recent_events[0].seq - 1 if self._recent_events else self.last_seq
            if oldest_since <= since <= self.last_seq:
                for event in self._recent_events:
                    if event.seq > since:
                        subscription.put_nowait(event)
            else:
                subscription.put_nowait(StreamEvent(self.last_seq, "reset", {}))
        self._subscribers.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscribers.discard(subscription)

    def close_all(self) -> None:
        """End every subscription, because the server stops."""
        for subscriber in self._subscribers:
            subscriber.put_nowait(None)


def encode_server_sent_event(event: StreamEvent) -> bytes:
    """Return the event in the text/event-stream format."""
    return f"id: {event.seq}\nevent: {event.name}\ndata: ".encode() + msgspec.json.encode(event.data) + b"\n\n"
