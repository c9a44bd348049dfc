"""Sending an edition at once: the question before it, and the answers."""

from __future__ import annotations

from datetime import date

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import bold, join
from domain.delivery.send_now import SendNow
from domain.subscription.reach import Reach
from views.dates import format_full_day


def send_now_button(day: date, translate: Translator) -> Button:
    """Return the button that asks whether an edition is to be sent at once."""
    return button("🚀 " + translate("Send now…"), CommandName.SEND, day)


def send_now_question(day: date, title: str, reach: Reach, translate: Translator) -> Message:
    """Return the question whether an edition is to be sent at once, with how many get it."""
    n = reach.without
    lines = [bold("🚀 " + translate("Send the edition of {date} now?").format(date=format_full_day(day, translate)))]
    who = translate.ngettext(
        "{n} subscriber has not had it and gets it at once, whatever time they have chosen.",
        "{n} subscribers have not had it and get it at once, whatever times they have chosen.",
        n,
    ).format(n=n)
    had = translate.ngettext("{n} subscriber has it already.", "{n} subscribers have it already.", reach.had)
    rest = translate("Nobody gets it twice; who has paused or left gets nothing.")
    parts = [title, who, *([had.format(n=reach.had)] if reach.had else []), rest]
    yes = button(
        "🚀 " + translate("Send now ({n})").format(n=n), CommandName.SEND, day, "yes", target=ReplyTarget.IN_PLACE
    )
    no = button("✖️ " + translate("No"), CommandName.SEND, day, "no", target=ReplyTarget.IN_PLACE)
    return Message(join("\n\n", [*lines, "\n".join(filter(None, parts))]), ((yes, no),))


def refusal_text(refusal: SendNow, day: date, translate: Translator) -> str:
    """Return why an edition is not sent at once."""
    match refusal:
        case SendNow.PAUSED:
            return translate("Its delivery is paused: an admin has to resume it under its report.")
        case SendNow.CANCELLED:
            return translate("Its delivery was cancelled, so it does not go out any more.")
        case SendNow.WITHDRAWN:
            return translate("It was withdrawn. /withdraw {date} publishes it again.").format(date=day)
        case SendNow.UNKNOWN_RECIPIENTS:
            return translate("Who has had it is not known any more, so some would get it twice.")
        case _:
            return translate("No edition of {date} has been read.").format(date=format_full_day(day, translate))
