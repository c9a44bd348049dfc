"""The table of commands: which handler answers each, and who may use it. Typed and pressed commands share it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from domain.chat.action import Action
from domain.chat.commands import CommandName, Permission
from handlers import (
    access,
    admin,
    audit,
    broadcast,
    browse,
    conversation,
    corrections,
    drafts,
    feedback,
    help_and_fallback,
    items,
    muting,
    my_chats,
    pausing,
    preview,
    privacy,
    proposals,
    recap,
    roles,
    search,
    send_now,
    settings,
    slots,
    stats,
    subscription,
    withdrawals,
)
from handlers.context import Context
from handlers.request import Request

Handler = Callable[[Request, Context], Awaitable[list[Action]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How a command is answered.

    The handler of a `read_only` route gets a transaction that does not wait for writers, and must not write.
    A command that is not `typed` is accepted from buttons only. `shows_star_balance` tells for which requests the bot's
    Stars are asked for before the transaction begins. A command that is not `stores_contact` leaves no trace of a chat.
    """

    handler: Handler
    permission: Permission = Permission.ANYONE
    read_only: bool = False
    typed: bool = True
    shows_star_balance: Callable[[Request], bool] | None = None
    stores_contact: bool = True


def _reads(handler: Handler, permission: Permission = Permission.ANYONE, *, typed: bool = True) -> Route:
    return Route(handler=handler, permission=permission, read_only=True, typed=typed)


def _writes(handler: Handler, permission: Permission = Permission.CHAT_ADMINISTRATOR, *, typed: bool = True) -> Route:
    return Route(handler=handler, permission=permission, typed=typed)


ROUTES: Mapping[CommandName, Route] = {
    CommandName.TODAY: _reads(browse.today),
    CommandName.ITEM: _reads(browse.item),
    CommandName.ITEMS: _reads(browse.items),
    CommandName.CATEGORIES: _reads(browse.categories),
    CommandName.CATEGORY: _reads(browse.category),
    CommandName.COMMENTARY: _reads(browse.commentary),
    CommandName.DIGEST: _reads(browse.digest),
    CommandName.RECAP: _reads(recap.recap),
    CommandName.SEARCH: _writes(search.search, Permission.ANYONE),
    CommandName.RESULTS: _reads(search.results, typed=False),
    CommandName.OPEN: _reads(items.open_item, typed=False),
    CommandName.SAVE: _writes(items.save, Permission.ANYONE, typed=False),
    CommandName.VOTE: _writes(feedback.vote, Permission.ANYONE, typed=False),
    CommandName.SAVED: _reads(items.saved),
    CommandName.STATUS: _reads(subscription.status),
    CommandName.HELP: _reads(help_and_fallback.show_help),
    CommandName.PRIVACY: Route(handler=privacy.privacy, read_only=True, stores_contact=False),
    CommandName.EXPORT: Route(
        handler=privacy.export, permission=Permission.CHAT_ADMINISTRATOR, read_only=True, stores_contact=False
    ),
    CommandName.ERASE: Route(handler=privacy.erase, permission=Permission.CHAT_ADMINISTRATOR, stores_contact=False),
    CommandName.SETTINGS: _reads(settings.settings, Permission.CHAT_ADMINISTRATOR),
    CommandName.WELCOME: _reads(subscription.welcome, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.STATS: _reads(stats.stats, Permission.ADMIN),
    CommandName.START: _writes(subscription.start),
    CommandName.MUTE: _writes(muting.mute),
    CommandName.PAUSE: _writes(pausing.pause),
    CommandName.STOP: _writes(subscription.stop),
    CommandName.CHATS: _reads(my_chats.chats),
    CommandName.TOPIC: _writes(my_chats.topic, typed=False),
    CommandName.BUTTONS: _writes(my_chats.buttons, typed=False),
    CommandName.WEEKLY: _writes(recap.weekly, typed=False),
    CommandName.SLOT: _writes(slots.slot),
    CommandName.SIGNATURE: _writes(my_chats.signature, typed=False),
    CommandName.PIN: _writes(my_chats.pin, typed=False),
    CommandName.PROPOSE: _reads(proposals.propose, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.AGREE: _writes(proposals.agree, typed=False),
    CommandName.TALK: _reads(conversation.talk, typed=False),
    CommandName.UNDO: _writes(pausing.undo, typed=False),
    CommandName.KEEP: _reads(pausing.keep, Permission.CHAT_ADMINISTRATOR, typed=False),
    CommandName.TIME: _writes(settings.time),
    CommandName.TIMEZONE: _writes(settings.timezone),
    CommandName.PLACE: _writes(settings.place, typed=False),
    CommandName.WEEKDAYS: _writes(settings.weekdays, typed=False),
    CommandName.CHOOSE: _writes(settings.choose, typed=False),
    CommandName.LAYOUT: _writes(settings.layout),
    CommandName.LANGUAGE: _writes(settings.language),
    CommandName.SILENT: _writes(settings.silent, typed=False),
    CommandName.BROADCAST: Route(
        handler=broadcast.broadcast,
        permission=Permission.ADMIN,
        shows_star_balance=broadcast.shows_star_balance,
    ),
    CommandName.RUN: _writes(admin.run, Permission.ADMIN, typed=False),
    CommandName.PREVIEW: _reads(preview.preview, Permission.EDITOR),
    CommandName.DRAFT: _writes(drafts.draft, Permission.EDITOR, typed=False),
    CommandName.CORRECT: _writes(corrections.correct, Permission.EDITOR),
    CommandName.WITHDRAW: _writes(withdrawals.withdraw, Permission.EDITOR),
    CommandName.SEND: _writes(send_now.send, Permission.EDITOR),
    CommandName.ACCESS: _writes(access.access, Permission.ADMIN),
    CommandName.JOIN: _writes(access.join, Permission.ANYONE, typed=False),
    CommandName.AUDIT: _reads(audit.audit, Permission.OWNER),
    CommandName.ROLES: _writes(roles.roles, Permission.OWNER),
}

TYPED_COMMANDS = frozenset(command for command, route in ROUTES.items() if route.typed)
"""The commands that people may type; buttons may carry all of them."""
