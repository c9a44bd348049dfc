"""Inline mode: items in any chat, page by page, for anybody, without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.running_bot import store_inline_mode
from domain.chat import limits
from domain.chat.action import InlineAnswer
from domain.chat.event import Chat, InlineQuery, Origin, User
from domain.chat.text import Text
from storage import bots, subscribers
from tests.handlers.dialogue import ADMIN, Bot, private
from tests.handlers.editions import edition
from tests.rows import rows_of

TODAY = date(2025, 9, 12)


async def ask(bot: Bot, words: str, offset: str = "", language: str = "en") -> InlineAnswer:
    origin = Origin(bot.next_update(), Chat(77), User(77, "Ann", language))
    (answer,) = await bot.handle_event(InlineQuery(origin=origin, query_id="9", words=words, offset=offset))
    assert isinstance(answer, InlineAnswer)
    assert answer.query_id == "9"
    assert len(answer.articles) <= limits.INLINE_RESULTS
    assert len(answer.next_offset.encode()) <= limits.INLINE_OFFSET_BYTES
    return answer


@pytest.fixture
async def archive(bot: Bot) -> Bot:
    await bot.publish(*(TODAY - timedelta(days=days) for days in range(3)), items=5)
    async with bot.database.write() as tx:
        await bots.set_username(tx, "digest_bot")
    return bot


@pytest.mark.parametrize("words", ["正文", "日第 正文", "日第正文", "條的正文"])
async def test_words_find_items_page_by_page(archive: Bot, words: str) -> None:
    first = await ask(archive, words)
    assert [article.id for article in first.articles][:2] == ["2025-09-12_1", "2025-09-12_2"]
    assert (len(first.articles), first.next_offset) == (10, "10")
    second = await ask(archive, words, first.next_offset)
    assert [article.id for article in second.articles] == [f"2025-09-10_{number}" for number in range(1, 6)]
    assert second.next_offset == ""
    assert (await ask(archive, words, "20")).articles == ()


@pytest.mark.parametrize("words", ["", "  ", "😀"])
async def test_without_words_the_newest_items_are_offered(archive: Bot, words: str) -> None:
    assert [article.id for article in (await ask(archive, words)).articles] == [f"2025-09-12_{n}" for n in range(1, 6)]


async def test_chosen_item_is_a_message_with_links_only(archive: Bot) -> None:
    article = (await ask(archive, "正文")).articles[0]
    assert article.title.startswith("12 日第 1 条")
    assert article.description == "Fri, 12 Sep 2025 · 第 1 条的正文。"
    assert "第 1 条的正文。" in article.message.text.plain
    assert [button.url for row in article.message.keyboard for button in row] == [
        "https://example.org/2025-09-12/1",
        "https://t.me/digest_bot?start=i_2025-09-12_1",
    ]


async def test_long_item_is_cut(archive: Bot) -> None:
    digest = edition(TODAY)
    long = replace(digest.items[0], body=Text("很长的正文。" * 2000))
    await archive.correct(replace(digest, items=(long,), content_hash="long"))
    (article,) = (await ask(archive, "很长")).articles
    assert article.message.text.utf16_length < 2000
    assert "…" in article.message.text.plain


async def test_nothing_found_leads_to_the_digest(archive: Bot) -> None:
    answer = await ask(archive, "没有的词", language="zh-hans")
    assert answer.articles == ()
    assert (answer.button_text, answer.button_opens) == ("没有找到 · 去看日报", "d_2025-09-12")


@pytest.mark.parametrize("offset", ["x", "-1", "99999", "１", "1 ", "9" * 64])
async def test_forged_offsets_find_nothing(archive: Bot, offset: str) -> None:
    assert await ask(archive, "正文", offset) == InlineAnswer(query_id="9", articles=())


async def test_bot_without_editions_answers(bot: Bot) -> None:
    assert await ask(bot, "正文") == await ask(bot, "") == InlineAnswer(query_id="9", articles=())


async def test_query_leaves_no_trace(archive: Bot) -> None:
    before = await rows_of(archive.database)
    await ask(archive, "正文")
    assert await rows_of(archive.database) == before
    async with archive.database.read() as tx:
        assert await subscribers.get(tx, 77) is None


async def test_admins_read_how_to_switch_inline_mode_on(archive: Bot) -> None:
    """What Telegram says at the sign-in decides, so the hint goes when it is switched on."""
    admin = private(archive, ADMIN)
    for is_on in (True, False, False, True):
        await store_inline_mode(archive.database, is_on=is_on)
        assert ("/setinline" in (await admin.say("/stats")).text) is not is_on
