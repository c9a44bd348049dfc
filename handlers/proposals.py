"""Proposals: what a sentence would change is asked first; only Yes, pressed or typed, changes it; it can be undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from domain.chat.action import Action
from domain.chat.i18n import LANGUAGE_NAMES
from domain.chat.message import Message
from domain.chat.slot_arguments import SLOT_DAYS, SLOT_OFF, SLOT_PAUSE, SLOT_RESUME, SLOT_WITHOUT
from domain.chat.text import Text, bold, format_text
from domain.subscription.calendar import EVERY_DAY, Schedule
from domain.subscription.mutes import MAX_MUTES, without_muted
from domain.subscription.pause import is_withheld, may_pause_until, pause_end
from domain.subscription.preferences import Layout, category_id, category_key
from domain.subscription.subscriber import Setting
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.off_words import asks_to_clear
from handlers.input.pauses import parse_pause_end
from handlers.input.times import parse_time
from handlers.input.weekdays import read_weekday_mask
from handlers.muting import read_mutes
from handlers.request import Request, reply_text, reply_with
from handlers.settings import known_categories
from handlers.subscription_changes import settings_view
from storage import setting_changes
from views.content_settings import categories_screen, names_by_key
from views.dates import format_day, format_time, format_weekdays, weekday_name
from views.examples import with_examples
from views.mutes import mutes_screen
from views.pauses import paused_message, resumed_message, unreadable_pause
from views.proposals import as_it_is_message, changed_setting_name, nothing_to_undo_message, proposal_message
from views.refusals import button_expired, with_problem
from views.schedule_settings import (
    NO_RECAP,
    no_day_left_message,
    slot_screen,
)
from views.settings import (
    SettingsView,
    SlotView,
    layout_name,
    recap_line,
    saved_message,
    settings_screen,
    slot_line,
    slot_title,
    status_screen,
    undone_message,
)
from views.shortening import quoted_words

SEPARATOR = "|"
"""Between several words or ids of a change."""


def _done_message(view: SettingsView) -> Message:
    return saved_message(bold(view.translate("Done.")), view)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is understood: what is asked, how the button names it, what carries it out and confirms it."""

    question: Text
    button: str
    apply: Callable[[Context], Awaitable[Context]]
    preview: Context
    """The context as it would be, for what follows from the change."""
    confirmation: Callable[[SettingsView], Message] = _done_message
    alters: bool | None = None
    """Whether the change would change anything; None if the preview tells."""


async def propose(request: Request, context: Context) -> list[Action]:
    """Ask whether a setting shall be changed as a sentence says."""
    needs_subscription = not context.is_elsewhere and not request.arguments.startswith(("language", "undo"))
    if needs_subscription and not context.subscriber.active:
        return reply_with(request, status_screen(await settings_view(context)))
    proposal = await _understand(request.arguments, context)
    view = await settings_view(context)
    if proposal is None:
        return reply_with(request, await _offer_screen(request.arguments, context))
    alters = proposal.preview.subscriber != context.subscriber if proposal.alters is None else proposal.alters
    if not alters:
        return reply_with(request, as_it_is_message(view))
    consequence = await settings_view(proposal.preview)
    return reply_with(request, proposal_message(proposal.question, proposal.button, view, consequence))


async def agree(request: Request, context: Context) -> list[Action]:
    """Carry out what was proposed, and confirm it in place of the question."""
    is_agreed = request.press is not None or request.is_answer
    proposal = await _understand(request.arguments, context) if is_agreed else None
    if proposal is None:
        return reply_text(request, button_expired(context.translate))
    context = await proposal.apply(context)
    message = proposal.confirmation(await settings_view(context))
    return reply_with(request, message, toast=context.translate("Saved."))


async def _understand(change: str, context: Context) -> Proposal | None:
    """Return the proposal for a change such as `time 07:00`; None if it makes no sense here."""
    what, _, value = change.partition(" ")
    reader = _READERS.get(what)
    return None if reader is None else await reader(value, context)


async def _time(value: str, context: Context) -> Proposal | None:
    minute = parse_time(value)
    if minute is None:
        return None
    schedule = replace(context.subscriber.schedule, minute_of_day=minute)
    question = context.translate("Shall the digest come at {time}?")
    return _of_schedule(
        format_text(question, {"time": bold(format_time(minute))}), f"time {format_time(minute)}", schedule, context
    )


async def _shift(value: str, context: Context) -> Proposal | None:
    """Read by how many minutes the time shall be later, or earlier: `-30`."""
    if not value.removeprefix("-").isdecimal() or len(value) > len("-1439"):
        return None
    minute = (context.subscriber.schedule.minute_of_day + int(value)) % (24 * 60)
    return await _time(format_time(minute), context)


async def _weekdays(value: str, context: Context) -> Proposal | None:
    number, _, clock = value.partition(" ")
    weekdays = read_weekday_mask(number)
    if weekdays is None:
        return None
    schedule = replace(context.subscriber.schedule, weekdays=weekdays)
    minute = parse_time(clock) if clock else None
    if minute is not None:
        schedule = replace(schedule, minute_of_day=minute)
    question = context.translate("Shall the digest come {weekdays} at {time}?")
    days, at = format_weekdays(schedule.weekdays, context.translate), format_time(schedule.minute_of_day)
    asked = format_text(question, {"weekdays": bold(days), "time": bold(at)})
    return _of_schedule(asked, f"weekdays {value}", schedule, context)


async def _add_weekdays(value: str, context: Context) -> Proposal | None:
    number, _, clock = value.partition(" ")
    if not number.isdecimal() or len(number) > 3:
        return None
    return await _weekdays(f"{int(number) | context.subscriber.schedule.weekdays} {clock}".strip(), context)


async def _remove_weekdays(value: str, context: Context) -> Proposal | None:
    """Read days that are taken from the subscriber's own; None if no day would be left."""
    number, _, clock = value.partition(" ")
    left_out = read_weekday_mask(number)
    if left_out is None:
        return None
    return await _weekdays(f"{context.subscriber.schedule.weekdays & ~left_out} {clock}".strip(), context)


async def _slot(value: str, context: Context) -> Proposal | None:
    """Read `evening off`, `evening 18:45`, `evening days31 18:45` or `evening without64`; the rest stays as it is."""
    name, *words = value.split(" ")
    each = next((each for each in (await settings_view(context)).slots if each.slot == name), None)
    if each is None or not 0 < len(words) <= _MOST_SLOT_WORDS:
        return None
    title = bold(slot_title(name, context.translate))
    if words == [SLOT_OFF]:
        asked = format_text(context.translate("{slot}: shall it not come any more?"), {"slot": title})
        return _of_slot(asked, f"slot {value}", each, None, context)
    if words[0] in (SLOT_PAUSE, SLOT_RESUME):
        return _slot_pause(value, each, context)
    former = each.schedule
    minute, weekdays = (None, EVERY_DAY) if former is None else (former.minute_of_day, former.weekdays)
    for word in words:
        if word.startswith((SLOT_DAYS, SLOT_WITHOUT)):
            weekdays = _slot_weekdays(word, weekdays)
        else:
            minute = parse_time(word)
    if minute is None or not weekdays:
        return None
    schedule = Schedule(context.subscriber.schedule.zone, minute, weekdays)
    names = {"slot": title, "time": bold(format_time(minute))}
    names["weekdays"] = bold(format_weekdays(weekdays, context.translate))
    asked = format_text(context.translate("{slot}: shall it come {weekdays} at {time}?"), names)
    return _of_slot(asked, f"slot {name} {SLOT_DAYS}{weekdays} {format_time(minute)}", each, schedule, context)


def _slot_weekdays(word: str, former: int) -> int:
    """Return the days that `days31` names, or those that `without64` leaves; 0 if there are none."""
    if word.startswith(SLOT_DAYS):
        return read_weekday_mask(word.removeprefix(SLOT_DAYS)) or 0
    left_out = read_weekday_mask(word.removeprefix(SLOT_WITHOUT))
    return 0 if left_out is None else former & ~left_out


def _slot_pause(value: str, each: SlotView, context: Context) -> Proposal | None:
    """Read `evening pause 2025-10-01`, or `evening resume`."""
    _, what, *days = value.split(" ")
    title = bold(slot_title(each.slot, context.translate))
    if each.schedule is None:
        return None
    if what == SLOT_RESUME:
        asked = format_text(context.translate("{slot}: shall it come again from now on?"), {"slot": title})
        until, alters = context.now, each.paused_until is not None
    else:
        day = parse_pause_end(" ".join(days), context.today)
        if day is None or not may_pause_until(day, context.today):
            return None
        until = pause_end(day, each.schedule.zone)
        question = context.translate("{slot}: shall it stay away until {day}? It goes on by itself then.")
        asked = format_text(question, {"slot": title, "day": bold(format_day(day, context.translate, context.today))})
        alters = until != each.paused_until

    async def apply(now: Context) -> Context:
        return await subscription_changes.pause_slot(now, each.slot, until)

    return Proposal(asked, f"slot {value}", apply, context, partial(_slot_saved, each.slot), alters=alters)


def _slot_saved(slot: str, view: SettingsView) -> Message:
    return saved_message(slot_line(next(now for now in view.slots if now.slot == slot), view), view)


def _of_slot(question: Text, button: str, each: SlotView, schedule: Schedule | None, context: Context) -> Proposal:
    minute, weekdays = (None, EVERY_DAY) if schedule is None else (schedule.minute_of_day, schedule.weekdays)

    return Proposal(
        question,
        button,
        lambda now: subscription_changes.set_slot(now, each.slot, minute, weekdays),
        context,
        partial(_slot_saved, each.slot),
        alters=schedule != each.schedule,
    )


async def _pause(value: str, context: Context) -> Proposal | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    if not may_pause_until(day, context.today):
        return None
    until = pause_end(day, context.subscriber.schedule.zone)
    question = context.translate("Shall I be quiet until {day}? It goes on by itself then.")
    asked = format_text(question, {"day": bold(format_day(day, context.translate, context.today))})
    preview = _with_subscriber(context, paused_until=until)
    return Proposal(asked, f"pause {day}", lambda now: subscription_changes.pause(now, until), preview, paused_message)


async def _resume(_: str, context: Context) -> Proposal | None:
    until = context.now if is_withheld(context.now, context.subscriber.paused_until) else None
    preview = context if until is None else _with_subscriber(context, paused_until=until)
    asked = Text(context.translate("Shall the digest come again from now on?"))
    return Proposal(asked, "resume", subscription_changes.resume, preview, resumed_message)


async def _layout(value: str, context: Context) -> Proposal | None:
    if value not in (Layout.HEADLINES, Layout.FULL):
        return None
    layout = Layout(value)
    name = bold(layout_name(layout, context.translate))
    asked = format_text(context.translate("Shall the digest come in this layout: {layout}?"), {"layout": name})
    preview = _with_preferences(context, layout=layout)
    return Proposal(asked, f"layout {layout}", lambda now: subscription_changes.set_layout(now, layout), preview)


async def _language(value: str, context: Context) -> Proposal | None:
    code = value.lower() if value.lower() in LANGUAGE_NAMES else value.partition("-")[0]
    if code not in LANGUAGE_NAMES:
        return None
    name = bold(LANGUAGE_NAMES[code])
    asked = format_text(context.translate("Shall I speak {language} from now on?"), {"language": name})
    preview = _with_preferences(context, language=code)
    return Proposal(asked, f"language {code}", lambda now: subscription_changes.choose_language(now, code), preview)


async def _sound(value: str, context: Context) -> Proposal | None:
    if value not in ("silent", "loud"):
        return None
    silent = value == "silent"
    asked = Text(
        context.translate("Shall the digest come without a sound?")
        if silent
        else context.translate("Shall the digest come with a sound?")
    )
    preview = _with_subscriber(context, silent=silent)
    return Proposal(asked, f"sound {value}", lambda now: subscription_changes.set_silent(now, silent=silent), preview)


async def _only(value: str, context: Context) -> Proposal | None:
    """Read names of categories, as a person types them, or their ids, as the button carries them."""
    wanted = _named_categories(value, await known_categories(context), context)
    names = tuple(name for name in wanted.values() if name is not None)
    most = _MAX_CHOSEN - context.is_elsewhere
    if len(names) < len(wanted) or not 0 < len(names) <= most:
        return None
    chosen = frozenset(map(category_key, names))
    listed = bold(context.translate(", ").join(names))
    asked = format_text(context.translate("Shall only these categories come: {categories}?"), {"categories": listed})
    ids = SEPARATOR.join(category_id(category_key(name)) for name in names)
    preview = _with_preferences(context, categories=chosen)
    return Proposal(asked, f"only {ids}", lambda now: subscription_changes.set_categories(now, chosen), preview)


async def _also(value: str, context: Context) -> Proposal | None:
    """Read the names or ids of categories that shall come beside those that were chosen."""
    wanted = _named_categories(value, await known_categories(context), context)
    names = tuple(name for name in wanted.values() if name is not None)
    former = context.subscriber.preferences.categories
    if len(names) < len(wanted) or not 0 < len(names) <= _MAX_CHOSEN - context.is_elsewhere:
        return None
    chosen = None if former is None else former | frozenset(map(category_key, names))
    listed = bold(context.translate(", ").join(names))
    asked = format_text(context.translate("Shall these categories come as well: {categories}?"), {"categories": listed})
    ids = SEPARATOR.join(category_id(category_key(name)) for name in names)
    preview = _with_preferences(context, categories=chosen)
    return Proposal(asked, f"also {ids}", lambda now: subscription_changes.set_categories(now, chosen), preview)


async def _all_categories(_: str, context: Context) -> Proposal | None:
    asked = Text(context.translate("Shall all categories come?"))
    preview = _with_preferences(context, categories=None)
    return Proposal(asked, "all_categories", lambda now: subscription_changes.set_categories(now, None), preview)


def _named_categories(value: str, known: tuple[str, ...], context: Context) -> Mapping[str, str | None]:
    """Return what was typed with the names of the categories that are meant, None for none."""
    text_context = context.text_context(known)
    by_id = {category_id(category_key(name)): name for name in known}
    return {part: by_id.get(part) or text_context.category_named(part.lower()) for part in value.split(SEPARATOR)}


async def _mute(value: str, context: Context) -> Proposal | None:
    if asks_to_clear(value):
        return None
    words, categories = await read_mutes(value.split(SEPARATOR), context)
    preferences = context.subscriber.preferences
    all_words, all_categories = preferences.muted_words | words, preferences.muted_categories | categories
    if not (words or categories) or len(all_words) + len(all_categories) > MAX_MUTES:
        return None
    listed = await _mutes_listed(words, categories, context)
    asked = format_text(context.translate("Shall I leave out items about {words}?"), {"words": listed})
    return _of_mutes(asked, f"mute {SEPARATOR.join(sorted(words | categories))}", all_words, all_categories, context)


async def _mutes_listed(words: frozenset[str], categories: frozenset[str], context: Context) -> Text:
    """Return words and categories, these by their names."""
    names = names_by_key(await known_categories(context))
    return bold(context.translate(", ").join((*sorted(words), *sorted(names.get(key, key) for key in categories))))


async def _unmute(value: str, context: Context) -> Proposal | None:
    preferences = context.subscriber.preferences
    if not value:
        asked = Text(context.translate("Shall nothing be muted any more?"))
        return _of_mutes(asked, "unmute", frozenset(), frozenset(), context)
    words, categories = await read_mutes(value.split(SEPARATOR), context)
    listed = await _mutes_listed(words, categories, context)
    asked = format_text(context.translate("Shall items about {words} come again?"), {"words": listed})
    taken_back = words | categories
    left_words = without_muted(preferences.muted_words, taken_back)
    left_categories = without_muted(preferences.muted_categories, taken_back)
    return _of_mutes(asked, f"unmute {SEPARATOR.join(sorted(taken_back))}", left_words, left_categories, context)


async def _recap(value: str, context: Context) -> Proposal | None:
    if value == NO_RECAP:
        asked = Text(context.translate("Shall the weekly recap not come any more?"))
        preview = _with_subscriber(context, recap_weekday=None)
        return Proposal(asked, "recap off", lambda now: subscription_changes.set_recap(now, None), preview)
    if value not in tuple(map(str, range(7))):
        return None
    weekday, at = int(value), format_time(context.subscriber.schedule.minute_of_day)
    question = context.translate("Shall a recap of the week come every {weekday} at {time}?")
    asked = format_text(question, {"weekday": bold(weekday_name(weekday, context.translate)), "time": bold(at)})
    preview = _with_subscriber(context, recap_weekday=weekday)
    return Proposal(
        asked,
        f"recap {weekday}",
        lambda now: subscription_changes.set_recap(now, weekday),
        preview,
        _recap_confirmation,
    )


def _recap_confirmation(view: SettingsView) -> Message:
    return saved_message(bold(recap_line(view)), view)


async def _undo(value: str, context: Context) -> Proposal | None:
    """Read the number of a change to be taken back; without one it is the last that the person has made here."""
    newest = await setting_changes.newest(context.tx, subscriber_id=context.subscriber.id, user_id=context.user_id)
    if newest is None or value not in ("", str(newest[0])):
        return None
    number, change = newest
    preview = context
    if change.setting is Setting.SCHEDULE:
        preview = _with_schedule(context, Schedule(**change.former))
    changed = changed_setting_name(change.setting, context.subscriber, preview.subscriber, context.translate)
    if change.setting is Setting.SLOT:
        changed = slot_title(change.former["slot"], context.translate)
    asked = format_text(context.translate("Shall I undo the last change: {setting}?"), {"setting": bold(changed)})

    async def apply(now: Context) -> Context:
        return await subscription_changes.undo(now, number) or now

    return Proposal(asked, f"undo {number}", apply, preview, undone_message, alters=True)


def _of_mutes(
    question: Text, button: str, words: frozenset[str], categories: frozenset[str], context: Context
) -> Proposal | None:
    if len(button.encode()) > _MAX_CHANGE_BYTES - (_ADDRESS_BYTES if context.is_elsewhere else 0):
        return None
    preview = _with_preferences(context, muted_words=words, muted_categories=categories)
    return Proposal(question, button, lambda now: subscription_changes.set_mutes(now, words, categories), preview)


_MOST_SLOT_WORDS = 2
"""Days and a time."""

_MAX_CHANGE_BYTES = 55
"""Longest change that fits into a button with its command."""

_ADDRESS_BYTES = 17
"""Bytes that the number of another chat takes in a button at most."""

_MAX_CHOSEN = 4
"""Categories whose ids fit into a button; one less where it names another chat."""


def _of_schedule(question: Text, button: str, schedule: Schedule, context: Context) -> Proposal:
    preview = _with_schedule(context, schedule)
    return Proposal(question, button, lambda now: subscription_changes.set_schedule(now, schedule), preview)


async def _offer_screen(change: str, context: Context) -> Message:
    """Return the screen where what was not understood in full can be chosen."""
    view = await settings_view(context)
    if change.startswith("slot"):
        name = change.split(" ")[1]
        each = next((each for each in view.slots if each.slot == name), None)
        return settings_screen(view) if each is None else slot_screen(view, each)
    if change.startswith("remove_weekdays"):
        return no_day_left_message(view)
    if change.startswith("pause"):
        return unreadable_pause(view)
    if change == "undo":
        return nothing_to_undo_message(view)
    if change.startswith(("mute", "unmute")):
        is_too_long = change.startswith("mute ") and len(change.encode()) > _MAX_CHANGE_BYTES
        too_many = view.translate("These are too many for one question. Send them like this: `/mute bitcoin, crypto`")
        headline = with_examples(too_many) if is_too_long else ""
        return mutes_screen(view, await known_categories(context), headline)
    if change.startswith(("only", "also")):
        return await _choose_categories(change.partition(" ")[2].strip(), view, context)
    return settings_screen(view)


async def _choose_categories(wanted: str, view: SettingsView, context: Context) -> Message:
    """Return the screen of the categories, below the names that are none of them."""
    known = await known_categories(context)
    screen = categories_screen(view, known)
    unknown = [typed for typed, name in _named_categories(wanted, known, context).items() if typed and name is None]
    if not unknown or not known:
        return screen
    text = context.translate("There is no category “{name}”; choose from those that there are.")
    name = quoted_words(context.translate(", ").join(unknown))
    return with_problem(format_text(text, {"name": name}), screen)


def _with_subscriber(context: Context, **values: Any) -> Context:
    return replace(context, subscriber=replace(context.subscriber, **values))


def _with_schedule(context: Context, schedule: Schedule) -> Context:
    return _with_subscriber(replace(context, has_proposed_schedule=True), schedule=schedule)


def _with_preferences(context: Context, **values: Any) -> Context:
    return _with_subscriber(context, preferences=replace(context.subscriber.preferences, **values))


_READERS: Mapping[str, Callable[[str, Context], Awaitable[Proposal | None]]] = {
    "time": _time,
    "shift": _shift,
    "weekdays": _weekdays,
    "add_weekdays": _add_weekdays,
    "remove_weekdays": _remove_weekdays,
    "slot": _slot,
    "pause": _pause,
    "resume": _resume,
    "layout": _layout,
    "language": _language,
    "sound": _sound,
    "only": _only,
    "also": _also,
    "all_categories": _all_categories,
    "recap": _recap,
    "mute": _mute,
    "unmute": _unmute,
    "undo": _undo,
}
