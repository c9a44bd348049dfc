"""The messages around a broadcast that is being drafted."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.payment import PAID_MESSAGES_PER_SECOND, max_cost_stars
from views.dates import format_duration


@dataclass(frozen=True, slots=True)
class PaidOffer:
    """What an admin needs to know to choose between sending for free and sending for Telegram Stars.

    `per_second` is the free rate; `balance` is None if Telegram did not tell it.
    """

    per_second: float
    balance: int | None

    def is_affordable(self, recipients: int) -> bool:
        """Return whether the balance covers a message to so many recipients, or is unknown."""
        return self.balance is None or self.balance >= max_cost_stars(recipients)


def confirmation_card(run_id: int, recipients: int, translate: Translator, offer: PaidOffer | None = None) -> Message:
    """Return the message below the preview: how many people get it, with buttons to send or discard it.

    With an offer there are two ways to send it. Once confirmed it becomes the progress card of the run.
    """
    count = translate.ngettext("{n} subscriber", "{n} subscribers", recipients).format(n=recipients)
    text = format_text(translate("⬆️ This is exactly what {recipients} will get."), {"recipients": bold(count)})
    discard = button("🗑 " + translate("Discard"), CommandName.BROADCAST, run_id, "discard")
    if offer is None:
        return Message(text, ((button("📣 " + translate("Send"), CommandName.BROADCAST, run_id, "send"), discard),))
    free = button("📣 " + translate("Send for free"), CommandName.BROADCAST, run_id, "send")
    lines = [text, Text(), *_choice_lines(offer, recipients, translate)]
    return Message(join("\n", lines), ((free,), (_pay_button(run_id, recipients, translate),), (discard,)))


def not_affordable(offer: PaidOffer, recipients: int, translate: Translator) -> str:
    """Return the answer to the press that would pay more than the bot has."""
    return translate(
        "Not enough Stars: it may cost {stars} ⭐, and the bot has {balance} ⭐. Nothing was sent. "
        "Top up, or send it for free."
    ).format(stars=f"{max_cost_stars(recipients):,}", balance=f"{offer.balance or 0:,}")


def discarded_card(translate: Translator) -> Message:
    return Message(Text(translate("🗑 Discarded. Nothing was sent.")))


def _choice_lines(offer: PaidOffer, recipients: int, translate: Translator) -> list[Text | str]:
    """Return how long each way takes and what the fast one costs."""
    slow = format_duration(recipients / offer.per_second, translate)
    fast = format_duration(recipients / PAID_MESSAGES_PER_SECOND, translate)
    free, paid, stars = bold(translate("Free")), bold(translate("Fast")), bold(f"{max_cost_stars(recipients):,} ⭐")
    return [
        format_text(translate("📣 {way}: about {time}"), {"way": free, "time": slow}),
        format_text(
            translate("⚡ {way}: about {time}, costs at most {stars}"), {"way": paid, "time": fast, "stars": stars}
        ),
        _balance_line(offer, recipients, translate),
    ]


def _balance_line(offer: PaidOffer, recipients: int, translate: Translator) -> str:
    if offer.balance is None:
        return translate("The bot's Stars could not be read.")
    if not offer.is_affordable(recipients):
        return translate("The bot has {balance} ⭐ now, not enough for that.").format(balance=f"{offer.balance:,}")
    return translate("The bot has {balance} ⭐ now.").format(balance=f"{offer.balance:,}")


def _pay_button(run_id: int, recipients: int, translate: Translator) -> Button:
    """Return the button that agrees to pay at most what it says."""
    stars = max_cost_stars(recipients)
    label = "⚡ " + translate("Send fast, up to {stars} ⭐").format(stars=f"{stars:,}")
    return button(label, CommandName.BROADCAST, run_id, "pay", stars)
