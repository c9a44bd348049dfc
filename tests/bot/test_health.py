"""Tests of who may read the health and the metrics: programs, and a browser that the operator points at them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.health import Health, ProcessHealth, serve_health
from tests.malformed_requests import MALFORMED_REQUESTS, answer_to

BROWSER = {"User-Agent": "Mozilla/5.0"}


@pytest.fixture
async def address(unused_tcp_port: int) -> AsyncIterator[str]:
    async with serve_health(unused_tcp_port, ProcessHealth("all")):
        yield f"http://127.0.0.1:{unused_tcp_port}"


async def status(url: str, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


@pytest.mark.parametrize("page", ["/metrics", "/health"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_read_nothing(address: str, page: str, headers: dict[str, str]) -> None:
    """Neither their pages, nor names of theirs that lead to this machine (DNS rebinding)."""
    assert await status(address + page, BROWSER | headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "metrics.internal:9464"},  # Prometheus, through a reverse proxy
        BROWSER | {"Sec-Fetch-Site": "none"},
        BROWSER | {"Host": "localhost:9464"},
        BROWSER | {"Host": "[::1]:9464"},
    ],
)
async def test_programs_and_the_operator_read(address: str, headers: dict[str, str]) -> None:
    assert await status(f"{address}/metrics", headers) == 200


async def test_malformed_requests_do_not_flood_the_log(unused_tcp_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs, caplog.at_level("INFO"):
        async with serve_health(unused_tcp_port, ProcessHealth("all")):
            for request in 2 * MALFORMED_REQUESTS:
                assert b" 400 " in await answer_to(request, unused_tcp_port)
    assert [(line["event"], line["error"], line["others"]) for line in logs] == [
        ("health_request_rejected", "LineTooLong", 0)
    ]
    assert [record.getMessage() for record in caplog.records] == []


async def test_health_says_which_checks_fail(unused_tcp_port: int) -> None:
    """With the role of the process, and the bot's name for all bots but the first."""
    process = ProcessHealth("send")
    first, second = process.add("news"), process.add("weekly")
    process.startup = None
    process.database_problem = lambda: "disk full"
    first.startup = second.startup = None
    second.running_checks = lambda: {"telegram": "unreachable"}
    url = f"http://127.0.0.1:{unused_tcp_port}"
    async with serve_health(unused_tcp_port, process), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/health") as response:
            assert response.status == 503
            assert await response.json() == {
                "status": "unhealthy",
                "role": "send",
                "checks": {"database": "disk full", "weekly.telegram": "unreachable"},
            }
        async with session.get(f"{url}/metrics") as response:
            lines = (await response.text()).splitlines()
        assert {
            'digestbot_process_info{role="send"} 1.0',
            "digestbot_healthy 0.0",
            'digestbot_check_failing{check="database"} 1.0',
            'digestbot_check_failing{check="weekly.telegram"} 1.0',
        } <= set(lines)
        process.database_problem, second.running_checks = lambda: None, dict
        async with session.get(f"{url}/health") as response:
            assert response.status == 200
            assert await response.json() == {"status": "healthy", "role": "send", "checks": {}}


def test_bot_is_unhealthy_until_it_has_signed_in() -> None:
    health = Health()
    assert health.failing_checks() == {"startup": "the bot is starting"}
    health.startup = None
    assert health.failing_checks() == {}
