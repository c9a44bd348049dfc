"""`digestbot demo --fleet`: senders are killed and frozen on the page while a morning goes out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.demo_morning import FIRST_READER_ID
from emulator.client import EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import PATIENCE, demo, page_of, picture, see

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = 90

CLUSTERS = Path("/tmp")  # noqa: S108 - where the demo's cluster is


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


async def owner_of(page: Page, bot: str) -> int:
    """Return the number of the sender that runs a bot."""
    card = page.locator(".sender", has=page.locator(".tag", has_text=bot))
    await expect(card).to_have_count(1, timeout=PATIENCE * 1000)
    return int(str(await card.get_attribute("data-testid")).rpartition("-")[2])


async def figure(page: Page, name: str, bot: int) -> int:
    text = await page.get_by_test_id(f"fleet-{name}-{bot}").locator("strong").inner_text()
    return int(re.sub(r"\D.*", "", text, flags=re.DOTALL))


async def times_received(emulator: EmulatorClient) -> Counter[int]:
    """Return how often each simulated reader of the first newsletter has got its digest."""
    log = await emulator.log(kind="bot_message")
    return Counter(entry.chat_id for entry in log if entry.chat_id is not None and entry.chat_id >= FIRST_READER_ID)


def processes_that_name(folder: Path) -> list[str]:
    """Return the command lines of this machine's processes that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:  # it has ended
            continue
    return [line for line in found if str(folder) in line]


async def test_other_senders_go_on_and_nobody_gets_it_twice(browser: Browser) -> None:
    before = set(CLUSTERS.glob("digestbot-pg-*"))
    async with demo("aiogram", "--fleet", "--people", str(PEOPLE)) as emulator:
        [folder] = set(CLUSTERS.glob("digestbot-pg-*")) - before
        assert processes_that_name(folder)
        async with page_of(browser, emulator, 1280, 860) as page:
            await see(page.get_by_test_id("fleet"))
            await page.get_by_test_id("start").click()
            assert await owner_of(page, "Morning Digest") != await owner_of(page, "Tech Digest")

            # A morning, and both owners are taken away
            await page.get_by_test_id("fleet-morning").click()
            for bot in (1, 2):
                await expect(page.get_by_test_id(f"fleet-fleetDelivered-{bot}")).to_contain_text(
                    re.compile(r"^[1-9]"), timeout=PATIENCE * 1000
                )
            killed, frozen = await owner_of(page, "Morning Digest"), await owner_of(page, "Tech Digest")
            await page.get_by_test_id(f"kill-{killed}").click()
            await see(page.get_by_test_id("fleet-notes").get_by_text("接手了 Morning Digest"))
            await picture(page, "fleet")
            await page.get_by_test_id(f"freeze-{frozen}").click()
            await see(page.get_by_test_id("fleet-notes").get_by_text("接手了 Tech Digest"))
            left = ({1, 2, 3} - {killed, frozen}).pop()
            assert await owner_of(page, "Morning Digest") == await owner_of(page, "Tech Digest") == left

            # Woken, it ends itself; a killed one can be started
            await page.get_by_test_id(f"wake-{frozen}").click()
            await see(page.get_by_test_id("fleet-notes").get_by_text("醒来后发现日报已被接手"))
            await page.get_by_test_id(f"start-{killed}").click()
            await expect(page.locator(".sender[data-state=running]")).to_have_count(3, timeout=PATIENCE * 1000)

            # Everybody is accounted for
            await expect(page.get_by_test_id("fleet-morning")).to_be_enabled(timeout=PATIENCE * 1000)
            received = await times_received(emulator)
            assert set(received.values()) == {1}
            for bot in (1, 2):
                delivered, unconfirmed = (
                    await figure(page, "fleetDelivered", bot),
                    await figure(page, "fleetUnconfirmed", bot),
                )
                assert (await figure(page, "fleetTwice", bot), delivered + unconfirmed >= PEOPLE) == (0, True)
            assert len(received) == await figure(page, "fleetDelivered", 1)

            # On a phone, in English
            await page.get_by_test_id("language").click()
            await page.set_viewport_size({"width": 390, "height": 800})
            await see(page.get_by_test_id("sender-3"))
            await expect(page.get_by_role("heading", name="Three senders, two newsletters")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not folder.exists()
    assert processes_that_name(folder) == []
