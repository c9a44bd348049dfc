"""Rendering of payloads: who shares a content, and when a run's missing ones are added."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import pytest

from delivery import payload_rendering
from delivery.payload_rendering import content_of, correction_contents, render_for, render_missing
from digest.model import Digest
from domain.subscription.preferences import ContentPreferences, Layout, ReaderButtons
from storage import content_preferences, runs
from storage.payloads import Content, NewPayload, RenderedContent
from tests.databases import sql
from tests.delivery.harness import (
    ADMIN,
    DAY,
    MORNING,
    TEXTS,
    DeliveryHarness,
    edition,
    long_edition,
    run_of,
)
from views.shown_items import ItemSelector

FULL = ContentPreferences(Layout.FULL, "en")
NEW = ContentPreferences(Layout.FULL, "zh")


async def _want(harness: DeliveryHarness, preferences: ContentPreferences) -> int:
    async with harness.database.write() as tx:
        return await content_preferences.get_or_create(tx, preferences)


async def _payloads(harness: DeliveryHarness, run_id: int) -> list[tuple[int, str]]:
    """Return version and JSON of all payloads of a run."""
    async with harness.database.read() as tx:
        rows = await sql(tx, "SELECT version, json FROM payloads WHERE run_id = ? ORDER BY id", run_id)
        return [(version, bytes(json).decode()) for version, json in map(tuple, rows)]


async def _rendered_up_to(harness: DeliveryHarness, run_id: int) -> int:
    async with harness.database.read() as tx:
        run = await runs.get(tx, run_id)
    assert run is not None
    return run.rendered_up_to_preferences_id


def test_content_is_layout_language_and_positions() -> None:
    items = list(edition().items)
    items[1] = replace(items[1], categories=("体育",))
    mixed = replace(edition(), items=tuple(items))
    assert content_of(ItemSelector(mixed.items), FULL) == Content("full", "en", (1, 2, 3))
    assert content_of(ItemSelector(mixed.items), replace(FULL, categories=frozenset({"技术"}))) == Content(
        "full", "en", (1, 3)
    )


async def test_each_part_is_a_call_in_the_reader_s_language() -> None:
    digest = long_edition(2)
    english, chinese = await render_for(digest, {7: FULL, 3: NEW, 9: FULL}, TEXTS)
    assert (english.preferences_ids, chinese.preferences_ids) == ((7, 9), (3,))
    assert english.content == content_of(ItemSelector(digest.items), FULL)
    assert [(call.part, call.method) for call in chinese.payloads] == [(1, "sendMessage"), (2, "sendMessage")]
    labels = [str(one.payloads[-1].parameters["reply_markup"]) for one in (english, chinese)]
    assert "Items" in labels[0]
    assert "条目" in labels[1]


async def test_missing_payloads_are_added_once(idle: DeliveryHarness) -> None:
    await idle.audience([1], preferences=FULL)
    run_id = run_of(await idle.publish())
    before = await _payloads(idle, run_id)
    await render_missing(idle.database, TEXTS, run_id)
    assert await _payloads(idle, run_id) == before
    await _want(idle, NEW)
    newest = await _want(idle, ContentPreferences(Layout.HEADLINES, "zh", frozenset({"体育"})))
    await render_missing(idle.database, TEXTS, run_id)
    added = (await _payloads(idle, run_id))[len(before) :]
    assert [version for version, _ in added] == [1]
    assert "早报正文1" in added[0][1]
    assert await _rendered_up_to(idle, run_id) == newest  # although nothing matches those
    await render_missing(idle.database, TEXTS, run_id)
    assert len(await _payloads(idle, run_id)) == len(before) + 1


async def test_only_a_digest_s_run_is_rendered(idle: DeliveryHarness) -> None:
    async with idle.database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "x"}, now=MORNING)
    before = await _payloads(idle, run_id)
    await _want(idle, NEW)
    await render_missing(idle.database, TEXTS, run_id)
    await render_missing(idle.database, TEXTS, run_id + 1)
    assert await _payloads(idle, run_id) == before
    assert await _rendered_up_to(idle, run_id) == 0


@pytest.mark.parametrize("meanwhile", ["corrected", "rendered"])
async def test_rendering_overtaken_by_a_change_is_dropped(
    meanwhile: str, idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was rendered belongs to the version that it was read from."""
    await idle.audience([1], preferences=FULL)
    run_id = run_of(await idle.publish())
    await _want(idle, NEW)
    original = payload_rendering.render_for
    after: list[list[tuple[int, str]]] = []

    async def slow(digest: Digest, *arguments: object) -> list[RenderedContent]:
        monkeypatch.setattr(payload_rendering, "render_for", original)
        if meanwhile == "corrected":
            await idle.publish(edition(title="晚报"))
        else:
            await render_missing(idle.database, TEXTS, run_id)
        after.append(await _payloads(idle, run_id))
        return await original(digest, *arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(payload_rendering, "render_for", slow)
    await render_missing(idle.database, TEXTS, run_id)
    assert [await _payloads(idle, run_id)] == after
    if meanwhile == "corrected":
        await render_missing(idle.database, TEXTS, run_id)
        texts = [text for version, text in await _payloads(idle, run_id) if version == 2]
        assert len(texts) == 2
        assert ["晚报正文1" in text for text in texts] == [True, True]


async def test_rendering_lets_other_tasks_run() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await render_for(edition(), {1: FULL, 2: NEW, 3: replace(NEW, language="en", layout=Layout.HEADLINES)}, TEXTS)
    counting.cancel()
    assert turns == 3


async def test_each_kind_of_reader_buttons_has_its_own_payload() -> None:
    wanted = {
        number: replace(FULL, buttons=buttons, layout=layout)
        for number, (buttons, layout) in enumerate(
            [(buttons, layout) for layout in (Layout.FULL, Layout.RICH) for buttons in ReaderButtons]
        )
    }
    rendered = await render_for(edition(), wanted, TEXTS, "digest_bot")
    keyboards = [msgspec.json.encode(content.payloads[-1].parameters).decode() for content in rendered]
    for answering, linking, plain in (keyboards[:3], keyboards[3:]):
        assert "callback_data" in answering
        assert "callback_data" not in linking + plain
        assert "https://t.me/digest_bot?start=d_" in linking
        assert "t.me" not in plain + answering
    (unknown,) = await render_for(edition(), {1: wanted[1]}, TEXTS)
    assert "t.me" not in msgspec.json.encode(unknown.payloads[-1].parameters).decode()


@pytest.mark.parametrize("count", [0, 99, 100])
def test_added_part_names_its_edition_also_under_a_full_keyboard(count: int) -> None:
    """The button opens the whole edition, where those are that give way to it."""
    buttons = [{"text": str(number), "callback_data": f"item {number}"} for number in range(count)]
    rows = [buttons[start : start + 8] for start in range(0, count, 8)]
    part = NewPayload(1, "sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": rows}})
    content = Content("full", "en", (1,))
    (later, *_) = correction_contents([RenderedContent(content, (), (part,))], DAY, TEXTS)
    (payload,) = later.payloads
    keyboard = payload.parameters["reply_markup"]["inline_keyboard"]
    assert keyboard[0][0]["text"] == "📎 Belongs to the digest of Fri, 12 Sep"
    assert [button for row in keyboard[1:] for button in row] == buttons[:99]
    assert all(keyboard)
