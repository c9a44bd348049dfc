"""What a check finds: good, worth doing something about, or in the way of the bot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How serious a finding is."""

    GOOD = "good"
    ADVICE = "advice"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line for the operator: what was looked at, how it is, and what to do about it (empty if all is good)."""

    subject: str
    level: Level
    text: str
    remedy: str = ""


def good(subject: str, text: str) -> Finding:
    return Finding(subject=subject, level=Level.GOOD, text=text)


def advice(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject=subject, level=Level.ADVICE, text=text, remedy=remedy)


def bad(subject: str, text: str, remedy: str = "") -> Finding:
    """Return a finding that keeps the bot from working; without a remedy its text ends with one."""
    return Finding(subject=subject, level=Level.BAD, text=text, remedy=remedy)
