"""What the families of the control interface need of the server, as one Protocol."""

from typing import Protocol

from emulator.telegram import Telegram


class ControlledServer(Protocol):
    """The server, as far as control reaches it."""

    @property
    def tg(self) -> Telegram:
        """The Telegram that is served."""

    async def refuse_connections(self, seconds: float) -> None:
        """Close the Bot API's port for so long, or until accept."""

    async def accept_connections(self) -> None:
        """Open it again."""

    @property
    def is_stopping(self) -> bool:
        """Whether the server ends; requests that wait should go."""
