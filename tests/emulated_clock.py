"""Read the emulator's clock before an event loop runs."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta


def offset_of(control_url: str) -> timedelta:
    """Return how far the emulator's clock is ahead of the system clock, so that the bot starts on the same day."""
    with urllib.request.urlopen(f"{control_url}/control/clock") as answer:  # noqa: S310 - the emulator, on loopback
        return timedelta(seconds=json.load(answer)["offset_seconds"])
