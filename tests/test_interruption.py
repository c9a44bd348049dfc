"""A torture that a signal ends leaves nothing of its own behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

WAITING = """
import asyncio
import tempfile
from tests.interruption import run

async def wait():
    with tempfile.TemporaryDirectory() as folder:
        print(folder, flush=True)
        await asyncio.sleep(60)

run(wait())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_ends_what_was_begun(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().decode().strip())
        assert folder.is_dir()
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert not folder.exists()
