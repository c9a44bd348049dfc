"""The administrator of a forum on a phone, in both languages: topic, signature, pin, time and recap, in private.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from datetime import date

import pytest

from emulator.client import EmulatedChat, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import PATIENCE, demo, see
from tests.demo.walking import Walk, morning, walk

SIGNATURE = "— @morning_club"
TOPIC, OTHER_TOPIC, RENAMED = "Breakfast", "Supper", "Late supper"
SUNDAY = {"zh": "周日", "en": "Sun"}


@pytest.mark.browser
@pytest.mark.slow
async def test_administrator_sets_up_a_forum_on_a_phone() -> None:
    async with demo() as emulator, chromium() as browser:
        forums: list[EmulatedChat] = []
        for language in SUNDAY:
            owner = await emulator.create_user("Ann", language=language)
            await owner.send("/start")
            await owner.next_message(timeout=PATIENCE)
            forum = await emulator.create_supergroup(f"Readers {language}", owner, bot="administrator", forum=True)
            await forum.add_topic(TOPIC)
            forums.append(forum)
            async with walk(browser, emulator, owner.id, language, "group") as phone:
                await _set_up(phone, f"Readers {language}")
                await _follow_a_topic(phone, forum)
        await morning(emulator, date(2026, 11, 24))
        for forum in forums:
            await _get_the_digest(emulator, forum)


async def _set_up(phone: Walk, title: str) -> None:
    await phone.press("Set it up", under=title)
    await phone.press("Subscribe", title)
    await phone.keep("1-settings")
    await phone.press("Topic", "In which topic should the digest come?")
    await phone.press(TOPIC, "Topic: {topic}", TOPIC)
    await phone.keep("2-topic")
    await phone.press("Signature", "What should stand under the digest as a signature?")
    await phone.say(SIGNATURE, SIGNATURE, title)
    await phone.keep("3-signed")
    await phone.press("Settings", title, SIGNATURE)
    await phone.press("Pin the newest", "The newest digest is pinned")
    await phone.press("⏰")
    await phone.say("7:59", "Shall the digest come at {time}?", title)
    await phone.keep("4-asked")
    await phone.press("Yes", title)
    await phone.press("Settings", title)
    await phone.press("Weekly recap", "On which day should a recap of the week come?")
    await phone.press(SUNDAY[phone.translate.language], "Next weekly recap: {when}")
    await phone.keep("5-recap")


async def _follow_a_topic(phone: Walk, forum: EmulatedChat) -> None:
    """Choose a topic by its pasted link, and hear in private that it was renamed and closed."""
    topic = await forum.add_topic(OTHER_TOPIC)
    await phone.say(f"https://t.me/c/{str(forum.id).removeprefix('-100')}/{topic}", OTHER_TOPIC)
    await phone.keep("6-pasted-link")
    await forum.rename_topic(topic, RENAMED)
    renamed = "In “{title}” the digest's topic “{before}” is called “{now}” now. It goes on coming there."
    await phone.see(renamed, OTHER_TOPIC, RENAMED)
    await forum.set_topic_closed(topic, closed=True)
    await see(phone.key("Choose a topic"))
    await phone.keep("7-renamed-and-closed")
    await phone.press("Choose a topic", "In which topic should the digest come?")
    await phone.press(TOPIC, "Topic: {topic}", TOPIC)


async def _get_the_digest(emulator: EmulatorClient, forum: EmulatedChat) -> None:
    digest = await forum.next_message(timeout=PATIENCE)
    assert digest.text.endswith(f"\n\n{SIGNATURE}")
    assert digest.thread_id is not None
    pinned = await emulator.wait_for_log_entry(lambda entry: entry.kind == "bot_pin", chat=forum.id, timeout=PATIENCE)
    assert pinned.message_id == digest.message_id
