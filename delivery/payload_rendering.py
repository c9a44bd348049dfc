"""Rendering of a digest's payloads: once for each content that some content preferences lead to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from digest.model import Digest
from domain.chat.i18n import Translations
from domain.delivery.states import RunKind
from domain.subscription.preferences import ContentPreferences
from storage import content_preferences, digests, payloads, runs
from storage.database import Database
from storage.payloads import Content, NewPayload, RenderedContent
from views.digest_messages import digest_messages
from views.digest_passages import filter_items


async def render_for(
    digest: Digest, wanted: Mapping[int, ContentPreferences], translations: Translations
) -> list[RenderedContent]:
    """Render a digest for content preferences, given by id; let other tasks run in between.

    Preferences that no item matches get nothing; those that match the same items share a content.
    """
    preferences_ids: dict[Content, list[int]] = {}
    for preferences_id, preferences in wanted.items():
        preferences_ids.setdefault(content_of(digest, preferences), []).append(preferences_id)
    rendered: list[RenderedContent] = []
    for content, ids in preferences_ids.items():
        preferences = wanted[ids[0]]
        messages = digest_messages(digest, preferences, translations.translator(preferences.language))
        calls = tuple(NewPayload(part, "sendMessage", message.to_bot_api()) for part, message in enumerate(messages, 1))
        if calls:
            rendered.append(RenderedContent(content, tuple(ids), calls))
        await asyncio.sleep(0)
    return rendered


def content_of(digest: Digest, preferences: ContentPreferences) -> Content:
    """Return what content preferences let through of a digest."""
    items = filter_items(digest.items, preferences.categories)
    return Content(preferences.layout.value, preferences.language, tuple(item.position for item in items))


async def render_missing(database: Database, translations: Translations, run_id: int) -> None:
    """Render a digest's run for content preferences that are newer than its payloads."""
    async with database.read() as tx:
        run = await runs.get(tx, run_id)
        if run is None or run.kind is not RunKind.DIGEST or run.edition is None:
            return
        rendered_up_to = run.rendered_up_to_preferences_id
        wanted = await content_preferences.all_after(tx, rendered_up_to)
        digest = await digests.get(tx, run.edition) if wanted else None
    if not wanted:
        return
    rendered = await render_for(digest, wanted, translations) if digest else []
    async with database.write() as tx:
        current = await runs.get(tx, run_id)
        if current is None or current.version != run.version:
            return
        if current.rendered_up_to_preferences_id == rendered_up_to:
            await payloads.add(tx, run_id, run.version, rendered)
            await runs.set_rendered(tx, run_id, max(wanted))
