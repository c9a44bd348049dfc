"""The one table in which a typed command and a pressed button meet: a line's name in, what it does and for whom out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from chat.action import Action
from handlers import broadcasting, guiding, preferences, reading, steering, subscribing
from handlers.asked import Asked
from handlers.commands import Who
from handlers.context import Context

Handler = Callable[[Asked, Context], Awaitable[list[Action]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line does, and who may say it. A line that is not `typed` is said by buttons only."""

    handler: Handler
    who: Who = Who.ANYONE
    typed: bool = True


TABLE: Mapping[str, Entry] = {
    "today": Entry(reading.today),
    "item": Entry(reading.item),
    "items": Entry(reading.items),
    "categories": Entry(reading.categories),
    "category": Entry(reading.category),
    "commentary": Entry(reading.commentary),
    "digest": Entry(reading.digest),
    "settings": Entry(preferences.settings, Who.MANAGER),
    "time": Entry(preferences.time, Who.MANAGER),
    "timezone": Entry(preferences.timezone, Who.MANAGER),
    "form": Entry(preferences.form, Who.MANAGER),
    "language": Entry(preferences.language, Who.MANAGER),
    "status": Entry(subscribing.status),
    "start": Entry(subscribing.start, Who.MANAGER),
    "stop": Entry(subscribing.stop, Who.MANAGER),
    "help": Entry(guiding.guide),
    "broadcast": Entry(broadcasting.broadcast, Who.ADMIN),
    "stats": Entry(steering.stats, Who.ADMIN),
    "welcome": Entry(subscribing.welcome, Who.MANAGER, typed=False),
    "weekdays": Entry(preferences.weekdays, Who.MANAGER, typed=False),
    "silent": Entry(preferences.silent, Who.MANAGER, typed=False),
    "choose": Entry(preferences.choose, Who.MANAGER, typed=False),
    "place": Entry(preferences.place, Who.MANAGER, typed=False),
    "run": Entry(steering.run, Who.ADMIN, typed=False),
}
