"""The alert of a missing edition: which windows it looks at, and which editions count for one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from delivery.missing_edition_alert import MissingEditionAlert
from delivery.notifier import MessageBuilder, Notifier, SentListener
from domain.chat.roles import Role
from domain.subscription.calendar import DELIVERY_WINDOW
from storage import bots, digests
from storage.database import Database
from storage.digests import Source
from tests.databases import open_database
from tests.delivery.harness import ADMIN, DAY, DEFAULT_SCHEDULE, MORNING, TEXTS, edition

WEEK = timedelta(days=7)
END = MORNING + DELIVERY_WINDOW
DAY_LONG = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


class RecordingNotifier(Notifier):
    """Notifier that keeps what it should send."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.notified: list[Role] = []

    def notify(self, chats: Iterable[int], build: MessageBuilder, on_sent: SentListener | None = None) -> None:
        self.sent += [(chat, build(TEXTS.translator("en")).text.plain) for chat in chats]

    def notify_staff(self, least: Role, build: MessageBuilder, on_sent: SentListener | None = None) -> None:
        self.notified.append(least)
        self.notify([ADMIN], build, on_sent)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "bot.db")
    yield opened
    await opened.close()


async def _alert(database: Database) -> tuple[MissingEditionAlert, RecordingNotifier]:
    """Return an alert of a bot that was there the morning before, and its notifier."""
    notifier = RecordingNotifier()
    async with database.write() as tx:
        await bots.set_checked_morning(tx, DAY - DAY_LONG)
    return MissingEditionAlert(database, notifier, DEFAULT_SCHEDULE), notifier


async def _store(database: Database, published: datetime) -> None:
    async with database.write() as tx:
        source = Source("today.md", b"")
        await digests.upsert(tx, edition(published=published), source, published=published, now=published)


@pytest.mark.parametrize(
    ("published", "is_missed"),
    [
        (MORNING - timedelta(hours=23), True),  # it was due in the morning before
        (MORNING - timedelta(hours=18), False),
        (MORNING - MOMENT, False),
        (MORNING, False),
        (END - MOMENT, False),
        (END, True),
    ],
)
async def test_edition_counts_for_the_window_it_is_due_in(
    published: datetime, is_missed: bool, database: Database
) -> None:
    alert, notifier = await _alert(database)
    await _store(database, published)
    assert await alert.check(END) == END + DAY_LONG
    expected = "⚠️ No digest has been published for the morning of Fri, 12 Sep 2025."
    assert notifier.sent == ([(ADMIN, expected)] if is_missed else [])


async def test_window_is_looked_at_when_it_is_over(database: Database) -> None:
    alert, notifier = await _alert(database)
    assert await alert.check(MORNING) == END
    assert await alert.check(END - MOMENT) == END
    assert notifier.sent == []
    assert await alert.check(END) == END + DAY_LONG
    assert await alert.check(END + MOMENT) == END + DAY_LONG
    assert len(notifier.sent) == 1
    await alert.check(END + DAY_LONG)
    assert len(notifier.sent) == 2


async def test_clock_that_was_set_back_is_followed(database: Database) -> None:
    """The clock stood two weeks ahead at the start; the mornings until then are not looked at twice."""
    alert, notifier = await _alert(database)
    await alert.check(END + 2 * WEEK)
    assert len(notifier.sent) == 1
    assert await alert.check(MORNING) == END
    assert await alert.check(END) == END + DAY_LONG
    assert len(notifier.sent) == 1


async def test_first_window_of_a_new_bot_is_not_missed(database: Database) -> None:
    notifier = RecordingNotifier()
    alert = MissingEditionAlert(database, notifier, DEFAULT_SCHEDULE)
    assert await alert.check(MORNING - timedelta(hours=1)) == END
    assert notifier.sent == []
    async with database.read() as tx:
        assert await bots.checked_morning(tx) == DAY - DAY_LONG
    await alert.check(END)
    assert len(notifier.sent) == 1


BEFORE = timedelta(hours=1)


async def _reminding(database: Database) -> tuple[MissingEditionAlert, RecordingNotifier]:
    notifier = RecordingNotifier()
    async with database.write() as tx:
        await bots.set_checked_morning(tx, DAY - DAY_LONG)
    return MissingEditionAlert(database, notifier, DEFAULT_SCHEDULE, BEFORE), notifier


async def test_editors_are_reminded_once_before_the_morning(database: Database) -> None:
    alert, notifier = await _reminding(database)
    await _store(database, MORNING - DAY_LONG)
    assert await alert.check(MORNING - 2 * BEFORE) == MORNING - BEFORE
    assert notifier.sent == []
    assert await alert.check(MORNING - BEFORE) == END
    expected = (
        "⏰ There is no digest yet for the next morning.\n"
        "It goes out today (Fri) at 08:00. Put the file into the folder, or send it to me."
    )
    assert (notifier.sent, notifier.notified) == ([(ADMIN, expected)], [Role.EDITOR])
    restarted, told_again = await _reminding(database)
    await restarted.check(MORNING - BEFORE / 2)
    assert told_again.sent == []
    await restarted.check(MORNING + DAY_LONG - BEFORE)
    assert [text.splitlines()[0] for _chat, text in told_again.sent] == [
        "⚠️ No digest has been published for the morning of Fri, 12 Sep 2025.",
        expected.splitlines()[0],
    ]


@pytest.mark.parametrize("published", [None, MORNING - MOMENT, MORNING, MORNING - timedelta(hours=18)])
async def test_nobody_is_reminded_of_an_edition_that_is_there(published: datetime | None, database: Database) -> None:
    """Nor before there was ever one."""
    alert, notifier = await _reminding(database)
    if published is not None:
        await _store(database, published)
    await alert.check(MORNING - BEFORE)
    assert notifier.sent == []
