"""Fixtures: an emulator for each test, and a plain HTTP client of its Bot API."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from emulator.client import EmulatorClient, run_emulator


class BotApi:
    """Plain HTTP client of the Bot API, without a framework."""

    def __init__(self, session: aiohttp.ClientSession, emulator: EmulatorClient) -> None:
        self.session = session
        self.base = f"{emulator.api_url}/bot{emulator.token}"

    async def call(self, method: str, **values: Any) -> dict[str, Any]:
        """Return the whole answer, with the HTTP status as "status"."""
        async with self.session.post(f"{self.base}/{method}", json=values) as response:
            return {"status": response.status, **await response.json()}

    async def result(self, method: str, **values: Any) -> Any:
        """Return the result of a call that must succeed."""
        answer = await self.call(method, **values)
        assert answer["ok"], answer
        return answer["result"]

    async def error(self, method: str, **values: Any) -> str:
        """Return the error description of a call that must fail."""
        answer = await self.call(method, **values)
        assert not answer["ok"]
        assert answer["status"] == answer["error_code"]
        return str(answer["description"])

    async def get_updates(self, offset: int = 0, wait: int = 30) -> list[dict[str, Any]]:
        return list(await self.result("getUpdates", offset=offset, timeout=wait))


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as client:
        yield client


@pytest.fixture
async def api(emulator: EmulatorClient) -> AsyncIterator[BotApi]:
    async with aiohttp.ClientSession() as session:
        yield BotApi(session, emulator)
