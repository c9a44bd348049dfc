"""The texts of an edition together: its original and its variants, whichever of them has just been read.

text of a file -> its place -> edition of all texts -> stored as a version (storage.digests)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select

from digest.model import Digest
from digest.variants import Placement, join_texts, place
from domain.chat.i18n import LANGUAGES
from domain.delivery.segment import EditionTitles
from domain.edition_day import EditionDay
from storage import digests
from storage.database import Tx
from storage.digests import Source
from storage.schema import digests as table

OFFERED_DAYS = 14
"""For how many days after a variant its language counts as one that the newsletter offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionTexts:
    """An edition with a text that was read, and what is to be stored of it.

    `edition` is the original with all variants, and `source` its file; None while there is no original. `place` is the
    language of the variant that the text is, '' for the original. `stored` are the variants that are to be written,
    `removed` the languages of those whose file has become another text. `former` is the edition as
    it is stored, `former_text` what stands in the text's place.
    """

    place: str
    edition: Digest | None
    source: Source
    stored: tuple[tuple[Digest, Source], ...] = ()
    removed: tuple[str, ...] = ()
    former: Digest | None = None
    former_text: Digest | None = None


async def titles_since(tx: Tx, instant: datetime, *, now: datetime) -> list[EditionTitles]:
    """Return the editions published since an instant by their titles, withdrawn ones too, newest first."""
    of_bot, key = table.c.bot_id == tx.bot_id, (table.c.date, table.c.slot)
    in_time = of_bot, table.c.language == "", table.c.published_at >= instant, table.c.published_at <= now
    editions = select(*key, table.c.withdrawn_at).where(*in_time)
    oldest = select(func.min(table.c.date)).where(*in_time).scalar_subquery()
    texts = select(*key, table.c.language, table.c.title).where(of_bot, table.c.date >= oldest)
    titles: dict[tuple[str, str], dict[str, str]] = {}
    for row in await tx.execute(texts):
        titles.setdefault((row.date, row.slot), {})[row.language] = row.title or ""
    newest_first = editions.order_by(table.c.date.desc(), table.c.published_at.desc())
    return [
        EditionTitles(EditionDay.read(row.date, row.slot), titles[row.date, row.slot], row.withdrawn_at is not None)
        for row in await tx.execute(newest_first)
    ]


async def find_place(tx: Tx, text: Digest, path: str, *, default_language: str) -> Placement:
    """Return how a text belongs to its edition, as the original or a variant; it must have a date."""
    if text.date is None:
        raise ValueError("a text without a date is of no edition")
    return _place(text, path, await digests.texts(tx, text.date), default_language)


def _place(text: Digest, path: str, stored: Mapping[str, tuple[Digest, Source]], default_language: str) -> Placement:
    original, source = stored.get("", (None, None))
    if original is None and text.language in stored and text.language != default_language:
        waiting = stored[text.language][1]
        if waiting.path != path:  # another file has this text
            return Placement(text.language)
    return place(text, path, original, "" if source is None else source.path, default_language)


async def join(tx: Tx, text: Digest, source: Source, *, default_language: str) -> EditionTexts:
    """Return the edition that is stored, with a text that was read in its place."""
    if text.date is None:
        raise ValueError("a text without a date is of no edition")
    known = await digests.texts(tx, text.date)
    placement = _place(text, source.path, known, default_language)
    former, former_source = known.get("", (None, source))
    stored: list[tuple[Digest, Source]] = []
    if placement.language:
        stored.append((text, source))
    elif placement.demotes and former is not None:
        alone = replace(former, variants=(), missing_languages=(), assumed_language="")
        stored.append((alone, former_source))
    variants, removed = {variant.language: variant for variant, _source in stored}, list[str]()
    for language, (variant, of_variant) in known.items():
        if language and of_variant.path == source.path and language != placement.language:
            removed.append(language)
        elif language:
            variants.setdefault(language, variant)
    original, own = (former, former_source) if placement.language else (text, source)
    edition = None
    if original is not None:
        offered = await digests.variant_languages(tx, text.date, days=OFFERED_DAYS)
        edition = join_texts(original, variants.values(), offered=offered, default_language=default_language)
    return EditionTexts(
        place=placement.language,
        edition=edition,
        source=own,
        stored=tuple(stored),
        removed=tuple(removed),
        former=former,
        former_text=known.get(placement.language, (None, source))[0],
    )


async def store_variants(tx: Tx, texts: EditionTexts, day: date, *, now: datetime) -> None:
    """Store the variants of an edition that have changed, in the transaction that stores the edition."""
    for language in texts.removed:
        await digests.remove_variant(tx, day, language)
    for text, source in texts.stored:
        await digests.upsert_variant(tx, text, source, now=now)


async def unchanged_texts(tx: Tx, run_id: int, day: date, version: int) -> dict[int, frozenset[str]]:
    """Return, by former version of an edition, the languages whose readers have a text that is still the newest.

    That a variant has come in changes nothing for those who have got the original instead of it.
    """
    has_variants = await digests.has_variants(tx, day)
    current = await digests.get_version(tx, run_id, day, version) if has_variants else None
    if current is None:
        return {}
    former = await digests.former_versions_of(tx, run_id, day)
    return {
        number: frozenset(language for language in LANGUAGES if _is_unchanged(digest, current, language))
        for number, digest in former.items()
        if number != version
    }


def _is_unchanged(former: Digest, current: Digest, language: str) -> bool:
    """Return whether the text that readers of a language had is still the same, or the same as they would get now."""
    held = former.variant_for(language)
    newest = {current.text_hashes.get(held), current.text_hashes[current.variant_for(language)]}
    return former.text_hashes[held] in newest
