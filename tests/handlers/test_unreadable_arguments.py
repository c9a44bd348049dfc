"""Staff commands say what of their arguments could not be read, and change nothing."""

from __future__ import annotations

from datetime import date

import pytest

from domain.chat.frozen_message import freeze
from storage import correction_runs, runs
from tests.handlers.dialogue import ADMIN, Bot, private

DAY = date(2025, 9, 12)


@pytest.mark.parametrize(
    ("said", "words", "example"),
    [
        ("/correct foo", "foo", "/correct 2025-09-12"),
        ("/withdraw foo", "foo", "/withdraw 2025-09-12"),
        ("/withdraw 2025-09-12 now", "now", "/withdraw 2025-09-12"),
        ("/send 12 foo", "12 foo", "/send 2025-09-12"),
        ("/preview foo", "foo", "/preview 2025-09-12 headlines en"),
        ("/preview 2025-09-12 fulll", "fulll", "/preview 2025-09-12 headlines en"),
        ("/preview fulll en 2025-09-12", "fulll 2025-09-12", "/preview 2025-09-12 headlines en"),
        ("/access link abc", "link abc", "/access link 10 30"),
        ("/access link 5", "link 5", "/access link 10 30"),
        ("/access foo", "foo", "/access 4201"),
        ("/access 4201 foo", "4201 foo", "/access 4201"),
        ("/access admitted foo", "admitted foo", "/access 4201"),
        ("/roles 1002 king", "king", "/roles 1002 editor"),
        ("/audit foo", "foo", "/audit 2"),
        ("/stats foo", "foo", "/stats growth"),
    ],
)
async def test_unreadable_words_are_named_with_an_example(bot: Bot, said: str, words: str, example: str) -> None:
    await bot.publish(DAY)
    answer = await private(bot, ADMIN).say(said)
    assert answer.text.split("\n")[0] == f"I cannot read “{words}”. Write it like this: {example}"


@pytest.mark.parametrize("command", ["correct", "preview", "send", "withdraw"])
async def test_day_without_an_edition_is_named_with_the_newest(bot: Bot, command: str) -> None:
    await bot.publish(DAY)
    answer = await private(bot, ADMIN).say(f"/{command} 2025-12-30")
    assert answer.text == f"No edition of Tue, 30 Dec 2025 has been read. The newest is /{command} 2025-09-12"


@pytest.mark.parametrize("written", ["12 Sep", "Fri, 12 September 2025", "2025-09-12"])
async def test_day_may_be_written_in_several_words(bot: Bot, written: str) -> None:
    await bot.publish(DAY)
    admin = private(bot, ADMIN)
    assert "Withdraw the digest of Fri, 12 Sep 2025?" in (await admin.say(f"/withdraw {written}")).text
    assert "newest version" in (await admin.say(f"/correct {written}")).text


async def test_hidden_account_is_no_unreadable_word(bot: Bot) -> None:
    message = freeze({"message_id": 5, "text": "hello", "forward_origin": {"type": "hidden_user"}})
    answer = await private(bot, ADMIN).say("/roles", reply_to=message)
    assert "I cannot tell who that is" in answer.text


async def test_chinese_admin_reads_it_in_chinese(bot: Bot) -> None:
    await bot.publish(DAY)
    admin = private(bot, ADMIN, "zh-hans")
    assert (await admin.say("/withdraw 哪天")).text == "看不懂“哪天”。照这样写：/withdraw 2025-09-12"
    assert "看不出“@alex”是谁" in (await admin.say("/roles @alex editor")).text


async def test_nothing_is_drafted_for_what_cannot_be_read(bot: Bot) -> None:
    await bot.publish(DAY)
    await private(bot, ADMIN).say("/correct foo")
    async with bot.database.read() as tx:
        assert await correction_runs.pending(tx) == []
        assert await runs.get_by_edition(tx, DAY) is None
