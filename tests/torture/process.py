"""Run the whole bot as the process under torture: `python -m tests.torture.process CONFIG`.

CONFIG is a JSON object with "control", "api", "token", "folder", "rate" and "mutation".
"""

from __future__ import annotations

import json
import sys
import urllib.request
from datetime import timedelta
from pathlib import Path

from bot.app import serve_until_stopped
from bot.clock import Clock
from bot.demo import demo_settings, follow_clock
from tests.torture.mutations import MUTATIONS


def main(config: str) -> int:
    options = json.loads(config)
    if options["mutation"]:
        MUTATIONS[options["mutation"]]()
    settings = demo_settings(options["api"], options["token"], Path(options["folder"]))
    clock = Clock(_offset(options["control"]))
    return serve_until_stopped(
        settings.model_copy(update={"rate": options["rate"]}),
        clock=clock,
        background_task=lambda moved: follow_clock(options["control"], clock, moved),
    )


def _offset(control: str) -> timedelta:
    """Return how far the emulator's clock is ahead of the system clock, so that the bot starts on the same day."""
    with urllib.request.urlopen(f"{control}/control/clock") as answer:  # noqa: S310 - the emulator, on loopback
        return timedelta(seconds=json.load(answer)["offset_seconds"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
