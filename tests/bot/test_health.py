"""Tests of who may read the health and the metrics: programs, and a browser that the operator points at them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.health import ProcessHealth, serve_health

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
