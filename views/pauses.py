"""The screens of a pause, and the question before unsubscribing, which offers one."""

from __future__ import annotations

from datetime import timedelta

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.message import Button, Keyboard, Message
from domain.chat.slot_arguments import SLOT_PAUSE
from domain.chat.text import Text, bold, join
from domain.subscription.pause import OFFERED_WEEKS
from views.dates import format_day
from views.examples import with_examples
from views.recap import recap_button
from views.settings import (
    SettingsView,
    SlotView,
    next_digest_line,
    pause_line,
    resume_button,
    settings_button,
    slot_title,
    undo_button,
)

STOP_CONFIRMED = "yes"
"""Argument of the button that unsubscribes."""


def pause_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.IN_PLACE) -> Message:
    """Ask how long the pause shall last, or offer to end it."""
    translate = view.translate
    hint = translate("Until another day? Send it: pause until 1 October")
    if view.subscriber.chat.kind is ChatKind.CHANNEL:
        hint = ""
    elif not view.subscriber.chat.is_private:
        hint = translate("Until another day? Send it like this: `/pause 2025-10-01`")
    promise = translate("Nothing comes until then; after that it goes on by itself. What is missed is not sent later.")
    title = bold("⏸ " + translate("How long shall I be quiet?"))
    now = pause_line(view)
    rows: Keyboard = ((resume_button(view, target),),) if now else ()
    text = join("\n\n", filter(None, (title, now, promise, with_examples(hint))))
    return Message(text, (*_week_rows(view, target), *rows, (_way_back(view, target),)))


def paused_message(view: SettingsView) -> Message:
    """Confirm a pause: until when, and what comes first after it."""
    translate = view.translate
    recap = [recap_button(translate, view.today)] if _reads_alone(view) else []
    rows = ((resume_button(view), *_undo(view)), (*recap, settings_button(translate)))
    first = next_digest_line(view)
    missed = translate("What comes out until then waits in the archive; it is not sent later.")
    return Message(join("\n", filter(None, (bold(pause_line(view)), first, missed))), rows)


def resumed_message(view: SettingsView) -> Message:
    """Confirm that a pause is over."""
    translate = view.translate
    text = join("\n", filter(None, (bold(translate("Here I am again: the pause is over.")), next_digest_line(view))))
    newest = button("📰 " + translate("Newest digest"), CommandName.TODAY)
    recap = [recap_button(translate)] if _reads_alone(view) else []
    return Message(text, ((newest, *recap), (*_undo(view), settings_button(translate))))


def unreadable_pause(view: SettingsView, slot: SlotView | None = None) -> Message:
    """Say how a pause is written."""
    text = view.translate("Until when? Write it like 2 weeks or 2025-10-01; a pause may last up to a year.")
    return Message(Text(text), _week_rows(view, ReplyTarget.IN_PLACE, slot))


def slot_pause_screen(view: SettingsView, each: SlotView) -> Message:
    """Ask how long the editions of a slot shall stay away."""
    translate = view.translate
    title = translate("⏸ {slot}: how long shall it stay away?").format(slot=slot_title(each.slot, translate))
    promise = translate("Everything else comes as before; what is missed is not sent later.")
    back = button("‹ " + translate("Back"), CommandName.SLOT, each.slot, target=ReplyTarget.IN_PLACE)
    rows = _week_rows(view, ReplyTarget.IN_PLACE, each)
    return Message(join("\n\n", (bold(title), promise)), (*rows, (back,)))


def stop_question(view: SettingsView, target: ReplyTarget) -> Message:
    """Ask whether to unsubscribe, and offer a pause in its place."""
    translate = view.translate
    title = bold(translate("Shall I stop sending the digest?"))
    offer = translate("You can also just take a break: nothing comes until then, and after that it goes on by itself.")
    stop = button("✖️ " + translate("Unsubscribe"), CommandName.STOP, STOP_CONFIRMED, target=target)
    rows = ((stop,), (_way_back(view, target, translate("No, keep it")),))
    return Message(join("\n\n", (title, offer)), (*_week_rows(view, target), *rows))


def kept_message(view: SettingsView) -> Message:
    """Answer a No: nothing changes."""
    text = join("\n", filter(None, (view.translate("Fine, everything stays as it is."), next_digest_line(view))))
    return Message(text, ((settings_button(view.translate),),))


def _way_back(view: SettingsView, target: ReplyTarget, label: str = "") -> Button:
    """Return the button that changes nothing: back to the settings if they were open, else a last word."""
    if target is ReplyTarget.SETTINGS:
        back = label or "‹ " + view.translate("Back")
        return button(back, CommandName.SETTINGS, target=ReplyTarget.IN_PLACE)
    return button(label or view.translate("No pause"), CommandName.KEEP, target=ReplyTarget.IN_PLACE)


def _week_rows(view: SettingsView, target: ReplyTarget, slot: SlotView | None = None) -> Keyboard:
    """Return a button for each length of a pause, with the day on which it ends."""
    translate, today = view.translate, view.today
    command = (CommandName.PAUSE,) if slot is None else (CommandName.SLOT, slot.slot, SLOT_PAUSE)
    ends = [(weeks, today + timedelta(weeks=weeks)) for weeks in OFFERED_WEEKS]
    return tuple(
        (
            button(
                translate.ngettext("⏸ {n} week, until {day}", "⏸ {n} weeks, until {day}", weeks).format(
                    n=weeks, day=format_day(end, translate, today)
                ),
                *command,
                end,
                target=target,
            ),
        )
        for weeks, end in ends
    )


def _reads_alone(view: SettingsView) -> bool:
    """Return whether the screen is read by the one whom the pause is about."""
    return view.subscriber.chat.is_private and not view.is_elsewhere


def _undo(view: SettingsView) -> tuple[Button, ...]:
    undo = undo_button(view, ReplyTarget.IN_PLACE)
    return () if undo is None else (undo,)
