"""Charts are drawn in a process of their own, which may hang, fail or grow without the bot doing so."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from bot.chart_process import ChartProcess
from domain.chat.chart import Bar, Bars, BarSegment, Chart
from tests.waiting import PATIENCE

CHART = Chart(title="订阅人数", subtitle="Subscribers", sections=(Bars((Bar("简体中文", (BarSegment(3),), "3"),)),))


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


async def test_chart_becomes_a_png() -> None:
    picture = await ChartProcess(seconds=PATIENCE)(CHART)
    assert picture is not None
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")


async def test_process_that_hangs_is_killed_in_time(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(3600)"
    draw = ChartProcess(python(code), seconds=3)
    began = time.monotonic()
    assert await draw(CHART) is None
    assert time.monotonic() - began < PATIENCE
    if pid_file.exists():  # else it was killed before it ran
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)


@pytest.mark.parametrize(
    "command",
    [
        python("raise SystemExit(1)"),
        python("print('no picture')"),
        ("/nonexistent/python",),
        python("import sys; sys.stdin.close(); sys.stdout.buffer.write(b'\\x89PNG')"),
    ],
)
async def test_process_that_fails_gives_no_picture(command: tuple[str, ...]) -> None:
    assert await ChartProcess(command, seconds=PATIENCE)(CHART) is None


async def test_process_gets_none_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123:secret")
    code = (
        "import os, sys; sys.stdin.read(); "
        "sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n' + repr(sorted(os.environ)).encode())"
    )
    picture = await ChartProcess(python(code), seconds=PATIENCE)(CHART)
    assert picture is not None
    assert b"BOT_TOKEN" not in picture


async def test_memory_of_the_process_is_bounded() -> None:
    """The limit is set before the chart is read."""
    program = "from views.chart_drawing import __main__ as child\nchild.MAX_MEMORY_BYTES = 16 << 20\nchild.main()\n"
    assert await ChartProcess(python(program), seconds=PATIENCE)(CHART) is None


async def test_others_are_served_while_a_chart_is_drawn() -> None:
    draw = ChartProcess(python("import time; time.sleep(3600)"), seconds=2)
    task = asyncio.create_task(draw(CHART))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0.01)
    assert turns > 50
    assert await task is None


async def test_bot_does_not_load_what_draws() -> None:
    code = "import sys, bot.app; sys.exit('PIL' in sys.modules)"
    process = await asyncio.create_subprocess_exec(*python(code))
    assert await process.wait() == 0
