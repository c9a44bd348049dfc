"""A stand-in for the service managers of several machines: processes that end are started again."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.exit_code import ExitCode
from tests.fleet import process
from tests.fleet.process import FleetSettings

FORK_SERVER = multiprocessing.get_context("forkserver")
FORK_SERVER.set_forkserver_preload(["tests.fleet.process", "transport.drivers.aiogram", "transport.drivers.ptb"])
LOOK_SECONDS = 0.02
STOP_SECONDS = 60.0
EXPECTED_CODES = (ExitCode.SUCCESS, ExitCode.TEMPORARY_FAILURE, -signal.SIGKILL, -signal.SIGTERM)
"""How processes may end: by SIGTERM only where they have just begun to start."""


@dataclass(slots=True)
class Machine:
    """A place for one process at a time; `is_frozen` while it is stopped by a signal."""

    settings: FleetSettings
    process: ForkServerProcess | None = None
    is_frozen: bool = False
    started_at: float = 0.0

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid or 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.exitcode is None and not self.is_frozen


@dataclass(slots=True)
class ServiceManager:
    """Keeps one process on each machine; `codes` counts how they ended, `ends` says when and how."""

    machines: Sequence[Machine]
    restart_seconds: float = 0.1
    codes: Counter[int] = field(default_factory=Counter)
    ends: list[tuple[float, int, int]] = field(default_factory=list)
    is_stopping: bool = False

    async def run(self) -> None:
        """Start what does not run, until cancelled."""
        while True:
            for machine in self.machines:
                if machine.process is None or machine.process.exitcode is not None:
                    self._note_end(machine)
                    self._start(machine)
            await asyncio.sleep(LOOK_SECONDS)

    def _note_end(self, machine: Machine) -> None:
        if machine.process is not None and machine.process.exitcode is not None:
            self.codes[machine.process.exitcode] += 1
            self.ends.append((time.monotonic(), machine.pid, machine.process.exitcode))
            machine.process, machine.started_at = None, time.monotonic() + self.restart_seconds

    def _start(self, machine: Machine) -> None:
        if time.monotonic() >= machine.started_at and not self.is_stopping:
            machine.process = FORK_SERVER.Process(target=process.main, args=(machine.settings,), daemon=True)
            machine.process.start()
            machine.is_frozen = False

    async def freeze(self, machine: Machine, seconds: float) -> int:
        """Freeze a process for so long, and wake it; return its process id."""
        pid, machine.is_frozen = machine.pid, True
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            machine.is_frozen = False
        return pid

    async def stop(self) -> None:
        """End all processes in good order, and start none any more. Raises TimeoutError."""
        self.is_stopping = True
        for machine in self.machines:
            if machine.is_running:
                os.kill(machine.pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            while any(machine.process is not None for machine in self.machines):  # noqa: ASYNC110 - as in `run`
                await asyncio.sleep(LOOK_SECONDS)

    def unexpected_ends(self, folder: Path) -> list[str]:
        """Return the last words of processes that ended as none should."""
        return [
            f"process {pid} ended with {code}: {_last_words(folder / f'{pid}.log')}"
            for _, pid, code in self.ends
            if code not in EXPECTED_CODES
        ]


def _last_words(log: Path) -> str:
    """Return the end of a log, and print all of it, which pytest shows with a failure."""
    if not log.exists():
        return "no log"
    text = log.read_text(encoding="utf-8", errors="replace")
    print(text)  # noqa: T201
    return text[-2000:]


@asynccontextmanager
async def running(machines: Sequence[Machine]) -> AsyncIterator[ServiceManager]:
    """Keep processes running inside the block, and kill them all at its end."""
    manager = ServiceManager(machines)
    keeping = asyncio.create_task(manager.run())
    try:
        yield manager
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        for machine in machines:
            if machine.process is not None and machine.process.exitcode is None:
                machine.process.kill()
                machine.process.join()
