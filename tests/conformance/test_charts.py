"""Figures are uploaded as photos and turned in their place by every driver; what Telegram refuses comes as numbers."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from bot.chart_process import ChartProcess
from emulator.client import EmulatorClient, Message, run_emulator
from tests.conformance.transports import TIMEOUT_SECONDS, DriverSetup, UpdateMode
from tests.handlers.dialogue import ADMIN, Bot
from tests.waiting import PATIENCE


async def _picture(emulator: EmulatorClient, message: Message) -> bytes:
    assert message.media is not None
    assert message.media.kind == "photo"
    return await emulator.request("GET", f"/files/{message.media.file.file_id}")


async def test_figures_are_uploaded_and_turned_in_place(driver_name: str, bot: Bot) -> None:
    bot.draw_chart = ChartProcess(seconds=PATIENCE)
    setup = DriverSetup(driver_name, UpdateMode.POLLING)
    async with run_emulator() as emulator, setup.running(emulator, bot.handle_event):
        admin = await emulator.create_user("Ann", "zh-hans", id=ADMIN)
        await admin.send("/stats")
        numbers = await admin.next_message(timeout=TIMEOUT_SECONDS)
        await admin.press(numbers, "📈 增减", timeout=PATIENCE)
        shown = await admin.next_message(timeout=PATIENCE)
        assert shown.text.startswith("订阅者\n")
        assert [entity["type"] for entity in shown.entities] == ["bold"]
        first = await _picture(emulator, shown)
        assert Image.open(BytesIO(first)).width == 1280

        await admin.press(shown, "🌐 语言和版式", timeout=PATIENCE)
        turned = await admin.next_edit(shown, timeout=PATIENCE)
        assert turned.message_id == shown.message_id
        assert turned.text.startswith("语言和版式\n")
        assert await _picture(emulator, turned) != first
        assert any("📈 增减" in button for row in turned.buttons for button in row)


async def test_refused_pictures_come_anew_or_as_numbers(driver_name: str, bot: Bot) -> None:
    bot.draw_chart = ChartProcess(seconds=PATIENCE)
    setup = DriverSetup(driver_name, UpdateMode.POLLING)
    async with run_emulator() as emulator, setup.running(emulator, bot.handle_event):
        admin = await emulator.create_user("Ann", "en", id=ADMIN)
        await admin.send("/stats growth")
        shown = await admin.next_message(timeout=PATIENCE)
        refusal = {"error_code": 400, "description": "Bad Request: message can't be edited"}
        await emulator.add_fault("error", method="editMessageMedia", **refusal)
        await admin.press(shown, "👋 Leavers", timeout=PATIENCE)
        anew = await admin.next_message(timeout=PATIENCE)
        assert anew.media is not None
        assert "nobody left" in anew.text

        refusal = {"error_code": 400, "description": "Bad Request: IMAGE_PROCESS_FAILED"}
        await emulator.add_fault("error", method="sendPhoto", **refusal)
        await admin.send("/stats readers")
        numbers = await admin.next_message(timeout=PATIENCE)
        assert numbers.media is None
        assert "subscribed" in numbers.text
        assert "could not be drawn" in numbers.text
