"""An edition shown to editors before its hour: to nobody else, exactly as readers get it, with what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.model import Digest, Problem, Severity
from domain.chat.roles import Role
from domain.subscription.preferences import ContentPreferences, Layout
from storage import digests, roles
from storage.digests import Source
from tests.handlers.dialogue import ADMIN, TEXTS, Bot, Voice, private
from tests.handlers.editions import edition, published
from views.digest_messages import digest_messages

TODAY, TOMORROW = date(2025, 9, 12), date(2025, 9, 13)
EDITOR = 7


async def _store(bot: Bot, digest: Digest) -> None:
    assert digest.date is not None
    async with bot.database.write() as tx:
        source, at = Source(f"{digest.date}.md", b""), published(digest.date)
        await digests.upsert(tx, digest, source, published=at, now=bot.now)


async def _editor(bot: Bot, language: str = "en") -> Voice:
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    return private(bot, EDITOR, language)


async def test_only_editors_see_an_edition_before_its_hour(bot: Bot) -> None:
    await _store(bot, edition(TODAY))
    await _store(bot, edition(TOMORROW))
    editor, stranger = await _editor(bot), private(bot, 8)
    assert "13 日第 1 条" in (await editor.say("/preview")).text
    assert "13 日第 1 条" not in (await editor.say(f"/today {TOMORROW}")).text
    assert "13 日" not in (await stranger.say(f"/preview {TOMORROW}")).text
    assert (await stranger.press_data(f"preview {TOMORROW} full en")).messages == []
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await editor.press("Full text")).messages == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("layout", list(Layout))
async def test_preview_is_what_readers_get_in_each_layout_and_language(bot: Bot, layout: Layout, language: str) -> None:
    digest = edition(TOMORROW)
    await _store(bot, digest)
    editor = await _editor(bot)
    shown = await editor.say(f"/preview {TOMORROW} {layout} {language}")
    preferences = ContentPreferences(layout=layout, language=language)
    expected = digest_messages(digest, preferences, TEXTS.translator(language))
    assert tuple(shown.sent[:-1]) == expected
    for other in (button for button in shown.messages[-1].keyboard[0]):
        assert (await editor.press_data(other.callback_data)).messages


async def test_card_says_what_was_read_what_is_wrong_and_who_gets_it_when(bot: Bot) -> None:
    await private(bot, 8).say("/start")
    problems = tuple(
        Problem(
            line=line,
            column=1,
            severity=severity,
            code="D302-relative-link",
            template="It is a link that leads nowhere.",
        )
        for line, severity in ((3, Severity.INFO), *((line, Severity.WARNING) for line in range(10, 20)))
    )
    await _store(bot, replace(edition(TOMORROW), problems=problems))
    editor = await _editor(bot)
    card = (await editor.say("/preview")).messages[-1].text.plain
    assert "5 items · 3 categories · with commentary · " in card
    assert "Headlines · English: 1 message" in card
    assert "It may go out from tomorrow (Sat) at 09:17 on, to each at their time: 1 subscriber." in card
    assert "Line 10, column 1: It is a link that leads nowhere." in card
    assert "Line 3," not in card
    assert "… and 2 more" in card
    bot.wait(days=2)
    await _store(bot, replace(edition(TOMORROW, commentary=""), problems=()))
    card = (await editor.say("/preview")).messages[-1].text.plain
    assert "without commentary" in card
    assert "No warnings." in card
    assert "It has been published since" in card


async def test_unknown_day_names_the_newest(bot: Bot) -> None:
    editor = private(bot, ADMIN, "zh")
    assert "还没有读到任何一期" in (await editor.say("/preview")).text
    await _store(bot, edition(TODAY))
    for day in (TODAY - timedelta(days=1), TOMORROW, "nonsense"):
        assert f"/preview {TODAY}" in (await editor.say(f"/preview {day}")).text
