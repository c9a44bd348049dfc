"""Serve a canned Bot API for benchmarks: realistic answers, as fast as Python can.

    python -m benchmarks.canned_server [--cpu 0] [--latency 0.08] [--limit 1000]

Prints `ready PORT`. With a limit it refuses (429) whatever exceeds it in any rolling second; it checks nothing else,
which is the emulator's job. `GET /figures` returns the counts of calls, served and refused, and the fullest rolling
second. `GET /ask?CHAT` plays a person who sends /help, and returns the milliseconds until the bot replied to that chat;
`GET /subscribe?CHAT` plays one who sends /start.
`GET /flood?RATE` plays a person who sends so many /help a second, until the next one says 0, and returns how many
updates are not confirmed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import time
from collections import deque
from itertools import islice
from typing import cast

import uvloop

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
TEXT = "今天的要闻" * 60
MESSAGE = (
    b'{"ok":true,"result":{"message_id":%d,"from":{"id":4242,"is_bot":true,"first_name":"Bench","username":"bench_bot"},'
    b'"chat":{"id":%d,"first_name":"Reader","type":"private"},"date":1757721600,"text":'
    + json.dumps(TEXT, ensure_ascii=False).encode()
    + b',"entities":[{"offset":0,"length":5,"type":"bold"}]}}'
)
TRUE = b'{"ok":true,"result":true}'
ME = b'{"ok":true,"result":{"id":4242,"is_bot":true,"first_name":"Bench","username":"bench_bot"}}'
FLOODER = 80_000_000
"""The chat of the person who floods."""

FLOOD = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}'


class Statistics:
    """Counters of calls, refusals and messages per chat, and the arrivals of the last second for the limit."""

    def __init__(self, limit: int | None, latency: float) -> None:
        self.limit = limit
        self.latency = latency
        self.calls = 0
        self.refused = 0
        self.served: dict[int, int] = {}
        self.second: deque[float] = deque()
        self.fullest = 0
        self.first = self.last = 0.0
        self.by_second: dict[int, int] = {}
        self.update = 0
        self.updates: deque[tuple[int, bytes]] = deque()
        self.poll: tuple[Connection, asyncio.TimerHandle] | None = None
        self.asked: dict[int, tuple[Connection, float]] = {}
        self.flood_per_second = 0
        self.flooded_at = 0.0

    def admit(self, now: float) -> bool:
        """Return whether a message is within the limit of every rolling second."""
        if self.limit is None:
            return True
        second = self.second
        while second and second[0] <= now - 1:
            second.popleft()
        if len(second) >= self.limit:
            return False
        second.append(now)
        self.fullest = max(self.fullest, len(second))
        return True

    def say(self, chat: int, command: bytes) -> None:
        """Add an update and answer the poll that is held."""
        self.update += 1
        person = b'{"id":%d,"is_bot":false,"first_name":"Ann","language_code":"en"}' % chat
        update = (
            b'{"update_id":%d,"message":{"message_id":%d,"date":1757721600,"from":%b,"chat":{"id":%d,"type":"private",'
            b'"first_name":"Ann"},"text":"%b","entities":[{"type":"bot_command","offset":0,"length":%d}]}}'
            % (self.update, self.update, person, chat, command, len(command))
        )
        self.updates.append((self.update, update))
        if self.poll is not None:
            poll, timer = self.poll
            timer.cancel()
            poll.answer_poll()

    def continue_flood(self) -> None:
        """Add the updates that are due, every other millisecond."""
        now = time.monotonic()
        while self.flood_per_second and self.flooded_at < now:
            self.say(FLOODER, b"/help")
            self.flooded_at += 1 / self.flood_per_second
        if self.flood_per_second:
            asyncio.get_running_loop().call_later(0.002, self.continue_flood)

    def figures(self) -> bytes:
        span = self.last - self.first
        return json.dumps(
            {
                "calls": self.calls,
                "refused": self.refused,
                "chats": len(self.served),
                "messages": sum(self.served.values()),
                "twice": sum(count > 1 for count in self.served.values()),
                "fullest_second": self.fullest,
                "seconds": span,
                "by_second": [self.by_second[at] for at in sorted(self.by_second)],
            }
        ).encode()


class Connection(asyncio.Protocol):
    """Server connection that reads HTTP/1.1 requests with a Content-Length and answers in their order."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self.data = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def connection_lost(self, exc: Exception | None) -> None:
        if self.statistics.poll is not None and self.statistics.poll[0] is self:  # updates wait for the next poll
            self.statistics.poll[1].cancel()
            self.statistics.poll = None

    def data_received(self, data: bytes) -> None:
        self.data = self.data + data if self.data else data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end]
            at = head.lower().find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.data) < end + 4 + size:
                return
            body, self.data = self.data[end + 4 : end + 4 + size], self.data[end + 4 + size :]
            self.answer(head[: head.find(b" HTTP")], body)

    def answer(self, line: bytes, body: bytes) -> None:
        method = line.rsplit(b"/", 1)[-1].lower()
        if method == b"figures":
            self.write(self.statistics.figures(), 0)
        elif method.startswith(b"ask?"):
            self.ask(int(method[4:]), b"/help")
        elif method.startswith(b"subscribe?"):
            self.ask(int(method[10:]), b"/start")
        elif method.startswith(b"flood?"):
            self.flood(int(method[6:]))
        elif method == b"getupdates":
            self.hold_poll(_offset(body))
        elif method == b"getme":
            self.write(ME, 0)
        elif method in (b"sendmessage", b"copymessage"):
            self.message(body)
        else:
            self.write(TRUE, self.statistics.latency)

    def message(self, body: bytes) -> None:
        statistics, now = self.statistics, time.monotonic()
        statistics.calls += 1
        statistics.first = statistics.first or now
        statistics.last = now
        if not statistics.admit(now):
            statistics.refused += 1
            self.write(FLOOD, statistics.latency, b"429 Too Many Requests")
            return
        chat = _chat(body)
        second = int(now - statistics.first)
        statistics.by_second[second] = statistics.by_second.get(second, 0) + 1
        if chat in statistics.asked:
            person, since = statistics.asked.pop(chat)
            person.write(b"%.3f" % ((now - since) * 1000), 0)
        else:
            statistics.served[chat] = statistics.served.get(chat, 0) + 1
        self.write(MESSAGE % (statistics.calls, chat), statistics.latency)

    def ask(self, chat: int, command: bytes) -> None:
        self.statistics.asked[chat] = (self, time.monotonic())
        self.statistics.say(chat, command)

    def flood(self, per_second: int) -> None:
        statistics = self.statistics
        was_calm, statistics.flood_per_second = not statistics.flood_per_second, per_second
        if was_calm and per_second:
            statistics.flooded_at = time.monotonic()
            statistics.continue_flood()
        self.write(b"%d" % len(statistics.updates), 0)

    def hold_poll(self, offset: int) -> None:
        updates = self.statistics.updates
        while updates and updates[0][0] < offset:
            updates.popleft()
        timer = asyncio.get_running_loop().call_later(0 if updates else 20, self.answer_poll)
        self.statistics.poll = (self, timer)

    def answer_poll(self) -> None:
        self.statistics.poll = None
        updates = b",".join(update for _, update in islice(self.statistics.updates, 100))
        self.write(b'{"ok":true,"result":[%b]}' % updates, 0)

    def write(self, body: bytes, after: float, status: bytes = b"200 OK") -> None:
        answer = HEAD.replace(b"200 OK", status) % len(body) + body
        transport = self.transport
        assert transport is not None
        if after:
            asyncio.get_running_loop().call_later(after, transport.write, answer)
        else:
            transport.write(answer)


def _chat(body: bytes) -> int:
    return _number(body, b"chat_id")


def _offset(body: bytes) -> int:
    return _number(body, b"offset")


def _number(body: bytes, name: bytes) -> int:
    """Find a number in JSON or in a form, without parsing the rest; 0 if it is not there."""
    at = body.find(name)
    if at < 0:
        return 0
    at += len(name)
    digits = body[at : at + 33].lstrip(b'": =')
    end = 1
    while digits[end : end + 1].isdigit():
        end += 1
    with contextlib.suppress(ValueError):
        return int(digits[:end])
    return 0


async def serve(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    statistics = Statistics(arguments.limit, arguments.latency)
    server = await loop.create_server(lambda: Connection(statistics), "127.0.0.1", 0)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", type=int, default=None)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--limit", type=int, default=None)
    arguments = parser.parse_args()
    # Other work on the machine must not make messages look late: late ones would come in bursts.
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    if arguments.cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.cpu})
    uvloop.run(serve(arguments))


if __name__ == "__main__":
    main()
