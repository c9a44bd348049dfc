"""Telegram accepts every part of an edition that strains all its limits at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from domain.chat.text import Text, concat, link
from domain.subscription.preferences import ContentPreferences, Layout
from tests.delivery.harness import MORNING, DeliveryHarness, edition, run_of

URL = "https://example.org/{}"
EMOJI = Text("👩‍👩‍👧‍👦🇨🇳👍🏽" * 700)
ENGLISH = Text("The committee met again, and no one could say why the vote was called. " * 120)
LINKS = concat(chain.from_iterable((link(f"source {n}", URL.format(n)), ", ") for n in range(250)))
ADDRESSES = concat(chain.from_iterable((link(f"source {n}", URL.format("p" * 1100)), ". ") for n in range(30)))


async def test_every_part_of_a_straining_edition_is_accepted(harness: DeliveryHarness) -> None:
    """Emoji at the split, 250 entities, 33 KB of addresses, items above 4096: all parts arrive, complete."""
    plain = edition(items=4)
    bodies = (EMOJI, ENGLISH, LINKS, ADDRESSES)
    items = tuple(replace(item, body=body) for item, body in zip(plain.items, bodies, strict=True))
    [reader] = await harness.crowd(1, preferences=ContentPreferences(Layout.FULL, "en"))
    run_id = run_of(await harness.publish(replace(plain, items=items)))
    await harness.at(MORNING)
    progress = await harness.finished(run_id)
    messages = [entry.message for entry in await harness.received(reader) if entry.message]
    assert (progress.sent, progress.failed) == (progress.total, 0)
    assert progress.total == len(messages) > 8
    rest = iter("".join("".join(message.text.split()) for message in messages))
    for character in "".join("".join(body.plain.split()) for body in bodies):
        assert character in rest
