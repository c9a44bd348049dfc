"""The bot, whole, as the torture starts and kills it: `python -m tests.torture.process CONFIG`, a JSON object.

{"control", "api", "token", "folder", "rate", "plant"}
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
from tests.torture.plants import PLANTS


def main(config: str) -> int:
    given = json.loads(config)
    if given["plant"]:
        PLANTS[given["plant"]]()
    settings = demo_settings(given["api"], given["token"], Path(given["folder"]))
    clock = Clock(_offset(given["control"]))
    return serve_until_stopped(
        settings.model_copy(update={"rate": given["rate"]}),
        clock=clock,
        background_task=lambda moved: follow_clock(given["control"], clock, moved),
    )


def _offset(control: str) -> timedelta:
    """How far the emulator's clock is from the wall's: the bot must not begin on another day."""
    with urllib.request.urlopen(f"{control}/control/clock") as answer:  # noqa: S310 - the emulator, on loopback
        return timedelta(seconds=json.load(answer)["offset_seconds"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
