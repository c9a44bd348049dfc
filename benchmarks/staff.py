"""Seconds that an editor waits for the report of a file, and an admin for the answer of a card to a press.

The whole bot runs in a process of its own, beside an emulator in another: over real HTTP an editor sends a digest of
ten items, and an admin turns an option of a broadcast's card on and off. The clock stops when the report, or the edited
card, has reached the chat. The floor is `/help`, an answer that reads and writes nothing of theirs. All take turns. The
digest is a new one each time, and the 95th percentile is what must stay below two seconds, or one.

At last the broadcast goes out at the rate of a bot, its card follows it, and the admin pauses and resumes it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from benchmarks.sample_digest import sample_digest
from bot.demo import DEMO_ADMIN_ID
from domain.subscription.preferences import ContentPreferences
from emulator.client import EmulatedUser, EmulatorClient, Message, spawn_emulator

ITEMS, BODY_LENGTH = 10, 200
RATE = 30
FLOOR = "/help"
PAUSE_SECONDS = 2.0
"""Between two actions, as people make them; a chat that gets more than a message a second waits for its turn."""
LOOK_SECONDS = 0.01
"""Between two looks at a card; edits of its figures may cross the one that a press leads to."""
SILENT, SEND, PAUSE, RESUME = "Silent", "📣", "⏸", "▶️"
"""Parts of the labels of a card's buttons."""


def run(arguments: argparse.Namespace) -> Report:
    pin(0)
    return asyncio.run(measure(rounds=8 if arguments.quick else 40))


async def measure(*, rounds: int) -> Report:
    helps, reports, presses, pauses = list[float](), list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="staff-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        async with (
            spawn_emulator(token=harness.TOKEN) as emulator,
            _enrolled(emulator, folder, people=(rounds + 2) * RATE * 4),
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
            card = await _change(admin, card, SEND, PAUSE)
            for _ in range(rounds):
                seconds, card = await _timed(admin, _change(admin, card, PAUSE, RESUME))
                pauses.append(seconds)
                card = await _change(admin, card, RESUME, PAUSE)
    floor, wait = statistics.median(helps), "s"
    return Report(
        (
            Comparison.of("file to report", statistics.median(reports), wait, reference=FLOOR, reference_value=floor),
            Comparison.of("press to card", statistics.median(presses), wait, reference=FLOOR, reference_value=floor),
            Comparison.of("pause to card", statistics.median(pauses), wait, reference=FLOOR, reference_value=floor),
        ),
        {
            "report_p95_seconds": round(_p95(reports), 3),
            "press_p95_seconds": round(_p95(presses), 3),
            "pause_p95_seconds": round(_p95(pauses), 3),
            "pause_max_seconds": round(max(pauses), 3),
            "help_p95_seconds": round(_p95(helps), 3),
            "rounds": rounds,
        },
    )


@asynccontextmanager
async def _enrolled(emulator: EmulatorClient, folder: Path, *, people: int) -> AsyncIterator[None]:
    """Subscribe people before the bot starts."""
    await emulator.create_users(people, first_id=1, is_crowd=True)
    database = await harness.open_file(folder / "digestbot.db")
    await harness.enrol(database, people, [ContentPreferences()], [harness.noon()])
    await database.close()
    yield


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


async def _change(admin: EmulatedUser, card: Message, pressed: str, shown: str) -> Message:
    """Press a button of a card, and wait until another one takes its place."""
    await admin.send_press(card, _button(card, pressed))
    while True:
        (card,) = [message for message in await admin.history() if message.message_id == card.message_id]
        if _button(card, shown):
            return card
        await asyncio.sleep(LOOK_SECONDS)


def _button(message: Message, part: str = SILENT) -> str:
    """Return the label of the button with a text, or "" if the message has none."""
    return next((label for row in message.buttons for label in row if part in label), "")


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
