"""Publishing in the chat: what an editor sends is read, shown as readers get it, and published on their word."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.audit import AuditAction
from domain.chat.event import SentDocument, TextMessage
from domain.chat.frozen_message import freeze
from domain.chat.roles import Role
from domain.subscription.preferences import ContentPreferences, Layout
from handlers.input.sent_digests import MAX_SOURCE_BYTES, base_name, looks_like_digest
from storage import audit, digests, drafts, roles, runs
from storage.digests import Source
from storage.drafts import EditionDraft
from tests.handlers.dialogue import ADMIN, TEXTS, Answer, Bot, Voice, group, private
from views.digest_messages import digest_messages

EDITOR = 7
DAY = date(2025, 9, 13)
TEXT = """---
title: 早报
date: 2025-09-13
---

1. [First](https://example.org/1)

    What happened.

2. [Second](javascript:alert(1))

    More.
"""


async def _editor(bot: Bot, language: str = "en", person: int = EDITOR) -> Voice:
    async with bot.database.write() as tx:
        assert await roles.change(tx, person, Role.EDITOR, owners=bot.admins)
    return private(bot, person, language)


async def _send(voice: Voice, data: bytes | str, name: str = "today.md", *, size: int | None = None) -> Answer:
    """Send a file, which Telegram hands out to the bot."""
    content = data.encode() if isinstance(data, str) else data
    voice.bot.files["file"] = content
    document = {"file_id": "file", "file_unique_id": "u", "file_name": name}
    message = {"message_id": 900 + voice.bot.updates, "document": document}
    sent = SentDocument("file", name, len(content) if size is None else size)
    return await voice.does(TextMessage(voice.origin(), "", 900, freeze(message), document=sent))


async def _draft(bot: Bot) -> EditionDraft | None:
    async with bot.database.read() as tx:
        for draft_id in [*await drafts.confirmed(tx), *range(1, 9)]:
            draft = await drafts.get(tx, draft_id, now=bot.now)
            if draft is not None:
                return draft
    return None


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_file_is_shown_as_readers_get_it_and_published_on_a_press(bot: Bot, language: str) -> None:
    await private(bot, 8).say("/start")
    editor = await _editor(bot, language)
    answer = await _send(editor, TEXT)
    waiting = await _draft(bot)
    assert waiting is not None
    shown = ContentPreferences(layout=Layout.HEADLINES, language=language)
    assert tuple(answer.sent[:-1]) == digest_messages(waiting.digest, shown, TEXTS.translator(language))
    card = answer.messages[-1].text.plain
    for words in {"en": ("2 items", "1 subscriber", "⚠️ Line 10"), "zh": ("2 条", "1 位订阅者", "⚠️ 第 10 行")}[language]:
        assert words in card
    full = await editor.press_data(f"draft {waiting.id} show full {language}")
    assert "What happened." in full.text
    published = await editor.press_data(f"draft {waiting.id} publish.e")
    assert "✅" in published.text
    confirmed = await _draft(bot)
    assert confirmed is not None
    assert (confirmed.is_confirmed, confirmed.at_once, confirmed.author) == (True, False, EDITOR)
    assert bot.effects
    async with bot.database.read() as tx:
        (entry,) = await audit.newest(tx)
    assert (entry.action, entry.actor, entry.edition) == (AuditAction.DRAFT_CONFIRMED, EDITOR, DAY)
    assert "gone" in (await private(bot, ADMIN).press_data(f"draft {waiting.id} now.e")).toast


async def test_date_that_cannot_be_read_is_told_once(bot: Bot) -> None:
    editor = await _editor(bot)
    told = (await _send(editor, TEXT.replace("2025-09-13", "2025-13-45"))).text
    assert told.count("⚠️ Line 3") == 1
    assert "The date “2025-13-45” cannot be read" in told


async def test_admin_is_asked_about_a_broadcast_above_the_edition(bot: Bot) -> None:
    answer = await _send(private(bot, ADMIN), TEXT)
    assert "Shall I send this to your subscribers?" in answer.messages[0].text.plain
    assert "It is not published yet." in answer.messages[-1].text.plain


async def test_role_is_looked_up_before_the_file_and_at_the_press(bot: Bot) -> None:
    stranger = private(bot, 9)
    await _send(stranger, TEXT)
    assert bot.fetched == []
    editor = await _editor(bot)
    await _send(editor, TEXT)
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    waiting = await _draft(bot)
    assert waiting is not None
    for verb in ("publish", "now", "at", "no", "show full en"):
        assert (await editor.press_data(f"draft {waiting.id} {verb}")).messages == []
    assert await _draft(bot) == waiting
    assert waiting.is_confirmed is False


async def test_time_is_asked_for_and_read_by_the_editors_clock(bot: Bot) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    assert "From when on?" in (await editor.press("At …")).text
    assert "no time to come" in (await editor.say("when it rains")).text
    bot.wait(hours=1)
    assert "to go out from tomorrow (Sat) at 07:00" in (await editor.say("9-13 7:00")).text
    confirmed = await _draft(bot)
    assert confirmed is not None
    assert confirmed.is_confirmed
    assert confirmed.publish_at is not None
    assert confirmed.publish_at.isoformat() == "2025-09-12T23:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("tomorrow 12:30", "2025-09-13T04:30:00+00:00"),
        ("明天中午12点半", "2025-09-13T04:30:00+00:00"),
        ("明早8点", "2025-09-13T00:00:00+00:00"),
        ("Tuesday at 8am", "2025-09-16T00:00:00+00:00"),
        ("8am on Tuesday", "2025-09-16T00:00:00+00:00"),
        ("周二早上八点", "2025-09-16T00:00:00+00:00"),
        ("9月16日8点", "2025-09-16T00:00:00+00:00"),
        ("16 Sep, 8:00", "2025-09-16T00:00:00+00:00"),
    ],
)
async def test_day_and_time_of_a_draft_in_plain_words(bot: Bot, words: str, instant: str) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    await editor.press("At …")
    await editor.say(words)
    confirmed = await _draft(bot)
    assert confirmed is not None
    assert confirmed.publish_at is not None
    assert confirmed.publish_at.isoformat() == instant


@pytest.mark.parametrize("words", ["tomorrow", "明天", "yesterday 8:00", "5 6 7", "tomorrow 25:00"])
async def test_half_a_moment_is_asked_for_again(bot: Bot, words: str) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    await editor.press("At …")
    assert "no time to come" in (await editor.say(words)).text


async def test_second_draft_replaces_the_first_and_a_day_later_it_is_gone(bot: Bot) -> None:
    editor = await _editor(bot)
    first = await _send(editor, TEXT)
    second = await _send(editor, TEXT.replace("First", "Newer"))
    old, new = first.button("Publish").callback_data, second.button("Publish").callback_data
    assert old != new
    assert "This draft is gone" in (await editor.press_data(old)).toast
    bot.wait(hours=25)
    assert "This draft is gone" in (await editor.press_data(new)).toast
    assert await _draft(bot) is None


async def test_published_edition_is_corrected_and_the_same_again_is_said(bot: Bot) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    waiting = await _draft(bot)
    assert waiting is not None
    async with bot.database.write() as tx:
        await drafts.remove(tx, waiting.id)
        await digests.upsert(
            tx, waiting.digest, Source("a.md", b""), published=waiting.digest.published_at or bot.now, now=bot.now
        )
    assert "published already" in (await _send(editor, TEXT)).text
    assert "✏️ A correction of the edition of" in (await _send(editor, TEXT.replace("First", "Newer"))).text


HOSTILE = {
    "binary": (b"\x00\xff" * 600, "a.md", None),
    "yaml bomb": (b"---\na: &a [x, x]\nb: &b [*a, *a]\ndate: [*b, *b]\n---\n" + b"[" * 10_000, "a.md", None),
    "nested": (("[" * 10_000).encode(), "a.md", None),
    "no date": (b"1. a\n2. b\n", "../../x.md", None),
    "too large": (b"", "big.md", MAX_SOURCE_BYTES + 1),
    "lies about its size": (b"x" * (MAX_SOURCE_BYTES + 1), "big.md", 10),
    "another kind": (b"PK", "today.docx", None),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_hostile_file_is_refused_readably(bot: Bot, case: str) -> None:
    data, name, size = HOSTILE[case]
    editor = await _editor(bot)
    answer = await _send(editor, data, name, size=size)
    assert len(answer.messages) == 1
    assert not answer.labels
    assert await _draft(bot) is None
    assert bool(bot.fetched) == (case not in ("too large", "another kind"))


async def test_pasted_text_is_a_digest_and_a_talk_is_none(bot: Bot) -> None:
    editor = await _editor(bot)
    assert "It is not published yet." in (await editor.say(TEXT)).text
    assert looks_like_digest("早报 2025-09-12\n1. a\n2. b\n3. c")
    assert not looks_like_digest("1. a\n2. b\n3. c")
    assert not looks_like_digest("Thanks for 2025-09-12!")
    assert base_name("..\\..\\a/b/x.md") == "x.md"


async def test_admin_is_offered_both_for_a_digest_file(bot: Bot) -> None:
    admin = private(bot, ADMIN)
    answer = await _send(admin, TEXT)
    assert {"🚀 Publish now", "📣 Broadcast"} <= set(answer.labels), answer.labels
    assert "Broadcast" in " ".join((await _send(admin, b"PK", "slides.pdf")).labels)
    async with bot.database.read() as tx:
        assert await runs.get_by_edition(tx, DAY) is None


async def test_retention_forgets_what_nobody_confirmed(bot: Bot) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    async with bot.database.write() as tx:
        await drafts.delete_before(tx, before=bot.now + timedelta(seconds=1))
    assert await _draft(bot) is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "holds 2 editions",
                "Thu, 11 Sep 2025 · 2 items",
                "Fri, 12 Sep 2025 · 1 item",
                "Cut it before the heading",
            ),
        ),
        ("zh", ("里有 2 期", "2025年9月11日 周四 · 2 条", "2025年9月12日 周五 · 1 条", "从每一天的标题处切开")),
    ],
)
async def test_several_days_in_one_file_are_told_with_how_to_split_it(
    bot: Bot, language: str, said: tuple[str, ...]
) -> None:
    """Cut so, the parts are taken one after the other."""
    editor = await _editor(bot, language)
    item = "[One](https://example.org/1)\n\n    Text.\n\n"
    first = f"# 2025-09-11\n\n1. {item}2. {item}"
    second = "# 2025-09-12\n\n1. [Three](https://example.org/3)\n\n    Text.\n"
    answer = await _send(editor, first + second)
    for words in said:
        assert words in answer.text
    assert await _draft(bot) is None
    await _send(editor, second)
    waiting = await _draft(bot)
    assert waiting is not None
    assert (str(waiting.day), len(waiting.digest.items)) == ("2025-09-12", 1)


async def test_draft_is_discarded_on_a_press_and_old_buttons_do_nothing(bot: Bot) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    waiting = await _draft(bot)
    assert waiting is not None
    assert (await editor.press_data(f"draft {waiting.id} no.e")).text == "Not published."
    assert await _draft(bot) is None
    for data in (f"draft {waiting.id} now.e", f"draft {waiting.id} at.e"):
        assert "gone" in (await editor.press_data(data)).toast
    assert (await editor.press_data("draft of something")).toast == "This button no longer works."
    async with bot.database.read() as tx:
        assert await audit.newest(tx) == []


async def test_time_for_a_draft_that_is_gone_publishes_nothing(bot: Bot) -> None:
    editor = await _editor(bot)
    await _send(editor, TEXT)
    await editor.press("At …")
    waiting = await _draft(bot)
    assert waiting is not None
    await private(bot, ADMIN).press_data(f"draft {waiting.id} no.e")
    assert "to go out" not in (await editor.say("9-13 7:00")).text
    assert await _draft(bot) is None


async def test_of_two_who_confirm_the_first_decides(bot: Bot) -> None:
    editor, other = await _editor(bot), await _editor(bot, person=8)
    await _send(editor, TEXT)
    waiting = await _draft(bot)
    assert waiting is not None
    await other.press_data(f"draft {waiting.id} now.e")
    assert "gone" in (await editor.press_data(f"draft {waiting.id} publish.e")).toast
    confirmed = await _draft(bot)
    assert confirmed is not None
    assert (confirmed.author, confirmed.at_once) == (8, True)
    assert "private chat" in (await group(bot, person=EDITOR).press_data(f"draft {waiting.id} now.e")).toast


@pytest.mark.parametrize(("language", "words"), [("en", "your message"), ("zh", "你的消息"), ("zh-hant", "你的訊息")])
async def test_pasted_text_is_called_the_editors_message(bot: Bot, language: str, words: str) -> None:
    editor = await _editor(bot)
    await editor.say(f"/language {language}")
    shown = await editor.say(TEXT)
    assert words in str(shown.sent)
