"""The readings of a digest between which an editor chooses, as handlers ask for them; the folder's profile keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from digest.reader import Reading, list_readings


class ChoiceOutcome(StrEnum):
    """What became of an editor's choice."""

    KEPT = "kept"
    INDISTINCT = "indistinct"
    """Nothing that later days have too tells the readings apart, or there is no such reading any more."""
    NOT_KEPT = "not_kept"
    """The folder could not be read or written."""


class Readings(Protocol):
    """The readings of files under what editors chose before. Both compute for a while: call them in a thread."""

    def list(self, name: str, data: bytes) -> tuple[Reading, ...]:
        """Return the two readings of a file that are nearly as likely, the more likely one first; else none."""

    def choose(self, name: str, data: bytes, key: str) -> ChoiceOutcome:
        """Keep that a file, and later days of its newsletter, are read so."""


@dataclass(frozen=True, slots=True)
class UnkeptReadings:
    """The readings where there is no folder that could keep a choice."""

    def list(self, name: str, data: bytes) -> tuple[Reading, ...]:
        """Return the readings of a file."""
        return list_readings(data, name=name)

    def choose(self, _name: str, _data: bytes, _key: str) -> ChoiceOutcome:
        """Keep nothing."""
        return ChoiceOutcome.NOT_KEPT
