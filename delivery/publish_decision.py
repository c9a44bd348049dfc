"""Decide what to do when the text of an edition comes in. Pure.

edition, what is stored of it -> moment from which on it may go out -> step
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from digest.model import Digest
from digest.publication import published_at
from domain.delivery.states import RunState
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule
from storage.digests import DigestMetadata
from storage.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEdition:
    """What is stored of an edition when a text of it comes in.

    `text_hashes` are those of `Digest`, None if the edition is not stored with an original.
    `is_out`: somebody has a message of it, or is about to. `is_restored`: it may have gone out before the database was
    restored from a backup.
    """

    metadata: DigestMetadata | None = None
    text_hashes: Mapping[str, str] | None = None
    run: Run | None = None
    is_out: bool = False
    is_restored: bool = False

    @property
    def is_withdrawn(self) -> bool:
        return self.metadata is not None and self.metadata.is_withdrawn


class PublishStep(Enum):
    """What to do with the text of an edition that came in."""

    LEAVE = auto()  # it is stored already
    KEEP_WITHDRAWN = auto()  # it is stored and stays withdrawn
    STORE = auto()  # it is stored for reading only
    SEND = auto()  # it is stored, and delivered where it is due


def moment_of(digest: Digest, stored: StoredEdition, default_schedule: Schedule, now: datetime) -> datetime:
    """Return the instant from which an edition may go out; those who have it already can read it before that, too."""
    moment = digest.published_at
    if stored.metadata is None:
        return moment or published_at(digest, default_schedule, now)
    former = stored.metadata.published
    is_public = stored.is_out and former <= now
    return former if moment is None or (is_public and moment > now) else moment


def decide_step(digest: Digest, stored: StoredEdition, moment: datetime, *, anew: bool, now: datetime) -> PublishStep:
    """Return what to do with an edition that may go out from `moment` on; `anew`: even if it is withdrawn."""
    if stored.is_withdrawn and not anew:
        return PublishStep.KEEP_WITHDRAWN
    has_same_moment = stored.metadata is not None and stored.metadata.published == moment
    if has_same_moment and stored.text_hashes == digest.text_hashes and not stored.is_withdrawn:
        return PublishStep.LEAVE
    if stored.run is not None:
        return PublishStep.STORE if stored.run.state is RunState.CANCELLED else PublishStep.SEND
    is_too_old = moment <= now - MAX_EDITION_AGE
    return PublishStep.STORE if is_too_old or stored.is_restored else PublishStep.SEND
