"""Let a run's current version take the place of the one that its recipients were planned for.

It concerns who has had nothing yet; delivery/correction_planning.py edits what was delivered.
Publishing a correction changes one number on the run. Rows follow when a page of them is read to be sent, a few
hundred at a time; until then a claim refuses them. Whoever has had a part keeps the version of that part.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from delivery.payload_rendering import render_missing
from domain.chat.i18n import Translations
from domain.delivery.states import RunPurpose, RunState
from storage import content_preferences, runs, version_change
from storage.database import Database

_WITH_VERSIONS = (RunPurpose.DIGEST, RunPurpose.BROADCAST)
"""Runs whose text may change while they go on: corrected editions, edited broadcasts."""


async def apply_version(
    database: Database, translations: Translations, run_id: int, subscriber_ids: Collection[int], now: datetime
) -> bool:
    """Give recipients who have had no part the run's current version; return False if the run does not go on."""
    while True:
        await render_missing(database, translations, run_id)
        async with database.write(alone=True) as tx:
            run = await runs.get(tx, run_id)
            if run is None or run.purpose not in _WITH_VERSIONS or run.state is not RunState.RUNNING:
                return False
            is_digest = run.purpose is RunPurpose.DIGEST
            if not is_digest or run.rendered_up_to_preferences_id >= await content_preferences.newest_id(tx):
                await version_change.apply(tx, run_id, run.version, subscriber_ids, by_preferences=is_digest, now=now)
                return True
