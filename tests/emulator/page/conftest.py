"""Fixtures of the page tests: one browser for all, an emulator for each."""

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient, run_emulator
from tests.chromium import chromium
from tests.emulator.conftest import BotApi

expect.set_options(timeout=30_000)  # milliseconds; generous for a busy machine


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def api(emulator: EmulatorClient) -> AsyncIterator[BotApi]:
    async with aiohttp.ClientSession() as session:
        yield BotApi(session, emulator)
