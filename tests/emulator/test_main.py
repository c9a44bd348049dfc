"""`python -m emulator` as a process: ready line, ports, signals, arguments."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import aiohttp
import pytest

from emulator.__main__ import create_server, read_arguments
from emulator.client import EmulatorError, spawn_emulator
from tests.waiting import PATIENCE


async def start(*arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "emulator", *arguments, stdout=PIPE, stderr=PIPE)


async def ready_line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_ends_open_polls_and_streams(number: signal.Signals) -> None:
    process = await start("--port", "0", "--token", "77:abc")
    line = await ready_line(process)
    assert line.startswith("emulator ready api=http://127.0.0.1:")
    api, control = (part.split("=")[1] for part in line.split()[2:])
    assert api != control
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{api}/bot77:abc/getMe") as response:
            assert (await response.json())["result"]["id"] == 77
        poll = asyncio.create_task(session.get(f"{api}/bot77:abc/getUpdates?timeout=50"))
        waiting = asyncio.create_task(session.get(f"{control}/control/log?wait=50"))
        stream = await session.get(f"{control}/control/events")
        assert (await stream.content.readline()).startswith(b"id")
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0, "they would be held open for fifty seconds"
        await asyncio.wait([poll, waiting])
        stream.close()
    assert process.stderr is not None
    assert await process.stderr.read() == b""


async def test_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await start("--port", str(taken.getsockname()[1]))
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1
    assert process.stderr is not None
    assert b"cannot listen" in await process.stderr.read()


@pytest.mark.parametrize(
    "arguments", [["--token", "abc"], ["--keep", "0"], ["--port", "x"], ["--host", "0.0.0.0"], ["--path", "x/"]]
)
def test_invalid_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(arguments)
    assert "error: " in capsys.readouterr().err


def test_arguments_reach_the_server() -> None:
    server = create_server(read_arguments(["--limits", "--keep", "5", "--token", "9:x", "--name", "Bot"]))
    assert server.tg.flood_control.limits.enabled
    assert (server.tg.store.max_messages, server.tg.bot.id, server.tg.bot.first_name) == (5, 9, "Bot")


async def test_spawn_emulator() -> None:
    async with spawn_emulator("--limits") as emulator:
        ann = await emulator.create_user("Ann")
        await ann.send("hi")
        assert await emulator.count_pending_updates() == 1
        assert (await emulator.state())["limits"]["enabled"] is True


async def test_spawn_emulator_reports_failed_start() -> None:
    with pytest.raises(EmulatorError, match="did not start"):
        async with spawn_emulator("--keep", "nonsense"):
            raise AssertionError("it started")
