"""Runs of weekly recaps: made before they are due, and rendered from stored editions when the first one is.

who chose which weekday -> run of the day, a wave for each schedule -> (planner) -> contents: what one's digests show
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from delivery.content_choice import MAX_CONTENTS, choose_contents
from digest.model import Digest, Item
from domain.chat.i18n import Translations
from domain.edition_day import calendar_day
from domain.subscription.preferences import ContentPreferences
from domain.subscription.recap import RECAP_DAYS, due_recaps
from storage import digests, recaps, votes
from storage.database import Database, Tx
from storage.payloads import Content, NewPayload, RenderedContent
from views.reader_buttons import with_reader_buttons
from views.recap import RecapDay, leading_items, weekly_recap_message
from views.shown_items import ItemSelector

RECAP_LAYOUT = "recap"
"""Layout of a content; its item positions are those of `RecapEditions`."""

_DAY_FACTOR = 10_000
"""Position of an item in a recap: the number of its day, times this, and its position in the edition."""

MAX_EDITIONS = 2 * RECAP_DAYS
"""The newest editions of the week; more do not fit into one message."""

_PREFERENCES_AT_ONCE = 100


async def plan_recaps(database: Database, now: datetime) -> None:
    """Give each recap that is due soon, or may still go out, its run and its waves; those that have them stay."""
    async with database.read() as tx:
        wanted = await recaps.chosen(tx)
        if not wanted:
            return
        planned = await recaps.planned(tx, since=now.date() - timedelta(days=3))
    dues: dict[date, dict[int, datetime]] = {}
    for choice in wanted:
        for recap in due_recaps(choice.schedule, choice.weekday, now):
            if (recap.day, choice.schedule_id) not in planned:
                dues.setdefault(recap.day, {})[choice.schedule_id] = recap.at
    for day, of_day in sorted(dues.items()):
        async with database.write(alone=True) as tx:
            await recaps.plan(tx, day, of_day)


@dataclass(frozen=True, slots=True)
class RecapEditions:
    """The editions of a recap, the oldest first, and how many want more of their items, by position."""

    editions: tuple[Digest, ...]
    wanted: tuple[Mapping[int, int], ...]

    @classmethod
    async def load(cls, tx: Tx, day: date, *, now: datetime) -> RecapEditions:
        """Load what was published by an instant in the days up to one."""
        first = day - timedelta(days=RECAP_DAYS - 1)
        newest = await digests.recent(tx, now=now, limit=MAX_EDITIONS, since=first)
        dated = [(digest, calendar_day(digest.date)) for digest in reversed(newest) if digest.date is not None]
        editions = [digest for digest, of_day in dated if of_day <= day]
        wanted = [dict((await votes.wishes(tx, digest.date)).items) for digest in editions if digest.date is not None]
        return cls(tuple(editions), tuple(wanted))

    def item(self, position: int, language: str) -> Item:
        """Return the item at a position of a content, for readers of a language."""
        number, of_edition = divmod(position, _DAY_FACTOR)
        items = self.editions[number].in_language(language).items
        return next(item for item in items if item.position == of_edition)


async def render_recap(
    editions: RecapEditions,
    wanted: Mapping[int, ContentPreferences],
    translations: Translations,
    username: str,
    stored: Collection[Content],
) -> list[RenderedContent]:
    """Render a recap for content preferences, given by id; those that would show nothing get nothing."""
    contents = await _wanted_contents(editions, wanted)
    if len(set(contents.values())) + len(stored) > MAX_CONTENTS:
        contents = await asyncio.to_thread(choose_contents, contents, stored)
    preferences_ids: dict[Content, list[int]] = {}
    for preferences_id, content in contents.items():
        if content.item_positions:
            preferences_ids.setdefault(content, []).append(preferences_id)
    return [
        RenderedContent(content, tuple(ids), _payloads(editions, content, translations, username))
        for content, ids in preferences_ids.items()
    ]


async def _wanted_contents(editions: RecapEditions, wanted: Mapping[int, ContentPreferences]) -> dict[int, Content]:
    selectors = {
        language: [ItemSelector(edition.in_language(language).items) for edition in editions.editions]
        for language in {preferences.language for preferences in wanted.values()}
    }
    contents = dict[int, Content]()
    for number, (preferences_id, preferences) in enumerate(wanted.items(), 1):
        positions = tuple(
            day * _DAY_FACTOR + item.position
            for day, (selector, wishes) in enumerate(zip(selectors[preferences.language], editions.wanted, strict=True))
            for item in leading_items(selector.shown(preferences), wishes)
        )
        if positions:
            content = Content(RECAP_LAYOUT, preferences.language, positions, preferences.buttons, preferences.signed)
            contents[preferences_id] = content
        if number % _PREFERENCES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return contents


def _payloads(
    editions: RecapEditions, content: Content, translations: Translations, username: str
) -> tuple[NewPayload, ...]:
    translate = translations.translator(content.language)
    items: dict[date, list[Item]] = {}
    for position in content.item_positions:
        day = editions.editions[position // _DAY_FACTOR].date
        if day is not None:
            items.setdefault(day, []).append(editions.item(position, content.language))
    days = [RecapDay(day, tuple(of_day)) for day, of_day in items.items()]
    message = with_reader_buttons(weekly_recap_message(days, translate), content.buttons, username)
    return (NewPayload(1, "sendMessage", message.to_bot_api()),)
