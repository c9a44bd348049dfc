"""Large files of an editor: they are read and rendered before the write transaction, and refused where nobody gains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers import draft_reading, drafts
from handlers.input.sent_digests import MAX_ITEMS
from storage.database import Tx
from tests.handlers.dialogue import Bot, buttons_of
from tests.handlers.test_drafts import TEXT, _draft, _editor, _send
from tests.handlers.test_two_readings import DAY, FIRST, _store

HEAD = "---\ntitle: T\ndate: 2025-09-13\n---\n\n"
LARGEST_SEEN = 819
"""Items of the largest real digest."""


def _headings(count: int, body: str = "What happened. ") -> str:
    return HEAD + "".join(f"## Story number {number} of the day\n\n{body}\n\n" for number in range(count))


@pytest.fixture
def computed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Note what is computed of drafts, and whether a write transaction is open then."""
    noted: list[tuple[str, bool]] = []
    is_writing = False
    write, to_thread, render = bot.database.write, asyncio.to_thread, draft_reading.render_preview

    @asynccontextmanager
    async def noted_write() -> AsyncIterator[Tx]:
        nonlocal is_writing
        async with write() as tx:
            is_writing = True
            try:
                yield tx
            finally:
                is_writing = False

    async def noted_thread(work: Callable[..., Any], *arguments: Any) -> Any:
        noted.append(("thread", is_writing))
        return await to_thread(work, *arguments)

    def noted_render(*arguments: Any) -> Any:
        noted.append(("rendering", is_writing))
        return render(*arguments)

    monkeypatch.setattr(bot.database, "write", noted_write)
    monkeypatch.setattr(asyncio, "to_thread", noted_thread)
    monkeypatch.setattr(draft_reading, "render_preview", noted_render)
    monkeypatch.setattr(drafts, "render_preview", noted_render)
    return noted


async def test_nothing_is_computed_within_a_write_transaction(
    bot: Bot, tmp_path: Path, computed: list[tuple[str, bool]]
) -> None:
    bot.folder = tmp_path
    editor = await _editor(bot)
    asked = await _send(editor, FIRST)
    waiting = await _draft(bot)
    assert waiting is not None
    steps = {"sent": len(computed)}
    await editor.press_data(f"draft {waiting.id} show full zh")
    steps["shown"] = len(computed)
    data = [button.callback_data for message in asked.sent for button in buttons_of(message)]
    await editor.press_data(next(one for one in data if " read " in one))
    steps["chosen"] = len(computed)
    await _store(bot, FIRST)
    await editor.press_data(f"draft {DAY} readings")
    steps["compared"] = len(computed)
    assert sorted(set(steps.values())) == list(steps.values()), "each computes something"
    assert [what for what, is_writing in computed if is_writing] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "I read 1,501 items in today.md, and an edition sent here may have 1,500."),
        ("zh", "today.md 里读出 1,501 条，在这里发来的一期最多 1,500 条。"),
        ("zh-hant", "today.md 裡讀出 1,501 則，在這裡傳來的一期最多 1,500 則。"),
    ],
)
async def test_edition_of_too_many_items_is_refused(
    bot: Bot, language: str, words: str, computed: list[tuple[str, bool]]
) -> None:
    editor = await _editor(bot, language)
    answer = await _send(editor, _headings(MAX_ITEMS + 1))
    assert words in answer.text
    assert await _draft(bot) is None
    assert "rendering" not in [what for what, _ in computed]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The first 20 of them are shown above"),
        ("zh", "上面只显示了前 20 条消息"),
        ("zh-hant", "上面只顯示了前 20 則訊息"),
    ],
)
async def test_preview_of_the_largest_digest_is_limited(bot: Bot, language: str, words: str) -> None:
    editor = await _editor(bot, language)
    await _send(editor, _headings(LARGEST_SEEN, "What happened. " * 20))
    waiting = await _draft(bot)
    assert waiting is not None
    assert len(waiting.digest.items) == LARGEST_SEEN
    full = await editor.press_data(f"draft {waiting.id} show full en")
    assert len(full.messages) == drafts.MOST_PREVIEW_MESSAGES + 1
    assert words in full.messages[-1].text.plain


async def test_preview_of_a_daily_digest_is_whole(bot: Bot) -> None:
    editor = await _editor(bot)
    assert "of them are shown above" not in (await _send(editor, TEXT)).text
