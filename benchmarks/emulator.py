"""Messages per second that the emulator takes on one core, with every check on, beside the canned server.

A process of its own serves, pinned to one core; raw HTTP/1.1 clients on another core send JSON bodies over keep-alive
connections. Three loads: short texts, each different; a digest of about 1,400 characters with forty links and forty
bold headlines, the same for everybody as in a broadcast; and such a digest, but a different one in every message. The
floor is the canned server, which takes the same requests and checks nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import harness
from benchmarks.process import cpu_seconds, pin, resident_mb
from benchmarks.report import Comparison, Report
from emulator.client import spawn_emulator

PEOPLE = 2_000
CONNECTIONS = 32
FLOOR = "the canned server, which checks nothing"
Body = dict[str, object]


def run(arguments: argparse.Namespace) -> Report:
    messages, rounds = (1_500, 3) if arguments.quick else (5_000, 7)
    return asyncio.run(measure(messages=messages, rounds=rounds))


def short_body(number: int) -> Body:
    return {"chat_id": 10_001 + number % PEOPLE, "text": f"Good morning, this is message {number}."}


def broadcast_body(number: int) -> Body:
    """Return the same digest for everybody."""
    return digest_body(0) | {"chat_id": 10_001 + number % PEOPLE}


def digest_body(number: int) -> Body:
    """Return forty linked, bold headlines of Chinese text."""
    lines, entities, offset = [], [], 0
    for item in range(40):
        head = f"{item + 1}. 第{number}号新闻标题之{item:02d}，模型与芯片"
        line = f"{head}：今日发布的要点与摘要\n"
        link = {
            "type": "text_link",
            "offset": offset,
            "length": len(head),
            "url": f"https://example.org/{number}/{item}",
        }
        entities += [link, {"type": "bold", "offset": offset, "length": len(head)}]
        lines.append(line)
        offset += len(line)
    return {"chat_id": 10_001 + number % PEOPLE, "text": "".join(lines), "entities": entities}


LOADS: dict[str, Callable[[int], Body]] = {
    "short texts": short_body,
    "a digest for everybody": broadcast_body,
    "different digests": digest_body,
}


async def measure(*, messages: int, rounds: int) -> Report:
    comparisons: list[Comparison] = []
    per_cpu_second: dict[str, int] = {}
    with harness.canned_server() as canned:
        async with spawn_emulator("--keep", "20000") as emulator:
            server = _children()[-1]
            pin(0, server)
            pin(1)
            await emulator.create_users(PEOPLE, first_id=10_001)
            idle = resident_mb(server)
            for name, make in LOADS.items():
                rates, floor_rates, costs = [], [], []
                for turn in range(rounds):
                    bodies = [make(turn * messages + number) for number in range(messages)]
                    requests = [_request(emulator.token, body) for body in bodies]
                    before = cpu_seconds(server)
                    rates.append(messages / await _send_all(emulator.api_url, requests))
                    costs.append((cpu_seconds(server) - before) / messages)
                    floor_rates.append(messages / await _send_all(canned, requests))
                rate, floor = statistics.median(rates), statistics.median(floor_rates)
                comparisons.append(Comparison.of(name, rate, "/s", reference=FLOOR, reference_value=floor))
                per_cpu_second[f"{name}, per second of CPU"] = round(1 / statistics.median(costs))
            figures = {
                **per_cpu_second,
                "messages": len(LOADS) * rounds * messages,
                "idle_mb": round(idle, 1),
                "final_mb": round(resident_mb(server), 1),
            }
    return Report(tuple(comparisons), figures)


def _request(token: str, body: Body) -> bytes:
    data = json.dumps(body, ensure_ascii=False).encode()
    head = f"POST /bot{token}/sendMessage HTTP/1.1\r\nHost: emulator\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


async def _send_all(api: str, requests: list[bytes]) -> float:
    """Return the seconds that all requests take over several connections."""
    host, port = api.removeprefix("http://").split(":")
    waiting = iter(requests)

    async def send() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            assert answer.startswith(b'{"ok":true'), answer
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
