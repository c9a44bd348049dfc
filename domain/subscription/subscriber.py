"""."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One chat and its wishes. `joined_at` is when it last became active; `language_chosen`: by its own word;
    `left_why` the code given to `deactivate`, empty for those who have not left.
    """

    id: int
    chat: Chat
    active: bool
    silent: bool
    language_chosen: bool
    schedule: Schedule
    preferences: ContentPreferences
    joined_at: datetime | None
    left_why: str = ""
