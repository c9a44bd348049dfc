"""Choosing a reading in the chat: both are shown, one press settles it, and later days are read alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.profile_file import FILE_NAME
from digest.model import Digest
from digest.reader import list_readings, read_digests
from domain.audit import AuditAction
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.subscription.reach import Reach
from handlers.draft_reading import MAX_COMPARED_BYTES
from storage import audit, digests, drafts, roles
from storage.digests import Source
from tests.digest.segmentation.test_profile import CLOSING, HEAD
from tests.handlers.dialogue import TEXTS, Answer, Bot, Voice, buttons_of
from tests.handlers.test_drafts import EDITOR, _draft, _editor, _send
from views.edition_report import EditionReport, edition_notice, lengths_of

DAY = date(2026, 11, 27)
FIRST = (HEAD + CLOSING[0]).encode()
LATER = (HEAD + CLOSING[1]).replace("2026-11-27", "2026-11-28").encode()


async def _choose(voice: Voice, answer: Answer, number: int) -> Answer:
    """Press the button of the reading with a number."""
    return await voice.press_data(_presses(answer)[number - 1])


def _presses(answer: Answer) -> list[str]:
    data = (button.callback_data for message in answer.sent for button in buttons_of(message))
    return [one for one in data if " read " in one]


async def _store(bot: Bot, data: bytes) -> Digest:
    """Store what is read from a file of the folder, as if the bot had published it."""
    (digest,) = read_digests(data, name="a.md")
    async with bot.database.write() as tx:
        await digests.upsert(tx, digest, Source("a.md", data), published=bot.now - timedelta(1), now=bot.now)
    return digest


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("read in two ways", "1. 3 items", "· At work", "2. 2 items")),
        ("zh", ("有两种读法", "1. 3 条", "· At work", "2. 2 条")),
        ("zh-hant", ("有兩種讀法", "1. 3 則", "· At work", "2. 2 則")),
    ],
)
async def test_choice_in_the_chat_settles_later_days(
    bot: Bot, tmp_path: Path, language: str, words: tuple[str, ...]
) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot, language)
    asked = await _send(editor, FIRST)
    for word in words:
        assert word in asked.messages[-1].text.plain
    before = await _draft(bot)
    chosen = await _choose(editor, asked, 2)
    after = await _draft(bot)
    assert before is not None
    assert after is not None
    assert [len(waiting.digest.items) for waiting in (before, after)] == [3, 2]
    assert words[0] not in chosen.messages[-1].text.plain
    assert (tmp_path / FILE_NAME).exists()
    later = await _send(editor, LATER, "later.md")
    assert words[0] not in later.messages[-1].text.plain
    async with bot.database.read() as tx:
        (entry,) = await audit.newest(tx)
    assert (entry.action, entry.actor, entry.edition) == (AuditAction.READING_CHOSEN, EDITOR, DAY)
    assert (await _choose(editor, asked, 1)).messages == []  # that draft is gone


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Your choice is kept"), ("zh", "记住了"), ("zh-hant", "記住了")]
)
async def test_report_of_the_former_reading_loses_its_buttons(
    bot: Bot, tmp_path: Path, language: str, words: str
) -> None:
    """Its draft is gone: no press on it could do anything."""
    bot.folder = tmp_path
    editor = await _editor(bot, language)
    asked = await _send(editor, FIRST)
    report = max(editor.seen)
    chosen = await editor.press_data(_presses(asked)[1], on=report)
    former = editor.seen[report]
    assert isinstance(former, Message)
    assert former.keyboard == ()
    assert "today.md" in former.text.plain
    assert words in former.text.plain
    assert max(editor.seen) > report, "the new report is below"
    assert len(buttons_of(chosen.messages[-1])) > 3


async def test_question_about_a_published_edition_loses_its_buttons(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    await _store(bot, FIRST)
    asked = await editor.press_data(f"draft {DAY} readings")
    question = max(editor.seen)
    await editor.press_data(_presses(asked)[1], on=question)
    assert list(buttons_of(editor.seen[question])) == []


async def test_report_keeps_its_buttons_while_no_choice_is_kept(bot: Bot) -> None:
    editor = await _editor(bot)
    asked = await _send(editor, FIRST)
    report, shown = max(editor.seen), editor.seen[max(editor.seen)]
    assert "could not be written" in (await editor.press_data(_presses(asked)[1], on=report)).toast
    assert editor.seen[report] == shown


async def test_choice_for_a_published_edition_is_a_correction(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    stored = await _store(bot, FIRST)
    report = EditionReport(
        file="a.md",
        digest=stored,
        lengths=lengths_of(stored, TEXTS),
        reach=Reach(),
        is_correction=False,
        zone="UTC",
        now=bot.now,
    )
    notice = edition_notice(report, TEXTS.translator("en"))
    (question,) = (button for button in buttons_of(notice) if "Two readings" in button.text)
    asked = await editor.press_data(question.callback_data)
    assert "read in two ways" in asked.text
    chosen = await _choose(editor, asked, 2)
    assert "A correction of the edition of" in chosen.messages[-1].text.plain
    waiting = await _draft(bot)
    assert waiting is not None
    assert (len(waiting.digest.items), waiting.source, waiting.is_confirmed) == (2, FIRST, False)
    assert "only one way" in (await editor.press_data(question.callback_data)).toast
    settled = edition_notice(replace(report, digest=waiting.digest), TEXTS.translator("en"))
    labels = " ".join(button.text for button in buttons_of(settled))
    assert "Preview" in labels
    assert "Two readings" not in labels


async def test_choice_that_changes_nothing_is_kept_and_makes_no_draft(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    await _store(bot, FIRST)
    asked = await editor.press_data(f"draft {DAY} readings")
    assert "nothing changes in it" in (await _choose(editor, asked, 1)).toast
    assert await _draft(bot) is None
    assert (tmp_path / FILE_NAME).exists()


async def test_role_is_looked_up_before_a_choice_is_kept(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    await _store(bot, FIRST)
    asked = await editor.press_data(f"draft {DAY} readings")
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, None, owners=bot.admins)
    assert (await _choose(editor, asked, 2)).messages == []
    assert (await editor.press_data(f"draft {DAY} readings")).messages == []
    assert not (tmp_path / FILE_NAME).exists()
    async with bot.database.write() as tx:
        assert await roles.change(tx, EDITOR, Role.EDITOR, owners=bot.admins)
    assert (await _choose(editor, asked, 2)).messages != []


async def test_reading_keeps_its_button_when_another_choice_came_between(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    asked = await _send(editor, FIRST)
    other = await _send(editor, LATER, "later.md")
    await _choose(editor, other, 2)
    await _choose(editor, asked, 1)
    async with bot.database.read() as tx:
        read = [await drafts.get(tx, number, now=bot.now) for number in range(1, 9)]
    counts = {one.day: len(one.digest.items) for one in read if one is not None}
    assert counts == {DAY: 3, DAY + timedelta(1): 2}


async def test_choice_that_cannot_be_kept_is_told(bot: Bot, tmp_path: Path) -> None:
    editor = await _editor(bot)
    asked = await _send(editor, FIRST)
    assert "could not be written" in (await _choose(editor, asked, 2)).toast  # no folder
    bot.folder = tmp_path
    assert "cannot be kept" in (await editor.press_data(_presses(asked)[0][:-8] + "0" * 8)).toast
    (tmp_path / FILE_NAME).write_text("prefer = 1")
    assert "could not be written" in (await _choose(editor, asked, 2)).toast
    assert (await _draft(bot)) is not None


def test_only_doubtful_files_of_one_day_have_readings() -> None:
    assert [len(reading.headlines) for reading in list_readings(FIRST)] == [3, 2]
    assert len({reading.key for reading in list_readings(FIRST)}) == 2
    assert list_readings(b"\x00\xff" * 600) == ()
    assert list_readings((HEAD + "1. [A](https://e.org/1)\n2. [B](https://e.org/2)\n").encode()) == ()
    two_days = "## 2026-11-26\n\n- [A](https://e.org/1)\n\n## 2026-11-27\n\n- [B](https://e.org/2)\n"
    assert list_readings(two_days.encode()) == ()


async def test_large_text_is_not_compared(bot: Bot, tmp_path: Path) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    await _store(bot, FIRST.replace(b"Text one.", b"Text one. " * (MAX_COMPARED_BYTES // 10)))
    assert "only one way" in (await editor.press_data(f"draft {DAY} readings")).toast


INDISTINCT = (
    "---\ntitle: T\ndate: 2026-11-27\n---\n\nThree.\n\n{first}\n\n**铜价本周下跌 9%**\n现货走低，[交易所](https://e.org/1)预计触底。\n\n"
    "**海湾停产旧机**\n最后一批出货。（[公告](https://e.org/2)）\n\n{second}\n\n**苔原浏览器支持翻译**\n"
    "十四种语言，[下载](https://e.org/3)。\n\n**手环销量超过手表**\n[数据](https://e.org/4)，同比增 41%。\n\n{last}\n"
)


@pytest.mark.parametrize(
    "last", ["便宜的内存会换来臃肿的软件。", "Cheap things come at a price.", "**便宜**的东西会换来代价。"]
)
@pytest.mark.parametrize(("first", "second"), [("### 🔥 头条", "### 📱 终端"), ("## Top", "## Devices")])
async def test_readings_that_no_later_day_tells_apart_are_not_offered(
    bot: Bot, last: str, first: str, second: str
) -> None:
    data = INDISTINCT.format(first=first, second=second, last=last).encode()
    assert any(problem.code == "D210-two-readings" for problem in read_digests(data)[0].problems)
    assert list_readings(data) == ()
    await _store(bot, data)
    editor = await _editor(bot)
    assert "Nothing tells the two ways apart" in str((await editor.press_data("draft 2026-11-27 readings")).actions)
