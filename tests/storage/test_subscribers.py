"""Subscribers and the schedules and content preferences they share."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from domain.chat.event import Chat, ChatKind
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason, OpenQuestion, Subscriber
from storage import content_preferences, schedules, schema, subscribers
from storage.database import Tx
from tests.databases import open_database

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)
WISHES = (Schedule("Asia/Shanghai", 480), ContentPreferences())


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[Tx]:
    database = await open_database(tmp_path / "bot.db")
    async with database.write() as tx:
        yield tx
    await database.close()


async def test_first_contact_adds_an_inactive_subscriber(tx: Tx) -> None:
    made = await subscribers.add(tx, Chat(-7, ChatKind.SUPERGROUP, 42), WISHES, now=NOW)
    assert await subscribers.get(tx, -7) == made
    assert not made.active
    assert await subscribers.audience(tx, now=NOW) == subscribers.Audience(1, 0)
    assert await subscribers.get(tx, 8) is None


async def test_question_is_open_until_the_person_is_seen_again(tx: Tx) -> None:
    made = await subscribers.add(tx, Chat(7), WISHES, now=NOW)
    asked = NOW + timedelta(minutes=1)
    await subscribers.touch_last_seen(tx, made.id, now=asked)
    await subscribers.set_question(tx, made.id, "stop.yes", now=asked)
    assert await _question(tx) == OpenQuestion("stop.yes", asked)
    await subscribers.touch_last_seen(tx, made.id, now=asked)
    assert await _question(tx) is None


async def test_question_is_over_once_an_older_program_has_seen_the_person(tx: Tx) -> None:
    made = await subscribers.add(tx, Chat(7), WISHES, now=NOW)
    await subscribers.set_question(tx, made.id, "stop.yes", now=NOW)
    assert await _question(tx) == OpenQuestion("stop.yes", NOW)
    await tx.execute(update(schema.subscribers).values(last_seen_at=NOW + timedelta(seconds=1)))
    assert await _question(tx) is None


async def _question(tx: Tx) -> OpenQuestion | None:
    found = await subscribers.get(tx, 7)
    assert found is not None
    return found.question


async def test_leaving_and_returning_keeps_the_settings(tx: Tx) -> None:
    made = await subscribers.add(tx, Chat(7), WISHES, now=NOW)
    await subscribers.activate(tx, made.id, now=NOW)
    await subscribers.set_schedule(tx, made.id, Schedule("Europe/Berlin", 1290, 3))
    await subscribers.choose_language(tx, made.id, ContentPreferences(Layout.FULL, "en", frozenset({"a", "b"})))
    await subscribers.set_silent(tx, made.id, silent=True)
    await subscribers.set_topic(tx, made.id, 9)
    await subscribers.deactivate(tx, made.id, LeftReason.BLOCKED, now=NOW)
    gone = await subscribers.get(tx, 7)
    assert gone is not None
    assert (gone.active, gone.left_reason) == (False, LeftReason.BLOCKED)

    later = NOW + timedelta(days=1)
    await subscribers.activate(tx, made.id, now=later)

    back = await subscribers.get(tx, 7)
    assert back == Subscriber(
        id=made.id,
        chat=Chat(7, topic_id=9),
        active=True,
        silent=True,
        language_chosen=True,
        schedule=Schedule("Europe/Berlin", 1290, 3),
        preferences=ContentPreferences(Layout.FULL, "en", frozenset({"a", "b"})),
        joined_at=later,
    )


async def test_equal_preferences_share_one_row(tx: Tx) -> None:
    assert await schedules.get_or_create(tx, WISHES[0]) == await schedules.get_or_create(
        tx, Schedule("Asia/Shanghai", 480)
    )
    some, same = frozenset({"甲", "乙"}), frozenset({"乙", "甲"})
    assert await content_preferences.get_or_create(
        tx, ContentPreferences(categories=some)
    ) == await content_preferences.get_or_create(tx, ContentPreferences(categories=same))
    assert await content_preferences.get_or_create(
        tx, ContentPreferences(categories=frozenset())
    ) != await content_preferences.get_or_create(tx, ContentPreferences())


async def test_languages_count_active_subscribers_only(tx: Tx) -> None:
    one = await subscribers.add(tx, Chat(1), WISHES, now=NOW)
    await subscribers.add(tx, Chat(2), (Schedule("UTC", 0), ContentPreferences(language="en")), now=NOW)
    await subscribers.activate(tx, one.id, now=NOW)
    assert await subscribers.languages(tx) == {"zh": 1}


async def test_migrated_group_keeps_its_row(tx: Tx) -> None:
    made = await subscribers.add(tx, Chat(-1, ChatKind.GROUP), WISHES, now=NOW)
    assert await subscribers.migrate_chat(tx, -1, -100)
    moved = await subscribers.get(tx, -100)
    assert moved is not None
    assert (moved.id, moved.chat.kind) == (made.id, ChatKind.SUPERGROUP)
    assert await subscribers.get(tx, -1) is None
    assert await subscribers.migrate_chat(tx, -1, -100), "told twice: by the group, and by a send that was on its way"
    assert await subscribers.get(tx, -100) == moved
    assert not await subscribers.migrate_chat(tx, -8, -800), "a group that nobody knows"


async def test_unsubscribed_supergroup_row_is_replaced(tx: Tx) -> None:
    old = await subscribers.add(tx, Chat(-1, ChatKind.GROUP), WISHES, now=NOW)
    await subscribers.activate(tx, old.id, now=NOW)
    await subscribers.add(tx, Chat(-100, ChatKind.SUPERGROUP), (Schedule("UTC", 0), ContentPreferences()), now=NOW)
    assert await subscribers.migrate_chat(tx, -1, -100)
    moved = await subscribers.get(tx, -100)
    assert moved is not None
    assert (moved.id, moved.active, moved.schedule) == (old.id, True, WISHES[0])


async def test_subscribed_supergroup_row_is_kept(tx: Tx) -> None:
    for chat in (-1, -100):
        made = await subscribers.add(tx, Chat(chat, ChatKind.SUPERGROUP), WISHES, now=NOW)
        await subscribers.activate(tx, made.id, now=NOW)
    assert not await subscribers.migrate_chat(tx, -1, -100)
    assert await subscribers.audience(tx, now=NOW) == subscribers.Audience(2, 1)


async def test_languages_come_by_frequency_then_name(tx: Tx) -> None:
    for chat, language in enumerate(["zh", "en", "fr", "zh", "fr", "zh"], start=1):
        wishes = WISHES[0], ContentPreferences(language=language)
        person = await subscribers.add(tx, Chat(chat), wishes, now=NOW)
        await subscribers.activate(tx, person.id, now=NOW)
    assert list((await subscribers.languages(tx)).items()) == [("zh", 3), ("fr", 2), ("en", 1)]
    person = await subscribers.add(tx, Chat(9), (WISHES[0], ContentPreferences(language="en")), now=NOW)
    await subscribers.activate(tx, person.id, now=NOW)
    assert list((await subscribers.languages(tx)).items()) == [("zh", 3), ("en", 2), ("fr", 2)]


async def test_preferences_change_for_one_subscriber(tx: Tx) -> None:
    ann, ben = [await subscribers.add(tx, Chat(chat), WISHES, now=NOW) for chat in (7, 8)]
    await subscribers.set_preferences(tx, ann.id, ContentPreferences(Layout.FULL, "en"))
    changed = [await subscribers.get(tx, chat) for chat in (7, 8)]
    assert [person and person.preferences for person in changed] == [ContentPreferences(Layout.FULL, "en"), WISHES[1]]
    assert not (changed[0] and changed[0].language_chosen)
    assert ben == changed[1]
