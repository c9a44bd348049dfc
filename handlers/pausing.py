"""Pauses: /pause and its buttons, the undo of any change, and the No of any question."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget
from domain.subscription.pause import is_withheld, may_pause_until, pause_end
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.off_words import asks_for_off
from handlers.input.pauses import parse_pause_end
from handlers.request import Request, reply_text, reply_with
from handlers.subscription import return_to_welcome
from handlers.subscription_changes import settings_view
from views.pauses import kept_message, pause_screen, paused_message, resumed_message, unreadable_pause
from views.proposals import as_it_is_message
from views.settings import settings_screen, status_screen, undone_message

_CHANGE_ID_DIGITS = 15


async def pause(request: Request, context: Context) -> list[Action]:
    """Pause until a day or for a time, end the pause (`off`), or without a word offer both."""
    wanted, view = request.arguments, await settings_view(context)
    if not context.subscriber.active:
        return reply_with(request, status_screen(view))
    if not wanted:
        target = request.target if request.target is ReplyTarget.SETTINGS else ReplyTarget.IN_PLACE
        return reply_with(request, pause_screen(view, target))
    if asks_for_off(wanted):
        return await _resume(request, context)
    day = parse_pause_end(wanted, context.today)
    if day is None or not may_pause_until(day, context.today):
        return reply_with(request, unreadable_pause(view))
    context = await subscription_changes.pause(context, pause_end(day, context.subscriber.schedule.zone))
    view = await settings_view(context)
    screen = settings_screen(view) if request.target is ReplyTarget.SETTINGS else paused_message(view)
    return reply_with(request, screen, toast=context.translate("Paused."))


async def _resume(request: Request, context: Context) -> list[Action]:
    """End the pause, or say that there is none."""
    is_paused, translate = is_withheld(context.now, context.subscriber.paused_until), context.translate
    toast = translate("The pause is over.") if is_paused else translate("That is how it is already.")
    view = await settings_view(await subscription_changes.resume(context))
    message = resumed_message(view) if is_paused else as_it_is_message(view)
    screen = settings_screen(view) if request.target is ReplyTarget.SETTINGS else message
    return reply_with(request, screen, toast=toast)


async def undo(request: Request, context: Context) -> list[Action]:
    """Take back the change that a button names, if the person who presses made it and has not taken it back yet.

    That of an anonymous administrator of a group is taken back by each of its administrators.
    """
    number = request.arguments
    is_valid = number.isdecimal() and len(number) <= _CHANGE_ID_DIGITS
    undone = await subscription_changes.undo(context, int(number)) if is_valid else None
    if undone is None:
        return reply_text(request, context.translate("This cannot be undone any more. See the settings."))
    toast = undone.translate("It is as before.")
    if request.target is ReplyTarget.WELCOME:
        return await return_to_welcome(request, undone)
    view = await settings_view(undone)
    screen = settings_screen(view) if request.target is ReplyTarget.SETTINGS else undone_message(view)
    return reply_with(request, screen, toast=toast)


async def keep(request: Request, context: Context) -> list[Action]:
    """Leave everything as it is: the No of a question."""
    return reply_with(request, kept_message(await settings_view(context)))
