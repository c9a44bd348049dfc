"""Language variants in the conversation: everybody reads the text of their language, wherever they open the edition."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.model import Digest
from digest.variants import join_texts
from domain.chat.event import SentDocument, TextMessage
from domain.chat.frozen_message import freeze
from domain.chat.roles import Role
from storage import digests, drafts, roles, votes
from storage.digests import Source
from tests.handlers.dialogue import Answer, Bot, Voice, private
from tests.handlers.editions import edition, published

DAY = date(2025, 9, 12)
EVE = DAY - timedelta(days=1)


def english(day: date = DAY) -> Digest:
    """Return the English text of an edition: its items' headlines and bodies are in English."""
    original = edition(day)
    items = tuple(
        replace(item, headline=f"Bridge number {item.position}", categories=("Bridges",)) for item in original.items
    )
    return replace(
        original, title="Morning", items=items, categories=("Bridges",), language="en", content_hash=f"en{day}"
    )


async def publish(bot: Bot, day: date = DAY, *, variant: bool = True, offered: tuple[str, ...] = ()) -> None:
    texts = [english(day)] if variant else []
    joined = join_texts(edition(day), texts, offered=offered, default_language="zh")
    async with bot.database.write() as tx:
        await digests.upsert(tx, joined, Source(f"{day}.md", b""), published=published(day), now=bot.now)
        for text in texts:
            await digests.upsert_variant(tx, text, Source(f"{day}.en.md", b"English"), now=bot.now)


@pytest.mark.parametrize(
    ("language", "own", "other"),
    [("en", "Bridge number 2", "日第 2 条"), ("zh-hans", "日第 2 条", "Bridge"), ("zh-hant", "日第 2 条", "Bridge")],
)
async def test_everything_shows_the_text_of_the_reader(bot: Bot, language: str, own: str, other: str) -> None:
    await publish(bot, EVE)
    await publish(bot)
    reader = private(bot, language=language)
    await reader.say("/start")
    answers = [
        await reader.say(said) for said in ("/today", f"/digest {DAY}", "/items", "/item 2", "/recap", "/random")
    ]
    answers += [await (await _again(reader)).press("◀"), await reader.say("/categories")]
    for answer in answers[:5]:
        assert own in answer.text
        assert other not in answer.text
    assert ("Bridges" in "".join(answers[-1].labels)) == (language == "en")
    found = await reader.say("/search Bridge")
    assert ("Bridge number" in found.text) == (language == "en")


async def _again(reader: Voice) -> Voice:
    await reader.say(f"/item {DAY} 3")
    return reader


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "There is no English text of this edition; this is the original."),
        ("zh-hant", "本期沒有繁體中文版，以下是原文。"),
        ("zh-hans", ""),
    ],
)
async def test_missing_language_is_said_once_and_quietly(bot: Bot, language: str, line: str) -> None:
    await publish(bot, variant=False, offered=("en", "zh-hant"))
    reader = private(bot, language=language)
    await reader.say("/start")
    shown = (await reader.say("/today")).text
    assert (shown.count(line) if line else shown.count("本期没有")) == (1 if line else 0)
    assert "以下是原文" not in (await reader.say("/item 2")).text


async def test_newsletter_without_variants_says_nothing(bot: Bot) -> None:
    await bot.publish(DAY)
    reader = private(bot, language="en")
    await reader.say("/start")
    assert "original" not in (await reader.say("/today")).text


async def test_saved_and_voted_items_stand_in_either_text(bot: Bot) -> None:
    """What was saved in one language opens in the other one too, and votes for one item are counted together."""
    await publish(bot)
    ann, ben = private(bot, 7, "en"), private(bot, 8, "zh-hans")
    for voice in (ann, ben):
        await voice.say("/start")
        await voice.say("/item 2")
        await voice.press_data(f"vote + {DAY} 2")
    await ann.say("/item 2")
    await ann.press_data(f"save {DAY} 2")
    await ann.say("/language zh")
    await ann.say("/saved")
    opened = await ann.press("1")
    assert "Bridge number 2" in opened.text
    async with bot.database.read() as tx:
        wishes = await votes.wishes(tx, DAY)
    assert (wishes.more, wishes.items) == (2, ((2, 2),))


async def _editor(bot: Bot, language: str) -> Voice:
    async with bot.database.write() as tx:
        assert await roles.change(tx, 7, Role.EDITOR, owners=bot.admins)
    return private(bot, 7, language)


async def _send(voice: Voice, name: str, title: str) -> Answer:
    text = f"---\ntitle: {title}\n---\n\n1. [First](https://example.org/1)\n\n    What happened.\n"
    voice.bot.files["file"] = text.encode()
    document = {"file_id": "file", "file_unique_id": "u", "file_name": name}
    message = {"message_id": 900 + voice.bot.updates, "document": document}
    sent = SentDocument("file", name, len(text))
    return await voice.does(TextMessage(voice.origin(), "", 900, freeze(message), document=sent))


@pytest.mark.parametrize(
    ("language", "words", "waits", "publish_label"),
    [
        ("en", "The English text of the edition of Sat, 13 Sep 2025", "no original yet", "Publish"),
        ("zh-hans", "2025年9月13日 周六 这一期的译文（English），还没有发布", "原文还没有到", "发布"),
    ],
)
async def test_editor_publishes_a_variant_in_the_chat(
    bot: Bot, language: str, words: str, waits: str, publish_label: str
) -> None:
    """It is a draft beside that of the original; it neither goes at once nor at a time of its own."""
    reader = private(bot, 8, "en")
    await reader.say("/start")
    editor = await _editor(bot, language)
    await _send(editor, "2025-09-13.md", "原文")
    answer = await _send(editor, "2025-09-13.en.md", "Morning news")
    card = answer.messages[-1].text.plain
    assert words in card
    assert waits in card
    assert not any(sign in "".join(answer.labels) for sign in ("🚀", "🕗"))
    async with bot.database.read() as tx:
        waiting = [await drafts.get(tx, draft_id, now=bot.now) for draft_id in (1, 2)]
    assert [draft.digest.title for draft in waiting if draft is not None] == ["原文", "Morning news"]
    assert "What happened." in (await editor.press_data("draft 2 show full zh-hant")).text
    await editor.press_data("draft 2 now")
    async with bot.database.read() as tx:
        (draft_id,) = await drafts.confirmed(tx)
        confirmed = await drafts.get_confirmed(tx, draft_id)
    assert confirmed is not None
    assert (confirmed.digest.language, confirmed.at_once) == ("en", False)


async def test_preview_shows_each_variant(bot: Bot) -> None:
    await publish(bot)
    editor = await _editor(bot, "zh-hans")
    assert "Bridge number 1" in (await editor.say(f"/preview {DAY} headlines en")).text
    assert "Bridge" not in (await editor.say(f"/preview {DAY} headlines zh")).text
    again = await _send(editor, f"{DAY}.en.md", "Other")
    assert "Other" in again.text
