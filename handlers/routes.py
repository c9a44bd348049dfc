"""The one table in which a typed command and a pressed button meet: a line's name in, what it does and for whom out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.chat.action import Action
from domain.chat.commands import Who
from handlers import admin, broadcast, browse, help_and_fallback, settings, subscription
from handlers.context import Context
from handlers.request import Asked

Handler = Callable[[Asked, Context], Awaitable[list[Action]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line does, and who may say it. A line that is not `typed` is said by buttons only."""

    handler: Handler
    who: Who = Who.ANYONE
    typed: bool = True


TABLE: Mapping[str, Entry] = {
    "today": Entry(browse.today),
    "item": Entry(browse.item),
    "items": Entry(browse.items),
    "categories": Entry(browse.categories),
    "category": Entry(browse.category),
    "commentary": Entry(browse.commentary),
    "digest": Entry(browse.digest),
    "settings": Entry(settings.settings, Who.MANAGER),
    "time": Entry(settings.time, Who.MANAGER),
    "timezone": Entry(settings.timezone, Who.MANAGER),
    "form": Entry(settings.form, Who.MANAGER),
    "language": Entry(settings.language, Who.MANAGER),
    "status": Entry(subscription.status),
    "start": Entry(subscription.start, Who.MANAGER),
    "stop": Entry(subscription.stop, Who.MANAGER),
    "help": Entry(help_and_fallback.guide),
    "broadcast": Entry(broadcast.broadcast, Who.ADMIN),
    "stats": Entry(admin.stats, Who.ADMIN),
    "welcome": Entry(subscription.welcome, Who.MANAGER, typed=False),
    "weekdays": Entry(settings.weekdays, Who.MANAGER, typed=False),
    "silent": Entry(settings.silent, Who.MANAGER, typed=False),
    "choose": Entry(settings.choose, Who.MANAGER, typed=False),
    "place": Entry(settings.place, Who.MANAGER, typed=False),
    "run": Entry(admin.run, Who.ADMIN, typed=False),
}
