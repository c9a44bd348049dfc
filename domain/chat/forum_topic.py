"""A topic of a forum."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ForumTopic:
    """A topic; `name` is text of a stranger, '' until a service message tells it."""

    id: int
    name: str = ""
    closed: bool = False
