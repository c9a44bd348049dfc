"""Slots of the day besides the default one: /slot evening 18:45.

slot evening           the screen of the slot
slot evening 18:45     its editions come at that time; `off`: not any more
slot evening days31    on the weekdays of a bit mask
"""

from __future__ import annotations

from domain.chat.action import Action
from domain.subscription.calendar import EVERY_DAY
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.times import parse_time
from handlers.input.weekdays import read_weekday_mask
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from views.schedule_settings import SLOT_DAYS, SLOT_OFF, slot_screen
from views.settings import settings_screen


async def slot(request: Request, context: Context) -> list[Action]:
    """Show a slot of the newsletter, or choose when its editions come; without one of them, show all settings."""
    name, _, words = request.arguments.strip().lower().partition(" ")
    view = await settings_view(context)
    each = next((each for each in view.slots if each.slot == name), None)
    if each is None:
        return reply_with(request, settings_screen(view))
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
    changed = await settings_view(context)
    shown = next(each for each in changed.slots if each.slot == name)
    return reply_with(request, slot_screen(changed, shown), toast=context.translate("Saved."))
