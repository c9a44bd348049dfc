"""A canned Bot API for benchmarks, in a process of its own: calls in, realistic answers out, as fast as Python can.

    python -m benchmarks.canned [--cpu 0] [--latency 0.08] [--limit 1000]

Prints `ready PORT`. With a limit it enforces every rolling second strictly (429 beyond). It checks nothing else: the
emulator does. `GET /figures` tells how many calls came, were served and were refused, and the fullest rolling second;
`GET /ask?CHAT` is a person who sends /help: answered with the milliseconds until the bot's reply to that chat.
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
FLOOD = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}'


class Books:
    """What came: total, refused, and each served chat's count; arrivals of the last second, for the limit."""

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
        self.updates: list[bytes] = []
        self.poll: tuple[Connection, asyncio.TimerHandle] | None = None
        self.asked: dict[int, tuple[Connection, float]] = {}

    def admit(self, now: float) -> bool:
        """Whether a message is within the limit of every rolling second."""
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
    """Reads HTTP/1.1 requests with a Content-Length, answers in their order."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.data = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without saying so

    def connection_lost(self, exc: Exception | None) -> None:
        if self.books.poll is not None and self.books.poll[0] is self:  # what comes is for whoever polls next
            self.books.poll[1].cancel()
            self.books.poll = None

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
            self.write(self.books.figures(), 0)
        elif method.startswith(b"ask?"):
            self.ask(int(method[4:]))
        elif method == b"getupdates":
            self.hold_poll()
        elif method == b"getme":
            self.write(ME, 0)
        elif method in (b"sendmessage", b"copymessage"):
            self.message(body)
        else:
            self.write(TRUE, self.books.latency)

    def message(self, body: bytes) -> None:
        books, now = self.books, time.monotonic()
        books.calls += 1
        books.first = books.first or now
        books.last = now
        if not books.admit(now):
            books.refused += 1
            self.write(FLOOD, books.latency, b"429 Too Many Requests")
            return
        chat = _chat(body)
        second = int(now - books.first)
        books.by_second[second] = books.by_second.get(second, 0) + 1
        if chat in books.asked:
            person, since = books.asked.pop(chat)
            person.write(b"%.3f" % ((now - since) * 1000), 0)
        else:
            books.served[chat] = books.served.get(chat, 0) + 1
        self.write(MESSAGE % (books.calls, chat), books.latency)

    def ask(self, chat: int) -> None:
        books = self.books
        books.update += 1
        books.asked[chat] = (self, time.monotonic())
        person = b'{"id":%d,"is_bot":false,"first_name":"Ann","language_code":"en"}' % chat
        books.updates.append(
            b'{"update_id":%d,"message":{"message_id":%d,"date":1757721600,"from":%b,"chat":{"id":%d,"type":"private",'
            b'"first_name":"Ann"},"text":"/help","entities":[{"type":"bot_command","offset":0,"length":5}]}}'
            % (books.update, books.update, person, chat)
        )
        if books.poll is not None:
            poll, timer = books.poll
            timer.cancel()
            poll.answer_poll()

    def hold_poll(self) -> None:
        timer = asyncio.get_running_loop().call_later(0 if self.books.updates else 20, self.answer_poll)
        self.books.poll = (self, timer)

    def answer_poll(self) -> None:
        self.books.poll = None
        updates, self.books.updates = self.books.updates, []
        self.write(b'{"ok":true,"result":[' + b",".join(updates) + b"]}", 0)

    def write(self, body: bytes, after: float, status: bytes = b"200 OK") -> None:
        answer = HEAD.replace(b"200 OK", status) % len(body) + body
        transport = self.transport
        assert transport is not None
        if after:
            asyncio.get_running_loop().call_later(after, transport.write, answer)
        else:
            transport.write(answer)


def _chat(body: bytes) -> int:
    """The chat id, from JSON or from a form, without reading the rest."""
    at = body.find(b"chat_id")
    digits = body[at + 7 : at + 40].lstrip(b'": =')
    end = 1
    while digits[end : end + 1].isdigit():
        end += 1
    with contextlib.suppress(ValueError):
        return int(digits[:end])
    return 0


async def serve(arguments: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    books = Books(arguments.limit, arguments.latency)
    server = await loop.create_server(lambda: Connection(books), "127.0.0.1", 0)
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
    with contextlib.suppress(OSError):
        os.nice(-10)  # whatever else the machine does must not look as if messages had come late
    if arguments.cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.cpu})
    uvloop.run(serve(arguments))


if __name__ == "__main__":
    main()
