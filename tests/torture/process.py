"""Run the whole bot as the process under torture: `python -m tests.torture.process CONFIG`.

CONFIG is a JSON object with "control", "api", "token", "folder", "rate", "driver", "mutation" and "proxy".
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohappyeyeballs import AddrInfoType

from bot.clock import Clock
from bot.demo import demo_settings, follow_clock
from bot.serve import serve_until_stopped
from bot.settings import DriverName
from bot.telegram_route import parse_proxy
from domain.delivery.outcome import Outcome, Retry, Unconfirmed
from domain.delivery.policy import CorrectionPolicy
from tests.emulated_clock import offset_of
from tests.torture.mutations import MUTATIONS
from tests.torture.outages import IN_FLIGHT_NOTES, NAME_GONE, READ_SECONDS, SPEEDUP
from transport import circuit_breaker
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import Admission
from transport.connector import HostAddresses


def main(config: str) -> int:
    options = json.loads(config)
    if options["mutation"]:
        MUTATIONS[options["mutation"]]()
    folder = Path(options["folder"])
    _shorten_waits()
    _lose_the_name_on_demand(folder / NAME_GONE)
    _note_in_flight(folder / IN_FLIGHT_NOTES)
    settings = demo_settings(options["api"], options["token"], folder, DriverName(options["driver"]))
    clock = Clock(offset_of(options["control"]))
    changed = {
        "rate": options["rate"],
        "proxy": parse_proxy(options["proxy"]),
        "corrections": CorrectionPolicy.AT_ONCE,
    }
    return serve_until_stopped(
        settings.model_copy(update=changed),
        clock=clock,
        background_task=lambda moved: follow_clock(options["control"], clock, moved),
    )


def _shorten_waits() -> None:
    """Have the circuit breaker and the client wait shorter, as outages are shorter here."""
    for name in ("FIRST_WAIT_SECONDS", "MAX_WAIT_SECONDS", "FATAL_WAIT_SECONDS", "CALM_SECONDS"):
        setattr(circuit_breaker, name, getattr(circuit_breaker, name) / SPEEDUP)
    defaults = BotApiClient.__init__.__kwdefaults__
    assert defaults is not None
    defaults["read_seconds"] = READ_SECONDS


def _lose_the_name_on_demand(mark: Path) -> None:
    """Have name lookups fail while a file exists."""
    look_up = HostAddresses.get

    async def look_up_unless_gone(self: HostAddresses) -> Sequence[AddrInfoType]:
        if mark.exists():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await look_up(self)

    HostAddresses.get = look_up_unless_gone  # type: ignore[method-assign]


def _note_in_flight(file: Path) -> None:
    """Note for each delivery that is not answered when that was, and how many were in flight at the last answer."""
    in_flight: set[int] = set()
    at_last_answer = 0
    enter, leave, record = Admission.__aenter__, Admission.__aexit__, Admission.record

    async def enter_and_count(self: Admission) -> Admission:
        await enter(self)
        in_flight.add(id(self))
        return self

    async def leave_and_count(self: Admission, *error: Any) -> None:
        in_flight.discard(id(self))
        await leave(self, *error)

    def record_and_note(self: Admission, outcome: Outcome) -> None:
        nonlocal at_last_answer
        in_flight.discard(id(self))
        if isinstance(outcome, Retry | Unconfirmed):
            with file.open("a", encoding="ascii") as notes:
                notes.write(f"{time.monotonic()} {at_last_answer}\n")
        else:
            at_last_answer = len(in_flight)
        record(self, outcome)

    Admission.__aenter__ = enter_and_count  # type: ignore[method-assign,assignment]
    Admission.__aexit__ = leave_and_count  # type: ignore[method-assign,assignment]
    Admission.record = record_and_note  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
