"""What Telegram shows before anybody starts the bot: set where nobody else has said anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import structlog.testing

from bot.descriptions import Descriptions
from digest.model import Digest
from domain.chat import limits
from domain.chat.i18n import LANGUAGES, Translations
from storage import digests
from storage.database import Database
from storage.digests import Source
from tests.databases import open_database, sql
from tests.handlers.editions import edition
from transport.driver import ApiCallFailed, DescriptionKind
from views.command_menu import is_menu_language
from views.descriptions import description, short_description

NOW = datetime(2025, 9, 12, 6, tzinfo=UTC)
TEXTS = Translations.load()
LONG, SHORT = DescriptionKind.LONG, DescriptionKind.SHORT


@dataclass
class FakeTelegram:
    """The descriptions by kind and language; `failures` calls fail first."""

    texts: dict[tuple[DescriptionKind, str], str] = field(default_factory=dict)
    changes: int = 0
    failures: int = 0

    async def description(self, kind: DescriptionKind, language: str) -> str:
        if self.failures:
            self.failures -= 1
            raise ApiCallFailed("unreachable")
        return self.texts.get((kind, language), "")

    async def set_description(self, kind: DescriptionKind, language: str, text: str) -> None:
        self.texts[kind, language] = text
        self.changes += 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "bot.db")
    yield database
    await database.close()


async def publish(database: Database, digest: Digest) -> None:
    async with database.write() as tx:
        await digests.upsert(tx, digest, Source("2025-09-12.md", b""), published=NOW, now=NOW)


async def set_all(telegram: FakeTelegram, database: Database) -> None:
    await Descriptions(telegram, database, TEXTS, lambda: NOW).run()


async def test_each_language_says_what_comes_and_in_which_language(database: Database) -> None:
    await publish(database, edition(date(2025, 9, 12)))
    telegram = FakeTelegram()
    await set_all(telegram, database)
    assert telegram.texts[LONG, "zh"].startswith("☀️ 全球AI新闻速递\n\n每天早上")
    assert telegram.texts[LONG, "en"] == telegram.texts[LONG, ""]
    assert telegram.texts[LONG, ""].startswith("☀️ 全球AI新闻速递 (written in Chinese)\n\nEvery morning")
    assert telegram.texts[SHORT, "zh"] == "全球AI新闻速递：每天早上，按你定的时间送来。"
    changes = telegram.changes
    await set_all(telegram, database)
    assert telegram.changes == changes, "nothing is set twice"


async def test_texts_of_the_operator_stay(database: Database) -> None:
    telegram = FakeTelegram({(LONG, ""): "Mine", (SHORT, "zh"): "我的"})
    await set_all(telegram, database)
    assert (telegram.texts[LONG, ""], telegram.texts[SHORT, "zh"]) == ("Mine", "我的")
    assert telegram.texts[LONG, "zh"].startswith("☀️")
    telegram.texts[LONG, "zh"] = "也是我的"
    await set_all(telegram, database)
    assert telegram.texts[LONG, "zh"] == "也是我的"


async def test_own_texts_follow_the_digests_name(database: Database) -> None:
    telegram = FakeTelegram()
    await set_all(telegram, database)
    assert "新闻早报" in telegram.texts[SHORT, "zh"]
    await publish(database, replace(edition(date(2025, 9, 12)), title="晨光"))
    await set_all(telegram, database)
    assert "晨光" in telegram.texts[SHORT, "zh"]


async def test_failed_call_is_made_at_the_next_start(database: Database) -> None:
    telegram = FakeTelegram(failures=1)
    await set_all(telegram, database)
    assert telegram.texts == {}
    await set_all(telegram, database)
    codes = ("", *filter(is_menu_language, LANGUAGES))
    assert telegram.texts.keys() == {(kind, code) for kind in (LONG, SHORT) for code in codes}


async def test_edition_that_cannot_be_read_stops_no_start(database: Database) -> None:
    await publish(database, edition(date(2025, 9, 12)))
    async with database.write() as tx:
        await sql(tx, "UPDATE digests SET parsed = ?", b"{")
    telegram = FakeTelegram()
    with structlog.testing.capture_logs() as logs:
        await set_all(telegram, database)
    assert [entry["event"] for entry in logs] == ["description_not_set"]
    assert telegram.texts == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_longest_name_keeps_the_limits(language: str) -> None:
    digest = replace(edition(date(2025, 9, 12)), title="很长的名字" * 60)
    translate = TEXTS.translator(language)
    assert len(description(digest, translate)) <= limits.DESCRIPTION_CHARACTERS
    short = short_description(digest, translate)
    assert len(short) <= limits.SHORT_DESCRIPTION_CHARACTERS
    assert short.endswith(translate("{name}: every morning, at the time you choose.")[-6:])
