"""Groups and channels set up from their administrator's private chat: the list, and what only they have."""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action
from domain.chat.commands import CommandName
from domain.subscription.preferences import ReaderButtons
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from storage import bots, chat_administrators
from views.my_chats import buttons_screen, my_chats_screen
from views.refusals import private_chat_only
from views.settings import settings_screen

_LISTED_CHATS = 50

CHAT_COMMANDS = frozenset(
    {
        CommandName.SETTINGS,
        CommandName.TIME,
        CommandName.TIMEZONE,
        CommandName.WEEKDAYS,
        CommandName.CHOOSE,
        CommandName.LAYOUT,
        CommandName.LANGUAGE,
        CommandName.SILENT,
        CommandName.BUTTONS,
        CommandName.PAUSE,
        CommandName.UNDO,
        CommandName.START,
        CommandName.STOP,
        CommandName.PRIVACY,
        CommandName.EXPORT,
        CommandName.ERASE,
    }
)
"""Commands that a button in a private chat may carry for another chat."""


async def chats(request: Request, context: Context) -> list[Action]:
    """List the groups and channels that the person looks after."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    listed = await chat_administrators.chats_of(context.tx, context.user_id, limit=_LISTED_CHATS)
    username = await bots.username(context.tx)
    return reply_with(request, my_chats_screen(listed, username, context.translate))


async def buttons(request: Request, context: Context) -> list[Action]:
    """Change what the buttons under the digest do; without a choice, show them."""
    preferences = context.subscriber.preferences
    chosen = next((buttons for buttons in ReaderButtons if buttons.value == request.arguments), None)
    if chosen is None:
        return reply_with(request, buttons_screen(await settings_view(context)))
    context = await subscription_changes.set_buttons(context, replace(preferences, buttons=chosen))
    return reply_with(request, settings_screen(await settings_view(context)), toast=context.translate("Saved."))
