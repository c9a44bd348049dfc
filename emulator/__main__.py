"""Command line of the emulator: `python -m emulator` serves until a signal stops it (docs/emulator-control.md)."""

import argparse
import asyncio
import gc
import re
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path

from emulator.control.http import is_loopback
from emulator.models import User
from emulator.server import DEFAULT_TOKEN, EmulatorServer, ServerSettings
from emulator.telegram import Telegram


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="Emulate Telegram's Bot API on loopback, for tests and demos."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8081, help="port of the Bot API, 0 for a free one (default %(default)s)"
    )
    parser.add_argument(
        "--path", default="", help="path below which the Bot API is, as on a server behind a proxy (default: none)"
    )
    parser.add_argument(
        "--control-port", type=int, default=0, help="second port, for the page and /control (default: a free one)"
    )
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot's token, id:secret (default %(default)s)")
    parser.add_argument("--username", default="digest_demo_bot", help="of the bot (default %(default)s)")
    parser.add_argument("--name", default="Morning Digest", help="of the bot (default %(default)s)")
    parser.add_argument(
        "--other-bot",
        nargs=3,
        action="append",
        default=[],
        metavar=("TOKEN", "NAME", "USERNAME"),
        help="serve another bot at the same port; its control API and page have a free port",
    )
    parser.add_argument("--drop-folder", type=Path, help="folder for .md files that somebody drops on the page")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's rates from the start")
    parser.add_argument(
        "--keep", type=int, default=100_000, help="messages, log entries and calls kept, each (default %(default)s)"
    )
    parsed = parser.parse_args(arguments)
    for token in (parsed.token, *(other[0] for other in parsed.other_bot)):
        if not token.partition(":")[0].isdigit() or ":" not in token:
            parser.error("--token must be digits, a colon and any text, as in 4242:loopback")
    if not is_loopback(parsed.host):
        parser.error("--host must be a loopback address: the control API has no authentication")
    if not re.fullmatch("(/[A-Za-z0-9._~%-]+)*", parsed.path):
        parser.error("--path must begin with a slash and not end with one, as in /telegram")
    if parsed.keep < 1:
        parser.error("--keep must be at least 1")
    return parsed


def create_server(arguments: argparse.Namespace) -> EmulatorServer:
    """Build the server that the parsed arguments describe, with one for each other bot."""
    tg = Telegram(
        _bot(arguments.token, arguments.name, arguments.username), keep=arguments.keep, limits=arguments.limits
    )
    others = [
        EmulatorServer(
            Telegram(_bot(token, name, username), clock=tg.clock, keep=arguments.keep, limits=arguments.limits),
            ServerSettings(host=arguments.host, token=token),
        )
        for token, name, username in arguments.other_bot
    ]
    settings = ServerSettings(
        host=arguments.host,
        port=arguments.port,
        path=arguments.path,
        control_port=arguments.control_port,
        token=arguments.token,
        drop_folder=arguments.drop_folder,
    )
    return EmulatorServer(tg, settings, others)


def _bot(token: str, name: str, username: str) -> User:
    return User(int(token.partition(":")[0]), name, username=username)


async def serve(server: EmulatorServer) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code."""
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop_requested.set)
    try:
        await server.start()
    except OSError as error:
        sys.stderr.write(f"emulator: cannot listen: {error}; choose other ports with --port and --control-port\n")
        return 1
    controls = "".join(f" control={each.control_url}" for each in (server, *server.others))
    sys.stdout.write(f"emulator ready api={server.api_url}{controls}\n")
    sys.stdout.flush()
    await stop_requested.wait()
    await server.stop()
    return 0


def _run_with_uvloop(coroutine: Coroutine[None, None, int]) -> int:
    """Run the coroutine on uvloop where it is installed: about a third faster."""
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return asyncio.run(coroutine)
    return uvloop.run(coroutine)


def main(arguments: list[str] | None = None) -> int:
    server = create_server(read_arguments(arguments))
    gc.freeze()
    return _run_with_uvloop(serve(server))


if __name__ == "__main__":
    sys.exit(main())
