"""Delivery as a whole, over real HTTP and a real database: everybody once, in their morning."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from delivery.publish import Publishing
from tests.delivery.stage import MORNING, Stage, run_of


async def test_everybody_gets_the_digest_once_in_the_morning(stage: Stage) -> None:
    chats = await stage.crowd(50)
    published = await stage.publish()
    assert published.what is Publishing.NEW
    assert await stage.courier.look() == MORNING
    assert await stage.times() == {}
    await stage.at(MORNING)
    progress = await stage.finished(run_of(published))
    assert (progress.recipients, progress.sent, progress.total) == (50, 50, 50)
    assert await stage.times() == dict.fromkeys(chats, 1)
    await stage.at(MORNING + timedelta(minutes=1))
    await asyncio.sleep(0.1)
    assert await stage.times() == dict.fromkeys(chats, 1)
