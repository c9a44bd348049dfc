"""Strangers' strings that are names in JavaScript: as languages, types, keys, data and events they find nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import bubbles, create_started_user, open_page

PAGE = Path(__file__).parents[3] / "emulator" / "page"
STRANGE = ("constructor", "__proto__", "toString", "hasOwnProperty", "valueOf")

LOOK_UP = """async (keys) => {
    const [store, i18n, entities, rich, richText, time] = await Promise.all(
        ['store', 'i18n', 'entities', 'rich', 'rich_text', 'time'].map((name) => import(`./${name}.js`)))
    const actions = {}
    const text = (node) => node.outerHTML ?? node.textContent
    return keys.map((key) => {
        store.applyEvent(key, { chat_id: 1 })
        const drawn = entities.render('word', [{ type: key, offset: 0, length: 4 }], actions)
        const written = richText.richText({ type: key, text: 'word' }, { actions })
        const message = { rich_message: { blocks: [{ type: key, text: 'word' }] } }
        return [
            text(drawn.firstChild), text(written[0]), rich.richMessage({ message }).textContent,
            i18n.t(key), i18n.t(`{${key}}`), typeof time.guessZone(key),
        ]
    })
}"""


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="package")
async def test_names_of_javascript_are_no_keys(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    people = [await create_started_user(emulator, name, language=name) for name in STRANGE]
    for person, name in zip(people, STRANGE, strict=True):
        button = {"text": name, "callback_data": name}
        await api.result("sendMessage", chat_id=person.id, text=name, reply_markup={"inline_keyboard": [[button]]})
    async with open_page(browser, emulator) as page:
        for person, name in zip(people, STRANGE, strict=True):
            await page.get_by_test_id(f"chat-{person.id}-{person.id}").click()
            await expect(bubbles(page).last).to_contain_text(name)
            await page.get_by_test_id("key").last.click()
            (update,) = [update for update in await api.get_updates() if "callback_query" in update]
            assert update["callback_query"]["data"] == name
            await api.result("getUpdates", offset=update["update_id"] + 1)
        assert await page.evaluate(LOOK_UP, list(STRANGE)) == [
            [f'<span class="{key}">word</span>', "<span>word</span>", "", key, f"{{{key}}}", "string"]
            for key in STRANGE
        ]


def test_each_table_of_the_page_has_no_prototype() -> None:
    tables = [
        (path.name, line)
        for path in sorted(PAGE.glob("*.js"))
        for line in re.findall(
            r"^(?:export )?const [A-Z][A-Z_]* = \{[^\n]*(?:\n[^\n]*)?", path.read_text(), re.MULTILINE
        )
    ]
    assert len(tables) > 10
    assert [table for table in tables if "__proto__: null" not in table[1]] == []
