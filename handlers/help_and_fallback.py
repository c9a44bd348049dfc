"""/help, and the fallback for messages that the bot does not understand."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.roles import Role
from handlers.context import Context
from handlers.request import Request, reply_short, reply_with
from views.help import fallback_message, help_message


async def show_help(request: Request, context: Context) -> list[Action]:
    """List the commands that the person may use here."""
    is_private = request.origin.chat.is_private
    message = help_message(context.translate, is_private=is_private, role=context.role)
    return reply_with(request, message)


async def fallback(request: Request, context: Context) -> list[Action]:
    """Answer a private message that is not understood."""
    message = fallback_message(context.translate, has_text=request.has_text, may_broadcast=context.may(Role.ADMIN))
    return reply_short(request, message)
