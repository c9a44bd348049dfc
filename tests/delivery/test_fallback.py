"""The rich layout where Telegram refuses it: everybody has the digest in another way in the same morning, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from delivery.payload_rendering import render_for
from delivery.publishing import PublishStatus
from digest.model import Digest, Picture
from domain.chat.callback_data import parse_callback_data
from domain.chat.text import Text
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import RichRefusal
from emulator.client import EmulatorClient
from emulator.client.chats import EmulatedUser
from storage import deliveries, runs, subscribers
from tests.databases import sql
from tests.delivery.failpoints import CRASHED, FALLBACK_POINTS
from tests.delivery.harness import DAY, MORNING, TEXTS, Clock, DeliveryHarness, edition, open_harness, run_of
from tests.delivery.test_failpoints import enrol, run_process
from transport.circuit_breaker import BreakerState
from views.digest_messages import rich_part_start

RICH = ContentPreferences(Layout.RICH, "zh")
FULL = replace(RICH, layout=Layout.FULL)
UNKNOWN = "Not Found: method not found"


def long_edition(items: int, characters: int, title: str = "早报") -> Digest:
    plain = edition(title=title, items=items)
    return replace(
        plain, items=tuple(replace(item, body=Text(f"{item.position}。" * (characters // 2))) for item in plain.items)
    )


async def full_texts(digest: Digest) -> list[str]:
    """Return the messages of the full layout."""
    [content] = await render_for(digest, {1: FULL}, TEXTS)
    return [str(payload.parameters["text"]) for payload in content.payloads]


async def rich_part_count(digest: Digest) -> int:
    [content] = await render_for(digest, {1: RICH}, TEXTS)
    assert {payload.method for payload in content.payloads} == {"sendRichMessage"}
    return len(content.payloads)


async def received(harness: DeliveryHarness, chat: int) -> list[str]:
    """Return what a chat has, in order; "rich" stands for a rich message."""
    messages = [entry.message for entry in await harness.received(chat) if entry.message is not None]
    return ["rich" if message.rich_message else message.text for message in messages]


async def states(harness: DeliveryHarness, run_id: int) -> list[tuple[int, str, str | None]]:
    async with harness.database.read() as tx:
        rows = await sql(
            tx, "SELECT part, state, reason FROM deliveries WHERE run_id = ? ORDER BY subscriber_id, part", run_id
        )
        return [(row.part, row.state, row.reason) for row in rows]


async def layout_of(harness: DeliveryHarness, chat: int) -> tuple[Layout, RichRefusal | None]:
    async with harness.database.read() as tx:
        subscriber = await subscribers.get(tx, chat)
    assert subscriber is not None
    return subscriber.preferences.layout, subscriber.rich_refusal


async def refuse(emulator: EmulatorClient, chats: Sequence[int]) -> None:
    for chat in chats:
        await EmulatedUser(emulator, chat, 0).refuse_rich_messages()


async def morning(harness: DeliveryHarness, digest: Digest, at: datetime = MORNING) -> int:
    """Publish a digest and deliver it; return its run."""
    run_id = run_of(await harness.publish(digest))
    await harness.at(at)
    await harness.finished(run_id)
    return run_id


async def pause_after_first_call(harness: DeliveryHarness, digest: Digest) -> int:
    """Publish a digest and pause its run while the first part is on its way; return the run."""
    delay = await harness.emulator.add_fault("delay", method="sendRichMessage", seconds=0.5)
    run_id = run_of(await harness.publish(digest))
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.in_flight)
    await harness.pause(run_id)
    await harness.until(run_id, lambda now: not now.in_flight)
    await harness.emulator.request("DELETE", f"/faults/{delay}")
    return run_id


async def test_rich_layout_arrives_as_rich_messages(emulator: EmulatorClient, tmp_path: Path) -> None:
    digest = long_edition(9, 2000)
    parts = await rich_part_count(digest)
    assert parts > 1
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        run_id = await morning(harness, digest)
        assert await received(harness, chat) == ["rich"] * parts
        assert (await harness.progress(run_id)).sent == parts


@pytest.mark.parametrize(("items", "characters"), [(3, 20), (9, 2000), (60, 20)], ids=["1 to 1", "3 to 5", "1 to 2"])
async def test_refusing_chats_have_the_full_layout(
    emulator: EmulatorClient, tmp_path: Path, items: int, characters: int
) -> None:
    digest = long_edition(items, characters)
    full, parts = await full_texts(digest), await rich_part_count(digest)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        chats = await harness.crowd(6, preferences=RICH)
        await refuse(emulator, chats[:3])
        progress = await harness.progress(await morning(harness, digest))
        assert [await received(harness, chat) for chat in chats] == [full] * 3 + [["rich"] * parts] * 3
        assert progress.sent == progress.total == 3 * len(full) + 3 * parts
        assert progress.recipients == 6
        assert {await layout_of(harness, chat) for chat in chats[:3]} == {(Layout.FULL, RichRefusal.CHAT)}
        assert {await layout_of(harness, chat) for chat in chats[3:]} == {(Layout.RICH, None)}


async def test_more_rich_parts_than_full_ones_are_skipped(emulator: EmulatorClient, tmp_path: Path) -> None:
    pictures = tuple(Picture(f"https://example.org/{number}.png", "", 1) for number in range(120))
    digest = replace(edition(), pictures=pictures)
    parts = await rich_part_count(digest)
    [full] = await full_texts(digest)
    assert parts > 1
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await refuse(emulator, [chat])
        run_id = await morning(harness, digest)
        assert await received(harness, chat) == [full]
        skipped = [(part, "skipped", "other_layout") for part in range(2, parts + 1)]
        assert await states(harness, run_id) == [(1, "sent", None), *skipped]
        assert (await harness.progress(run_id)).total == 1


async def test_next_digest_comes_in_full_at_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await refuse(emulator, [chat])
        await morning(harness, edition())
        assert len(await emulator.calls("sendRichMessage")) == 1
        later = MORNING + timedelta(days=1)
        second = edition(DAY + timedelta(days=1), published=later, title="次日")
        await morning(harness, second, at=later)
        assert await received(harness, chat) == [*await full_texts(edition()), *await full_texts(second)]
        assert len(await emulator.calls("sendRichMessage")) == 1


async def test_old_server_gives_everybody_the_full_layout(emulator: EmulatorClient, tmp_path: Path) -> None:
    await emulator.add_fault("error", method="sendRichMessage", error_code=404, description=UNKNOWN)
    [full] = await full_texts(edition())
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        chats = await harness.crowd(30, preferences=RICH)
        progress = await harness.progress(await morning(harness, edition()))
        assert [await received(harness, chat) for chat in chats] == [[full]] * 30
        assert progress.sent == progress.total == 30
        assert harness.circuit_breaker.state is BreakerState.CLOSED
        assert {await layout_of(harness, chat) for chat in chats} == {(Layout.FULL, RichRefusal.SERVER)}


async def test_picture_that_cannot_be_fetched_becomes_a_link(emulator: EmulatorClient, tmp_path: Path) -> None:
    url = "https://pictures.invalid/1.png"
    digest = replace(edition(), pictures=(Picture(url, "一张图", 1),))
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        chats = await harness.crowd(12, preferences=RICH)
        progress = await harness.progress(await morning(harness, digest))
        assert [await received(harness, chat) for chat in chats] == [["rich"]] * 12
        assert progress.sent == progress.total == 12
        [entry] = await harness.received(chats[0])
        assert entry.message is not None
        assert "🖼 一张图" in entry.message.rich_text
        assert url in str(entry.message.rich_message)
        assert "'photo'" not in str(entry.message.rich_message)
        assert await layout_of(harness, chats[0]) == (Layout.RICH, None)


async def test_refused_content_goes_in_full_this_once(emulator: EmulatorClient, tmp_path: Path) -> None:
    await emulator.add_fault("error", method="sendRichMessage", description="Bad Request: RICH_MESSAGE_EMPTY")
    [full] = await full_texts(edition())
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        chats = await harness.crowd(30, preferences=RICH)
        run_id = await morning(harness, edition())
        assert [await received(harness, chat) for chat in chats] == [[full]] * 30
        assert (await harness.progress(run_id)).state is RunState.FINISHED
        assert await layout_of(harness, chats[0]) == (Layout.RICH, None)


async def test_part_two_refused_brings_the_rest_in_full(emulator: EmulatorClient, tmp_path: Path) -> None:
    digest = long_edition(9, 2000)
    parts = await rich_part_count(digest)
    start = rich_part_start(digest, digest.items, TEXTS.translator("zh"), 2)
    assert parts > 2
    assert 1 < start < 9
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        error = "Bad Request: CHAT_SEND_RICH_FORBIDDEN"
        await emulator.add_fault("error", method="sendRichMessage", chat_id=chat, nth=[2, 3, 4], description=error)
        progress = await harness.progress(await morning(harness, digest))
        first, *rest = await received(harness, chat)
        assert first == "rich"
        assert "rich" not in rest
        whole = "".join(rest)
        positions = [item.position for item in digest.items if item.body.plain[:60] in whole]
        assert positions == list(range(start, 10))
        assert whole.count("点评一句") == 1
        assert progress.sent == progress.total == len(rest) + 1
        assert await layout_of(harness, chat) == (Layout.FULL, RichRefusal.CHAT)


async def test_part_two_with_a_bad_picture_keeps_the_rest_rich(emulator: EmulatorClient, tmp_path: Path) -> None:
    digest = replace(long_edition(9, 2000), pictures=(Picture("https://pictures.invalid/1.png", "一张图", 9),))
    parts = await rich_part_count(digest)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        progress = await harness.progress(await morning(harness, digest))
        assert await received(harness, chat) == ["rich"] * parts
        assert progress.sent == progress.total == parts
        assert len(await emulator.calls("sendRichMessage")) == parts + 1


async def test_unconfirmed_rich_part_is_not_sent_in_full(emulator: EmulatorClient, tmp_path: Path) -> None:
    await emulator.add_fault("drop", method="sendRichMessage", times=1)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        run_id = await morning(harness, edition())
        assert await states(harness, run_id) == [(1, "unconfirmed", "no_response")]
        assert await received(harness, chat) == ["rich"]
        assert await layout_of(harness, chat) == (Layout.RICH, None)


async def test_resending_the_first_part_repeats_no_later_one(emulator: EmulatorClient, tmp_path: Path) -> None:
    digest = long_edition(9, 2000)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await emulator.add_fault("drop", method="sendRichMessage", times=1)
        error = "Bad Request: CHAT_SEND_RICH_FORBIDDEN"
        await emulator.add_fault("error", method="sendRichMessage", description=error)
        run_id = await morning(harness, digest)
        before = await received(harness, chat)
        async with harness.database.write() as tx:
            assert await runs.resend_unconfirmed(tx, run_id) == 1
        await harness.delivery_service.tick()
        await harness.finished(run_id)
        assert await received(harness, chat) == before
        first, *others = await states(harness, run_id)
        assert first == (1, "failed", "rejected")
        assert {state for _, state, _ in others} == {"sent"}


async def test_press_beside_an_item_settles_its_part(emulator: EmulatorClient, tmp_path: Path) -> None:
    await emulator.add_fault("drop", method="sendRichMessage", times=1)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        run_id = await morning(harness, edition())
        [entry] = await harness.received(chat)
        assert entry.message is not None
        data = parse_callback_data(entry.message.callback_data_of("单看第 2 条") or "")
        assert data is not None
        assert data.payload_id is not None
        async with harness.database.write() as tx:
            assert await deliveries.settle(tx, data.payload_id, chat, entry.message.message_id, now=MORNING)
        assert await states(harness, run_id) == [(1, "sent", "button_pressed")]


async def test_correction_of_a_rich_digest_gets_more_parts(emulator: EmulatorClient, tmp_path: Path) -> None:
    old, new = edition(title="错字"), long_edition(9, 2000, title="正字")
    parts = await rich_part_count(new)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await harness.publish(old)
        await harness.at(MORNING)
        assert (await harness.publish(new)).status is PublishStatus.CORRECTED
    async with open_harness(emulator, tmp_path / "bot.db", clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        await harness.settled()
        assert await received(harness, chat) == ["rich"] * parts


async def test_correction_between_refusal_and_fallback_is_kept(emulator: EmulatorClient, tmp_path: Path) -> None:
    [full] = await full_texts(edition(title="正字"))
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await refuse(emulator, [chat])
        await emulator.add_fault("delay", method="sendRichMessage", seconds=0.5)
        run_id = run_of(await harness.publish(edition(title="错字")))
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.in_flight)
        assert (await harness.publish(edition(title="正字"))).status is PublishStatus.CORRECTED
        await harness.delivery_service.tick()
        await harness.finished(run_id)
        assert await received(harness, chat) == [full]


async def test_correction_before_the_fallback_brings_all_its_items(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The refused version had fewer items than the corrected one, in whatever layout that goes out."""
    corrected = edition(title="正字", items=5)
    [full] = await full_texts(corrected)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await refuse(emulator, [chat])
        run_id = await pause_after_first_call(harness, edition(title="错字"))
        assert await states(harness, run_id) == [(1, "pending", "rich_not_in_chat")]
        assert (await harness.publish(corrected)).status is PublishStatus.CORRECTED
        await harness.resume(run_id)
        progress = await harness.finished(run_id)
        assert await received(harness, chat) == [full]
        assert (progress.sent, progress.total, progress.recipients) == (1, 1, 1)
        assert await layout_of(harness, chat) == (Layout.FULL, RichRefusal.CHAT)


@pytest.mark.parametrize("items", [2, 8, 30], ids=["fewer parts", "other items", "more parts"])
@pytest.mark.parametrize("error", ["CHAT_SEND_RICH_FORBIDDEN", "WEBPAGE_CURL_FAILED", "RICH_MESSAGE_EMPTY"])
async def test_rest_after_a_correction_is_of_the_first_version(
    emulator: EmulatorClient, tmp_path: Path, items: int, error: str
) -> None:
    """Part one left before the correction, part two is refused after it: no item is missing or comes twice."""
    digest = long_edition(9, 2000, title="错字")
    start = rich_part_start(digest, digest.items, TEXTS.translator("zh"), 2)
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        run_id = await pause_after_first_call(harness, digest)
        assert (await harness.publish(long_edition(items, 1500, title="正字"))).status is PublishStatus.CORRECTED
        refusal = f"Bad Request: {error}"
        await emulator.add_fault("error", method="sendRichMessage", chat_id=chat, description=refusal)
        await harness.resume(run_id)
        progress = await harness.finished(run_id)
        first, *rest = await received(harness, chat)
        assert first == "rich"
        assert "rich" not in rest
        whole = "".join(rest)
        positions = [item.position for item in digest.items if item.body.plain[:60] in whole]
        assert positions == list(range(start, 10))
        assert whole.count("点评一句") == 1
        assert progress.sent == progress.total == len(rest) + 1


async def test_pause_between_refusal_and_fallback_loses_nobody(emulator: EmulatorClient, tmp_path: Path) -> None:
    [full] = await full_texts(edition())
    async with open_harness(emulator, tmp_path / "bot.db", in_flight=1) as harness:
        chats = await harness.crowd(8, preferences=RICH)
        await refuse(emulator, chats)
        await emulator.add_fault("delay", method="sendRichMessage", seconds=0.1)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.in_flight)
        await harness.pause(run_id)
        await harness.until(run_id, lambda now: not now.in_flight)
        assert await states(harness, run_id) == [(1, "pending", "rich_not_in_chat"), *[(1, "pending", None)] * 7]
        await harness.resume(run_id)
        await harness.finished(run_id)
        assert [await received(harness, chat) for chat in chats] == [[full]] * 8


@pytest.mark.parametrize("point", sorted(FALLBACK_POINTS))
async def test_kill_on_the_way_to_the_full_layout(emulator: EmulatorClient, tmp_path: Path, point: str) -> None:
    chats = await emulator.create_users(6)
    await refuse(emulator, chats)
    await enrol(tmp_path / "bot.db", chats, RICH)
    assert await run_process(emulator, tmp_path / "bot.db", point, 1 if "fallback" in point else 2) == CRASHED
    assert await run_process(emulator, tmp_path / "bot.db") == 0
    full = await full_texts(edition())
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        got = {chat: await received(harness, chat) for chat in chats}
        async with harness.database.read() as tx:
            rows = await tx.exec_driver_sql(
                "SELECT chat_id, state FROM deliveries JOIN subscribers ON subscribers.id = subscriber_id"
            )
            listed = {row.chat_id for row in rows if row.state == "unconfirmed"}
    assert {chat for chat, texts in got.items() if texts != full} <= listed
    assert len(got) == 6
    assert {tuple(texts) for texts in got.values()} <= {tuple(full), ()}


async def test_reader_who_left_the_rich_layout_keeps_theirs(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        [subscriber_id] = await harness.audience([7], preferences=replace(RICH, layout=Layout.HEADLINES))
        async with harness.database.write() as tx:
            await subscribers.refuse_rich(tx, subscriber_id, RichRefusal.CHAT)
        assert await layout_of(harness, 7) == (Layout.HEADLINES, None)


async def test_choosing_rich_again_tries_again(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db") as harness:
        [chat] = await harness.crowd(1, preferences=RICH)
        await refuse(emulator, [chat])
        await morning(harness, edition())
        async with harness.database.write() as tx:
            subscriber = await subscribers.get(tx, chat)
            assert subscriber is not None
            await subscribers.set_layout(tx, subscriber.id, RICH)
        await EmulatedUser(emulator, chat, 0).refuse_rich_messages(refuse=False)
        assert await layout_of(harness, chat) == (Layout.RICH, None)
        later = MORNING + timedelta(days=1)
        await morning(harness, edition(DAY + timedelta(days=1), published=later, title="次日"), at=later)
        assert (await received(harness, chat))[1:] == ["rich"]
