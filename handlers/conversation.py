"""What people say without asking for anything."""

from __future__ import annotations

from domain.chat.action import Action
from handlers.context import Context
from handlers.request import Request, reply_with
from views.conversation import talk_message


async def talk(request: Request, context: Context) -> list[Action]:
    """Answer thanks, greetings, praise and complaints with a warm word."""
    return reply_with(request, talk_message(request.arguments, context.translate))
