"""Read, compare and render an editor's draft before the write transaction, which must be short.

request -> what it needs read (read transaction) -> reading in a thread -> its preview in a thread -> handlers/drafts.py
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import date

from digest.model import Digest
from digest.reader import Reading
from domain.chat.event import SentDocument
from domain.chat.i18n import LANGUAGES
from domain.chat.roles import Role
from domain.edition_day import EDITION_PATTERN, parse_edition_day
from domain.file_names import PASTED_NAME, chat_source
from domain.subscription.preferences import ContentPreferences, Layout
from handlers.context import Context, Services
from handlers.input.sent_digests import (
    MAX_ITEMS,
    MAX_SOURCE_BYTES,
    Preview,
    SendRefusal,
    SentDigests,
    base_name,
    size_or_kind_refusal,
)
from handlers.readings import ChoiceOutcome
from handlers.request import Request
from storage import digests, drafts, edition_texts
from storage.digests import Source
from views.digest_messages import digest_messages, full_messages
from views.readings import leaves_doubt

PRESS = re.compile(r"(?P<id>[0-9]{1,15}) (?P<verb>show|publish|now|at|no|read)(?: (?P<words>[0-9a-z -]{1,30}))?")
"""A button of a draft."""

STORED = re.compile(rf"(?P<day>{EDITION_PATTERN}) (?:readings|read (?P<key>[0-9a-f]{{8}}))")
"""A button of a stored edition."""

MAX_COMPARED_BYTES = 60_000
"""The largest source whose readings are compared in the chat; a daily digest has some ten kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What a request needs read: what was sent, or a stored source with the key of the reading that was chosen."""

    document: SentDocument | None = None
    source: Source | None = None
    key: str | None = None
    digest: Digest | None = None
    """What was read of the source before; None to find that out."""


async def find_unread(request: Request, context: Context) -> Unread | None:
    """Return what a request of an editor needs read; None if nothing."""
    if not context.may(Role.EDITOR) or not request.origin.chat.is_private:
        return None
    if request.document is not None:
        return Unread(document=request.document)
    if request.pasted:
        return Unread(source=Source("", request.pasted.encode("utf-8", "replace")))
    if request.press is None:
        return None
    if stored := STORED.fullmatch(request.arguments):
        day = parse_edition_day(stored["day"])
        source = None if day is None else await digests.get_source(context.tx, day)
        return None if source is None else Unread(source=source, key=stored["key"] or "")
    pressed = PRESS.fullmatch(request.arguments)
    if pressed is None or pressed["verb"] not in ("show", "read"):
        return None
    waiting = await drafts.get(context.tx, int(pressed["id"]), now=context.now)
    if waiting is None or waiting.is_confirmed:
        return None
    source = Source(waiting.name, waiting.source)
    if pressed["verb"] == "show":
        return Unread(source=source, digest=waiting.digest)
    return Unread(source=source, key=pressed["words"] or "")


async def read(unread: Unread, services: Services) -> SentDigests:
    """Fetch and read what is unread."""
    if unread.document is None:
        return await asyncio.to_thread(_read_source, unread, services)
    name = base_name(unread.document.name)
    refusal = size_or_kind_refusal(unread.document)
    if refusal is not None:
        return SentDigests(name=name, refusal=refusal)
    fetched = await services.fetch_file(unread.document.file_id, MAX_SOURCE_BYTES)
    if fetched is None:
        return SentDigests(name=name, refusal=SendRefusal.NOT_FETCHED)
    return await asyncio.to_thread(_read_source, Unread(source=Source(name, fetched)), services)


def _read_source(unread: Unread, services: Services) -> SentDigests:
    """Read a source, or keep the reading that was chosen first; list the two readings of one that leaves doubt."""
    source = unread.source or Source("", b"")
    sent = SentDigests(name=source.path or PASTED_NAME, source=source.data)
    if unread.key == "":
        readings = _compare(source, services)
        is_compared = len(source.data) <= MAX_COMPARED_BYTES
        read = services.read_digests(source.path, source.data) if is_compared and not readings else ()
        return replace(sent, readings=readings, is_indistinct=any(map(leaves_doubt, read)))
    if unread.key is not None:
        choice = services.readings.choose(source.path, source.data, unread.key)
        sent = replace(sent, choice=choice)
        if choice is not ChoiceOutcome.KEPT:
            return sent
    read = services.read_digests(source.path, source.data) if unread.digest is None else (unread.digest,)
    is_doubtful = len(read) == 1 and len(read[0].items) <= MAX_ITEMS and leaves_doubt(read[0])
    return replace(sent, digests=read, readings=_compare(source, services) if is_doubtful else ())


def _compare(source: Source, services: Services) -> tuple[Reading, ...]:
    """Return the two readings between which an editor chooses, if the text leaves doubt and is not too large."""
    return services.readings.list(source.path, source.data) if len(source.data) <= MAX_COMPARED_BYTES else ()


async def find_view(sent: SentDigests, request: Request, context: Context) -> tuple[Layout, str] | None:
    """Return the layout and the language in which a draft will be shown; None if it will not be."""
    if len(sent.digests) != 1 or len(sent.digests[0].items) > MAX_ITEMS:
        return None
    (digest,) = sent.digests
    if not digest.is_publishable or digest.date is None:
        return None
    pressed = PRESS.fullmatch(request.arguments) if request.press is not None else None
    words = pressed["words"] or "" if pressed and pressed["verb"] == "show" else ""
    return choose_view(words, await find_place(digest, digest.date, context), context)


def choose_view(words: str, place: str, context: Context) -> tuple[Layout, str]:
    """Return the layout and the language that an editor chose, else those of the variant and the editor."""
    own, chosen = context.subscriber.preferences, words.split()
    layout = next((Layout(word) for word in chosen if word in set(Layout)), own.layout)
    language = next((word for word in chosen if word in LANGUAGES), place if place in LANGUAGES else own.language)
    return layout, language


async def find_place(digest: Digest, day: date, context: Context) -> str:
    """Return the language of the variant that a text is, '' for the original."""
    path = chat_source(day, digest.language)
    language = context.services.default_language
    return (await edition_texts.find_place(context.tx, digest, path, default_language=language)).language


def render_preview(digest: Digest, layout: Layout, language: str, services: Services) -> Preview:
    """Return a draft as its readers would get it, and with all its texts. It computes for a while."""
    reader = services.translations.translator(language)
    messages = digest_messages(digest, ContentPreferences(layout=layout, language=language), reader)
    return Preview(
        layout=layout, language=language, messages=messages, in_full=full_messages(digest, digest.items, reader)
    )
