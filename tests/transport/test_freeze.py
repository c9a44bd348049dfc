"""A frozen process: answers that arrived meanwhile are read before a call is given up."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.transport.test_http_connection import PLAIN, NullTransport
from tests.virtual_time import in_virtual_time, stall
from transport.http_connection import HttpConnection
from transport.responses import NoResponse, Response

CALLS = 40
READ_SECONDS = 8.0
"""How long a call may take: long enough for a busy machine to read them all and to freeze the process."""

FROZEN_SECONDS = 8.5
"""How long the process is frozen: longer than its calls may take."""

CHILD = """
import asyncio, sys
import uvloop
from transport.bot_api_client import BotApiClient

async def main(port, loop_name, calls, read_seconds):
    async with BotApiClient(f"http://127.0.0.1:{port}", "42:x", read_seconds=read_seconds) as client:
        outcomes = await asyncio.gather(*(client.send("sendMessage", b"{}") for _ in range(calls)))
    print(*sorted({type(outcome).__name__ for outcome in outcomes}))

port, loop_name, calls, read_seconds = sys.argv[1:]
factory = uvloop.new_event_loop if loop_name == "uvloop" else None
with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(main(port, loop_name, int(calls), float(read_seconds)))
"""


@pytest.mark.parametrize("loop_name", ["asyncio", "uvloop"])
async def test_answers_of_a_frozen_process_are_read(loop_name: str) -> None:
    """Freeze a real process with SIGSTOP while its calls wait, answer them, and wake it when all are overdue."""
    writers: list[asyncio.StreamWriter] = []
    all_asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writers.append(writer)
        if len(writers) == CALLS:
            all_asked.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    arguments = (str(port), loop_name, str(CALLS), str(READ_SECONDS))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, *arguments, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        async with asyncio.timeout(60):
            await all_asked.wait()
            child.send_signal(signal.SIGSTOP)
            await _wait_until_stopped(child.pid)
            for writer in writers:
                writer.write(PLAIN)
            await asyncio.sleep(FROZEN_SECONDS)
            child.send_signal(signal.SIGCONT)
            output, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        for writer in writers:
            writer.close()
        server.close()
    assert output.decode().split() == ["Sent"]


async def _wait_until_stopped(pid: int) -> None:
    """Wait until the kernel has stopped a process: until then it may still read."""
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":  # noqa: ASYNC110
        await asyncio.sleep(0.001)


@in_virtual_time
async def test_late_deadline_waits_for_answers_on_their_way() -> None:
    connection = HttpConnection()
    connection.connection_made(NullTransport())
    call = asyncio.create_task(connection.call(b"x", 30))
    await asyncio.sleep(0)
    stall(90)
    asyncio.get_running_loop().call_later(0.5, connection.data_received, PLAIN)
    assert isinstance(await call, Response)


@in_virtual_time
async def test_late_deadline_ends_a_call_that_is_never_answered() -> None:
    connection = HttpConnection()
    connection.connection_made(NullTransport())
    call = asyncio.create_task(connection.call(b"x", 30))
    await asyncio.sleep(0)
    stall(90)
    async with asyncio.timeout(60):
        assert await call == NoResponse("TimeoutError")


@in_virtual_time
async def test_answer_that_arrives_with_the_deadline_is_read() -> None:
    """The timer and the data are ready in the same turn of the event loop, and the timer is served first."""
    connection = HttpConnection()
    connection.connection_made(NullTransport())
    call = asyncio.create_task(connection.call(b"x", 30))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(30, connection.data_received, PLAIN)
    assert isinstance(await call, Response)
