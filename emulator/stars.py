"""The bot's Telegram Stars, and what paid broadcasts take of them.

Bot API, "Paid Broadcasts": a message above the free 30 a second costs 0.1 Stars, and only if it was sent. A bot that
has not enabled them in @BotFather is treated as if it had not asked for them; Telegram documents no error for that.
"""

from typing import Any

from emulator.errors import BadRequest

NANOSTARS_PER_STAR = 1_000_000_000
MESSAGE_NANOSTARS = NANOSTARS_PER_STAR // 10


class StarAccount:
    """Balance of the bot, and whether it has enabled paid broadcasts."""

    def __init__(self) -> None:
        self.nanostars = 0
        self.has_paid_broadcasts = False

    def check_balance(self) -> None:
        """Raise BadRequest if the balance does not suffice for a message."""
        if self.nanostars < MESSAGE_NANOSTARS:
            raise BadRequest("BALANCE_TOO_LOW")

    def charge_message(self) -> None:
        self.nanostars -= MESSAGE_NANOSTARS

    def as_star_amount(self) -> dict[str, int]:
        """Return the balance as the Bot API's StarAmount."""
        stars, nanostars = divmod(self.nanostars, NANOSTARS_PER_STAR)
        return {"amount": stars} | ({"nanostar_amount": nanostars} if nanostars else {})

    def as_control_json(self) -> dict[str, Any]:
        return {"balance": self.nanostars / NANOSTARS_PER_STAR, "paid_broadcasts": self.has_paid_broadcasts}
