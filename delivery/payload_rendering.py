"""A digest's bodies: an edition and the tastes people have in, ready parameters for each taste and part out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from digest.model import Digest
from domain.chat.i18n import Translations
from domain.delivery.states import RunKind
from domain.subscription.preferences import ContentPreferences
from storage import content_preferences, digests, payloads, runs
from storage.database import Database
from storage.payloads import NewPayload
from views.digest_messages import digest_messages


async def render_for(
    digest: Digest, wanted: Mapping[int, ContentPreferences], translations: Translations
) -> list[NewPayload]:
    """Bodies for tastes, by id; none for one that nothing of the digest matches. Lets others run in between."""
    drafts: list[NewPayload] = []
    for taste_id, preferences in wanted.items():
        messages = digest_messages(digest, preferences, translations.translator(preferences.language))
        drafts.extend(
            NewPayload(taste_id, part, "sendMessage", message.to_bot_api()) for part, message in enumerate(messages, 1)
        )
        await asyncio.sleep(0)
    return drafts


async def render_missing(database: Database, translations: Translations, run_id: int) -> None:
    """Bodies for tastes that somebody has come to have since a digest's run was rendered."""
    async with database.read() as tx:
        run = await runs.get(tx, run_id)
        if run is None or run.kind is not RunKind.DIGEST or run.edition is None:
            return
        wanted = await content_preferences.all_after(tx, run.rendered_upto)
        digest = await digests.get(tx, run.edition) if wanted else None
    if not wanted:
        return
    drafts = await render_for(digest, wanted, translations) if digest else []
    async with database.write() as tx:
        again = await runs.get(tx, run_id)
        if again is not None and again.version == run.version and again.rendered_upto == run.rendered_upto:
            await payloads.add(tx, run_id, run.version, drafts)
            await runs.set_rendered(tx, run_id, max(wanted))
