"""How many messages a second the emulator takes on one core, with every check on, and what it keeps in memory.

    python -m benchmarks.emulator [--json] [--quick]

A process of its own serves, pinned to one core; raw HTTP/1.1 clients on another core send JSON bodies over keep-alive
connections. Three loads: short texts, each different; a digest of about 1,400 characters with forty links and forty
bold headlines, the same for everybody as in a broadcast; and such a digest, but a different one in every message.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from pathlib import Path

from emulator.client import Sim, spawned

PEOPLE = 2_000
CONNECTIONS = 32


def short_body(number: int) -> dict[str, object]:
    return {"chat_id": 10_001 + number % PEOPLE, "text": f"Good morning, this is message {number}."}


def broadcast_body(number: int) -> dict[str, object]:
    """The same digest for everybody."""
    return digest_body(0) | {"chat_id": 10_001 + number % PEOPLE}


def digest_body(number: int) -> dict[str, object]:
    """Forty linked, bold headlines of Chinese text."""
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


def request_of(sim: Sim, body: dict[str, object]) -> bytes:
    data = json.dumps(body, ensure_ascii=False).encode()
    head = f"POST /bot{sim.token}/sendMessage HTTP/1.1\r\nHost: emulator\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


async def send_all(sim: Sim, requests: list[bytes]) -> float:
    """Seconds for all of them over several connections."""
    host, port = sim.api_url.removeprefix("http://").split(":")
    waiting = iter(requests)

    async def sender() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            assert answer.startswith(b'{"ok":true'), answer
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return time.perf_counter() - started


def resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """User and system time the process has used: what is left of a measurement on a busy machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def pin(pid: int, core: int) -> None:
    if len(os.sched_getaffinity(0)) > core:
        os.sched_setaffinity(pid, {core})


async def measure(*, messages: int, rounds: int) -> dict[str, float]:
    """Medians of messages a second, by the wall and by the server's own CPU time; its memory before and after."""
    found: dict[str, float] = {}
    async with spawned("--keep", "20000") as sim:
        server = children()[-1]
        pin(server, 0)
        pin(0, 1)
        await sim.crowd(PEOPLE, first_id=10_001)
        found["idle_mib"] = round(resident_mib(server), 1)
        for name, make in (("short", short_body), ("broadcast", broadcast_body), ("digest", digest_body)):
            rates, costs = [], []
            for turn in range(rounds):
                requests = [request_of(sim, make(turn * messages + number)) for number in range(messages)]
                before = cpu_seconds(server)
                rates.append(messages / await send_all(sim, requests))
                costs.append((cpu_seconds(server) - before) / messages)
            found[f"{name}_per_second"] = round(statistics.median(rates))
            found[f"{name}_per_cpu_second"] = round(1 / statistics.median(costs))
        found["sent"] = 3 * rounds * messages
        found["final_mib"] = round(resident_mib(server), 1)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a few seconds instead of a minute")
    arguments = parser.parse_args()
    messages, rounds = (1_500, 3) if arguments.quick else (5_000, 7)
    found = asyncio.run(measure(messages=messages, rounds=rounds))
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:26} {value:>10,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
