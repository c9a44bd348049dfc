"""`python -m emulator`: a Telegram on loopback, until a signal ends it. See docs/emulator-control.md."""

import argparse
import asyncio
import gc
import ipaddress
import signal
import sys
from collections.abc import Coroutine

from emulator.server import TOKEN, Server, Settings
from emulator.telegram import Telegram
from emulator.values import User


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="A Telegram on loopback, for tests and demos."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8081, help="port of the Bot API, 0 for a free one (default %(default)s)"
    )
    parser.add_argument(
        "--control-port", type=int, default=0, help="second port, for the page and /control (default: a free one)"
    )
    parser.add_argument("--token", default=TOKEN, help="the bot's token, id:secret (default %(default)s)")
    parser.add_argument("--username", default="digest_demo_bot", help="of the bot (default %(default)s)")
    parser.add_argument("--name", default="Morning Digest", help="of the bot (default %(default)s)")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's rates from the start")
    parser.add_argument(
        "--keep", type=int, default=100_000, help="messages, log lines and calls remembered (default %(default)s)"
    )
    found = parser.parse_args(arguments)
    if not found.token.partition(":")[0].isdigit() or ":" not in found.token:
        parser.error("--token must look like 4242:anything")
    if not _is_loopback(found.host):
        parser.error("--host must be loopback: nobody is asked for a password here")
    if found.keep < 1:
        parser.error("--keep must be at least 1")
    return found


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def build(found: argparse.Namespace) -> Server:
    """Wire one server from arguments."""
    bot = User(int(found.token.partition(":")[0]), found.name, username=found.username)
    tg = Telegram(bot, keep=found.keep, limits=found.limits)
    return Server(tg, Settings(found.host, found.port, found.control_port, found.token))


async def serve(server: Server) -> int:
    """Run until SIGTERM or SIGINT; the exit code."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        await server.start()
    except OSError as error:
        sys.stderr.write(f"emulator: cannot listen: {error}\n")
        return 1
    sys.stdout.write(f"emulator ready api={server.api_url} control={server.control_url}\n")
    sys.stdout.flush()
    await ended.wait()
    await server.stop()
    return 0


def _run(work: Coroutine[None, None, int]) -> int:
    """On uvloop where it is installed: about a third faster."""
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def main(arguments: list[str] | None = None) -> int:
    server = build(read_arguments(arguments))
    gc.freeze()
    return _run(serve(server))


if __name__ == "__main__":
    sys.exit(main())
