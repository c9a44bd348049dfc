"""A real Chromium for tests: the system's, else Playwright's own. None to be had: a skip; where CI=true, a failure."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Error, async_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser, closed at the end."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        except Error as error:
            _do_without(error)
        yield browser
        await browser.close()


def _do_without(error: Error) -> None:
    words = f"no Chromium could be started (apt-get install chromium): {error.message.splitlines()[0]}"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)
