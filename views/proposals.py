"""The question whether a setting shall be changed, and what follows from it."""

from __future__ import annotations

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.message import Message
from domain.chat.text import Text, format_text, join
from views.dates import format_next_delivery
from views.settings import SettingsView, settings_button


def proposal_message(question: Text, change: str, view: SettingsView, preview: SettingsView) -> Message:
    """Ask before a change, with the next delivery if that changes with it."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    lines = [question]
    if preview.next_delivery is not None and preview.next_delivery != view.next_delivery:
        when = format_next_delivery(preview.next_delivery, preview.subscriber.schedule, translate, view.now)
        lines.append(format_text(translate("Next digest: {when}."), {"when": when}))
    yes = button("✓ " + translate("Yes"), CommandName.AGREE, change, target=here)
    no = button(translate("No"), CommandName.KEEP, target=here)
    return Message(join("\n", lines), ((yes, no),))


def as_it_is_message(view: SettingsView) -> Message:
    """Say that a change would change nothing."""
    translate, lines = view.translate, [Text(view.translate("That is how it is already."))]
    if view.next_delivery is not None:
        when = format_next_delivery(view.next_delivery, view.subscriber.schedule, translate, view.now)
        lines.append(format_text(translate("Next digest: {when}."), {"when": when}))
    return Message(join("\n", lines), ((settings_button(translate),),))
