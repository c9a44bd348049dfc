"""How many examples property tests take whose every example costs a noticeable part of a second."""

from __future__ import annotations

import os

PROFILE = os.environ.get("EXAMPLES", "repeatable")


def examples(count: int) -> int:
    """Return the number for `make explore`, or a third of it for the tests of every change."""
    return count if PROFILE == "exploring" else max(1, count // 3)
