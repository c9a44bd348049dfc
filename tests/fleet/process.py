"""One process of a fleet: the whole bot as `digestbot run` runs it, in a network and with a clock of the test's."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot import serve, supervisor
from bot.clock import Clock
from bot.demo import demo_settings
from bot.settings import DriverName
from storage.postgresql.address import parse_address
from tests import mutations

FOLLOW_SECONDS = 0.05
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """What the processes of a fleet have in common; `namespace` and `state` may be one process's alone."""

    database: str
    api: str
    token: str
    folder: Path
    rate: int = 30
    driver: DriverName = DriverName.AIOGRAM
    namespace: str = ""
    state: str = "state"
    mutation: str = ""

    @property
    def clock_file(self) -> Path:
        """The file that says how many seconds the processes' clocks are ahead."""
        return self.folder / "clock"


def main(settings: FleetSettings) -> None:
    """Run until a signal ends it; the log is a file of its own."""
    _log_to(settings.folder / f"{os.getpid()}.log")
    if settings.namespace:
        _enter_network(settings.namespace)
    if settings.mutation:
        next(mutation for mutation in mutations.MUTATIONS if mutation.name == settings.mutation).apply()
    supervisor.RETRY_SECONDS = 1.0
    clock = Clock(_offset(settings))
    sys.exit(
        serve.serve_until_stopped(
            demo_settings(settings.api, settings.token, settings.folder, settings.driver).model_copy(
                update={
                    "database": parse_address(settings.database),
                    "state_folder": settings.folder / settings.state,
                    "admin_ids": frozenset(),
                    "rate": settings.rate,
                    "quiet_seconds": 0,  # or no process might live long enough to take an edition in
                }
            ),
            clock=clock,
            background_task=lambda wake: _follow_clock(settings, clock, wake),
        )
    )


def _log_to(file: Path) -> None:
    with file.open("ab") as log:
        for number in (1, 2):
            os.dup2(log.fileno(), number)


def _enter_network(namespace: str) -> None:
    """Move this thread, and all that it starts, into a network namespace."""
    with Path("/run/netns", namespace).open() as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network {namespace}")


def _offset(settings: FleetSettings) -> timedelta:
    return timedelta(seconds=float(settings.clock_file.read_text(encoding="ascii")))


async def _follow_clock(settings: FleetSettings, clock: Clock, wake: Callable[[], None]) -> None:
    while True:
        offset = _offset(settings)
        if offset != clock.offset:
            clock.offset = offset
            wake()
        await asyncio.sleep(FOLLOW_SECONDS)
