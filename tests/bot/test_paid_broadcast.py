"""A paid broadcast with the whole bot on both frameworks: offered, paid for by a press, reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.client import run_emulator
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, run_bot_in_process
from tests.waiting import wait_until_shown

ADMIN = 9001


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_admin_pays_for_a_fast_broadcast(tmp_path: Path, driver: str) -> None:
    async with run_emulator() as emulator:
        await _broadcast(BotInstallation(tmp_path, emulator, (ADMIN,)), driver)


async def _broadcast(installation: BotInstallation, driver: str) -> None:
    emulator = installation.emulator
    admin = await emulator.create_user("Admin", language="en", id=ADMIN, started=True)
    people = [await emulator.create_user(name, language="en") for name in ("Ann", "Bob", "Cy")]
    await emulator.set_stars(500, paid_broadcasts=True)
    async with run_bot_in_process(installation, DRIVER=driver, PAID_BROADCAST="yes"):
        for person in people:
            await person.send("/start")
            await person.next_message(timeout=TIMEOUT_SECONDS)
        await admin.send("/broadcast Good news")
        card = await admin.next_message(lambda message: "For 3 people" in message.text, timeout=TIMEOUT_SECONDS)
        assert "Fast: about 1 s, costs at most 1 ⭐" in card.text
        assert "The bot has 500 ⭐ now." in card.text
        toast = await admin.press(card, "⚡ Send fast, up to 1 ⭐", timeout=TIMEOUT_SECONDS)
        assert toast.text == "On its way."
        for person in people:
            news = await person.next_message(lambda message: message.text == "Good news", timeout=TIMEOUT_SECONDS)
            assert news.from_bot
        await wait_until_shown(admin, "✅ Broadcast", "Sent fast: 3, for at most 1 ⭐", message=card)
