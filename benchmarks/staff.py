"""Seconds that an editor waits for the report of a file, and an admin for the answer of a card to a press.

The whole bot runs in a process of its own, beside an emulator in another: over real HTTP an editor sends a digest of
ten items, and an admin turns an option of a broadcast's card on and off. The clock stops when the report, or the edited
card, has reached the chat. The floor is `/help`, an answer that reads and writes nothing of theirs. All take turns. The
digest is a new one each time, and the 95th percentile is what must stay below two seconds, or one.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from benchmarks.sample_digest import sample_digest
from bot.demo import DEMO_ADMIN_ID
from emulator.client import EmulatedUser, Message, spawn_emulator

ITEMS, BODY_LENGTH = 10, 200
RATE = 30
FLOOR = "/help"
PAUSE_SECONDS = 2.0
"""Between two actions, as people make them; a chat that gets more than a message a second waits for its turn."""
SILENT = "Silent"


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return asyncio.run(measure(rounds=8 if arguments.quick else 40))


async def measure(*, rounds: int) -> Report:
    helps, reports, presses = list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="staff-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        async with (
            spawn_emulator(token=harness.TOKEN) as emulator,
            harness.bot_process(emulator.api_url, folder, RATE),
        ):
            admin = await emulator.create_user("Lin", "en", id=DEMO_ADMIN_ID)
            await _first_answer(admin)
            await admin.send("/broadcast Good morning")
            card = await admin.next_message(lambda message: _button(message) != "")
            for number in range(rounds):
                helps.append((await _timed(admin, _help(admin)))[0])
                reports.append((await _timed(admin, _report(admin, number)))[0])
                seconds, card = await _timed(admin, _press(admin, card))
                presses.append(seconds)
    floor, wait = statistics.median(helps), "s"
    return Report(
        (
            Comparison.of("file to report", statistics.median(reports), wait, reference=FLOOR, reference_value=floor),
            Comparison.of("press to card", statistics.median(presses), wait, reference=FLOOR, reference_value=floor),
        ),
        {
            "report_p95_seconds": round(_p95(reports), 3),
            "press_p95_seconds": round(_p95(presses), 3),
            "help_p95_seconds": round(_p95(helps), 3),
            "rounds": rounds,
        },
    )


async def _first_answer(admin: EmulatedUser) -> None:
    """Wait until the bot has started."""
    await admin.send("/help")
    await admin.next_message(timeout=60)


async def _timed(admin: EmulatedUser, work: Awaitable[Message]) -> tuple[float, Message]:
    """Return how long it takes until the chat has the answer, and the answer; nothing else is on its way there."""
    await asyncio.sleep(PAUSE_SECONDS)
    await admin.drain_messages()
    began = time.monotonic()
    answer = await work
    return time.monotonic() - began, answer


async def _help(admin: EmulatedUser) -> Message:
    await admin.send("/help")
    return await admin.next_message()


async def _report(admin: EmulatedUser, number: int) -> Message:
    day = str(datetime.now(UTC).date() + timedelta(days=1))
    text = sample_digest(ITEMS, BODY_LENGTH, seed=number).replace("2025-09-12", day).replace("2025.09.12", day)
    await admin.send_document(f"{day}.md", text.encode())
    return await admin.next_message(lambda message: day in message.text)


async def _press(admin: EmulatedUser, card: Message) -> Message:
    await admin.send_press(card, _button(card))
    return await admin.next_edit(card)


def _button(message: Message) -> str:
    """Return the label of the option's button, or "" if the message has none."""
    return next((label for row in message.buttons for label in row if SILENT in label), "")


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
