"""Serve the Bot API to many bots at once: it keeps the rate of each token, and remembers every digest it took.

    python -m tests.fleet.bot_api [--host 127.0.0.1] [--limit 30] [--drop 0.002 --seed 1]

Prints `ready URL`. Beyond the limit of any rolling second a token gets a 429. A dropped call takes effect, and its
connection is closed instead of answered. `GET /figures` returns what was taken, refused and dropped, as JSON.
It checks no texts and has no updates: that is the emulator's job, which serves a single bot.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import random
import re
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import cast

import uvloop

from tests.mornings import WHOLE_EDITION

DAY = re.compile(rb"Morning of (\d{4}-\d\d-\d\d)")
CHAT = re.compile(rb'"chat_id":\s*"?(-?\d+)')
ADDRESS = re.compile(rb"^\w+ /bot(\d+):[^/]*/(\w+)")
WHOLE = tuple(words.encode() for words in WHOLE_EDITION)
SENDING = (b"sendmessage", b"copymessage", b"sendrichmessage")
POLL_SECONDS = 25.0
REAL_TIME_PRIORITY = 1


@dataclass(slots=True)
class Token:
    """What one bot has sent."""

    second: deque[float] = field(default_factory=deque)
    fullest: int = 0


class Arrivals:
    """What all bots have sent: `messages` of [bot, day, chat, message id, is whole, monotonic seconds, address].

    `refused` has [bot, milliseconds since each message of the last second] of each message beyond the limit.
    """

    def __init__(self, limit: int, drop: float, seed: int) -> None:
        self.messages: list[list[object]] = []
        self.dropped: list[list[object]] = []
        self.refused: list[list[object]] = []
        self.tokens: dict[int, Token] = {}
        self._limit = limit
        self._drop = drop
        self._generator = random.Random(seed)

    def take(self, bot: int, body: bytes, address: str) -> int | None:
        """Return the id of a new message, or None beyond the limit."""
        now, token = time.monotonic(), self.tokens.setdefault(bot, Token())
        while token.second and token.second[0] <= now - 1:
            token.second.popleft()
        if len(token.second) >= self._limit:
            self.refused.append([bot, [round(1000 * (now - at)) for at in token.second]])
            return None
        token.second.append(now)
        token.fullest = max(token.fullest, len(token.second))
        message_id = len(self.messages) + 1
        day, chat = DAY.search(body), CHAT.search(body)
        is_whole = all(words in body for words in WHOLE)
        if day is not None and chat is not None:
            self.messages.append([bot, day[1].decode(), int(chat[1]), message_id, is_whole, now, address])
        return message_id

    def drops(self, bot: int, body: bytes) -> bool:
        """Return whether a call is to be left without an answer."""
        if self._generator.random() >= self._drop:
            return False
        day, chat = DAY.search(body), CHAT.search(body)
        if day is not None and chat is not None:
            self.dropped.append([bot, day[1].decode(), int(chat[1])])
        return True

    def figures(self) -> bytes:
        tokens = self.tokens.values()
        figures = {
            "messages": self.messages,
            "dropped": self.dropped,
            "refused": self.refused,
            "fullest_second": max((token.fullest for token in tokens), default=0),
        }
        return json.dumps(figures).encode()


class Connection(asyncio.Protocol):
    """A connection that reads HTTP/1.1 requests with a Content-Length, and answers one after the other."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._data = b""
        self._transport: asyncio.Transport | None = None
        self._address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so
        self._address = transport.get_extra_info("peername")[0]

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end]
            length = re.search(rb"(?i)content-length:\s*(\d+)", head)
            size = int(length[1]) if length else 0
            if len(self._data) < end + 4 + size:
                return
            body, self._data = self._data[end + 4 : end + 4 + size], self._data[end + 4 + size :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        address = ADDRESS.match(head)
        if address is None:
            self._write(self._arrivals.figures())
            return
        bot, method = int(address[1]), address[2].lower()
        if method == b"getupdates":
            asyncio.get_running_loop().call_later(POLL_SECONDS, self._write, b'{"ok":true,"result":[]}')
        elif method == b"getme":
            me = b'{"id":%d,"is_bot":true,"first_name":"Fleet","username":"fleet_%d_bot"}' % (bot, bot)
            self._write(b'{"ok":true,"result":%b}' % me)
        elif method in SENDING:
            self._send(bot, body)
        else:
            self._write(b'{"ok":true,"result":true}')

    def _send(self, bot: int, body: bytes) -> None:
        message_id = self._arrivals.take(bot, body, self._address)
        if message_id is None:
            parameters = b'"parameters":{"retry_after":1}'
            text = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",%b}' % parameters
            self._write(text, b"429 Too Many Requests")
        elif self._arrivals.drops(bot, body):
            assert self._transport is not None
            self._transport.close()
        else:
            chat = CHAT.search(body)
            where = b'"chat":{"id":%b,"first_name":"Reader","type":"private"}' % (chat[1] if chat else b"0")
            self._write(b'{"ok":true,"result":{"message_id":%d,"date":1757721600,%b}}' % (message_id, where))

    def _write(self, body: bytes, status: bytes = b"200 OK") -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
            self._transport.write(head + body)


async def serve(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    arrivals = Arrivals(arguments.limit, arguments.drop, arguments.seed)
    server = await loop.create_server(lambda: Connection(arrivals), arguments.host, 0)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    sys.stdout.write(f"ready http://{arguments.host}:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--limit", type=int, default=30)
    parser.add_argument("--drop", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    # Neither other work on the machine nor the garbage collector, which takes 13 ms to look through 90,000 messages,
    # may make messages look late: late ones would come in bursts.
    gc.disable()
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REAL_TIME_PRIORITY))
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
