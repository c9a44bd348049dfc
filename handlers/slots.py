"""Slots of the day besides the default one: /slot evening 18:45.

slot evening           the screen of the slot
slot evening 18:45     its editions come at that time; `off`: not any more
slot evening days31    on the weekdays of a bit mask
slot evening pause     for how long it shall stay away; `pause 2 weeks`, `pause 2025-10-01`: until then
slot evening resume    the pause is over
"""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.slot_arguments import SLOT_DAYS, SLOT_OFF, SLOT_PAUSE, SLOT_RESUME
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.pause import may_pause_until, pause_end
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.pauses import parse_pause_end
from handlers.input.times import parse_time
from handlers.input.weekdays import read_weekday_mask
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from views.pauses import slot_pause_screen, unreadable_pause
from views.schedule_settings import no_such_slot, slot_screen
from views.settings import SlotView, settings_screen


async def slot(request: Request, context: Context) -> list[Action]:
    """Show a slot of the newsletter, or choose when its editions come; without one of them, show all settings."""
    name, _, words = request.arguments.strip().lower().partition(" ")
    view = await settings_view(context)
    each = next((each for each in view.slots if each.slot == name), None)
    if each is None:
        is_named = name and request.press is None
        return reply_with(request, no_such_slot(name, view) if is_named else settings_screen(view))
    if words.partition(" ")[0] in (SLOT_PAUSE, SLOT_RESUME):
        return await _pause(request, context, each, words)
    schedule = each.schedule
    minute, weekdays = (None, EVERY_DAY) if schedule is None else (schedule.minute_of_day, schedule.weekdays)
    if words == SLOT_OFF:
        minute = None
    elif words.startswith(SLOT_DAYS) and schedule is not None:
        weekdays = read_weekday_mask(words.removeprefix(SLOT_DAYS)) or weekdays
    elif words:
        minute = parse_time(words)
        if minute is None:
            sorry = context.translate("I couldn't read that as a time of day. Write it like 8:30, 20:00 or 8pm.")
            return reply_text(request, sorry)
    else:
        return reply_with(request, slot_screen(view, each))
    context = await subscription_changes.set_slot(context, name, minute, weekdays)
    return await _show_changed(request, context, name, context.translate("Saved."))


async def _pause(request: Request, context: Context, each: SlotView, words: str) -> list[Action]:
    """Pause a slot for a time or until a day, end its pause, or ask how long it shall be."""
    translate, (what, _, length) = context.translate, words.partition(" ")
    if each.schedule is None:
        return reply_with(request, slot_screen(await settings_view(context), each))
    if what == SLOT_RESUME:
        context = await subscription_changes.pause_slot(context, each.slot, context.now)
        is_paused = each.paused_until is not None
        toast = translate("The pause is over.") if is_paused else translate("That is how it is already.")
        return await _show_changed(request, context, each.slot, toast)
    if not length:
        return reply_with(request, slot_pause_screen(await settings_view(context), each))
    day = parse_pause_end(length, context.today)
    if day is None or not may_pause_until(day, context.today):
        return reply_with(request, unreadable_pause(await settings_view(context), each))
    context = await subscription_changes.pause_slot(context, each.slot, pause_end(day, each.schedule.zone))
    return await _show_changed(request, context, each.slot, translate("Paused."))


async def _show_changed(request: Request, context: Context, name: str, toast: str) -> list[Action]:
    view = await settings_view(context)
    shown = next(each for each in view.slots if each.slot == name)
    return reply_with(request, slot_screen(view, shown), toast=toast)
