"""The one table in which a typed command and a pressed button meet: a line's name in, what it does and for whom out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.chat.action import Action
from domain.chat.commands import Permission
from handlers import admin, broadcast, browse, help_and_fallback, settings, subscription
from handlers.context import Context
from handlers.request import Request

Handler = Callable[[Request, Context], Awaitable[list[Action]]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a line does, and who may say it. A line that is not `typed` is said by buttons only."""

    handler: Handler
    permission: Permission = Permission.ANYONE
    typed: bool = True


ROUTES: Mapping[str, Route] = {
    "today": Route(browse.today),
    "item": Route(browse.item),
    "items": Route(browse.items),
    "categories": Route(browse.categories),
    "category": Route(browse.category),
    "commentary": Route(browse.commentary),
    "digest": Route(browse.digest),
    "settings": Route(settings.settings, Permission.CHAT_ADMINISTRATOR),
    "time": Route(settings.time, Permission.CHAT_ADMINISTRATOR),
    "timezone": Route(settings.timezone, Permission.CHAT_ADMINISTRATOR),
    "form": Route(settings.form, Permission.CHAT_ADMINISTRATOR),
    "language": Route(settings.language, Permission.CHAT_ADMINISTRATOR),
    "status": Route(subscription.status),
    "start": Route(subscription.start, Permission.CHAT_ADMINISTRATOR),
    "stop": Route(subscription.stop, Permission.CHAT_ADMINISTRATOR),
    "help": Route(help_and_fallback.show_help),
    "broadcast": Route(broadcast.broadcast, Permission.BOT_ADMIN),
    "stats": Route(admin.stats, Permission.BOT_ADMIN),
    "welcome": Route(subscription.welcome, Permission.CHAT_ADMINISTRATOR, typed=False),
    "weekdays": Route(settings.weekdays, Permission.CHAT_ADMINISTRATOR, typed=False),
    "silent": Route(settings.silent, Permission.CHAT_ADMINISTRATOR, typed=False),
    "choose": Route(settings.choose, Permission.CHAT_ADMINISTRATOR, typed=False),
    "place": Route(settings.place, Permission.CHAT_ADMINISTRATOR, typed=False),
    "run": Route(admin.run, Permission.BOT_ADMIN, typed=False),
}
