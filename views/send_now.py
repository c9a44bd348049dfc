"""Sending an edition at once: the question before it, and the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, join
from domain.delivery.send_now import SendNow
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.reach import Reach
from views.dates import format_full_day
from views.outages import held_text
from views.settings import slot_title


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
    rest = translate("Nobody gets it twice; who has paused or left gets nothing.")
    parts = [title, who, *had_lines(reach, translate), *nothing_lines(reach, translate), rest]
    yes = button(
        "🚀 " + translate("Send now ({n})").format(n=n), CommandName.SEND, day, "yes", target=ReplyTarget.IN_PLACE
    )
    no = button("✖️ " + translate("No"), CommandName.SEND, day, "no", target=ReplyTarget.IN_PLACE)
    return Message(join("\n\n", [*lines, "\n".join(filter(None, parts))]), ((yes, no),))


def sent_message(day: date, n: int, hold_reason: str | None, translate: Translator) -> Message:
    """Return that an edition goes to so many subscribers: now, or when the operator lets the bot send again."""
    if hold_reason is None:
        template = translate.ngettext(
            "🚀 The edition of {date} is on its way to {n} subscriber.",
            "🚀 The edition of {date} is on its way to {n} subscribers.",
            n,
        )
        return Message(Text(template.format(date=format_full_day(day, translate), n=n)))
    template = translate.ngettext(
        "🚀 The edition of {date} goes to {n} subscriber as soon as the bot may send again.",
        "🚀 The edition of {date} goes to {n} subscribers as soon as the bot may send again.",
        n,
    )
    waiting = template.format(date=format_full_day(day, translate), n=n)
    return Message(Text(f"{waiting}\n⏸ {held_text(hold_reason, translate)}"))


def nobody_left_text(reach: Reach, translate: Translator, *, slot: str = DEFAULT_SLOT) -> str:
    """Return that an edition can be sent to nobody any more, and why."""
    if reach == Reach():
        if slot == DEFAULT_SLOT:
            return translate("At the moment nobody is subscribed, or everybody has paused.")
        who = translate("🗓 {slot}: for those who have switched it on in /settings.")
        return who.format(slot=slot_title(slot, translate)) + "\n" + translate("Nobody has done so yet.")
    if reach.nothing or reach.unconfirmed or reach.refused:
        left = translate("Nobody is left to send it to.")
        return "\n".join([left, *had_lines(reach, translate), *nothing_lines(reach, translate)])
    if slot != DEFAULT_SLOT:
        return translate("Everybody who has switched this slot on has it already.")
    return translate("Everybody who is subscribed has it already.")


def had_lines(reach: Reach, translate: Translator) -> Iterator[str]:
    """Yield how many have an edition already, for how many that is not known, and how many refused it, if any."""
    if reach.had:
        template = translate.ngettext("{n} subscriber has it already.", "{n} subscribers have it already.", reach.had)
        yield template.format(n=reach.had)
    if reach.unconfirmed:
        yield translate.ngettext(
            "{n} subscriber may have it: Telegram has not confirmed it.",
            "{n} subscribers may have it: Telegram has not confirmed it.",
            reach.unconfirmed,
        ).format(n=reach.unconfirmed)
    if reach.refused:
        yield translate.ngettext(
            "{n} subscriber does not have it: Telegram refused to deliver it.",
            "{n} subscribers do not have it: Telegram refused to deliver it.",
            reach.refused,
        ).format(n=reach.refused)


def nothing_lines(reach: Reach, translate: Translator) -> Iterator[str]:
    """Yield for how many there is nothing in an edition, if for any."""
    if reach.nothing:
        yield translate.ngettext(
            "🔇 Nothing in it for {n} subscriber, because of their muted words or chosen categories.",
            "🔇 Nothing in it for {n} subscribers, because of their muted words or chosen categories.",
            reach.nothing,
        ).format(n=reach.nothing)


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
