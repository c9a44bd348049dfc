"""The senders of the demo: processes that may each run every bot, and what a press on the page does to them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.exit_code import ExitCode

SENDERS = 3


class SenderState(StrEnum):
    """State of a sender, as the page shows it."""

    STARTING = "starting"
    RUNNING = "running"
    FROZEN = "frozen"
    ENDED = "ended"


@dataclass(slots=True)
class DemoSender:
    """A sender and its process; `has_lost_its_bots` once the process has ended itself for that reason."""

    number: int
    state: SenderState = SenderState.ENDED
    process: asyncio.subprocess.Process | None = None
    has_lost_its_bots: bool = False

    @property
    def name(self) -> str:
        """What the process is called in the database."""
        return "" if self.process is None else f"{socket.gethostname()}:{self.process.pid}"


class Senders:
    """All senders; `start_all` starts them, `end_all` ends them at once."""

    def __init__(self, command: Callable[[int], Sequence[str]]) -> None:
        """Keep the command line of a sender by its number."""
        self._command = command
        self.all = tuple(DemoSender(number) for number in range(1, SENDERS + 1))

    def get(self, number: int) -> DemoSender:
        return self.all[number - 1]

    async def start_all(self) -> None:
        for sender in self.all:
            await self.start(sender)

    async def start(self, sender: DemoSender) -> None:
        """Start a sender that has ended, in a session of its own: Ctrl-C reaches it only through this process."""
        if sender.state is not SenderState.ENDED:
            return
        sender.state, sender.has_lost_its_bots = SenderState.STARTING, False
        sender.process = await asyncio.create_subprocess_exec(
            *self._command(sender.number), start_new_session=True, stderr=asyncio.subprocess.DEVNULL
        )

    def kill(self, sender: DemoSender) -> None:
        self._send(sender, signal.SIGKILL)

    def freeze(self, sender: DemoSender) -> None:
        if sender.state is SenderState.RUNNING and self._send(sender, signal.SIGSTOP):
            sender.state = SenderState.FROZEN

    def wake(self, sender: DemoSender) -> None:
        if sender.state is SenderState.FROZEN and self._send(sender, signal.SIGCONT):
            sender.state = SenderState.RUNNING

    def note_ends(self) -> None:
        """Take up which processes have ended."""
        for sender in self.all:
            if sender.process is not None and sender.process.returncode is not None:
                sender.has_lost_its_bots = sender.process.returncode == ExitCode.TEMPORARY_FAILURE
                sender.state, sender.process = SenderState.ENDED, None

    async def end_all(self) -> None:
        """End all processes, whatever they do: nothing of the demo is kept."""
        running = [sender.process for sender in self.all if sender.process is not None]
        for sender in self.all:
            self.kill(sender)
        for process in running:
            await process.wait()

    def _send(self, sender: DemoSender, number: signal.Signals) -> bool:
        if sender.process is None or sender.process.returncode is not None:
            return False
        os.kill(sender.process.pid, number)
        return True
