"""Photos of an edition: uploaded once, sent by file id to everybody, whatever Telegram refuses in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.publishing import PublishResult
from digest.model import Digest, Picture, PictureMode
from digest.picture_file import address_key, picture_key
from domain.delivery.policy import CorrectionPolicy
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from emulator.client.models import Call
from storage import deliveries, pictures, withdrawals
from storage.digests import Source
from tests.databases import sql
from tests.delivery.harness import ADMIN, DAY, MORNING, DeliveryHarness, edition, open_harness, run_of
from tests.delivery.test_delivered_corrections import corrected
from tests.pictures import png
from tests.waiting import PATIENCE, wait_until, wait_until_shown

FILES = {picture_key(png(shade=shade)): png(shade=shade) for shade in (10, 20)}
FIRST, SECOND = FILES
WEB = "https://p.example/sunrise.png"
GONE = "https://gone.invalid/x.png"
RICH = ContentPreferences(Layout.RICH, "zh")


def pictured(*keys_or_urls: str, title: str = "早报") -> Digest:
    """Return an edition with a picture for each of its first items."""
    plain = edition(title=title)
    photos = tuple(
        Picture(one, "", position, address_key(one))
        if one.startswith("http")
        else Picture("img/x.png", "", position, one)
        for position, one in enumerate(keys_or_urls, 1)
    )
    hash_of = picture_key(repr((plain.content_hash, photos)).encode())
    return replace(plain, pictures=photos, picture_mode=PictureMode.ALBUM, content_hash=hash_of)


async def publish(harness: DeliveryHarness, digest: Digest, files: Mapping[str, bytes] = FILES) -> PublishResult:
    return await harness.delivery_service.publish(digest, Source(f"{digest.date}.md", repr(digest).encode(), files))


async def file_ids(harness: DeliveryHarness, digest: Digest, *, still_waiting: Sequence[int] = ()) -> dict[str, str]:
    """Wait until all photos of an edition are decided, and all other runs know theirs; return the file ids."""

    async def read() -> tuple[dict[str, str] | None, list[int]]:
        async with harness.database.read() as tx:
            waiting = await pictures.runs_that_wait(tx, since=MORNING.min.replace(tzinfo=MORNING.tzinfo))
            return await pictures.file_ids(tx, digest), waiting

    found, _ = await wait_until(read, lambda now: now[0] is not None and now[1] == [*still_waiting])
    assert found is not None
    return found


async def photos_of(harness: DeliveryHarness, chat: int) -> list[tuple[str, str]]:
    """Return the file id and the caption of each photo that a chat received."""
    messages = [entry.message for entry in await harness.received(chat) if entry.message is not None]
    return [(message.media.file.file_id, message.text) for message in messages if message.media is not None]


async def calls(emulator: EmulatorClient, method: str) -> list[Call]:
    return [call for call in await emulator.calls() if call.method == method and call.status == 200]


async def test_photos_are_uploaded_once_and_sent_to_everybody(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(12)
    digest = pictured(FIRST, SECOND, WEB)
    published = await publish(harness, digest)
    known = await file_ids(harness, digest)
    assert len(await calls(harness.emulator, "sendPhoto")) == 3
    assert [message.text for message in await (await harness.emulator.chat(ADMIN)).history() if message.media] == []
    await harness.at(MORNING)
    await harness.finished(run_of(published))
    wanted = [(known[photo.key], f"{photo.position}. 标题{photo.position}") for photo in digest.photos]
    assert [await photos_of(harness, chat) for chat in chats] == [wanted] * 12
    assert set((await harness.times()).values()) == {4}
    assert len(await calls(harness.emulator, "sendPhoto")) == 3
    async with harness.database.read() as tx:
        rows = await sql(
            tx,
            "SELECT part, message_id FROM deliveries WHERE run_id = ? ORDER BY subscriber_id, part",
            run_of(published),
        )
        kept = [(row.part, row.message_id is not None) for row in rows]
    assert kept == [(part, True) for part in (1, 1000, 1001, 1002)] * 12


async def test_one_photo_is_no_album_and_the_rich_layout_shows_those_on_the_web(harness: DeliveryHarness) -> None:
    [plain], [rich] = await harness.crowd(1), await harness.crowd(1, preferences=RICH)
    digest = pictured(WEB)
    published = await publish(harness, digest)
    [file_id] = (await file_ids(harness, digest)).values()
    await harness.at(MORNING)
    await harness.finished(run_of(published))
    assert await photos_of(harness, plain) == [(file_id, "1. 标题1")]
    assert await photos_of(harness, rich) == []


async def test_refused_picture_is_left_out_and_editors_are_told(harness: DeliveryHarness) -> None:
    [chat] = await harness.crowd(1)
    digest = pictured(GONE, FIRST)
    published = await publish(harness, digest)
    assert list(await file_ids(harness, digest)) == [FIRST]
    await harness.at(MORNING)
    await harness.finished(run_of(published))
    assert len(await photos_of(harness, chat)) == 1
    admin = await harness.emulator.chat(ADMIN)
    await wait_until_shown(admin, GONE)


async def test_edition_that_is_due_waits_for_its_photos_and_then_goes_without(harness: DeliveryHarness) -> None:
    [chat] = await harness.crowd(1)
    blocked = "Forbidden: bot was blocked by the user"
    await harness.emulator.add_fault("error", method="sendPhoto", error_code=403, description=blocked)
    harness.clock.now = MORNING
    published = await publish(harness, pictured(FIRST))
    await harness.at(MORNING + timedelta(seconds=30))
    async with harness.database.read() as tx:
        assert not await deliveries.planned(tx, run_of(published))
    await harness.at(MORNING + timedelta(seconds=61))
    await harness.finished(run_of(published))
    assert [entry.message.media for entry in await harness.received(chat) if entry.message] == [None]


async def test_photo_that_cannot_be_uploaded_holds_no_other_edition_up(harness: DeliveryHarness) -> None:
    blocked = {"method": "sendPhoto", "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    all_calls = await harness.emulator.add_fault("error", **blocked)
    first, second = (
        replace(edition(DAY + timedelta(days=days)), pictures=shown.pictures, picture_mode=PictureMode.ALBUM)
        for days, shown in enumerate((pictured(*sorted(FILES)), pictured(min(FILES))))
    )
    waiting = run_of(await publish(harness, first))
    await publish(harness, second)
    await harness.emulator.add_fault("error", nth=list(range(2, 1000)), **blocked)
    await harness.emulator.request("DELETE", f"/faults/{all_calls}")
    assert len(await file_ids(harness, second, still_waiting=[waiting])) == 1


async def test_refused_file_ids_are_renewed_and_nobody_gets_photos_twice(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(5)
    digest = pictured(FIRST, SECOND)
    published = await publish(harness, digest)
    former = await file_ids(harness, digest)
    async with harness.database.write() as tx:  # as after Telegram has forgotten them
        await sql(tx, "UPDATE pictures SET file_id = 'gone' || substr(key, 1, 8)")
        stored = (await sql(tx, "SELECT id, json FROM payloads WHERE part = 1000")).one()
        broken = bytes(stored.json)
        for key, file_id in former.items():
            broken = broken.replace(file_id.encode(), f"gone{key[:8]}".encode())
        await sql(tx, "UPDATE payloads SET json = ? WHERE id = ?", broken, stored.id)
    await harness.at(MORNING)
    run_id = run_of(published)
    await harness.finished_in_time(run_id)
    renewed = await file_ids(harness, digest)
    assert [{file_id for file_id, _ in await photos_of(harness, chat)} for chat in chats] == [set(renewed.values())] * 5
    assert [len(await photos_of(harness, chat)) for chat in chats] == [2] * 5


async def test_another_process_sends_what_it_has_from_the_database_alone(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as first:
        [chat] = await first.crowd(1)
        published = await publish(first, pictured(FIRST, SECOND))
        assert await calls(emulator, "sendPhoto") == []
    async with open_harness(emulator, tmp_path / "bot.db") as second:
        await file_ids(second, pictured(FIRST, SECOND))
        await second.at(MORNING)
        await second.finished(run_of(published))
        assert len(await photos_of(second, chat)) == 2


async def test_correction_edits_the_text_and_leaves_the_photos(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", corrections=CorrectionPolicy.AT_ONCE) as harness:
        [chat] = await harness.crowd(1)
        digest = pictured(FIRST, SECOND)
        published = await publish(harness, digest)
        before = await file_ids(harness, digest)
        await harness.at(MORNING)
        await harness.finished(run_of(published))
        newer = pictured(SECOND, title="更正")
        await publish(harness, newer)
        await corrected(harness)
        shown = await (await emulator.chat(chat)).history()
        assert "更正" in shown[0].text
        assert [message.media.file.file_id for message in shown if message.media] == list(before.values())


@pytest.mark.parametrize(("hours", "left"), [(1, 0), (72, 2)])
async def test_withdrawn_edition_takes_its_photos_back_as_long_as_telegram_deletes(
    harness: DeliveryHarness, hours: int, left: int
) -> None:
    [chat] = await harness.crowd(1)
    digest = pictured(FIRST, SECOND)
    published = await publish(harness, digest)
    await file_ids(harness, digest)
    await harness.at(MORNING)
    await harness.finished(run_of(published))
    harness.clock.now += timedelta(hours=hours)
    async with harness.database.write() as tx:
        found = await withdrawals.outlook(tx, DAY, now=harness.clock.now)
        assert (found.young, found.old) == ((3, 0) if hours == 1 else (0, 1))
        await withdrawals.withdraw(tx, DAY, actor=None, now=harness.clock.now)
    chat_of = await harness.emulator.chat(chat)
    async with asyncio.timeout(PATIENCE):
        while any("标题1" in message.text for message in await chat_of.history() if not message.media):
            harness.clock.now += timedelta(seconds=1)
            await harness.delivery_service.tick()
            await asyncio.sleep(0.02)
    await harness.settled()
    assert len([message for message in await chat_of.history() if message.media]) == left


async def test_first_of_two_uploads_is_kept(harness: DeliveryHarness) -> None:
    digest = pictured(FIRST)
    async with harness.database.write() as tx:
        await pictures.add(tx, digest, FILES, now=MORNING)
        await pictures.set_file_id(tx, FIRST, "one")
        await pictures.set_file_id(tx, FIRST, "two")
        await pictures.add(tx, digest, FILES, now=MORNING)
        assert await pictures.file_ids(tx, digest) == {FIRST: "one"}


async def test_bytes_go_when_they_are_not_needed_and_the_file_id_stays(harness: DeliveryHarness) -> None:
    digest = pictured(FIRST, SECOND)
    async with harness.database.write() as tx:
        await pictures.add(tx, digest, FILES, now=MORNING)
        await pictures.set_file_id(tx, FIRST, "one")
        await pictures.give_up(tx, SECOND, "no")
        await pictures.delete_before(tx, now=MORNING + timedelta(hours=1))
        assert (await sql(tx, "SELECT count(*) FROM pictures WHERE data IS NOT NULL")).scalar_one() == 2
        await pictures.delete_before(tx, now=MORNING + pictures.BYTES_KEPT + timedelta(hours=1))
        assert (await sql(tx, "SELECT count(*) FROM pictures WHERE data IS NOT NULL")).scalar_one() == 0
        assert await pictures.file_ids(tx, digest) == {FIRST: "one"}
        assert await pictures.refusals(tx, [SECOND]) == {SECOND: "no"}
        await pictures.delete_before(tx, now=MORNING + pictures.KEPT + timedelta(hours=1))
        assert (await sql(tx, "SELECT count(*) FROM pictures")).scalar_one() == 0
