"""A group's signature stands under its digest's last message, and makes no payload of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.rendering.pagination.message_size import SIGNATURE_SIZE
from digest.rendering.pagination.paginate import paginate
from digest.rendering.pagination.passage import Passage
from domain.chat import limits
from domain.chat.signature import MAX_SIGNATURE_CHARACTERS, read_signature
from domain.chat.text import Text
from domain.delivery.policy import CorrectionPolicy
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import subscribers
from tests.databases import sql
from tests.delivery.harness import MORNING, DeliveryHarness, edition, long_edition, open_harness, run_of

FULL = ContentPreferences(layout=Layout.FULL)


async def signed_groups(
    harness: DeliveryHarness, *signatures: str, preferences: ContentPreferences = FULL
) -> list[int]:
    """Create and subscribe a group for each signature; '' for none."""
    owner = await harness.emulator.create_user("Owner", started=True)
    groups = [await harness.emulator.create_supergroup(f"G{number}", owner) for number in range(len(signatures))]
    for group, signature in zip(groups, signatures, strict=True):
        (row,) = await harness.audience([group.id], preferences=preferences)
        async with harness.database.write() as tx:
            await subscribers.set_signature(tx, row, preferences, signature)
    return [group.id for group in groups]


async def texts(harness: DeliveryHarness, chat: int) -> list[str]:
    return [entry.message.text for entry in await harness.received(chat) if entry.message is not None]


async def test_last_part_is_signed_and_payloads_are_shared(harness: DeliveryHarness) -> None:
    hostile = "<b>@a_channel</b> *x* & “y”"
    plain, *signed = await signed_groups(harness, "", "@some_channel", hostile, "— 我们的群")
    run = run_of(await harness.publish(long_edition()))
    await harness.at(MORNING)
    await harness.done(run)
    expected = await texts(harness, plain)
    assert len(expected) > 1
    for chat, signature in zip(signed, ("@some_channel", hostile, "— 我们的群"), strict=True):
        assert await texts(harness, chat) == [*expected[:-1], f"{expected[-1]}\n\n{signature}"]
    async with harness.database.read() as tx:
        signed_contents = await sql(tx, "SELECT count(*) FROM contents WHERE signed")
    assert signed_contents.scalar_one() == 1, "one content for all signatures"


async def test_rich_message_is_signed_by_its_footer(harness: DeliveryHarness) -> None:
    (chat,) = await signed_groups(harness, "@a_channel", preferences=ContentPreferences(layout=Layout.RICH))
    run = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.done(run)
    (entry,) = await harness.received(chat)
    assert entry.message is not None
    assert entry.message.rich_message is not None
    last = entry.message.rich_message["blocks"][-1]
    assert (last["type"], "@a_channel" in str(last["text"])) == ("footer", True)


async def test_correction_keeps_the_signature(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", corrections=CorrectionPolicy.AT_ONCE) as harness:
        (chat,) = await signed_groups(harness, "@some_channel")
        run = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.done(run)
        await harness.publish(edition(title="更正"))
        await harness.at(MORNING)
        await harness.settled()
        (edited,) = await harness.emulator.log(chat, kind="bot_edit")
        assert edited.message is not None
        assert "更正正文1" in edited.message.text
        assert edited.message.text.endswith("\n\n@some_channel")


@pytest.mark.parametrize("units", [limits.MESSAGE_UTF16_UNITS, limits.MESSAGE_UTF16_UNITS - 100, 3000])
def test_room_costs_a_message_only_where_there_is_none(units: int) -> None:
    passages = [Passage(lead=Text(), body=Text("字" * units))]
    (whole,), roomy = paginate(passages), paginate(passages, room=SIGNATURE_SIZE)
    assert whole.text.utf16_length == units
    assert roomy[-1].text.utf16_length <= limits.MESSAGE_UTF16_UNITS - SIGNATURE_SIZE.utf16_units
    assert len(roomy) == (1 if units == 3000 else 2)


@pytest.mark.parametrize(
    ("typed", "signature"),
    [
        ("  @handle ", "@handle"),
        ("two\nlines\there", "two lines here"),
        ("a\u202eb\u0000c", "ab c"),
        ("", None),
        (" \n ", None),
        ("x" * MAX_SIGNATURE_CHARACTERS, "x" * MAX_SIGNATURE_CHARACTERS),
        ("x" * (MAX_SIGNATURE_CHARACTERS + 1), None),
        ("😀" * MAX_SIGNATURE_CHARACTERS, "😀" * MAX_SIGNATURE_CHARACTERS),
    ],
)
def test_signature_is_one_short_clean_line(typed: str, signature: str | None) -> None:
    assert read_signature(typed) == signature
