"""The question whether a setting shall be changed, and what follows from it."""

from __future__ import annotations

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, join
from domain.subscription.subscriber import Setting, Subscriber
from views.settings import (
    SettingsView,
    next_digest_line,
    nothing_left_line,
    nothing_left_rows,
    settings_button,
)


def proposal_message(question: Text, change: str, view: SettingsView, preview: SettingsView) -> Message:
    """Ask before a change, with the next delivery if that changes with it."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    lines = [question]
    if preview.next_delivery != view.next_delivery or nothing_left_line(preview):
        lines.append(next_digest_line(preview))
    yes = button("✓ " + translate("Yes"), CommandName.AGREE, change, target=here)
    no = button(translate("No"), CommandName.KEEP, target=here)
    return Message(join("\n", filter(None, lines)), ((yes, no),))


def as_it_is_message(view: SettingsView) -> Message:
    """Say that a change would change nothing."""
    lines = view.translate("That is how it is already."), next_digest_line(view)
    rows = (*nothing_left_rows(view), (settings_button(view.translate),))
    return Message(join("\n", filter(None, lines)), rows)


def nothing_to_undo_message(view: SettingsView) -> Message:
    """Say that no change is left that could be taken back."""
    translate = view.translate
    return Message(Text(translate("There is nothing to undo.")), ((settings_button(translate),),))


def changed_setting_name(setting: Setting, now: Subscriber, former: Subscriber, translate: Translator) -> str:
    """Return what a change was about; of a schedule only what differs from the former one."""
    if setting is Setting.SCHEDULE:
        parts = {
            translate("Time"): now.schedule.minute_of_day != former.schedule.minute_of_day,
            translate("Time zone"): now.schedule.zone != former.schedule.zone,
            translate("Weekdays"): now.schedule.weekdays != former.schedule.weekdays,
        }
        return translate(", ").join(name for name, differs in parts.items() if differs) or translate("Time")
    names = {
        Setting.LAYOUT: translate("Layout"),
        Setting.LANGUAGE: translate("Language"),
        Setting.CATEGORIES: translate("Categories"),
        Setting.MUTES: translate("Muted"),
        Setting.SOUND: translate("Sound"),
        Setting.PAUSE: translate("Pause"),
        Setting.SIGNATURE: translate("Signature"),
        Setting.RECAP: translate("Weekly recap"),
    }
    return names.get(setting, translate("Settings"))
