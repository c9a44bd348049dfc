"""Arguments behind a slot's name in /slot and in proposals; buttons carry them, sentences are read into them."""

from __future__ import annotations

SLOT_OFF = "off"
SLOT_DAYS = "days"
"""Before the days on which the slot comes, as a bit mask."""
SLOT_WITHOUT = "without"
"""Before the days on which it does not come any more, as a bit mask."""
SLOT_PAUSE = "pause"
"""Before the day on which the pause ends."""
SLOT_RESUME = "resume"
