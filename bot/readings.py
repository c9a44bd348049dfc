"""The readings of a file between which an editor chooses in the chat; the choice is kept in the digests' folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import structlog

from bot.files import write_atomically
from bot.profile_file import FILE_NAME, load_profile, profile_to_toml, read_profile
from digest.reader import Reading, learn_reading, list_readings
from handlers.readings import ChoiceOutcome

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FolderReadings:
    """The readings under the profile of a folder, as `digestbot check --choose` keeps it."""

    folder: Path
    zone: tzinfo

    def list(self, name: str, data: bytes) -> tuple[Reading, ...]:
        """Return the two readings of a file that are nearly as likely, the more likely one first; else none."""
        return list_readings(data, name=name, zone=self.zone, profile=load_profile(self.folder))

    def choose(self, name: str, data: bytes, key: str) -> ChoiceOutcome:
        """Keep that a file, and later days of its newsletter, are read so."""
        try:
            known = read_profile(self.folder)
            profile = learn_reading(data, key, name=name, zone=self.zone, profile=known)
            if profile is None:
                return ChoiceOutcome.INDISTINCT
            if profile != known:
                write_atomically(profile_to_toml(profile).encode(), self.folder / FILE_NAME)
        except OSError as error:
            log.warning("profile_not_kept", error=type(error).__name__)
            return ChoiceOutcome.NOT_KEPT
        return ChoiceOutcome.KEPT
