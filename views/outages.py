"""Messages for admins about what keeps the bot from sending: an outage, or a hold of the operator."""

from __future__ import annotations

from domain.chat.i18n import Translator, translated
from domain.chat.message import Message
from domain.chat.text import Text, format_text, join
from domain.delivery.outage import Outage
from views.dates import format_clock, format_duration


def outage_text(outage: Outage, translate: Translator, *, zone: str) -> Text:
    """Return what has failed since when, by the clock of `zone`."""
    line = translate("⚠️ Telegram has not answered since {time} ({reason}).")
    values = {"time": format_clock(outage.since, zone), "reason": outage.reason}
    return join("\n", (format_text(line, values), translate("Sending is paused and goes on by itself.")))


def held_text(reason: str, translate: Translator) -> str:
    """Return that nothing is sent until the operator decides, and why."""
    return translate("Nothing is sent for now: {reason}").format(reason=translated(reason, translate))


def outage_notice(outage: Outage, translate: Translator, *, zone: str) -> Message:
    """Return the notice that an outage began."""
    return Message(outage_text(outage, translate, zone=zone))


def outage_over_notice(outage: Outage, translate: Translator) -> Message:
    """Return the notice that an outage is over, with how long it lasted and what it left unconfirmed."""
    line = translate("✅ Telegram answers again after {duration}, and sending goes on.")
    lines = [line.format(duration=format_duration(outage.seconds, translate))]
    if outage.unconfirmed:
        lines.append(translate("Not confirmed: {n}").format(n=outage.unconfirmed))
    return Message(Text("\n".join(lines)))
