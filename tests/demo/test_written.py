"""What editors are shown in docs/digest-format.md: each sample is read without a question, and becomes these bubbles.

With SCREENSHOTS=docs/pictures in the environment the page's pictures are made on the way.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from digest.model import Digest, Severity
from digest.reader import read_digests
from domain.chat.i18n import Translations, language_for
from domain.chat.rich_message import RichMessage
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import run_emulator
from tests.chromium import chromium
from tests.emulator.conftest import BotApi
from transport.responses import RICH_METHOD
from views.digest_messages import digest_messages

PAGE = (Path(__file__).parents[2] / "docs" / "digest-format.md").read_text(encoding="utf-8")
SAMPLES = dict(re.findall(r"<!-- pictured: (\w+) -->\n```markdown\n(.*?)\n```", PAGE, re.DOTALL))
MORNING = datetime(2025, 9, 12, 8, tzinfo=UTC)
"""Time on the bubbles, fixed so that a picture made anew changes only if its digest does."""

PICTURES = re.findall(r"pictures/written-(\w+)-(\w+)\.png", PAGE)


def digest_of(sample: str) -> Digest:
    (digest,) = read_digests(SAMPLES[sample].encode())
    return digest


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_sample_is_read_without_problems(sample: str) -> None:
    digest = digest_of(sample)
    assert digest.is_publishable
    assert {problem.severity for problem in digest.problems} <= {Severity.INFO}
    assert digest.intro
    assert digest.commentary
    assert not digest.trailing
    assert sample in {name for name, _ in PICTURES}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("sample", "form"), PICTURES)
async def test_each_sample_fits_one_bubble_on_a_phone(sample: str, form: str) -> None:
    language = language_for("en" if SAMPLES[sample].isascii() or sample == "reference" else "zh")
    preferences = ContentPreferences(Layout(form), language, None)
    (message,) = digest_messages(digest_of(sample), preferences, Translations.load().translator(language))
    async with run_emulator() as emulator, aiohttp.ClientSession() as session, chromium() as browser:
        await emulator.set_clock(MORNING)
        reader = await emulator.create_user("Ann", language=language, started=True)
        method = RICH_METHOD if isinstance(message, RichMessage) else "sendMessage"
        await BotApi(session, emulator).result(method, chat_id=reader.id, **message.to_bot_api())
        context = await browser.new_context(
            viewport={"width": 390, "height": 1600},
            locale="en-GB",
            device_scale_factor=1.5,
            color_scheme="light",
            timezone_id="UTC",
        )
        page = await context.new_page()
        await page.goto(emulator.control_url)
        bubble = page.locator("article[data-from=bot]")
        await expect(bubble).to_have_count(1)
        shown = digest_of(sample).items[-1].headline
        await expect(bubble).to_contain_text(shown)
        if method == RICH_METHOD:
            await bubble.locator("summary", has_text="1. ").click()
        if folder := os.environ.get("SCREENSHOTS"):
            await bubble.screenshot(path=Path(folder) / f"written-{sample}-{form}.png")
