"""Paid broadcasts: Telegram takes Stars for messages above the free rate.

Sources: Bot API, "Paid Broadcasts", `allow_paid_broadcast` of sendMessage and copyMessage: 1000 messages a second, 0.1
Stars a message, taken from the bot's balance; free within the first 30 of a second; only for messages that arrived.
"""

from __future__ import annotations

from enum import StrEnum

MESSAGES_PER_STAR = 10

PAID_MESSAGES_PER_SECOND = 1000


class Payment(StrEnum):
    """Whether a run pays for sending above the free rate."""

    FREE = "free"
    """Nothing is paid. All digests are free, and broadcasts whose author did not choose otherwise."""
    PAID = "paid"
    """The author of the broadcast chose to pay."""
    STOPPED = "stopped"
    """The author chose to pay, and Telegram refused: the rest goes out at the free rate."""


def max_cost_stars(messages: int) -> int:
    """Return the most Stars that so many paid messages cost, rounded up."""
    return -(-messages // MESSAGES_PER_STAR)
