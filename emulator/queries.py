"""Button presses and inline queries that wait for an answer -> answered in time; a query once, a press again too."""

import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from emulator.errors import BadRequest

PRESS_SECONDS = 15 * 60  # a press can be answered this long; Telegram names no figure ("up to about 15 minutes")
INLINE_SECONDS = 30
MOST_WAITING = 20_000


@dataclass(frozen=True, slots=True)
class Query:
    """`chat_id` and `message_id` are those of the button's message; None for an inline query."""

    id: str
    user_id: int
    asked: float
    chat_id: int | None = None
    message_id: int | None = None


class Queries:
    """Open queries by id."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._open: dict[str, Query] = {}
        self._monotonic = monotonic
        self._numbers = itertools.count(secrets.randbelow(1 << 40) + (1 << 52))

    def ask(self, user_id: int, chat_id: int | None = None, message_id: int | None = None) -> Query:
        query = Query(str(next(self._numbers)), user_id, self._monotonic(), chat_id, message_id)
        self._open[query.id] = query
        if len(self._open) > MOST_WAITING:
            del self._open[next(iter(self._open))]
        return query

    def answer(self, query_id: str, *, inline: bool) -> Query:
        """Take an open query. Raises BadRequest when there is none by this id, or it is too old."""
        query = self._open.get(query_id)
        longest = INLINE_SECONDS if inline else PRESS_SECONDS
        if query is None or (query.chat_id is None) is not inline or self._monotonic() - query.asked > longest:
            raise BadRequest("query is too old and response timeout expired or query ID is invalid")
        if inline:
            del self._open[query_id]
        return query
