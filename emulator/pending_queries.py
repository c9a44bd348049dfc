"""Callback queries and inline queries that wait for the bot's answer."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from emulator.errors import BadRequest

CALLBACK_QUERY_SECONDS = 15 * 60  # Telegram documents no exact figure
INLINE_QUERY_SECONDS = 30
MAX_PENDING_QUERIES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingQuery:
    """Query by a user. `chat_id` and `message_id` name the button's message; None for an inline query."""

    id: str
    user_id: int
    opened_at: float
    chat_id: int | None = None
    message_id: int | None = None


class PendingQueries:
    """Pending queries by id; the oldest are dropped beyond the limit."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._open: dict[str, PendingQuery] = {}
        self._monotonic = monotonic
        self._numbers = itertools.count(secrets.randbelow(1 << 40) + (1 << 52))

    def open(self, user_id: int, chat_id: int | None = None, message_id: int | None = None) -> PendingQuery:
        query = PendingQuery(
            id=str(next(self._numbers)),
            user_id=user_id,
            opened_at=self._monotonic(),
            chat_id=chat_id,
            message_id=message_id,
        )
        self._open[query.id] = query
        if len(self._open) > MAX_PENDING_QUERIES:
            del self._open[next(iter(self._open))]
        return query

    def age(self, query: PendingQuery) -> float:
        """Return for how many seconds a query has been open."""
        return self._monotonic() - query.opened_at

    def take(self, query_id: str, *, inline: bool) -> PendingQuery:
        """Return a pending query. Raises BadRequest if it is unknown or too old.

        An inline query can be answered once, a callback query repeatedly.
        """
        query = self._open.get(query_id)
        max_age = INLINE_QUERY_SECONDS if inline else CALLBACK_QUERY_SECONDS
        if query is None or (query.chat_id is None) is not inline or self.age(query) > max_age:
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        if inline:
            del self._open[query_id]
        return query
