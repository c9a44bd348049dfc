"""Start an emulator for a test or demo, in this event loop or as a process; it ends with the block."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from emulator.client.emulator_client import EmulatorClient
from emulator.client.models import EmulatorError
from emulator.models import User
from emulator.server import DEFAULT_TOKEN, EmulatorServer, ServerSettings
from emulator.telegram import Telegram


@asynccontextmanager
async def run_emulator(
    token: str = DEFAULT_TOKEN,
    *,
    host: str = "127.0.0.1",
    path: str = "",
    limits: bool = False,
    keep: int = 100_000,
    username: str = "digest_demo_bot",
    drop_folder: Path | None = None,
) -> AsyncIterator[EmulatorClient]:
    """Run an emulator in this event loop, on free ports of a loopback address, with the Bot API below a path."""
    bot = User(int(token.partition(":")[0]), "Morning Digest", username=username)
    settings = ServerSettings(host=host, path=path, token=token, drop_folder=drop_folder)
    server = EmulatorServer(Telegram(bot, keep=keep, limits=limits), settings)
    await server.start()
    try:
        async with EmulatorClient.connect(server.control_url, server.api_url, token) as emulator:
            yield emulator
    finally:
        await server.stop()


@asynccontextmanager
async def spawn_emulator(*arguments: str, token: str = DEFAULT_TOKEN) -> AsyncIterator[EmulatorClient]:
    """Run `python -m emulator` as a process, ended with SIGTERM."""
    async with spawn_emulators(*arguments, tokens=(token,)) as (emulator,):
        yield emulator


@asynccontextmanager
async def spawn_emulators(*arguments: str, tokens: Sequence[str]) -> AsyncIterator[list[EmulatorClient]]:
    """Run `python -m emulator` for the bot of the first token and those of `--other-bot`; yield a client for each."""
    # -P keeps an emulator.py in the working directory from shadowing this package.
    command = (sys.executable, "-P", "-m", "emulator", "--port", "0", "--token", tokens[0], *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - stdout is a pipe
    try:
        ready = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        if "ready" not in ready:
            raise EmulatorError(f"the emulator did not start: {ready!r}")
        api_url, *control_urls = (part.partition("=")[2] for part in ready.split()[2:])
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(EmulatorClient.connect(control_url, api_url, token))
                for control_url, token in zip(control_urls, tokens, strict=True)
            ]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)
