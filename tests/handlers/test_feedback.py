"""Feedback: what people want more or less of, one vote of each, told to the editors as counts."""

from __future__ import annotations

from datetime import date

import pytest

from domain.delivery.progress import Wishes
from storage import personal_data, run_progress, runs, votes
from tests.handlers.dialogue import ADMIN, NOON, Bot, channel, group, private

TODAY = date(2025, 9, 12)


async def wishes(bot: Bot) -> Wishes:
    async with bot.database.read() as tx:
        return await votes.wishes(tx, TODAY)


async def run_of_today(bot: Bot) -> int:
    await bot.publish(TODAY)
    async with bot.database.write() as tx:
        return await runs.add_digest(tx, TODAY, published=NOON, upto=0)


async def test_one_vote_of_each_person_counts(bot: Bot) -> None:
    await bot.publish(TODAY)
    me, other = private(bot, 7), private(bot, 8)
    assert "👍 More like this" in (await me.say("3")).labels
    voted = await me.press("👍")
    assert voted.edited
    assert "✓ More like this" in voted.labels
    assert await wishes(bot) == Wishes(1, 0, ((3, 1),))
    await other.say("3")
    await other.press("👍")
    await other.say("4")
    await other.press("👍")
    assert await wishes(bot) == Wishes(3, 0, ((3, 2), (4, 1)))
    await me.press("Less")
    assert await wishes(bot) == Wishes(2, 1, ((3, 1), (4, 1))), "the last vote counts"
    await me.press("Back")
    taken_back = await me.press("✓ Less")
    assert taken_back.toast == "Taken back."
    assert "👎 Less" in taken_back.labels
    assert await wishes(bot) == Wishes(2, 0, ((3, 1), (4, 1)))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
async def test_less_offers_to_mute(language: str, bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("1")
    offered = await me.press("👎")
    assert "/mute" in offered.text
    whole = await me.press_data(f"vote - {TODAY}")
    assert "/mute" in whole.text
    assert not whole.edited, "the digest stays"


async def test_digest_as_a_whole_is_voted_on_by_a_toast(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    assert {"👍", "👎"} <= set((await me.say("today")).labels)
    assert (await me.press("👍")).toast.startswith("Thank you")
    assert await wishes(bot) == Wishes(1, 0)
    assert (await me.press("👍")).toast == "Taken back."
    assert await wishes(bot) == Wishes()


async def test_readers_of_groups_and_channels_vote_unseen(bot: Bot) -> None:
    await bot.publish(TODAY)
    for voice in (group(bot, person=8), channel(bot, person=9)):
        for data in (f"vote + {TODAY}", f"vote - {TODAY} 2"):
            answer = await voice.press_data(data)
            assert answer.toast
            assert not answer.messages
    assert await wishes(bot) == Wishes(2, 2)


async def test_editors_see_counts_in_stats_and_in_the_report(bot: Bot) -> None:
    run_id = await run_of_today(bot)
    before = await private(bot, ADMIN).say("/stats")
    assert "Readers want" not in before.text
    await private(bot, 7).press_data(f"vote + {TODAY} 2")
    await private(bot, 8).press_data(f"vote - {TODAY}")
    stats = await private(bot, ADMIN).say("/stats")
    assert "💬 Readers want: more 1, less 1\nMore like these: no. 2 (1)" in stats.text
    async with bot.database.read() as tx:
        run, progress = await runs.get(tx, run_id), await run_progress.get(tx, run_id)
    assert run is not None
    assert progress is not None
    assert run.change_count == 2, "the reports follow"
    assert progress.wishes == Wishes(1, 1, ((2, 1),))


async def test_vote_stays_with_its_headline(bot: Bot) -> None:
    """A correction may move items; what was voted on is the one that was read."""
    await bot.publish(TODAY, items=5)
    await private(bot).press_data(f"vote + {TODAY} 5")
    await bot.publish(TODAY, items=6)
    assert "✓ More like this" in (await private(bot).say("5")).labels
    assert "✓ More like this" not in (await private(bot).say("6")).labels


async def test_vote_is_exported_and_erased(bot: Bot) -> None:
    await bot.publish(TODAY)
    me = private(bot)
    await me.say("/start")
    await group(bot).press_data(f"vote + {TODAY} 2")
    await me.press_data(f"vote - {TODAY}")
    async with bot.database.read() as tx:
        exported = (await personal_data.export(tx, 7))["votes"]
    assert [(row["position"], row["wants_more"]) for row in exported] == [(0, False), (2, True)]
    await me.say("/erase")
    await me.press("Yes, erase it all")
    assert await wishes(bot) == Wishes()


@pytest.mark.parametrize("data", ["vote", "vote +", "vote x", "vote + 2025-13-01", "vote + 2025-09-12 99", "vote = x"])
async def test_forged_votes_count_nothing(data: str, bot: Bot) -> None:
    await bot.publish(TODAY)
    assert (await private(bot).press_data(data)).toast
    assert await wishes(bot) == Wishes()
