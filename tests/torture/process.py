"""Run the whole bot as the process under torture: `python -m tests.torture.process CONFIG`.

CONFIG is a JSON object with "control", "api", "token", "folder", "rate", "driver" and "mutation".
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohappyeyeballs import AddrInfoType

from bot.clock import Clock
from bot.demo import demo_settings, follow_clock
from bot.serve import serve_until_stopped
from bot.settings import DriverName
from tests.emulated_clock import offset_of
from tests.torture.mutations import MUTATIONS
from tests.torture.outages import NAME_GONE, READ_SECONDS, SPEEDUP
from transport import circuit_breaker
from transport.bot_api_client import BotApiClient
from transport.connector import HostAddresses


def main(config: str) -> int:
    options = json.loads(config)
    if options["mutation"]:
        MUTATIONS[options["mutation"]]()
    folder = Path(options["folder"])
    _shorten_waits()
    _lose_the_name_on_demand(folder / NAME_GONE)
    settings = demo_settings(options["api"], options["token"], folder, DriverName(options["driver"]))
    clock = Clock(offset_of(options["control"]))
    return serve_until_stopped(
        settings.model_copy(update={"rate": options["rate"]}),
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
