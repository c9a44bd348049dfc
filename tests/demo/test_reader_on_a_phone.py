"""A subscriber on a phone, in both languages, with an evening edition and a text for readers of English."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from bot.examples import EXAMPLES
from tests.chromium import chromium
from tests.demo.test_demo import PATIENCE, XIAOYU, demo, see
from tests.demo.walking import Walk, walk

ALEX = 1002
DAYS = ("2026-11-21", "2026-11-22", "2026-11-23")
EVENING = """---
title: {title}
date: {day}
slot: evening
---

1. [晚间第一条：港口恢复夜航](https://news.example.org/evening/1)

    引航站说，雾散得比预报早。

2. [晚间第二条：图书馆延长开放](https://news.example.org/evening/2)

    考试周每晚开到十一点。

3. [晚间第三条：地铁加开末班车](https://news.example.org/evening/3)

    周五和周六各晚半小时。
"""
ENGLISH = """---
title: 2026.11.23 World AI News
date: 2026-11-23
lang: en
categories: [Research, Industry]
---

1. [Yunxiu opens a model that says when it does not know](https://news.example.org/2026/11/23/yunxiu-4-open-weights)

    All weights of **Yunxiu-4** are out: 120 billion parameters, six of them active for a token. #Research

2. [Beichen bills by outcome: no task, no charge](https://news.example.org/2026/11/23/beichen-pay-per-outcome)

    Agents are charged by the task that they finish, and nothing for those that they do not.

3. [Kaiwu prints the electricity bill on its new chip](https://news.example.org/2026/11/23/kaiwu-kw2-inference-chip)

    The data sheet of the **KW-2** chip says eleven watt hours for a million tokens.
"""
OWN = {"zh": ("3. 开物半导体", "芯片", "搜索 芯片"), "en": ("3. Kaiwu prints", "chip", "search chip")}
CATEGORIES = {"zh": ("技术前沿", "Research"), "en": ("Research", "技术前沿")}
SENTENCES = {
    "zh": ("暂停两周", "我想退订", "周末不要发", "撤销", "谢谢", "/mute 手语"),
    "en": ("pause two weeks", "stop sending me this", "not on weekends", "undo", "thank you", "/mute outcome"),
}


@pytest.mark.browser
@pytest.mark.slow
async def test_subscriber_reads_searches_saves_mutes_and_pauses(tmp_path: Path) -> None:
    for day in DAYS:
        shutil.copy(EXAMPLES / f"{day}.md", tmp_path)
    (tmp_path / "2026-11-23.en.md").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "2026-11-22-evening.md").write_text(EVENING.format(title="晚报", day="2026-11-22"), encoding="utf-8")
    async with demo("aiogram", "--digests", str(tmp_path)) as emulator, chromium() as browser:
        for language, reader in (("zh", XIAOYU), ("en", ALEX)):
            async with walk(browser, emulator, reader, language, "reader") as phone:
                await phone.page.get_by_test_id("start").click()
                await phone.see("👋 Welcome, you are subscribed.")
                await phone.keep("01-welcome")
                await _read_and_save(phone)
                await _choose(phone)
                await _pause_and_stay(phone)
                await _look_after_own_data(phone)
        async with walk(browser, emulator, ALEX, "en", "reader") as phone:
            await phone.drop("2026-11-24-evening.md", EVENING.format(title="Evening paper", day="2026-11-24"))
            start = (await emulator.clock()).astimezone(ZoneInfo("Asia/Shanghai"))
            await emulator.set_clock((start + timedelta(days=1)).replace(hour=20, minute=0, second=1))
            await phone.see("Evening paper", "晚间第一条")
            await phone.keep("20-evening")


async def _read_and_save(phone: Walk) -> None:
    """Open an item of the text in one's language, save it, find it again, and see how it is shared."""
    item, word, search = OWN[phone.translate.language]
    await phone.say("3", item)
    share = phone.key("Share")
    await see(share)
    assert "t.me%2Fdigest_demo_bot%3Fstart%3Di_2026-11-23_3" in str(await share.get_attribute("href"))
    await phone.press("🔖")
    await see(phone.key("✓ " + phone.words("Saved")))
    await phone.press("More like this")
    await phone.keep("02-item")
    await phone.say("/categories")
    own, other = CATEGORIES[phone.translate.language]
    await see(phone.key(own))
    assert await phone.key(other).count() == 0
    await phone.keep("03-categories")
    await phone.say("/saved", "What you saved", item.removeprefix("3. "))
    await phone.press("⬇")
    await see(phone.page.get_by_test_id("document").last)
    await phone.keep("03-saved")
    await phone.say(search, "🔎", word)
    await phone.keep("04-search")
    await phone.press("1", item.removeprefix("3. "))


async def _choose(phone: Walk) -> None:
    """Mute a word and undo it, choose weekdays by a sentence, the weekly recap and the evening edition."""
    _, _, weekend, undo, thanks, mute = SENTENCES[phone.translate.language]
    await phone.say(mute, "What you do not want to read")
    await phone.keep("05-mute")
    await phone.press("Undo", "It is as before.")
    await phone.say(weekend, "Shall the digest come {weekdays} at {time}?")
    await phone.press("Yes", "Next digest: {when}.")
    await phone.keep("06-weekdays")
    await phone.say(undo, "Shall I undo the last change: {setting}?")
    await phone.press("Yes")
    await phone.say("/settings", "Settings")
    await phone.keep("07-settings")
    await phone.press("Weekly recap", "On which day should a recap of the week come?")
    await phone.press({"zh": "周日", "en": "Sun"}[phone.translate.language], "Next weekly recap: {when}")
    await phone.keep("08-recap")
    await phone.say("/slot evening", "{slot}: when should it come?")
    await phone.press("20:00", "20:00")
    await phone.keep("09-slot")
    await phone.say(thanks, "You are welcome! Enjoy reading.")


async def _pause_and_stay(phone: Walk) -> None:
    """Pause by a sentence and go on, and be asked before anything ends."""
    pause, leave, *_ = SENTENCES[phone.translate.language]
    await phone.say(pause, "Shall I be quiet until {day}? It goes on by itself then.")
    await phone.press("Yes")
    await see(phone.key("Go on now"))
    await phone.keep("10-paused")
    await phone.press("Go on now")
    await phone.say(leave, "Shall I stop sending the digest?")
    await phone.keep("11-leave")
    await phone.press("No, keep it")
    await phone.say("quit", "I didn't get that.")
    await phone.say("/status", "✅ Subscribed: {weekdays} at {time}", "Next weekly recap: {when}")
    await phone.keep("12-status")
    await phone.say("/recap 7", "🗞")
    await phone.keep("13-recap")


async def _look_after_own_data(phone: Walk) -> None:
    await phone.say("/privacy", "What I keep about you")
    files = phone.page.get_by_test_id("document")
    before = await files.count()
    await phone.press("📄")
    await expect(files).to_have_count(before + 2, timeout=PATIENCE * 1000)
    await phone.keep("14-export")
    await phone.say("/erase", "Erase everything I keep about you?")
    await phone.keep("15-erase")
    await phone.press("No, keep everything")
    await phone.say("/status")
