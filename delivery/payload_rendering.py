"""Rendering of a digest's payloads: once for each content that some content preferences lead to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from delivery.content_choice import MAX_CONTENTS, choose_contents
from delivery.correction_planning import added, withdrawn
from delivery.recap_runs import RECAP_LAYOUT, RecapEditions, render_recap
from digest.model import Digest
from domain.chat.i18n import LANGUAGES, Translations, Translator
from domain.chat.limits import KEYBOARD_BUTTONS
from domain.chat.message import Message
from domain.chat.rich_message import AnyMessage, RichMessage
from domain.delivery.states import RunPurpose
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import RichRefusal
from storage import bots, content_preferences, digests, payloads, pictures, runs
from storage.database import Database
from storage.fallbacks import RefusedDelivery
from storage.payloads import DELETE_METHOD, DELETION_CONTENT, PHOTOS_PART, Content, NewPayload, RenderedContent
from storage.runs import Run
from transport.responses import RICH_METHOD
from views.albums import album_call
from views.corrections import belongs_to_edition, withdrawn_part
from views.digest_messages import (
    full_messages,
    headlines_messages,
    only_a_button,
    rich_messages,
    rich_part_start,
)
from views.reader_buttons import with_reader_buttons
from views.shown_items import ItemSelector
from views.withdrawals import withdrawn_edition

WITHOUT_PICTURES = "rich-no-pictures"
"""Layout of a content: the rich one with links in place of pictures."""

_PREFERENCES_AT_ONCE = 200
"""Content preferences that are looked at before other tasks run."""

REST_IN_FULL = "full-rest-"
"""Layout of a content, with the number of the part from which on the rich layout was refused."""


async def render_for(
    digest: Digest,
    wanted: Mapping[int, ContentPreferences],
    translations: Translations,
    username: str = "",
    stored: Collection[Content] = (),
    file_ids: Mapping[str, str] | None = None,
) -> list[RenderedContent]:
    """Render a digest for content preferences, given by id; let other tasks run in between.

    `username` is the bot's, to which buttons lead that are links. `stored` are the contents that the version has.
    `file_ids` are those of the photos, by key; None while they are not all known.

    Each is rendered from the text for its language.
    Preferences that no item matches get nothing; those that match the same items share a content.
    """
    preferences_ids: dict[Content, list[int]] = {}
    contents = await _wanted_contents(digest, wanted)
    if len(set(contents.values())) + len(stored) > MAX_CONTENTS:  # takes seconds for ten thousand lists of mutes
        contents = await asyncio.to_thread(choose_contents, contents, stored)
    for preferences_id, content in contents.items():
        preferences_ids.setdefault(content, []).append(preferences_id)
    rendered: list[RenderedContent] = []
    for content, ids in preferences_ids.items():
        messages = () if content in stored else _messages(digest, content, translations.translator(content.language))
        shown = [with_reader_buttons(message, content.buttons, username) for message in messages]
        if shown or content in stored:
            calls = (*_calls(shown), *photo_payloads(digest, content, file_ids or {})) if shown else ()
            rendered.append(RenderedContent(content, tuple(ids), calls))
        await asyncio.sleep(0)
    return rendered


def photo_payloads(digest: Digest, content: Content, file_ids: Mapping[str, str]) -> tuple[NewPayload, ...]:
    """Return the part with the photos of a content; none if it has none."""
    layout = Layout.RICH if content.layout == WITHOUT_PICTURES else content.layout
    call = album_call(digest.in_language(content.language), content.item_positions, layout, file_ids)
    return () if call is None else (NewPayload(PHOTOS_PART, call.method, call.parameters),)


async def _wanted_contents(digest: Digest, wanted: Mapping[int, ContentPreferences]) -> dict[int, Content]:
    """Return the content that each preferences lead to, without those that no item matches."""
    texts = {text.language: text for text in digest.variants} | {"": digest}
    selectors = {language: ItemSelector(text.items) for language, text in texts.items()}
    contents = dict[int, Content]()
    for number, (preferences_id, preferences) in enumerate(wanted.items(), 1):
        content = content_of(selectors[digest.variant_for(preferences.language)], preferences)
        if content.item_positions or not preferences.is_selective:
            contents[preferences_id] = content
        if number % _PREFERENCES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return contents


def _messages(digest: Digest, content: Content, translate: Translator) -> Sequence[AnyMessage]:
    """Return a content as messages. One without items has only the way to them: it stands for too many mutes."""
    digest = digest.in_language(content.language)
    if digest.items and not content.item_positions:
        return [only_a_button(digest, translate)]
    shown = tuple(item for item in digest.items if item.position in content.item_positions)
    match content.layout:
        case Layout.RICH:
            return rich_messages(digest, shown, translate, signed=content.signed)
        case Layout.FULL:
            return full_messages(digest, shown, translate, signed=content.signed)
    return headlines_messages(digest, shown, translate, signed=content.signed)


@dataclass(frozen=True, slots=True)
class FallbackContent:
    """A content that takes the place of a refused one of the same version, from a part of that one on."""

    version: int
    content: Content
    part: int


def fallback_content(refused: RefusedDelivery) -> FallbackContent:
    """Return what goes out in place of a part of a rich content, and of those after it.

    The full layout is the same for whoever chose it, so what is stored for them is used.
    """
    content, part = refused.content, refused.part
    if refused.refusal is RichRefusal.PICTURE and content.layout == Layout.RICH:
        return FallbackContent(refused.version, replace(content, layout=WITHOUT_PICTURES), 1)
    if part == 1:
        return FallbackContent(refused.version, replace(content, layout=Layout.FULL.value), 1)
    return FallbackContent(refused.version, replace(content, layout=f"{REST_IN_FULL}{part}"), part)


def render_fallback(
    digest: Digest,
    fallback: FallbackContent,
    translations: Translations,
    username: str = "",
    file_ids: Mapping[str, str] | None = None,
) -> RenderedContent:
    """Render a content that takes the place of a refused one.

    The rest in full begins with the item with which the refused part began, or went on.
    """
    content, translate = fallback.content, translations.translator(fallback.content.language)
    digest = digest.in_language(content.language)
    shown = tuple(item for item in digest.items if item.position in content.item_positions)
    messages: Sequence[AnyMessage]
    if content.layout == WITHOUT_PICTURES:
        rich = rich_messages(digest, shown, translate, signed=content.signed)
        messages = [message.without_pictures() for message in rich]
    else:
        start = 0
        if fallback.part > 1:
            start = rich_part_start(digest, shown, translate, fallback.part, signed=content.signed)
        messages = full_messages(digest, shown, translate, start=start, signed=content.signed)
    buttoned = [with_reader_buttons(message, content.buttons, username) for message in messages]
    photos = photo_payloads(digest, content, file_ids or {})
    return RenderedContent(content, (), (*_calls(buttoned, fallback.part), *photos))


def _calls(messages: Sequence[AnyMessage], first_part: int = 1) -> tuple[NewPayload, ...]:
    return tuple(
        NewPayload(part, RICH_METHOD if isinstance(message, RichMessage) else "sendMessage", message.to_bot_api())
        for part, message in enumerate(messages, first_part)
    )


def correction_contents(
    rendered: Iterable[RenderedContent], edition: date, translations: Translations
) -> list[RenderedContent]:
    """Return what only a correction sends: parts that are added later, and what becomes of parts too many."""
    later = [
        RenderedContent(added(one.content), (), tuple(_as_added(one, edition, translations)))
        for one in rendered
        if one.payloads
    ]
    return [*later, *_removals(edition, translations, withdrawn_part)]


def _removals(
    edition: date, translations: Translations, notice: Callable[[date, Translator], Message]
) -> list[RenderedContent]:
    """Return what becomes of messages that are taken back: a deletion, and a notice in each language."""
    deletion = RenderedContent(DELETION_CONTENT, (), (NewPayload(1, DELETE_METHOD, {}),))
    notices = [
        RenderedContent(withdrawn(language), (), _calls([notice(edition, translations.translator(language))]))
        for language in LANGUAGES
    ]
    return [deletion, *notices]


def _as_added(one: RenderedContent, edition: date, translations: Translations) -> Iterator[NewPayload]:
    """Yield a content's payloads, each with a row of buttons that names the edition.

    Under a full keyboard the last buttons give way to it: it opens the whole edition, where they are.
    """
    row = belongs_to_edition(edition, translations.translator(one.content.language))
    for payload in one.payloads:
        markup = payload.parameters.get("reply_markup", {"inline_keyboard": []})
        left, keyboard = KEYBOARD_BUTTONS - 1, [[row.to_bot_api()]]
        for buttons in markup["inline_keyboard"]:
            if shown := buttons[:left]:
                keyboard.append(shown)
            left -= len(shown)
        yield replace(payload, parameters=payload.parameters | {"reply_markup": {"inline_keyboard": keyboard}})


def content_of(selector: ItemSelector, preferences: ContentPreferences) -> Content:
    """Return what content preferences let through of a digest."""
    positions = tuple(item.position for item in selector.shown(preferences))
    return Content(preferences.layout.value, preferences.language, positions, preferences.buttons, preferences.signed)


async def render_missing(database: Database, translations: Translations, run_id: int) -> None:
    """Render a digest's run, its correction or a recap for content preferences that are newer than its payloads.

    A withdrawal has the same payloads whatever people have chosen.
    """
    async with database.read() as tx:
        run = await runs.get(tx, run_id)
    if run is None or run.edition is None:
        return
    if run.purpose is RunPurpose.WITHDRAWAL:
        async with database.write(alone=True) as tx:
            await payloads.add(tx, run_id, run.version, _removals(run.edition, translations, withdrawn_edition))
    elif run.purpose is not RunPurpose.BROADCAST:
        await _render_newer_preferences(database, translations, run, run.edition)


async def _render_newer_preferences(database: Database, translations: Translations, run: Run, edition: date) -> None:
    async with database.read() as tx:
        rendered_up_to = run.rendered_up_to_preferences_id
        wanted = await content_preferences.all_after(tx, rendered_up_to)
        if not wanted:
            return
        username = await bots.username(tx)
        editions, digest = None, None
        if run.purpose is RunPurpose.RECAP:
            editions = await RecapEditions.load(tx, edition, now=run.published_at)
        else:
            digest = await digests.get_version(tx, run.edition_run_id, edition, run.version)
        stored = await payloads.contents_of_version(tx, run.id, run.version, [*Layout, RECAP_LAYOUT])
        is_edition = digest is not None and run.purpose is RunPurpose.DIGEST
        file_ids = await pictures.file_ids(tx, digest) if digest is not None and is_edition else None
    rendered: list[RenderedContent] = []
    if editions is not None:
        rendered = await render_recap(editions, wanted, translations, username, stored)
    elif digest is not None:
        rendered = await render_for(digest, wanted, translations, username, stored, file_ids)
    if run.purpose is RunPurpose.CORRECTION:
        rendered += correction_contents(rendered, edition, translations)
    async with database.write(alone=True) as tx:
        current = await runs.get(tx, run.id)
        if current is None or current.version != run.version:
            return
        if current.rendered_up_to_preferences_id == rendered_up_to:
            await payloads.add(tx, run.id, run.version, rendered)
            await runs.set_rendered(tx, run.id, max(wanted))
