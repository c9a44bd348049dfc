"""The one table in which a typed command and a pressed button meet: a line's name in, what it does and for whom out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.chat.action import Action
from domain.chat.commands import CommandName, Permission
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
    CommandName.TODAY: Route(browse.today),
    CommandName.ITEM: Route(browse.item),
    CommandName.ITEMS: Route(browse.items),
    CommandName.CATEGORIES: Route(browse.categories),
    CommandName.CATEGORY: Route(browse.category),
    CommandName.COMMENTARY: Route(browse.commentary),
    CommandName.DIGEST: Route(browse.digest),
    CommandName.SETTINGS: Route(settings.settings, Permission.CHAT_ADMINISTRATOR),
    CommandName.TIME: Route(settings.time, Permission.CHAT_ADMINISTRATOR),
    CommandName.TIMEZONE: Route(settings.timezone, Permission.CHAT_ADMINISTRATOR),
    CommandName.LAYOUT: Route(settings.layout, Permission.CHAT_ADMINISTRATOR),
    CommandName.LANGUAGE: Route(settings.language, Permission.CHAT_ADMINISTRATOR),
    CommandName.STATUS: Route(subscription.status),
    CommandName.START: Route(subscription.start, Permission.CHAT_ADMINISTRATOR),
    CommandName.STOP: Route(subscription.stop, Permission.CHAT_ADMINISTRATOR),
    CommandName.HELP: Route(help_and_fallback.show_help),
    CommandName.BROADCAST: Route(broadcast.broadcast, Permission.BOT_ADMIN),
    CommandName.STATS: Route(admin.stats, Permission.BOT_ADMIN),
    CommandName.WELCOME: Route(subscription.welcome, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.WEEKDAYS: Route(settings.weekdays, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.SILENT: Route(settings.silent, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.CHOOSE: Route(settings.choose, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.PLACE: Route(settings.place, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.RUN: Route(admin.run, Permission.BOT_ADMIN, typed=False),
}
